/**
 * Makes the typed operations of the SDK and of the inbox from the schema and their `operations.graphql`.
 *
 *     node --import tsx scripts/generate-client-types.ts           writes it
 *     node --import tsx scripts/generate-client-types.ts --check   exits 1 where the committed one is out of step
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import {
  buildASTSchema,
  concatAST,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  Source,
  stripIgnoredCharacters,
  validate,
  visit,
} from "graphql";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Whose operations, where they are, and how each is written down. */
interface Target {
  readonly target: string;
  readonly operationsFile: string;
  readonly imports: string;
  readonly constant: (name: string, kind: string, text: string) => string;
}

const TARGETS: readonly Target[] = [
  {
    target: "src/client/generated.ts",
    operationsFile: "src/client/operations.graphql",
    imports: 'import type { TypedDocument } from "./typed-document.js";',
    constant: (name, kind, text) =>
      `export const ${name}Document: TypedDocument<${name}${kind}, ${name}${kind}Variables> = { name: ${JSON.stringify(name)}, text: ${JSON.stringify(text)} };`,
  },
  {
    target: "src/inbox/api/generated.ts",
    operationsFile: "src/inbox/api/operations.graphql",
    imports: 'import type { TypedDocumentNode } from "urql";',
    // urql takes a text for a document, and parses it once.
    constant: (name, kind, text) =>
      `export const ${name}Document = ${JSON.stringify(text)} as unknown as TypedDocumentNode<${name}${kind}, ${name}${kind}Variables>;`,
  },
];

/** The schema that the server emits; before it has been emitted, the contract that it must contain. */
function schemaFile(): string {
  return existsSync(join(root, "schema.graphql")) ? "schema.graphql" : "test/contract.graphql";
}

function parseFile(file: string): DocumentNode {
  return parse(new Source(readFileSync(join(root, file), "utf8"), file));
}

/** Every fragment that the operation needs, directly or through another one, each once. */
function fragmentsOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly FragmentDefinitionNode[] {
  const needed = new Map<string, FragmentDefinitionNode>();
  const collect = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread(spread) {
        const fragment = fragments.get(spread.name.value);
        if (fragment !== undefined && !needed.has(fragment.name.value)) {
          needed.set(fragment.name.value, fragment);
          collect(fragment);
        }
      },
    });
  };
  collect(operation);
  return [...needed.values()];
}

/** A codegen plugin: one TypedDocument constant per operation, its text without needless characters. */
function documentsPlugin(
  { operationsFile, imports, constant }: Target,
  files: readonly { document?: DocumentNode }[],
) {
  const all = concatAST(files.flatMap((file) => (file.document === undefined ? [] : [file.document])));
  const fragments = new Map(
    all.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
  const constants = all.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const name = definition.name?.value;
    if (name === undefined) throw new Error(`${operationsFile}: an operation has no name`);
    const kind = definition.operation[0]?.toUpperCase() + definition.operation.slice(1);
    const text = stripIgnoredCharacters(
      [definition, ...fragmentsOf(definition, fragments)].map((node) => print(node)).join("\n"),
    );
    return [constant(name, kind, text)];
  });
  return {
    prepend: [imports],
    content: constants.join("\n\n"),
  };
}

async function generate(of: Target): Promise<string> {
  const { target, operationsFile } = of;
  const schema = parseFile(schemaFile());
  const document = parseFile(operationsFile);
  const problems = validate(buildASTSchema(schema), document);
  if (problems.length > 0) {
    throw new Error(`${operationsFile} does not fit ${schemaFile()}:\n${problems.map(String).join("\n")}`);
  }
  const source = await codegen({
    filename: target,
    schema,
    documents: [{ location: operationsFile, document }],
    config: {
      enumType: "string-literal",
      immutableTypes: true,
      skipTypename: true,
      arrayInputCoercion: false,
      inlineFragmentTypes: "combine",
      // A scalar that is missing here stops the generation, rather than becoming `any`.
      strictScalars: true,
      scalars: {
        ID: "string",
        DateTime: "string",
        JSONObject: "Record<string, unknown>",
        SafeInt: "number",
        LedgerCursor: "string",
      },
    },
    plugins: [{ "typescript-operations": {} }, { documents: {} }],
    pluginMap: {
      "typescript-operations": typescriptOperations,
      documents: {
        plugin: (_schema: GraphQLSchema, files: readonly { document?: DocumentNode }[]) =>
          documentsPlugin(of, files),
      },
    },
  });
  return `// Made by scripts/generate-client-types.ts from the schema and ${operationsFile}. Do not edit.\n${formatted(source)}`;
}

/** Biome leaves files named generated.ts alone, so the text is handed to it under another name. */
function formatted(source: string): string {
  const biome = join(root, "node_modules", ".bin", "biome");
  return execFileSync(biome, ["format", "--stdin-file-path=src/client/generated-text.ts"], {
    cwd: root,
    input: source,
    encoding: "utf8",
  });
}

for (const one of TARGETS) {
  const { target, operationsFile } = one;
  const fresh = await generate(one);
  const path = join(root, target);
  if (!process.argv.includes("--check")) {
    writeFileSync(path, fresh);
    console.log(`${target} made from ${schemaFile()} and ${operationsFile}`);
  } else if (!existsSync(path) || readFileSync(path, "utf8") !== fresh) {
    console.error(`${target} is out of step with ${schemaFile()} or ${operationsFile}.`);
    console.error("Run: node --import tsx scripts/generate-client-types.ts");
    process.exitCode = 1;
  }
}

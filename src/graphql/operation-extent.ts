import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from "graphql";
import { LIMITS } from "../domain/limits.js";
import { GUARD_LIMITS, type GuardLimit } from "./guard-limits.js";
import { DEFAULT_PAGE_SIZE } from "./page-size.js";

/** What is measured of an operation, in the words of GUARD_LIMITS. */
type Measure =
  | "depth"
  | "rootFields"
  | "decisions"
  | "aliases"
  | "cost"
  | "introspection"
  | "introspectionDepth";

/** How far an operation reaches, its fragments unfolded; rootFields and decisions are its own, not those below. */
export interface OperationExtent extends Readonly<Record<Measure, number>> {
  /** Whether it asks about the schema; `__typename` alone does not. */
  readonly introspects: boolean;
  /** Whether variables say how long its pages are. */
  readonly readsVariables: boolean;
}

type Variables = Readonly<Record<string, unknown>>;
type Extent = Readonly<Record<Measure, number>>;

const NOTHING: Extent = {
  depth: 0,
  rootFields: 0,
  decisions: 0,
  aliases: 0,
  cost: 0,
  introspection: 0,
  introspectionDepth: 0,
};

/**
 * Fields that count for more than one: long texts and large objects, and those that take a statement of their own for
 * each of their parents (auditTrail is not loaded together for several tickets, totalCount counts rows).
 */
const WEIGHTS: Readonly<Record<string, number>> = {
  payload: 10,
  detail: 10,
  data: 10,
  receipt: 5,
  auditTrail: 100,
  recentEvents: 100,
  verifyAudit: 100,
  // Once for a page, and its length is counted in.
  totalCount: 2,
};
/** Lists without pages, and how long they usually are. */
const USUAL_LENGTH: Readonly<Record<string, number>> = {
  proposals: 10,
  reviews: 10,
  comments: 10,
  queues: 20,
  findings: 20,
  viewers: 10,
  endpoints: 20,
};
/** The same for what is asked about the schema. */
const SCHEMA_LENGTH: Readonly<Record<string, number>> = {
  types: 100,
  fields: 8,
  inputFields: 5,
  args: 2,
  enumValues: 5,
  possibleTypes: 2,
  directives: 5,
};
/** Pages, of which `first` says the length. */
const PAGES: ReadonlySet<string> = new Set([
  "tickets",
  "auditTrail",
  "recentEvents",
  "members",
  "apiKeys",
  "deadLetters",
]);
/** Fields that are counted as lists; a test holds the schema against them. */
export const COUNTED_LISTS: ReadonlySet<string> = new Set([...PAGES, ...Object.keys(USUAL_LENGTH)]);
const ABOUT_THE_SCHEMA: ReadonlySet<string> = new Set(["__schema", "__type"]);

/** Measures an operation; each fragment once, however often it is spread, so that the work stays linear. */
export function extentOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): OperationExtent {
  const measurer = new Measurer(document, operation, variables);
  const extent = measurer.ofSet(operation.selectionSet, false);
  const { introspects, readsVariables } = measurer;
  return { ...extent, introspects, readsVariables };
}

/** The first limit that the operation is over. */
export function overInExtent(
  extent: OperationExtent,
  { operation }: OperationDefinitionNode,
): GuardLimit | undefined {
  const measures: readonly Measure[] = [
    "depth",
    "rootFields",
    "aliases",
    "cost",
    "introspection",
    "introspectionDepth",
  ];
  if (operation === OperationTypeNode.MUTATION) {
    if (extent.decisions > GUARD_LIMITS.decisions) return "decisions";
    if (extent.rootFields > GUARD_LIMITS.mutationFields) return "mutationFields";
  }
  return measures.find((measure) => extent[measure] > GUARD_LIMITS[measure]);
}

class Measurer {
  introspects = false;
  readsVariables = false;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #known = new Map<string, Extent>();

  constructor(
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly variables: Variables,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  ofSet({ selections }: SelectionSetNode, inSchema: boolean): Extent {
    const sum = { ...NOTHING };
    for (const selection of selections) {
      const one =
        selection.kind === Kind.FIELD
          ? this.#ofField(selection, inSchema)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? this.#ofFragment(selection.name.value, inSchema)
            : this.ofSet(selection.selectionSet, inSchema);
      sum.depth = Math.max(sum.depth, one.depth);
      sum.introspectionDepth = Math.max(sum.introspectionDepth, one.introspectionDepth);
      sum.rootFields += one.rootFields;
      sum.decisions += one.decisions;
      sum.aliases += one.aliases;
      sum.cost += one.cost;
      sum.introspection += one.introspection;
    }
    return sum;
  }

  #ofField(field: FieldNode, inSchema: boolean): Extent {
    const { value: name } = field.name;
    const below = field.selectionSet
      ? this.ofSet(field.selectionSet, inSchema || ABOUT_THE_SCHEMA.has(name))
      : NOTHING;
    const own = {
      rootFields: 1,
      decisions: name === "decideTicket" ? 1 : 0,
      aliases: below.aliases + (field.alias === undefined ? 0 : 1),
    };
    if (inSchema || ABOUT_THE_SCHEMA.has(name)) {
      this.introspects = true;
      const introspection = (SCHEMA_LENGTH[name] ?? 1) * (1 + below.introspection);
      return {
        ...own,
        depth: 0,
        cost: 0,
        introspection,
        introspectionDepth: below.introspectionDepth + 1,
      };
    }
    return {
      ...own,
      depth: below.depth + 1,
      cost: (WEIGHTS[name] ?? 1) + this.#lengthOf(field) * below.cost,
      introspection: below.introspection,
      introspectionDepth: below.introspectionDepth,
    };
  }

  #ofFragment(name: string, inSchema: boolean): Extent {
    const key = `${name} ${inSchema}`;
    const earlier = this.#known.get(key);
    if (earlier !== undefined) return earlier;
    // Stands until it is measured, so that a circle ends here; another rule refuses it.
    this.#known.set(key, NOTHING);
    const found = this.#fragments.get(name);
    const extent = found ? this.ofSet(found.selectionSet, inSchema) : NOTHING;
    this.#known.set(key, extent);
    return extent;
  }

  /** How many of it the answer may hold. */
  #lengthOf({ name, arguments: given = [] }: FieldNode): number {
    if (!PAGES.has(name.value)) return USUAL_LENGTH[name.value] ?? 1;
    const first = given.find((argument) => argument.name.value === "first")?.value;
    if (first === undefined) return DEFAULT_PAGE_SIZE;
    const asked = first.kind === Kind.VARIABLE ? this.#valueOf(first.name.value) : intOf(first);
    // What is no number is refused later; until then it is as long as there can be.
    return asked === undefined ? LIMITS.pageSize : Math.max(1, Math.min(asked, LIMITS.pageSize));
  }

  #valueOf(name: string): number | undefined {
    this.readsVariables = true;
    const given = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    if (given !== undefined) return typeof given === "number" && Number.isInteger(given) ? given : undefined;
    const declared = this.operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
    // Without any value the argument's own default holds.
    if (declared?.defaultValue === undefined) return DEFAULT_PAGE_SIZE;
    return intOf(declared.defaultValue);
  }
}

function intOf(node: { readonly kind: string; readonly value?: unknown }): number | undefined {
  return node.kind === Kind.INT ? Number(node.value) : undefined;
}

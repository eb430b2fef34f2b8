import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** What imports what in a small tree of its own, and the rule that must refuse it. */
const forbidden: readonly (readonly [from: string, to: string, rule: string])[] = [
  ["src/domain/a.ts", "../ledger/entry.js", "domain-imports"],
  ["src/domain/a.ts", "node:fs", "domain-is-pure"],
  ["src/persistence/a.ts", "../ledger/entry.js", "persistence-imports"],
  ["src/ledger/a.ts", "../graphql/entry.js", "ledger-imports"],
  ["src/presence/a.ts", "../ledger/entry.js", "presence-imports"],
  ["src/identity/a.ts", "../graphql/entry.js", "identity-imports"],
  ["src/notify/a.ts", "../graphql/entry.js", "notify-imports"],
  ["src/graphql/a.ts", "../server/entry.js", "graphql-imports"],
  ["src/server/a.ts", "../cli/entry.js", "server-imports"],
  ["src/cli/a.ts", "../persistence/entry.js", "cli-imports"],
  ["src/client/a.ts", "../domain/entry.js", "client-imports"],
  ["src/client/a.ts", "node:crypto", "client-runs-anywhere"],
  ["src/inbox/a.ts", "../client/entry.js", "inbox-imports"],
  ["src/verifier/a.ts", "../domain/entry.js", "verifier-imports"],
  ["src/verifier/b.ts", "declared", "verifier-stands-alone"],
  ["src/misplaced/a.ts", "../domain/entry.js", "known-layers"],
  ["src/ledger/b.ts", "../../test/support/helper.js", "src-stands-alone"],
  ["src/ledger/b.ts", "../../scripts/tool.mjs", "src-stands-alone"],
  ["src/ledger/c.ts", "for-development", "no-dev-dependencies"],
  ["src/ledger/c.ts", "undeclared", "declared-dependencies"],
  ["src/ledger/c.ts", "./nowhere.js", "resolvable"],
  ["src/ledger/cycle-a.ts", "./cycle-b.js", "no-cycles"],
];

const allowed: readonly (readonly [from: string, to: string])[] = [
  ["src/domain/fine.ts", "node:crypto"],
  ["src/persistence/fine.ts", "../domain/entry.js"],
  ["src/ledger/fine.ts", "../persistence/entry.js"],
  ["src/ledger/fine.ts", "declared"],
  ["src/presence/fine.ts", "../persistence/entry.js"],
  ["src/identity/fine.ts", "../ledger/entry.js"],
  ["src/notify/fine.ts", "../ledger/entry.js"],
  ["src/notify/fine.ts", "../identity/entry.js"],
  ["src/graphql/fine.ts", "../notify/entry.js"],
  ["src/graphql/fine.ts", "../identity/entry.js"],
  ["src/server/fine.ts", "../graphql/entry.js"],
  ["src/server/fine.ts", "../notify/entry.js"],
  ["src/cli/fine.ts", "../server/entry.js"],
  ["src/cli/fine.ts", "../client/entry.js"],
  ["src/verifier/fine.ts", "node:crypto"],
  ["test/some.test.ts", "../src/server/entry.js"],
];

const layers =
  "domain persistence ledger presence identity notify graphql server cli client inbox verifier".split(" ");

interface Report {
  summary: { violations: { rule: { name: string }; from: string; unresolvedTo?: string }[] };
}

describe("the import directions", () => {
  let tree: string;
  let found: string[];

  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), "countersign-imports-"));
    await writeTree(tree);
    found = (await cruise(tree)).summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  });
  afterAll(() => rm(tree, { recursive: true, force: true }));

  it.each(forbidden)("refuse that %s imports %s (%s)", (from, _to, rule) => {
    expect(found).toContain(`${rule}: ${from}`);
  });

  it("allow everything else", () => {
    const expected = forbidden.map(([from, , rule]) => `${rule}: ${from}`);
    expect([...new Set(found)].sort()).toEqual([...new Set(expected)].sort());
  });
});

async function writeTree(tree: string): Promise<void> {
  const files = new Map<string, string>([
    [
      "package.json",
      '{"type":"module","dependencies":{"declared":"1"},"devDependencies":{"for-development":"1"}}',
    ],
    ["test/support/helper.ts", "export const value = 1;\n"],
    ["scripts/tool.mjs", "export const value = 1;\n"],
  ]);
  for (const layer of layers) {
    files.set(`src/${layer}/entry.ts`, "export const value = 1;\n");
  }
  for (const name of ["declared", "for-development", "undeclared"]) {
    files.set(`node_modules/${name}/package.json`, `{"name":"${name}","version":"1.0.0","main":"index.js"}`);
    files.set(`node_modules/${name}/index.js`, "exports.value = 1;\n");
  }
  for (const [index, [from, to]] of [...forbidden, ...allowed].entries()) {
    files.set(from, `${files.get(from) ?? ""}export * as value${index} from "${to}";\n`);
  }
  files.set("src/ledger/cycle-b.ts", 'export * as back from "./cycle-a.js";\n');
  // Types may look at each other in a circle.
  files.set("src/ledger/type-a.ts", 'import type { B } from "./type-b.js";\nexport type A = B | 1;\n');
  files.set("src/ledger/type-b.ts", 'import type { A } from "./type-a.js";\nexport type B = A[] | 2;\n');
  for (const [path, content] of files) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  await cp("tsconfig.json", join(tree, "tsconfig.json"));
}

/** Runs the tool as `npm run check` does, with the project's own rules, in that tree. */
async function cruise(tree: string): Promise<Report> {
  const tool = resolve("node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = [tool, "src", "test", "--config", resolve(".dependency-cruiser.cjs"), "--output-type", "json"];
  return await new Promise((resolveReport, reject) => {
    // It ends with a code other than 0 where it finds something: what it wrote is what counts.
    execFile(process.execPath, args, { cwd: tree, maxBuffer: 2 ** 26 }, (error, stdout) => {
      try {
        resolveReport(JSON.parse(stdout) as Report);
      } catch {
        reject(error);
      }
    });
  });
}

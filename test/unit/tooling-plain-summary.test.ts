import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const testFiles = {
  good: 'it("passes", () => {}); it("too", () => {}); it.skip("not now", () => {});',
  bad: 'it("fails", () => { throw new Error("no") }); it("passes", () => {});',
  hook: 'describe("suite", () => { beforeAll(() => { throw new Error("no") }); it("never runs", () => {}) });',
  broken: 'throw new Error("cannot be loaded");',
  unhandled: 'it("leaves a rejection", () => { Promise.reject(new Error("nobody cares")) });',
};

describe("the plain summary", { timeout: 60_000 }, () => {
  let tree: string;

  beforeAll(async () => {
    // Inside the project, where vitest finds its packages; the folder's name starts with a dot, out of every glob.
    await mkdir("node_modules/.cache", { recursive: true });
    tree = await mkdtemp(resolve("node_modules/.cache/plain-summary-"));
    for (const [name, body] of Object.entries(testFiles)) {
      const imports = 'import { beforeAll, describe, it } from "vitest";';
      await writeFile(join(tree, `${name}.case.ts`), `${imports}\n${body}\n`);
    }
    await writeFile(
      join(tree, "vitest.config.ts"),
      `import { PlainSummaryReporter } from ${JSON.stringify(resolve("test/support/plain-summary-reporter.ts"))};
      export default { test: {
        include: ["*.case.ts"], exclude: [], maxWorkers: 1, reporters: ["default", new PlainSummaryReporter()],
      } };`,
    );
  });
  afterAll(() => rm(tree, { recursive: true, force: true }));

  it.each([
    [["good"], "2 passed, 0 failed, 1 skipped", 0],
    [["good", "bad"], "3 passed, 1 failed, 1 skipped", 1],
    [["broken"], "0 passed, 1 failed", 1],
    [["hook"], "0 passed, 1 failed, 1 skipped", 1],
    [["unhandled"], "1 passed, 1 failed", 1],
    [["none-of-them"], "0 passed, 1 failed", 1],
  ])("of %j is its last line: %s", async (files, line, code) => {
    const run = await vitest(tree, files);
    expect(run.output.trimEnd().split("\n").at(-1)).toBe(line);
    expect(run.code).toBe(code);
  });
});

async function vitest(tree: string, files: readonly string[]): Promise<{ code: number; output: string }> {
  const args = [
    resolve("node_modules/vitest/vitest.mjs"),
    "run",
    "--root",
    tree,
    ...files.map((name) => `${name}.case`),
  ];
  return await new Promise((done) => {
    execFile(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" } }, (error, stdout) => {
      done({ code: error === null ? 0 : Number(error.code), output: stdout });
    });
  });
}

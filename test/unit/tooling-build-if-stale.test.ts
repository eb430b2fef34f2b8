import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../support/until.js";

const BUILDING = "building dist/ from src/\n";
/** Above what any system gives out, so that nobody bears it. */
const NOBODY = 2 ** 30;

const MAIN = `
if (process.argv[2] === "serve") {
  process.stdin.resume();
  process.on("SIGTERM", () => {
    console.log("closed in order");
    process.stdin.destroy();
  });
}
// Last: whoever reads it may send the signal at once.
console.log(process.argv.slice(2).join());
`;

let tree: string;

beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), "countersign-build-"));
  await cp("scripts", join(tree, "scripts"), { recursive: true });
  for (const file of ["tsconfig.json", "tsconfig.build.json", "package-lock.json", "package.json"]) {
    await cp(file, join(tree, file));
  }
  await symlink(resolve("node_modules"), join(tree, "node_modules"));
  await mkdir(join(tree, "src", "cli"), { recursive: true });
  await writeFile(join(tree, "src/cli/main.ts"), MAIN);
  await writeFile(join(tree, "src/other.ts"), "export const other = 1;\n");
});
afterEach(() => rm(tree, { recursive: true, force: true }));

// Every build starts a compiler, which takes its time on a busy machine.
describe("building only what is stale", { timeout: 60_000 }, () => {
  it("builds the first time, and then not until a source changes or goes", async () => {
    expect(await build()).toEqual({ code: 0, out: "", err: BUILDING });
    expect(await build()).toEqual({ code: 0, out: "", err: "" });

    const later = new Date(Date.now() + 1_000);
    await utimes(join(tree, "src/cli/main.ts"), later, later);
    expect((await build()).err).toBe(BUILDING);

    await utimes(join(tree, "src/cli/main.ts"), 1, 1);
    await rm(join(tree, "src/other.ts"));
    expect((await build()).err).toBe(BUILDING);
    expect(existsSync(join(tree, "dist/other.js"))).toBe(false);
    expect(existsSync(join(tree, "dist/cli/main.js"))).toBe(true);
  });

  it("builds once where several ask at the same time", async () => {
    const runs = await Promise.all([build(), build(), build()]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.map(({ err }) => err).join("")).toBe(BUILDING);
    expect(existsSync(join(tree, "dist/cli/main.js"))).toBe(true);
  });

  it("takes over the lock of a builder that is gone", async () => {
    await mkdir(join(tree, "dist"));
    await writeFile(join(tree, "dist/.build-lock"), String(NOBODY));
    expect((await build()).err).toBe(BUILDING);
    expect(existsSync(join(tree, "dist/.build-lock"))).toBe(false);
  });

  it("fails where the sources do not compile, and tries again the next time", async () => {
    await writeFile(join(tree, "src/other.ts"), 'export const other: number = "one";\n');
    for (const _attempt of [1, 2]) {
      const { code, out, err } = await build();
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain("src/other.ts(1,14): error TS2322");
    }
    await writeFile(join(tree, "src/other.ts"), "export const other: number = 1;\n");
    expect((await build()).code).toBe(0);
  });
});

describe("the commands of a checkout", { timeout: 60_000 }, () => {
  it("npm start builds, hands its flags on, and closes the server in order when it is told to end", async () => {
    const npm = start("npm", ["start", "--", "--demo"]);
    let output = "";
    npm.stdout.on("data", (chunk) => {
      output += chunk;
    });
    const exit = new Promise((done) => npm.once("close", done));
    try {
      await until(() => output.includes("serve,--demo\n"), { timeoutMs: 30_000 });
      npm.kill("SIGTERM");
      expect(await exit).toBe(0);
    } finally {
      npm.stdin.end();
    }
    expect(output).toContain("closed in order\n");
  });

  it("npm run -s countersign prints what the command prints, and nothing else", async () => {
    const run = await finished(start("npm", ["run", "-s", "countersign", "--", "keys", "list"]));
    expect(run).toMatchObject({ code: 0, out: "keys,list\n" });
    expect(run.err).not.toContain("building");
  });
});

function build() {
  return finished(start(process.execPath, ["scripts/build-if-stale.mjs"]));
}

function start(program: string, args: readonly string[]) {
  return spawn(program, args, { cwd: tree, stdio: "pipe" });
}

async function finished(child: ReturnType<typeof start>) {
  const code = new Promise<number | null>((done) => child.once("close", done));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

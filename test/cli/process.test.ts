import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { startChildServer } from "../support/child-server.js";
import { databaseKind } from "../support/databases.js";
import { until } from "../support/until.js";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "dist/cli/main.js");

/** Runs a shell line in which `$countersign` is the built command. */
function shell(line: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    env: { PATH: process.env.PATH ?? "", countersign: `${process.execPath} ${MAIN}`, ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("countersign, as a process", () => {
  it("serves until SIGTERM, beside commands that work on the same database", async () => {
    const database = await databaseKind("sqlite").create();
    const dataDir = await mkdtemp(join(inject("runDirectory"), "process-"));
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir };
    const server = await startChildServer({ env });
    const path = join(dataDir, "first-keys.env");
    await until(() => existsSync(path), { what: "the file of the first keys" });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(server.output).not.toContain("csk_");
    const first = await readFile(path, "utf8");
    expect(first).toMatch(/^COUNTERSIGN_AGENT_KEY=csk_/m);

    const made = shell("$countersign keys create --name Second --role agent --kind agent", env);
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^csk_/) });
    const api = { COUNTERSIGN_URL: server.url, COUNTERSIGN_API_KEY: made.stdout.trim() };
    const submitted = shell("$countersign submit --title 'From a shell'", api);
    expect(submitted).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ticket_\w+\n$/) });
    expect(shell("$countersign audit verify --json", env)).toMatchObject({ status: 0 });

    const waiting = spawn(process.execPath, [MAIN, "wait", submitted.stdout.trim()], {
      env: { ...process.env, ...api },
    });
    let said = "";
    for (const stream of [waiting.stdout, waiting.stderr]) stream.on("data", (text) => (said += text));
    const waited = new Promise((resolve) => waiting.once("exit", resolve));
    const [, key = ""] = /^COUNTERSIGN_REVIEWER_KEY=(.*)$/m.exec(first) ?? [];
    const decided = shell(`$countersign decide ${submitted.stdout.trim()} --revision 1 --approve`, {
      ...api,
      COUNTERSIGN_API_KEY: key,
    });
    expect(decided).toMatchObject({ status: 0 });
    expect(await waited, said).toBe(0);

    expect(await server.terminate()).toEqual({ code: 0, signal: null });
    const verdict = JSON.parse(shell("$countersign audit verify --json", env).stdout);
    expect(verdict).toMatchObject({ ok: true, checkpointSequence: verdict.lastSequence });
    await database.drop();
  }, 60_000);

  it("stops without a stack trace where nobody reads on", async () => {
    const database = await databaseKind("sqlite").create();
    const dataDir = await mkdtemp(join(inject("runDirectory"), "pipe-"));
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir };
    shell("$countersign workspaces create default", env);
    shell(
      "for i in 1 2 3 4 5 6; do $countersign keys create --name N$i --role agent --kind agent; done",
      env,
    );
    const cut = shell("$countersign audit export | true", env);
    expect(cut.stderr).not.toMatch(/EPIPE|at .*\.js/);
    expect(shell("$countersign audit verify", env).stdout).toContain("The record holds");
    await database.drop();
  }, 60_000);

  it("shows help and its version at once, and says where wrong usage is", () => {
    expect(shell("$countersign --help")).toMatchObject({ status: 0, stderr: "" });
    expect(shell("$countersign keys create --help").stdout).toContain("--expires");
    expect(shell("$countersign --version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const line of ["$countersign", "$countersign nonsense", "$countersign keys", "$countersign wait"]) {
      expect(shell(line)).toMatchObject({ status: 2, stdout: "" });
    }
  }, 60_000);

  it("names wrong settings, and what they expect", () => {
    const ran = shell("$countersign serve", { PORT: "http", DATABASE_URL: "postgres://x" });
    expect(ran.status).toBe(4);
    expect(ran.stderr).toMatch(/PORT: expected a port/);
    expect(ran.stderr).toMatch(/DATABASE_URL: expected sqlite:PATH/);
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { killed } from "../support/process-guard.js";
import { until } from "../support/until.js";

describe("a benchmark that is killed", { timeout: 120_000 }, () => {
  let bench: ChildProcess | undefined;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(inject("runDirectory"), "bench-"));
  });
  afterEach(async () => {
    await killed(bench);
    for (const { pid } of others()) process.kill(pid, "SIGKILL");
  });

  /** Everything that it starts inherits this, and so can be told from what others run. */
  const others = () => processesWith(`TMPDIR=${directory}`).filter(({ pid }) => pid !== bench?.pid);
  const directories = () => readdirSync(directory).filter((name) => name.startsWith("countersign-"));

  const probes = () => directories().some((name) => name.startsWith("countersign-bench-sync-"));
  // A process and the guard that ends it.
  const runs = (command: RegExp) => () =>
    others().some((one) => {
      const guard = new RegExp(`kill -9 -?${one.pid};`);
      return command.test(one.command) && others().some((other) => guard.test(other.command));
    });

  it.each([
    ["while it probes the disk", "sqlite", probes],
    ["while it measures on SQLite", "sqlite", runs(/dist\/cli\/main\.js\0serve/)],
    ["while it makes a MariaDB", "mariadb", runs(/mariadb-install-db/)],
    ["while it measures on MariaDB", "mariadb", runs(/dist\/cli\/main\.js\0serve/)],
  ])("%s leaves no process and no directory behind", async (_, database, moment) => {
    const args = ["--quick", "--only", "submit", "--databases", database];
    const child = spawn(process.execPath, ["--import", "tsx", "bench/main.ts", ...args], {
      cwd: resolve("."),
      env: { ...process.env, TMPDIR: directory },
      stdio: ["ignore", "ignore", "pipe"],
    });
    bench = child;
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(said);
        return moment();
      },
      { timeoutMs: 60_000, intervalMs: 2, what: "the moment to kill it" },
    );
    expect(directories()).not.toEqual([]);
    await killed(child);

    await until(() => others().length === 0, { what: "the last process" });
    await until(() => directories().length === 0, { what: "the last directory" });
  });
});

/** The processes that have this in their environment. */
function processesWith(variable: string): { pid: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
        if (!environment.includes(variable)) return [];
        return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, "latin1") }];
      } catch {
        // It has ended meanwhile, or is somebody else's.
        return [];
      }
    });
}

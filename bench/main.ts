import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import type { Bench } from "./harness/bench.js";
import { calmly } from "./harness/calmly.js";
import { openDatabases } from "./harness/databases.js";
import { describeMachine } from "./harness/machine.js";
import { RESULTS } from "./harness/measured.js";
import { readOptions, USAGE } from "./harness/options.js";
import { detectPinning } from "./harness/pinning.js";
import { Report, tables } from "./harness/report.js";
import { measureFilled } from "./parts/filled-database.js";
import { measureInbox } from "./parts/inbox.js";
import { measureMemory } from "./parts/memory.js";
import { measureNoise } from "./parts/noise.js";
import { measurePush } from "./parts/push.js";
import { measureWebhooks } from "./parts/webhooks.js";
import { measureWrites } from "./parts/writes.js";

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === "help") {
    process.stdout.write(USAGE);
    return;
  }
  build();
  const pinning = detectPinning();
  const machine = describeMachine(pinning.description, sqliteVersion());
  const report = new Report();
  const databases = await openDatabases(pinning);
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void databases.close().finally(() => process.exit(130)));
  }
  try {
    await measureAll({ options, pinning, databases, report, tell });
  } finally {
    await databases.close();
  }
  const taken = new Date().toISOString();
  const path = join(RESULTS, `${taken.replaceAll(":", "-")}.json`);
  await mkdir(RESULTS, { recursive: true });
  const record = {
    taken,
    machine,
    options: { ...options, parts: [...options.parts] },
    lines: report.lines(),
  };
  await writeFile(path, `${JSON.stringify(record, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(machine, null, 2)}\n\n${tables(report.lines())}`);
  tell(`\nwritten to ${path}`);
}

async function measureAll(bench: Bench): Promise<void> {
  const { parts, databases, runs, sizes } = bench.options;
  for (const database of databases) {
    for (let run = 1; run <= runs; run += 1) {
      if (parts.has("submit") || parts.has("decide"))
        await calmly(bench, (one) => measureWrites(one, database, run));
      if (parts.has("push")) await measurePush(bench, database, run);
      if (parts.has("memory")) await measureMemory(bench, database, run);
      if (parts.has("noise")) await calmly(bench, (one) => measureNoise(one, database, run));
      if (parts.has("inbox")) await measureInbox(bench, database, run);
      if (parts.has("webhooks")) await measureWebhooks(bench, database, run);
    }
    for (const tickets of sizes.tickets) {
      const writes = (parts.has("submit") || parts.has("decide")) && tickets === Math.max(...sizes.tickets);
      if (parts.has("reads") || writes) await measureFilled(bench, database, tickets);
    }
  }
}

/** What is measured is what is shipped: the compiled server. */
function build(): void {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "build-if-stale.mjs")], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("the server does not build");
}

function sqliteVersion(): string {
  const database = new Sqlite(":memory:");
  const { version } = database.prepare("SELECT sqlite_version() AS version").get() as { version: string };
  database.close();
  return version;
}

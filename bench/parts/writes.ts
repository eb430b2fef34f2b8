import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bench } from "../harness/bench.js";
import { type ClientProcess, startClientProcess, startHelper } from "../harness/client-process.js";
import type { Place } from "../harness/databases.js";
import { loadFigures } from "../harness/load-figures.js";
import { type Measured, measured } from "../harness/measured.js";
import type { DatabaseName } from "../harness/options.js";
import { createTables, type Filled, fill } from "../harness/prepare.js";
import { watchUsage } from "../harness/process-usage.js";
import {
  decisions,
  type RawResult,
  type RawTask,
  type RawTransaction,
  readRows,
  submissions,
} from "../harness/raw-rows.js";
import { OTHERS_CPU } from "../harness/report.js";
import { type ServerProcess, startServerProcess } from "../harness/server-process.js";
import type { LoadResult } from "../harness/tasks.js";

type Write = "submit" | "decide";

/** Submissions and decisions per second through the API, beside the raw driver writing the same rows. */
export async function measureWrites(bench: Bench, database: DatabaseName, run: number): Promise<void> {
  const { databases, pinning, tell } = bench;
  const place = await databases.create(database);
  const client = startClientProcess(pinning);
  try {
    tell(`${database}, run ${run}: submissions and decisions`);
    const filled = await fill(place, { tickets: 0, decided: false, agents: 1 });
    const server = await startServerProcess(place, pinning, { inspect: bench.options.profile });
    let rows: RawTransaction[][];
    const rates = new Map<Write, number>();
    try {
      rows = await throughTheApi(bench, { place, filled, server, client, rates });
    } finally {
      await server.stop();
    }
    tell(`${database}, run ${run}: the same rows by the raw driver`);
    await rawDriver(bench, database, rows, rates);
  } finally {
    await client.stop();
    await place.drop();
  }
}

interface Stage {
  readonly place: Place;
  readonly filled: Filled;
  readonly server: ServerProcess;
  readonly client: ClientProcess;
  readonly rates: Map<Write, number>;
}

async function throughTheApi(bench: Bench, stage: Stage): Promise<RawTransaction[][]> {
  const { sizes, idempotency, parts } = bench.options;
  const { filled, server, client, place, rates } = stage;
  const target = { url: server.url, clients: sizes.clients };
  const agents = { ...target, keys: filled.agentKeys };
  const reviewers = { ...target, keys: [filled.reviewerKey] };
  const submit = (count: number) => client.run({ kind: "submit", target: agents, count, idempotency });
  const decide = (tickets: readonly string[]) =>
    client.run({ kind: "decide", target: reviewers, tickets, idempotency });

  await decide((await submit(sizes.writesWarmUp)).tickets);
  const submitted = await measured(bench, server, client, `${place.name}-submit`, () => submit(sizes.writes));
  rates.set("submit", add(bench, place.name, "submit", submitted));
  const { tickets } = submitted.result;
  const some = tickets.slice(0, sizes.rawTransactions);
  const rows = [await readRows(place, (sql) => submissions(sql, some))];
  if (parts.has("decide")) {
    const decided = await measured(bench, server, client, `${place.name}-decide`, () => decide(tickets));
    rates.set("decide", add(bench, place.name, "decide", decided));
    rows.push(await readRows(place, (sql) => decisions(sql, some)));
  }
  return rows;
}

const TABLE = "Submissions and decisions, durable";

function add(
  { report, options }: Bench,
  database: string,
  write: Write,
  result: Measured<LoadResult>,
): number {
  const rate = result.result.count / result.result.seconds;
  report.add(TABLE, labels(database, write, options.sizes.clients), loadFigures(result));
  return rate;
}

function labels(database: string, write: Write, clients: number): Readonly<Record<string, string>> {
  return { database, operation: write, clients: String(clients) };
}

async function rawDriver(
  { databases, pinning, options, report }: Bench,
  database: DatabaseName,
  rows: readonly RawTransaction[][],
  rates: ReadonlyMap<Write, number>,
): Promise<void> {
  const place = await databases.create(database);
  const file = join(place.environment.DATA_DIR, "rows.json");
  const driver = startHelper("raw-driver.ts", "server", pinning);
  try {
    await createTables(place, workspaceOf(rows));
    await writeFile(file, JSON.stringify(rows));
    const task: RawTask = { url: place.environment.DATABASE_URL, file };
    const usage = watchUsage([driver.pid, ...(place.databasePid === undefined ? [] : [place.databasePid])]);
    const { seconds } = (await driver.ask(task)) as RawResult;
    const used = usage();
    for (const [index, write] of (["submit", "decide"] as const).entries()) {
      const taken = seconds[index];
      const through = rates.get(write);
      if (taken === undefined || through === undefined) continue;
      const rate = (rows[index]?.length ?? 0) / taken;
      report.add(TABLE, labels(database, write, options.sizes.clients), {
        "raw driver per second": rate,
        "Countersign : raw": through / rate,
        [OTHERS_CPU]: (used.foreign / used.seconds) * 100,
      });
    }
  } finally {
    await driver.stop();
    await rm(file, { force: true });
    await place.drop();
  }
}

/** The head's statement is the last of a transaction, and the workspace its last value. */
function workspaceOf(rows: readonly RawTransaction[][]): string {
  const workspace = rows[0]?.[0]?.at(-1)?.[1].at(-1);
  if (typeof workspace !== "string") throw new Error("there are no rows to write");
  return workspace;
}

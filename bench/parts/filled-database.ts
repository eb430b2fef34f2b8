import type { Bench } from "../harness/bench.js";
import { calmly } from "../harness/calmly.js";
import { type ClientProcess, startClientProcess } from "../harness/client-process.js";
import { loadFigures } from "../harness/load-figures.js";
import { type Measured, measured } from "../harness/measured.js";
import type { DatabaseName } from "../harness/options.js";
import { type Filled, fill } from "../harness/prepare.js";
import { type ServerProcess, startServerProcess } from "../harness/server-process.js";
import type { LoadResult } from "../harness/tasks.js";

const READS = "Reads of settled decisions";
const WRITES = "Submissions and decisions beside many tickets";

/** What is measured on one database that holds that many settled tickets already. */
export async function measureFilled(bench: Bench, database: DatabaseName, tickets: number): Promise<void> {
  const { databases, pinning, options, tell } = bench;
  const { parts, runs, sizes } = options;
  const place = await databases.create(database);
  try {
    tell(`${database}: filling in ${tickets} settled tickets`);
    const filled = await fill(place, { tickets, decided: true, agents: 1 });
    const server = await startServerProcess(place, pinning, { inspect: options.profile });
    const client = startClientProcess(pinning);
    try {
      const stage = { database, tickets, filled, server, client };
      if (parts.has("reads")) {
        tell(`${database}: reading decisions of ${tickets} tickets`);
        const read = await readsOnRecord(bench, stage);
        for (let run = 1; run <= runs; run += 1) await calmly(bench, (one) => measureReads(one, stage, read));
      }
      if ((parts.has("submit") || parts.has("decide")) && tickets === Math.max(...sizes.tickets)) {
        tell(`${database}: submissions and decisions beside ${tickets} tickets`);
        await writeSome(bench, stage, sizes.writesWarmUp);
        for (let run = 1; run <= runs; run += 1) await calmly(bench, (one) => measureWrites(one, stage));
      }
    } finally {
      await client.stop();
      await server.stop();
    }
  } finally {
    await place.drop();
  }
}

interface Stage {
  readonly database: DatabaseName;
  readonly tickets: number;
  readonly filled: Filled;
  readonly server: ServerProcess;
  readonly client: ClientProcess;
}

/** Reads a share of the tickets, spread over all, until that is on record, and until the code has been compiled. */
async function readsOnRecord(
  { options: { sizes } }: Bench,
  { server, client, filled }: Stage,
): Promise<readonly string[]> {
  const target = { url: server.url, keys: filled.agentKeys, clients: sizes.clients };
  const tickets = shuffled(spread(filled.tickets, sizes.readTickets));
  await client.run({ kind: "read", target, tickets });
  await client.run({ kind: "read", target, tickets, seconds: sizes.readSeconds });
  return tickets;
}

async function measureReads(bench: Bench, stage: Stage, read: readonly string[]): Promise<void> {
  const { sizes } = bench.options;
  const { database, tickets, server, client, filled } = stage;
  const target = { url: server.url, keys: filled.agentKeys, clients: sizes.clients };
  const result = await measured(bench, server, client, `${database}-read-${tickets}`, () =>
    client.run({ kind: "read", target, tickets: read, seconds: sizes.readSeconds }),
  );
  add(bench, READS, { database, tickets: tickets.toLocaleString("en-US") }, result);
}

async function measureWrites(bench: Bench, stage: Stage): Promise<void> {
  const { options } = bench;
  const [submitted, decided] = await writeSome(bench, stage, options.sizes.writesBeside);
  const labels = { database: stage.database, "tickets before": stage.tickets.toLocaleString("en-US") };
  add(bench, WRITES, { ...labels, operation: "submit" }, submitted);
  add(bench, WRITES, { ...labels, operation: "decide" }, decided);
}

async function writeSome(
  bench: Bench,
  { database, server, client, filled }: Stage,
  count: number,
): Promise<readonly [Measured<LoadResult>, Measured<LoadResult>]> {
  const { idempotency, sizes } = bench.options;
  const target = { url: server.url, clients: sizes.clients };
  const submitted = await measured(bench, server, client, `${database}-submit-beside`, () =>
    client.run({ kind: "submit", target: { ...target, keys: filled.agentKeys }, count, idempotency }),
  );
  const { tickets } = submitted.result;
  const decided = await measured(bench, server, client, `${database}-decide-beside`, () =>
    client.run({ kind: "decide", target: { ...target, keys: [filled.reviewerKey] }, tickets, idempotency }),
  );
  return [submitted, decided];
}

function add(
  { report, options }: Bench,
  table: string,
  labels: Readonly<Record<string, string>>,
  result: Measured<LoadResult>,
): void {
  report.add(table, { ...labels, clients: String(options.sizes.clients) }, loadFigures(result));
}

/** So many of them, evenly. */
function spread(ids: readonly string[], count: number): string[] {
  const step = Math.max(1, ids.length / count);
  return Array.from(
    { length: Math.min(count, ids.length) },
    (_, index) => ids[Math.floor(index * step)] ?? "",
  );
}

/** In an order that is no neighbour's, and the same every time. */
function shuffled(ids: readonly string[]): string[] {
  const mixed = [...ids];
  let seed = 1;
  for (let index = mixed.length - 1; index > 0; index -= 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    const other = seed % (index + 1);
    [mixed[index], mixed[other]] = [mixed[other] ?? "", mixed[index] ?? ""];
  }
  return mixed;
}

import type { Bench } from "../harness/bench.js";
import { startClientProcess } from "../harness/client-process.js";
import type { DatabaseName } from "../harness/options.js";
import { fill } from "../harness/prepare.js";
import { quiet, residentBytes } from "../harness/process-usage.js";
import { type ServerProcess, startServerProcess } from "../harness/server-process.js";

const TABLE = "Memory of the server per waiting agent";
const KIB = 1_024;

/** What one more waiting agent takes: the difference between few and many, shared among those in between. */
export async function measureMemory(bench: Bench, database: DatabaseName, run: number): Promise<void> {
  const { databases, pinning, options, report, tell } = bench;
  const few = Math.min(...options.sizes.waiting);
  const many = Math.max(...options.sizes.waiting);
  if (few === many) throw new Error("memory needs two numbers of waiting agents");
  const place = await databases.create(database);
  try {
    tell(`${database}, run ${run}: memory with ${few} and ${many} waiting agents`);
    const { agents } = options.sizes;
    const filled = await fill(place, { tickets: many, decided: false, agents });
    const server = await startServerProcess(place, pinning, { inspect: true });
    const client = startClientProcess(pinning);
    const wait = async (from: number, to: number): Promise<void> => {
      const places = Array.from({ length: to - from }, (_, index) => from + index);
      const keys = places.map((agent) => filled.agentKeys[agent % agents] ?? "");
      await client.run({ kind: "connect", url: server.url, keys });
      await client.run({
        kind: "wait",
        places: places.map((agent) => ({ agent, ticketId: filled.tickets[agent] ?? "" })),
      });
      await quiet(server.pid);
    };
    try {
      await wait(0, few);
      const before = await memoryOf(server);
      await wait(few, many);
      const after = await memoryOf(server);
      const each = (name: keyof Memory): number => (after[name] - before[name]) / (many - few) / KIB;
      report.add(
        TABLE,
        { database, from: few.toLocaleString("en-US"), to: many.toLocaleString("en-US") },
        {
          "resident KiB each": each("settled"),
          "resident after a collection KiB each": each("resident"),
          "heap after a collection KiB each": each("heap"),
          "resident MiB in all": after.settled / KIB / KIB,
        },
      );
    } finally {
      await client.stop();
      await server.stop();
    }
  } finally {
    await place.drop();
  }
}

/** Bytes. */
interface Memory {
  /** Resident as it stands, once the server is quiet. */
  readonly settled: number;
  /** Resident, after a collection was asked for. */
  readonly resident: number;
  readonly heap: number;
}

async function memoryOf(server: ServerProcess): Promise<Memory> {
  const settled = residentBytes(server.pid);
  const heap = (await server.inspector?.heapBytes()) ?? Number.NaN;
  return { settled, resident: residentBytes(server.pid), heap };
}

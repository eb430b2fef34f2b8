import type { Bench } from "../harness/bench.js";
import { type ClientProcess, startClientProcess } from "../harness/client-process.js";
import type { DatabaseName } from "../harness/options.js";
import { fill } from "../harness/prepare.js";
import { startServerProcess } from "../harness/server-process.js";
import { percentile } from "../harness/statistics.js";
import type { NoiseKind, SteadyResult } from "../harness/tasks.js";

const TABLE = "A client that behaves, beside one that does not";
const CONNECTIONS = 8;
const NOISY_CONNECTIONS = 32;
const PER_SECOND = 40;
/** Before anything is measured, so that the code has been compiled. */
const WARM_UP = 400;
const NOISES: readonly (NoiseKind | undefined)[] = [undefined, "cheap", "refused", "fresh"];

/**
 * How much one client that sends as fast as it can slows down another, under the limits that the server has by default.
 * Each of them comes, as in life, from an address of its own.
 */
export async function measureNoise(bench: Bench, database: DatabaseName, run: number): Promise<void> {
  const { databases, pinning, options, tell } = bench;
  const count = options.sizes.noiseSeconds * PER_SECOND;
  const place = await databases.create(database);
  try {
    const filled = await fill(place, {
      tickets: WARM_UP + count * NOISES.length,
      decided: false,
      agents: NOISES.length,
    });
    const server = await startServerProcess(place, pinning, {
      environment: { RATE_PRINCIPAL: "", RATE_ADDRESS: "", TRUSTED_PROXIES: "127.0.0.1" },
    });
    const [client, noisy] = [startClientProcess(pinning), startClientProcess(pinning)];
    try {
      let used = 0;
      const steady = (tickets: number, perSecond: number): Promise<SteadyResult> => {
        used += tickets;
        return steadily(
          client,
          server.url,
          filled.reviewerKey,
          filled.tickets.slice(used - tickets, used),
          perSecond,
        );
      };
      await steady(WARM_UP, 2 * PER_SECOND);
      let alone: SteadyResult | undefined;
      for (const [index, noise] of NOISES.entries()) {
        tell(`${database}, run ${run}: beside ${noise ?? "nobody"}`);
        const noisyKey = filled.agentKeys[index] ?? "";
        const made =
          noise === undefined
            ? undefined
            : noisy.run({
                kind: "noise",
                target: { url: server.url, keys: [noisyKey], clients: NOISY_CONNECTIONS },
                noise,
                from: `198.51.100.${index}`,
                seconds: options.sizes.noiseSeconds,
              });
        const result = await steady(count, PER_SECOND);
        const sent = (await made)?.sent ?? 0;
        alone ??= result;
        add(bench, database, noise, sent / options.sizes.noiseSeconds, result, alone);
      }
    } finally {
      await noisy.stop();
      await client.stop();
      await server.stop();
    }
  } finally {
    await place.drop();
  }
}

/** All of it as one reviewer, who sees every ticket. */
function steadily(
  client: ClientProcess,
  url: string,
  reviewerKey: string,
  tickets: readonly string[],
  perSecond: number,
): Promise<SteadyResult> {
  const target = { url, keys: [reviewerKey], clients: CONNECTIONS };
  return client.run({ kind: "steady", target, reviewerKey, tickets, perSecond });
}

function add(
  { report }: Bench,
  database: DatabaseName,
  noise: NoiseKind | undefined,
  perSecond: number,
  result: SteadyResult,
  alone: SteadyResult,
): void {
  const ratio = (of: "reads" | "decisions", share: number): number =>
    percentile(result[of], share) / percentile(alone[of], share);
  report.add(
    TABLE,
    { database, beside: noise ?? "nobody" },
    {
      "noise per s": perSecond,
      "read p50 ms": percentile(result.reads, 0.5),
      "read p99 ms": percentile(result.reads, 0.99),
      "read p99 x": ratio("reads", 0.99),
      "decide p50 ms": percentile(result.decisions, 0.5),
      "decide p99 ms": percentile(result.decisions, 0.99),
      "decide p99 x": ratio("decisions", 0.99),
    },
  );
}

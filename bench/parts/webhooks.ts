import { systemActor } from "../../src/identity/workspaces.js";
import { createEndpoint } from "../../src/notify/endpoints.js";
import { createLog } from "../../src/server/log.js";
import { openOperatorServices } from "../../src/server/services.js";
import { readSettings } from "../../src/server/settings.js";
import type { Bench } from "../harness/bench.js";
import { calmly } from "../harness/calmly.js";
import { startClientProcess, startHelper } from "../harness/client-process.js";
import type { Place } from "../harness/databases.js";
import { DECIDE } from "../harness/operations.js";
import type { DatabaseName } from "../harness/options.js";
import { fill } from "../harness/prepare.js";
import { watchUsage } from "../harness/process-usage.js";
import { OTHERS_CPU } from "../harness/report.js";
import { startServerProcess } from "../harness/server-process.js";
import { percentile } from "../harness/statistics.js";
import type { Delivered, Ports } from "../harness/tasks.js";

const TABLE = "A decision to a thousand webhooks, one of which hangs";
const LONGEST_MS = 120_000;

/** How soon a decision reaches many endpoints, while one of them never answers. */
export async function measureWebhooks(bench: Bench, database: DatabaseName, run: number): Promise<void> {
  const { databases, pinning, options, tell } = bench;
  const { endpoints, webhookDecisions, webhookSeconds } = options.sizes;
  const place = await databases.create(database);
  const receivers = startHelper("receivers.ts", "client", pinning);
  const client = startClientProcess(pinning);
  try {
    tell(`${database}, run ${run}: ${endpoints} endpoints`);
    const ports = (await receivers.ask({ kind: "listen" })) as Ports;
    const filled = await fill(place, { tickets: 0, decided: false, agents: 1 });
    await makeEndpoints(place, filled.workspaceId, endpoints, ports);
    const environment = { OUTBOUND_ALLOW: "127.0.0.1" };
    const server = await startServerProcess(place, pinning, { inspect: options.profile, environment });
    try {
      const target = { url: server.url, clients: 1, keys: filled.agentKeys };
      await calmly(bench, async (one) => {
        const { tickets } = await client.run({
          kind: "submit",
          target,
          count: webhookDecisions,
          idempotency: false,
        });
        const from = (await receivers.ask({ kind: "received" })) as number;
        const usage = watchUsage([...server.pids, receivers.pid]);
        const answered = new Map<string, number>();
        for (const ticketId of tickets) {
          const next = performance.now() + webhookSeconds * 1_000;
          await decide(server.url, filled.reviewerKey, ticketId);
          answered.set(ticketId, Date.now());
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
        }
        const expected = tickets.length * (endpoints - 1);
        const delivered = await all(receivers, from, expected);
        const { cpu, foreign, seconds } = usage();
        const times = delivered.map(({ ticketId, at }) => Math.max(0, at - (answered.get(ticketId) ?? at)));
        one.report.add(
          TABLE,
          { database, endpoints: endpoints.toLocaleString("en-US") },
          {
            "p50 ms": percentile(times, 0.5),
            "p99 ms": percentile(times, 0.99),
            "max ms": percentile(times, 1),
            missing: expected - delivered.length,
            "server CPU ms per delivery": ((cpu.get(server.pid) ?? 0) / delivered.length) * 1_000,
            [OTHERS_CPU]: (foreign / seconds) * 100,
          },
        );
      });
    } finally {
      await server.stop();
    }
  } finally {
    await client.stop();
    await receivers.stop();
    await place.drop();
  }
}

async function makeEndpoints(
  place: Place,
  workspaceId: string,
  count: number,
  { taking, hanging }: Ports,
): Promise<void> {
  const services = await openOperatorServices(readSettings(place.environment), createLog("silent"));
  try {
    const actor = await systemActor(services.database.read, workspaceId);
    for (let at = 0; at < count; at += 1) {
      await createEndpoint(services.ledger, (url) => url, {
        workspaceId,
        actor,
        channel: "WEBHOOK",
        name: `Endpoint ${at}`,
        // The first one is the one that hangs.
        url: `http://127.0.0.1:${at === 0 ? hanging : taking}/${at}`,
        queues: null,
        types: ["DECIDED"],
      });
    }
  } finally {
    await services.close();
  }
}

async function decide(url: string, key: string, ticketId: string): Promise<void> {
  const input = { ticketId, revision: 1, status: "APPROVED" };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: DECIDE, variables: { input } }),
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
}

async function all(
  receivers: { ask(question: unknown): Promise<unknown> },
  from: number,
  expected: number,
): Promise<readonly Delivered[]> {
  const end = performance.now() + LONGEST_MS;
  while (performance.now() < end) {
    const count = ((await receivers.ask({ kind: "received" })) as number) - from;
    if (count >= expected) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return (await receivers.ask({ kind: "received", from })) as Delivered[];
}

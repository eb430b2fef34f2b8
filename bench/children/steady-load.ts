import { DECIDE, DECISION } from "../harness/operations.js";
import type { SteadyResult, Task } from "../harness/tasks.js";
import { HttpConnection } from "./http-connection.js";

/** Operations of which one is a decision; the others read where a ticket stands. */
const ONE_DECISION_IN = 4;

/**
 * A client that behaves: it reads and decides at a steady pace, whatever becomes of its earlier requests. Latencies count
 * from when a request was due, so that waiting for a free connection counts too.
 */
export async function steadyLoad({
  target,
  reviewerKey,
  tickets,
  perSecond,
}: Task & { kind: "steady" }): Promise<SteadyResult> {
  const idle = await Promise.all(
    Array.from({ length: target.clients }, () => HttpConnection.open(target.url, "/graphql")),
  );
  const all = [...idle];
  const reads: number[] = [];
  const decisions: number[] = [];
  const started = performance.now();
  const one = async (ticketId: string, index: number): Promise<void> => {
    const due = started + (index * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    let connection = idle.pop();
    if (connection === undefined) {
      connection = await HttpConnection.open(target.url, "/graphql");
      all.push(connection);
    }
    const decides = index % ONE_DECISION_IN === 0;
    const operation = decides
      ? { query: DECIDE, variables: { input: { ticketId, revision: 1, status: "APPROVED" } } }
      : { query: DECISION, variables: { ticketId } };
    await connection.post(JSON.stringify(operation), decides ? reviewerKey : (target.keys[0] ?? ""));
    (decides ? decisions : reads).push(performance.now() - due);
    idle.push(connection);
  };
  try {
    await Promise.all(tickets.map(one));
    return { reads, decisions };
  } finally {
    for (const connection of all) connection.close();
  }
}

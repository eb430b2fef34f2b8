import { Agent, request } from "node:http";
import type { NoiseResult, Task } from "../harness/tasks.js";

/** What a client may send as fast as it can. */
const OPERATIONS = {
  /** The cheapest that there is. */
  cheap: () => "{ viewer { roles } }",
  /** As large as may be, refused only after it has been read, and never the same. */
  refused: (index: number) => `{ ${"viewer { roles } ".repeat(1_000)} } # ${index}`,
  /** Accepted, expensive to validate, and never the same. */
  fresh: (index: number) =>
    `{ tickets(filter: { status: [${"PENDING ".repeat(2_000)}] }) { totalCount } } # ${index}`,
} as const;

/** A client that does not behave: it asks again as soon as it is answered, on many connections, whatever it is told. */
export async function makeNoise({
  target,
  noise,
  from,
  seconds,
}: Task & { kind: "noise" }): Promise<NoiseResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: target.clients });
  const statuses: Record<string, number> = {};
  const deadline = performance.now() + seconds * 1_000;
  let next = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < deadline) {
      next += 1;
      const body = JSON.stringify({ query: OPERATIONS[noise](next) });
      const status = await post(agent, target.url, target.keys[0] ?? "", from, body);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: target.clients }, work));
  agent.destroy();
  return { sent: next, statuses };
}

function post(agent: Agent, url: string, key: string, from: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/graphql`,
      {
        method: "POST",
        agent,
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          accept: "application/graphql-response+json",
          "content-length": Buffer.byteLength(body),
          "x-forwarded-for": from,
        },
      },
      (answer) => {
        answer.resume();
        answer.once("end", () => resolve(String(answer.statusCode)));
      },
    );
    asked.once("error", reject);
    asked.end(body);
  });
}

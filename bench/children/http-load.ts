import type { LoadResult, Target } from "../harness/tasks.js";
import { HttpConnection } from "./http-connection.js";

export interface LoadOptions {
  /** After which no more requests are begun. */
  readonly seconds?: number;
  readonly onAnswer?: (body: string, index: number) => void;
}

/** Posts that many operations, by as many clients as the target says, each after its last one was answered. */
export async function httpLoad(
  { url, keys, clients }: Target,
  count: number,
  operation: (index: number) => object,
  { seconds, onAnswer }: LoadOptions = {},
): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: clients }, () => HttpConnection.open(url, "/graphql")),
  );
  const latencies: number[] = [];
  const started = performance.now();
  const deadline = seconds === undefined ? Number.POSITIVE_INFINITY : started + seconds * 1_000;
  let next = 0;
  const work = async (connection: HttpConnection): Promise<void> => {
    for (;;) {
      const index = next;
      const sent = performance.now();
      if (index >= count || sent >= deadline) return;
      next += 1;
      const body = await connection.post(JSON.stringify(operation(index)), keys[index % keys.length] ?? "");
      latencies.push(performance.now() - sent);
      onAnswer?.(body, index);
    }
  };
  try {
    await Promise.all(connections.map(work));
    return {
      seconds: (performance.now() - started) / 1_000,
      count: latencies.length,
      latencies,
      tickets: [],
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

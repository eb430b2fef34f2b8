/** The queues in a `queues` column; null means every queue. */
export function parseQueues(text: string | null): string[] | null {
  return text === null ? null : (JSON.parse(text) as string[]);
}

/** The reverse of {@link parseQueues}. */
export function queuesColumn(queues: readonly string[] | null): string | null {
  return queues === null ? null : JSON.stringify(queues);
}

/** Each queue once, in order, so that the same choice is always the same column; null means every queue. */
export function uniqueQueues(queues: readonly string[] | null): string[] | null {
  return queues === null ? null : [...new Set(queues)].sort();
}

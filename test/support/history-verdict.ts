import { type Linearization, linearize } from "./history-checker.js";
import { isReading, type TicketModelState, ticketModel } from "./history-model.js";
import type { RecordedOperation, TicketRun } from "./history-run.js";
import { describeHistory } from "./history-text.js";

/** What the check of many tickets has found. */
export interface HistoryVerdict {
  readonly operations: number;
  /** Those of them that had no answer, or one that leaves open what has happened. */
  readonly unknown: number;
  /** Looked at until the orders were found. */
  readonly configurations: number;
  /** Tickets on which two changes that were sent to different servers overlapped in time. */
  readonly contested: number;
  /** How often each kind of operation came to each end, and each status was the last: "decide STALE_REVISION". */
  readonly ends: ReadonlyMap<string, number>;
  /** Histories that no order explains, in full. */
  readonly unexplained: readonly string[];
}

/** Looks at every ticket's history by itself. */
export function judge(runs: readonly TicketRun[]): HistoryVerdict {
  const ends = new Map<string, number>();
  const count = (end: string): void => void ends.set(end, (ends.get(end) ?? 0) + 1);
  const unexplained: string[] = [];
  let configurations = 0;
  for (const { facts, operations, ticketId } of runs) {
    const found = linearize(ticketModel(facts), operations);
    configurations += found.configurations;
    if (!found.ok)
      unexplained.push(`${facts.title} (${ticketId}): ${describeHistory(facts, operations, found)}`);
    operations.forEach((operation, index) => void count(endOf(operation, index, found)));
    count(`last ${found.state.status}`);
  }
  const all = runs.flatMap(({ operations }) => operations);
  return {
    operations: all.length,
    unknown: all.filter(({ answered }) => answered === undefined).length,
    configurations,
    contested: runs.filter(({ operations }) => isContested(operations)).length,
    ends,
    unexplained,
  };
}

function endOf(
  { input, answered }: RecordedOperation,
  index: number,
  { order }: Linearization<TicketModelState>,
): string {
  if (answered === undefined)
    return `${input.kind} unknown, ${order.includes(index) ? "done" : "not needed"}`;
  return `${input.kind} ${"refused" in answered.output ? answered.output.refused : "done"}`;
}

function isContested(operations: readonly RecordedOperation[]): boolean {
  const changes = operations.filter(({ input }) => !isReading(input));
  return changes.some((one) =>
    changes.some(
      (other) =>
        one.server !== other.server && answeredAt(one) > other.invoked && answeredAt(other) > one.invoked,
    ),
  );
}

function answeredAt({ answered }: RecordedOperation): number {
  return answered?.at ?? Number.POSITIVE_INFINITY;
}

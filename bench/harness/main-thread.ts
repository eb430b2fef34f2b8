import type { Page } from "playwright-core";

/** Names of the marks (`performance.mark`) between which a page is watched. */
export const WATCH_MARKS = { begin: "watch begins", end: "watch ends" } as const;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  /** CPU time of the thread, microseconds. */
  readonly tdur?: number;
}

/**
 * The CPU time of the longest task of a page's thread between the two marks, milliseconds: others' work on the machine does
 * not lengthen it, as it does what the browser itself calls a long task.
 */
export async function longestTaskCpuMs(page: Page, work: () => Promise<void>): Promise<number> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("the page has no browser");
  await browser.startTracing(page, { categories: ["toplevel", "blink.user_timing"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly TraceEvent[];
  };
  const end = traceEvents.find(({ name }) => name === WATCH_MARKS.end);
  if (end === undefined) throw new Error("the trace does not say when the page was watched");
  const from = traceEvents.find(({ name }) => name === WATCH_MARKS.begin)?.ts ?? 0;
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid, ts }) =>
      name === "ThreadControllerImpl::RunTask" &&
      ph === "X" &&
      pid === end.pid &&
      tid === end.tid &&
      ts >= from &&
      ts <= end.ts,
  );
  return Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur / 1_000));
}

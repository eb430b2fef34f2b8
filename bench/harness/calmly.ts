import type { Bench } from "./bench.js";
import { watchUsage } from "./process-usage.js";
import { OTHERS_CPU, Report } from "./report.js";

/** Percent of one CPU that others may use; figures taken while they use more are of little worth. */
const CALM_PERCENT = 15;
const TRIES = 6;
const WAIT_MS = 10 * 60_000;
const LOOK_MS = 2_000;

/**
 * Measures something into the report. With `--calm`: not before others leave the CPUs alone, and once more where they
 * did not while it was measured. Whether a run counts depends on what others did alone, never on its result.
 */
export async function calmly(bench: Bench, measure: (bench: Bench) => Promise<void>): Promise<void> {
  if (!bench.options.calm) return measure(bench);
  for (let attempt = 1; ; attempt += 1) {
    await calm();
    const report = new Report();
    await measure({ ...bench, report });
    const worst = Math.max(0, ...report.lines().map((line) => line.figures[OTHERS_CPU]?.max ?? 0));
    if (worst <= CALM_PERCENT || attempt === TRIES) return bench.report.addAll(report);
    bench.tell(`  disturbed (others used ${Math.round(worst)} % of a CPU): once more`);
  }
}

async function calm(): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline) {
    const usage = watchUsage([]);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const { foreign, seconds } = usage();
    if ((foreign / seconds) * 100 <= CALM_PERCENT) return;
  }
}

import type { Page } from "playwright-core";
import type { Bench } from "../../harness/bench.js";
import type { Desk } from "../../harness/desk.js";
import type { DatabaseName } from "../../harness/options.js";
import { percentile } from "../../harness/statistics.js";

const TABLE = "Opening the inbox";

interface Load {
  readonly firstPaint: number;
  readonly listed: number;
  readonly transferred: number;
}

/** How soon the list is on screen, in a browser that has never been there and in one that has. */
export async function measureLoads(bench: Bench, desk: Desk, database: DatabaseName): Promise<void> {
  const { inboxLoads } = bench.options.sizes;
  const { result, noise } = await desk.beside(async () => {
    const first: Load[] = [];
    const again: Load[] = [];
    for (let count = 0; count < inboxLoads; count += 1) {
      const { context, page } = await desk.sitDown();
      first.push(await load(page, desk.server.url));
      again.push(await load(page, desk.server.url));
      await context.close();
    }
    return { "for the first time": first, again };
  });
  for (const [opened, loads] of Object.entries(result)) {
    const figures = (of: keyof Load): number[] => loads.map((one) => one[of]);
    bench.report.add(
      TABLE,
      { database, opened },
      {
        "first contentful paint p50 ms": percentile(figures("firstPaint"), 0.5),
        "list on screen p50 ms": percentile(figures("listed"), 0.5),
        "list on screen p95 ms": percentile(figures("listed"), 0.95),
        "KB transferred": percentile(figures("transferred"), 0.5) / 1_000,
        ...noise,
      },
    );
  }
}

async function load(page: Page, url: string): Promise<Load> {
  await page.goto(url);
  return page.evaluate("pageWatch.loaded('.row')");
}

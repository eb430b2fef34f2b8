import type { Page } from "playwright-core";
import { DecideDocument } from "../../../src/inbox/api/generated.js";
import type { Bench } from "../../harness/bench.js";
import type { Desk } from "../../harness/desk.js";
import type { DatabaseName } from "../../harness/options.js";
import { percentile } from "../../harness/statistics.js";

const TABLE = "Inbox: from the press that signs to the signed card on screen";
const WARM_UP = 5;

const WAYS = {
  button: (page: Page) => page.locator(".decide-sign").click(),
  "Ctrl+Enter": (page: Page) => page.keyboard.press("Control+Enter"),
} as const;

/** How soon a decision is confirmed; in turn with the same mutation as a plain `fetch` of the same page. */
export async function measureDecisions(bench: Bench, desk: Desk, database: DatabaseName): Promise<void> {
  const { inboxDecisions } = bench.options.sizes;
  const { context, page } = await desk.sitDown();
  // The list offers the oldest first: these are left alone by the page itself.
  const plainTickets = desk.filled.tickets.toReversed().values();
  await page.goto(desk.server.url);
  await page.locator(".row").first().click();
  for (const [pressed, press] of Object.entries(WAYS)) {
    const { result, noise } = await desk.beside(async () => {
      const confirmed: number[] = [];
      const plain: number[] = [];
      for (let count = 0; count < WARM_UP + inboxDecisions; count += 1) {
        plain.push(await decidePlainly(page, plainTickets.next().value ?? ""));
        confirmed.push(await decide(page, press));
      }
      return { confirmed: confirmed.slice(WARM_UP), plain: plain.slice(WARM_UP) };
    });
    const { confirmed, plain } = result;
    bench.report.add(
      TABLE,
      { database, pressed },
      {
        "p50 ms": percentile(confirmed, 0.5),
        "p95 ms": percentile(confirmed, 0.95),
        "max ms": Math.max(...confirmed),
        "plain fetch p50 ms": percentile(plain, 0.5),
        "p50 : plain": percentile(confirmed, 0.5) / percentile(plain, 0.5),
        ...noise,
      },
    );
  }
  await context.close();
}

async function decide(page: Page, press: (page: Page) => Promise<void>): Promise<number> {
  await page.locator(".decide-choice-approve").waitFor();
  await page.keyboard.press("a");
  await page.locator(".decide-sign:enabled").waitFor();
  await page.evaluate("pageWatch.expect('.decide-signed h3', 'Signed: Approved')");
  await press(page);
  const confirmed = await page.evaluate<number>("pageWatch.sincePress()");
  await page.locator(".decide-next").click();
  await page.locator(".decide-signed").waitFor({ state: "detached" });
  return confirmed;
}

function decidePlainly(page: Page, ticketId: string): Promise<number> {
  const input = { ticketId, revision: 1, status: "APPROVED", idempotencyKey: crypto.randomUUID() };
  const body = JSON.stringify({ query: DecideDocument, variables: { input } });
  return page.evaluate(`pageWatch.plainly(${JSON.stringify(body)})`);
}

import type { Page } from "playwright-core";
import { HttpConnection } from "../../children/http-connection.js";
import type { Bench } from "../../harness/bench.js";
import type { Desk } from "../../harness/desk.js";
import { COMMENT, DECIDE, SUBMIT } from "../../harness/operations.js";
import type { DatabaseName } from "../../harness/options.js";
import { percentile } from "../../harness/statistics.js";

const TABLE = "Inbox: from the answer to another client's change to the change on screen";
const WARM_UP = 3;
/** Rows that are on screen for certain. */
const ON_SCREEN = 8;
/** Questions by which the two clocks are compared. */
const PROBES = 30;

/** A change that another client makes, and what of it is to be seen. */
interface Change {
  readonly document: string;
  readonly input: object;
  readonly key: string;
  readonly selector: string;
  readonly text: string;
}

/** Gets the page there, and tells what is to happen before its eyes. */
type Make = (page: Page, desk: Desk, nextTicket: () => string) => Promise<Change>;

const CHANGES: Readonly<Record<string, Make>> = {
  "list: a row is settled": async (page, desk) => {
    const settled = await page.locator(".row-settled").count();
    if (!page.url().endsWith("/") || settled >= ON_SCREEN) await open(page, desk.server.url, "TicketChanged");
    const row = page.locator(".row:not(.row-settled)").first();
    const id = (await row.getAttribute("id")) ?? "";
    return {
      ...decision(desk, id.replace("row-", "")),
      selector: `#${id}.row-settled`,
      text: "Approved by",
    };
  },
  "list: a new ticket is announced": async (page, desk) => {
    const said = await page.locator(".list-announced").innerText();
    const next = (Number.parseInt(said, 10) || 0) + 1;
    return {
      document: SUBMIT,
      input: { title: "Has just come in" },
      key: agentOf(desk),
      selector: ".list-announced",
      text: `${next} new`,
    };
  },
  "ticket: a comment": async (page, desk, nextTicket) => {
    if (!page.url().includes("/tickets/")) await openTicket(page, desk, nextTicket());
    const ticketId = page.url().split("/").at(-1);
    const body = `A remark, ${crypto.randomUUID()}`;
    return {
      document: COMMENT,
      input: { ticketId, body },
      key: agentOf(desk),
      selector: ".ticket-said",
      text: body,
    };
  },
  "ticket: it is settled": async (page, desk, nextTicket) => {
    const ticketId = nextTicket();
    await openTicket(page, desk, ticketId);
    return { ...decision(desk, ticketId), selector: ".ticket-status-approved", text: "Approved by" };
  },
};

/** How soon what others do is on screen, in the list and on the page of a ticket. */
export async function measureChanges(bench: Bench, desk: Desk, database: DatabaseName): Promise<void> {
  const { context, page } = await desk.sitDown();
  const connection = await HttpConnection.open(desk.server.url, "/graphql");
  // From the middle: the list begins with the oldest, and the newest are decided elsewhere.
  const tickets = desk.filled.tickets.slice(desk.filled.tickets.length / 2).values();
  const nextTicket = (): string => tickets.next().value ?? "";
  for (const [change, make] of Object.entries(CHANGES)) {
    const { result, noise } = await desk.beside(async () => {
      const times: number[] = [];
      for (let count = 0; count < WARM_UP + bench.options.sizes.inboxChanges; count += 1)
        times.push(await seenAfter(page, connection, await make(page, desk, nextTicket)));
      return times.slice(WARM_UP);
    });
    bench.report.add(
      TABLE,
      { database, change },
      {
        "p50 ms": percentile(result, 0.5),
        "p95 ms": percentile(result, 0.95),
        "max ms": Math.max(...result),
        ...noise,
      },
    );
  }
  connection.close();
  await context.close();
}

function decision({ filled }: Desk, ticketId: string) {
  return {
    document: DECIDE,
    input: { ticketId, revision: 1, status: "APPROVED" },
    key: filled.reviewerKey,
  };
}

function agentOf({ filled }: Desk): string {
  return filled.agentKeys[0] ?? "";
}

async function openTicket(page: Page, { server }: Desk, ticketId: string): Promise<void> {
  await open(page, `${server.url}/tickets/${ticketId}`, "OneTicketChanged");
  await page.locator(".ticket-entry").first().waitFor();
}

/** Opens a page, and waits until it has begun to follow what happens. */
async function open(page: Page, address: string, subscription: string): Promise<void> {
  const opened = page.waitForEvent("websocket");
  await page.goto(address);
  const socket = await opened;
  await socket.waitForEvent("framesent", ({ payload }) => String(payload).includes(subscription));
  await page.locator(".row, .ticket-entry").first().waitFor();
}

/** Milliseconds from the answer to the one who makes a change until it is on the other's screen. */
async function seenAfter(page: Page, connection: HttpConnection, change: Change): Promise<number> {
  const { document, input, key, selector, text } = change;
  const ahead = await clockAhead(page);
  await page.evaluate(`pageWatch.expect(${JSON.stringify(selector)}, ${JSON.stringify(text)})`);
  await connection.post(JSON.stringify({ query: document, variables: { input } }), key);
  const answered = now();
  return (await page.evaluate<number>("pageWatch.shownAt()")) - ahead - answered;
}

/** By how much the page's clock is ahead of ours, as the fastest of some questions tells. */
async function clockAhead(page: Page): Promise<number> {
  let fastest = { took: Number.POSITIVE_INFINITY, ahead: 0 };
  for (let probe = 0; probe < PROBES; probe += 1) {
    const asked = now();
    const there = await page.evaluate<number>("pageWatch.now()");
    const took = now() - asked;
    if (took < fastest.took) fastest = { took, ahead: there - (asked + took / 2) };
  }
  return fastest.ahead;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

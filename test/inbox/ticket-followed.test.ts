import { copyFile, rm } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { type InboxReviewer, inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

interface Subscribe {
  readonly id: string;
  readonly type: string;
  readonly payload: { readonly query: string; variables: Record<string, unknown> };
}

describe("an open ticket goes on being followed", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let reviewer: InboxReviewer;
  const calls = reviewCalls(() => server);
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
  });
  beforeEach(async () => {
    reviewer = await inboxReviewer(browser, server, "Ada");
  });
  afterEach(() => reviewer?.context.close());
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Lets somebody else have a say in what goes to the server and comes back, for each time the ticket is subscribed to. */
  const between = async (
    page: Page,
    meddle: (asked: Subscribe, times: number) => "let through" | object,
  ): Promise<Subscribe[]> => {
    const seen: Subscribe[] = [];
    await page.routeWebSocket(/graphql/, (socket) => {
      const there = socket.connectToServer();
      socket.onMessage((message) => {
        const asked = JSON.parse(String(message)) as Subscribe;
        if (asked.type !== "subscribe" || !asked.payload.query.includes("OneTicketChanged"))
          return there.send(message);
        seen.push(structuredClone(asked));
        const answer = meddle(asked, seen.length);
        if (answer === "let through") there.send(JSON.stringify(asked));
        else socket.send(JSON.stringify({ id: asked.id, ...answer }));
      });
    });
    return seen;
  };
  const story = (page: Page, words: string) => page.locator("main").getByText(words);
  const error = (code: string) => ({ type: "error", payload: [{ message: "No.", extensions: { code } }] });

  it("from where the ledger is now, where its position is not of this ledger", async () => {
    const id = await calls.submit("Restored");
    const { page } = reviewer;
    const seen = await between(page, ({ payload }, times) => {
      if (times === 1) payload.variables["after"] = "999999.0123456789abcdef";
      return "let through";
    });
    await reviewer.open(id);
    await until(() => seen.length >= 2, { what: "a second subscription" });
    await calls.comment(id, "Heard all the same");
    await story(page, "Heard all the same").waitFor();
    expect(seen).toHaveLength(2);
    await calls.decide(id);
    await page
      .getByText(/^Approved by/)
      .first()
      .waitFor();
  });

  it.each([
    ["says that it is busy", error("UNAVAILABLE")],
    ["fails", error("INTERNAL_SERVER_ERROR")],
    ["ends it without a reason", { type: "complete" }],
  ])("from where it was, where the server %s", async (_, answer) => {
    const id = await calls.submit("Dropped");
    const { page } = reviewer;
    const seen = await between(page, (_asked, times) => (times === 1 ? answer : "let through"));
    await reviewer.open(id);
    await until(() => seen.length >= 1, { what: "a subscription" });
    // Before it is followed again: this must not be lost.
    await calls.comment(id, "Said in between");
    await story(page, "Said in between").waitFor();
    const [first, second] = seen.map(({ payload }) => payload.variables["after"]);
    expect([seen.length, second]).toEqual([2, first]);
  });

  it("not at all, where it is refused for good", async () => {
    const id = await calls.submit("Refused");
    const { page } = reviewer;
    await page.clock.install();
    const seen = await between(page, () => error("NOT_FOUND"));
    const looks: string[] = [];
    page.on("request", (request) => {
      if (request.postData()?.includes("query Ticket(")) looks.push(request.url());
    });
    await reviewer.open(id);
    // It looks once more, since it may be gone; and that is all.
    await until(() => looks.length >= 2, { what: "another look" });
    await page.clock.fastForward(60_000);
    // Whatever the page has sent by then has come through before this.
    await page.evaluate("fetch('/health').then((response) => response.text())");
    expect(seen).toHaveLength(1);
  });

  it("through a restored backup: what was lost goes from the page, and what comes is shown", async () => {
    const id = await calls.submit("Backed up");
    await calls.comment(id, "Before the backup");
    const file = server.testDatabase.url.replace(/^\w+:(\/\/)?/, "");
    await server.running.close();
    await copyFile(file, `${file}.backup`);
    await server.restart();

    const { page } = reviewer;
    await reviewer.open(id);
    await story(page, "Before the backup").waitFor();
    for (const number of [1, 2, 3, 4, 5]) await calls.comment(id, `Lost ${number}`);
    await story(page, "Lost 5").waitFor();

    await server.running.close();
    await copyFile(`${file}.backup`, file);
    await rm(`${file}-wal`, { force: true });
    await rm(`${file}-shm`, { force: true });
    await server.restart();
    await expect.poll(() => story(page, "Lost").count(), { timeout: 30_000 }).toBe(0);
    await story(page, "Before the backup").waitFor();
    await calls.comment(id, "After the backup");
    await story(page, "After the backup").waitFor();
    await calls.decide(id);
    await page
      .getByText(/^Approved by/)
      .first()
      .waitFor();
  });
});

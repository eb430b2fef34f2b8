import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const RESUBMIT =
  "mutation($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ticket { revision } } }";
/** Of what is long, as much as fits on a screen or three. */
const MOST_ON_SCREEN = 400;

describe("a ticket as large as they come", { timeout: 120_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  const calls = reviewCalls(() => server);

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** How many elements like that there are, and how many of them the browser lays out and paints. */
  const drawn = async (page: Page, selector: string): Promise<{ all: number; laidOut: number }> =>
    page.evaluate(`(() => {
      const all = [...document.querySelectorAll(${JSON.stringify(selector)})];
      return { all: all.length, laidOut: all.filter((one) => one.checkVisibility({ contentVisibilityAuto: true })).length };
    })()`);

  it("has all of a long text and a long comparison in the document, and only what is on screen laid out", async () => {
    const payload = (state: string) => ({
      records: Array.from({ length: 1_500 }, (_, index) => ({ index, state: index % 5 === 0 ? state : "" })),
    });
    const detail = "A paragraph.\n\n".repeat(1_500);
    const id = await calls.submit("Long", server.keys.agent, { detail, payload: payload("old") });
    await gqlData(server.url, server.keys.agent, RESUBMIT, {
      input: { ticketId: id, title: "Long", detail, payload: payload("new") },
    });
    const { page, open, context } = await inboxReviewer(browser, server, "Ada");
    await open(id);
    await until(async () => (await drawn(page, ".markdown p")).all === 1_500, { what: "the whole text" });
    expect((await drawn(page, ".markdown p")).laidOut).toBeLessThan(MOST_ON_SCREEN);
    // Of 300 records one line is there twice.
    const added = page.locator("tr:has(ins)");
    await until(async () => (await added.count()) === 300, {
      timeoutMs: 30_000,
      what: "the whole comparison",
    });
    expect((await drawn(page, ".comparison-lines tr")).laidOut).toBeLessThan(MOST_ON_SCREEN);

    await page.locator(".comparison-lines").last().focus();
    await page.keyboard.press("End");
    await until(() =>
      page.evaluate<boolean>(
        "[...document.querySelectorAll('tr:has(ins)')].at(-1).checkVisibility({ contentVisibilityAuto: true })",
      ),
    );
    expect((await drawn(page, ".comparison-lines tr")).laidOut).toBeLessThan(2 * MOST_ON_SCREEN);
    await context.close();
  });

  it("shows its raw JSON line by line, of which a selection is the JSON itself", async () => {
    const payload = { list: Array.from({ length: 20_000 }, (_, index) => index) };
    const id = await calls.submit("A list", server.keys.agent, { payload });
    const { page, open, context } = await inboxReviewer(browser, server, "Ada");
    await open(id);
    await page.keyboard.press("v");
    const raw = page.locator(".ticket-raw");
    await until(async () => (await raw.textContent())?.endsWith("}") === true, { what: "all of it" });
    const parts = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.ticket-raw-part')].map((part) => getComputedStyle(part).contentVisibility)",
    );
    expect(parts.length).toBeGreaterThan(90);
    expect(new Set(parts)).toEqual(new Set(["auto"]));
    const selected = await page.evaluate<string>(
      "getSelection().selectAllChildren(document.querySelector('.ticket-raw')), getSelection().toString()",
    );
    expect(selected.trimEnd()).toBe(JSON.stringify(payload, null, 2));
    await context.close();
  });

  it("is edited in lines as long as one can read, and compared once one stops typing", async () => {
    const payload = { list: Array.from({ length: 50_000 }, (_, index) => index % 10), name: "x" };
    const id = await calls.submit("A list", server.keys.agent, { payload });
    const { page, open, context } = await inboxReviewer(browser, server, "Ada");
    await page.addInitScript(`
      globalThis.workers = 0;
      const { Worker: Real } = globalThis;
      globalThis.Worker = class extends Real { constructor(...of) { super(...of); workers += 1; } };
    `);
    await open(id);
    await page.keyboard.press("e");
    await page.getByText("You have changed nothing yet.").waitFor();
    const text = await page.locator(".decide-json").inputValue();
    expect(JSON.parse(text)).toEqual(payload);
    expect(text.split("\n").length).toBeLessThan(1_000);

    const before = await page.evaluate<number>("workers");
    await page.evaluate(`(() => {
      const field = document.querySelector(".decide-form input");
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
      for (const title of ["A", "Ano", "Another", "Another list"]) {
        set.call(field, title);
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    })()`);
    await page.locator(".decide-edit-changes ins").first().waitFor();
    expect(await page.evaluate<number>("workers")).toBe(before + 1);
    await context.close();
  });

  it("is not searched through for every letter that is typed", async () => {
    const id = await calls.submit("Typed on");
    const { page, open, context } = await inboxReviewer(browser, server, "Ada");
    await open(id);
    await page.locator(".ticket-comment textarea").focus();
    await page.evaluate(`
      globalThis.searches = 0;
      const { querySelector } = document;
      document.querySelector = (selector) => { searches += 1; return querySelector.call(document, selector); };
    `);
    await page.locator(".ticket-comment textarea").pressSequentially("a remark, card by card");
    expect(await page.evaluate("searches")).toBe(0);
    await context.close();
  });
});

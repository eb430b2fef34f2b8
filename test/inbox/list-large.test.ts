import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { submit } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { openList, sitDown, submitMany, titles } from "./list-world.js";

const TICKETS = 10_000;
/** Rows that the document may hold at once: those on screen, some around them, and the selected one. */
const MOST_ROWS = 60;

describe("a list of 10,000 pending tickets", { timeout: 180_000 }, () => {
  let browser: Browser;
  let server: TestServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    await submitMany(server.url, server.keys.agent, TICKETS);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("scrolls to its end, page by page, with each ticket once and few rows in the document", async () => {
    const { page, context, seen } = await sitDown(server, browser);
    await page.addInitScript(`
      window.longTasks = [];
      new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
        .observe({ type: "longtask" });
    `);
    await openList(page, server, "/?order=oldest");
    await page.getByRole("link", { name: "Pending 10,000" }).waitFor();
    const height = await page.evaluate("document.documentElement.scrollHeight");
    await page.evaluate("longTasks.length = 0");
    const found = new Set<string>();
    const rows: number[] = [];
    for (let step = 0; step < 40; step++) {
      await page.mouse.wheel(0, 600);
      await page.evaluate(
        "new Promise((resume) => requestAnimationFrame(() => requestAnimationFrame(resume)))",
      );
      for (const title of await titles(page)) found.add(title);
      rows.push(await page.locator("li").count());
    }
    expect(found.size).toBeGreaterThan(200);
    expect(Math.max(...rows)).toBeLessThanOrEqual(MOST_ROWS);
    const whileScrolling = await page.evaluate<number[]>("longTasks.splice(0)");

    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await until(async () => (await page.locator('li[aria-posinset="10000"] .row-title').count()) === 1, {
      timeoutMs: 120_000,
      what: "the last ticket",
    });
    expect(await page.evaluate("document.documentElement.scrollHeight")).toBe(height);
    const whileLoading = await page.evaluate<number[]>("longTasks.splice(0)");

    await page.keyboard.press("j");
    await page.locator(".row:focus").waitFor();
    const place = await page.evaluate("scrollY");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/tickets\//);
    await page.goBack();
    await page.locator(".row:focus").waitFor();
    await until(async () => (await page.evaluate("scrollY")) === place);

    await submit(server.url, server.keys.agent, { title: "One more" });
    await page.getByText("1 new ticket").waitFor();
    const field = page.getByRole("searchbox");
    await page.evaluate("longTasks.length = 0");
    await field.pressSequentially("Ticket 9999");
    await until(async () => (await titles(page)).join() === "Ticket 9999");
    const whileTyping = await page.evaluate<number[]>("longTasks.splice(0)");
    process.stdout.write(
      `tasks of over 50 ms: ${JSON.stringify({ whileScrolling, whileLoading, whileTyping })}\n`,
    );
    expect(seen.errors).toEqual([]);
    await context.close();
  });
});

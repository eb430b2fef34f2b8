import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeQueue, run, submit } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { accessibilityProblems, openList, sitDown } from "./list-world.js";

/** Where the pictures go that somebody wants to look at. */
const PICTURES = process.env.INBOX_PICTURES;

describe.each(["light", "dark"] as const)("the list in %s colours", { timeout: 60_000 }, (colorScheme) => {
  let browser: Browser;
  let server: TestServer;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    const { url, keys } = server;
    await makeQueue(server, "legal", 2);
    const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    await submit(url, keys.agent, {
      title: "Refund €1,200 to a customer whose parcel went to another address twice",
      priority: "URGENT",
      dueAt: at(-3),
    });
    await submit(url, keys.agent, { title: "Publish the terms of May", queue: "legal", priority: "HIGH" });
    const held = await submit(url, keys.agent, {
      title: "Answer to a complaint",
      priority: "LOW",
      dueAt: at(5.5),
    });
    await submit(url, keys.agent, { title: `Averylongword${"x".repeat(150)}` });
    await run(url, keys.reviewer2, "claimTicket", { ticketId: held.id });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it.each([320, 1280])("has no accessibility problem and nothing beyond the edge at %i px", async (width) => {
    const sitting = await sitDown(server, browser, {
      colorScheme,
      viewport: { width, height: 720 },
      roles: ["REVIEWER", "ADMIN"],
    });
    const { page, seen } = sitting;
    const look = async (what: string) => {
      const name = `${what} ${colorScheme} ${width}`;
      if (PICTURES !== undefined)
        await page.screenshot({ path: `${PICTURES}/${name.replaceAll(" ", "-")}.png` });
      expect(await accessibilityProblems(page), name).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(width);
    };
    await openList(page, server);
    const first = await submit(server.url, server.keys.agent, { title: "Passing" });
    await page.getByText("1 new ticket").waitFor();
    await page.keyboard.press("j");
    await page.locator(".row:focus").waitFor();
    await look("list");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByText("Passing").waitFor();
    await run(server.url, server.keys.reviewer2, "decideTicket", {
      ticketId: first.id,
      revision: 1,
      status: "APPROVED",
    });
    await page.getByText("Approved by Second reviewer").waitFor();
    if (width < 768) await page.getByRole("button", { name: "Filters" }).click();
    await page.getByRole("button", { name: "Assigned to me" }).focus();
    await look("settled");
    await openList(page, server, "/?mine=1&q=nothing");
    await look("empty");
    await page.getByRole("button", { name: "Shortcuts" }).click();
    await page.getByRole("dialog").waitFor();
    await look("sheet");
    expect(seen.errors).toEqual([]);
    await sitting.context.close();
  });

  it("shows the first ticket on a small screen, with the filters folded away until one wants them", async () => {
    const sitting = await sitDown(server, browser, {
      colorScheme,
      viewport: { width: 320, height: 640 },
      roles: ["REVIEWER", "ADMIN"],
    });
    const { page } = sitting;
    const picture = async (name: string) => {
      if (PICTURES === undefined) return;
      await page.screenshot({ path: `${PICTURES}/folded-${name}-${colorScheme}.png` });
    };
    await openList(page, server, "/?priority=low&due=soon&q=");
    const fold = page.getByRole("button", { name: "Filters (2)" });
    expect(await fold.getAttribute("aria-expanded")).toBe("false");
    const bottomOf = async (selector: string) => {
      const box = await page.locator(selector).first().boundingBox();
      return box!.y + box!.height;
    };
    expect(await bottomOf(".list-row")).toBeLessThanOrEqual(640);
    expect(await page.getByLabel("Priority").isVisible()).toBe(false);
    await picture("closed");
    await page.keyboard.press("/");
    await page.locator('input[type="search"]:focus').waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByLabel("Queue").waitFor();
    expect(await fold.getAttribute("aria-expanded")).toBe("true");
    await picture("open");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel("Priority").selectOption("");
    await page.getByRole("button", { name: "Due soon" }).click();
    await page.getByRole("button", { name: "Filters", exact: true }).click();
    await page.getByLabel("Queue").waitFor({ state: "hidden" });
    await openList(page, server);
    expect(await bottomOf(".list-row")).toBeLessThanOrEqual(640);
    await page.setViewportSize({ width: 1280, height: 640 });
    await page.getByLabel("Queue").waitFor();
    expect(await page.getByRole("button", { name: "Filters" }).count()).toBe(0);
    expect(sitting.seen.errors).toEqual([]);
    await sitting.context.close();
  });
});

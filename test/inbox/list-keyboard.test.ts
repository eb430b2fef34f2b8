import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { submit } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { openList, type Sitting, sitDown, titles } from "./list-world.js";

describe("the list by keyboard alone", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let sitting: Sitting;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    for (let number = 1; number <= 60; number++) {
      await submit(server.url, server.keys.agent, { title: `Ticket ${number}` });
    }
  });
  beforeEach(async () => {
    sitting = await sitDown(server, browser, { roles: ["REVIEWER", "AUDITOR"] });
    await openList(sitting.page, server, "/?order=oldest");
  });
  afterEach(async () => {
    expect(sitting.seen.errors).toEqual([]);
    await sitting.context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const press = async (...keys: string[]) => {
    for (const key of keys) await sitting.page.keyboard.press(key);
  };
  const focused = () =>
    sitting.page.evaluate<string | undefined>(
      `document.activeElement.closest(".row")?.querySelector(".row-title").textContent`,
    );
  const atTicket = (title: string) =>
    until(async () => (await focused()) === title, { what: `the focus on ${title}` });

  it("goes down and up, opens a ticket, and comes back to where it was", async () => {
    const { page } = sitting;
    await press("j");
    await atTicket("Ticket 1");
    for (let number = 2; number <= 40; number++) {
      await press("j");
      await atTicket(`Ticket ${number}`);
    }
    await press("k");
    await atTicket("Ticket 39");
    await press("ArrowDown");
    await atTicket("Ticket 40");
    const box = await page.locator(":focus").boundingBox();
    expect(box!.y).toBeGreaterThanOrEqual(0);
    expect(box!.y + box!.height).toBeLessThanOrEqual(page.viewportSize()!.height);
    const scrolled = await page.evaluate("scrollY");
    expect(scrolled).toBeGreaterThan(0);
    await press("Enter");
    await page.waitForURL(/\/tickets\/ticket_/);
    await page.goBack();
    await atTicket("Ticket 40");
    await until(async () => (await page.evaluate("scrollY")) === scrolled);
    await press("j");
    await atTicket("Ticket 41");
  });

  it("searches with /, types every letter there, and leaves with Escape", async () => {
    const { page } = sitting;
    await press("/");
    await page.keyboard.type("jgik? 7/");
    expect(await page.getByRole("searchbox").inputValue()).toBe("jgik? 7/");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.getByRole("searchbox").fill("7");
    await until(async () => (await titles(page)).length === 6);
    await press("Escape", "j");
    await atTicket("Ticket 7");
  });

  it("goes with g, where the next key is no key of its own", async () => {
    const { page } = sitting;
    await press("j");
    await atTicket("Ticket 1");
    await press("g", "j");
    expect(await focused()).toBe("Ticket 1");
    await press("g", "a");
    await page.waitForURL(`${server.url}/audit`);
    await press("g", "m");
    await press("g", "i");
    await page.waitForURL(`${server.url}/`);
  });

  it("shows a sheet of every shortcut, in which they rest and can be switched off", async () => {
    const { page } = sitting;
    await press("?");
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await sheet.waitFor();
    const text = await sheet.innerText();
    for (const label of [
      "Next ticket",
      "Previous ticket",
      "Open the ticket",
      "Search",
      "Go to: Audit trail",
    ]) {
      expect(text).toContain(label);
    }
    expect(text).not.toContain("Go to: Admin");
    await press("g", "a");
    expect(new URL(page.url()).pathname).toBe("/");
    await sheet.getByRole("checkbox").press(" ");
    await press("Escape");
    await until(async () => (await sheet.count()) === 0);
    await press("?", "j", "/");
    expect(await sheet.count()).toBe(0);
    expect(await focused()).toBeUndefined();

    await page.reload();
    await openList(page, server, "/?order=oldest");
    await press("j");
    expect(await focused()).toBeUndefined();
    await page.getByRole("link", { name: "Ticket 1", exact: true }).focus();
    await press("ArrowDown");
    await atTicket("Ticket 2");
    await page.getByRole("button", { name: "Shortcuts" }).press("Enter");
    await sheet.getByRole("checkbox").press(" ");
    await press("Escape", "j");
    await atTicket("Ticket 3");
  });

  it("is not moved by keys with Ctrl, Alt or ⌘", async () => {
    await press("Control+j", "Alt+j", "Meta+j");
    expect(await focused()).toBeUndefined();
  });

  it("begins with a way past the header", async () => {
    const { page } = sitting;
    await press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    expect(await titles(page)).toContain("Ticket 1");
  });
});

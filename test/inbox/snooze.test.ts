import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { attempt, run, submit, type Ticket } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { complaints, type InboxReviewer, inboxReviewer } from "../support/inbox-reviewer.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { expectAccessible } from "./desk-browser.js";
import { accessibilityProblems, openList, submitMany, titles } from "./list-world.js";

const SNOOZE =
  "mutation ($input: SnoozeTicketInput!) { snoozeTicket(input: $input) { ticket { viewerSnoozedUntil } } }";
const UNSNOOZE =
  "mutation ($input: UnsnoozeTicketInput!) { unsnoozeTicket(input: $input) { ticket { id } } }";
const SLEEP = "query ($id: ID!) { ticket(id: $id) { viewerSnoozedUntil } }";

describe("not now", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let first: Ticket;
  let ada: InboxReviewer;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    first = await submit(server.url, server.keys.agent, { title: "First" });
    await submit(server.url, server.keys.agent, { title: "Second" });
    ada = await inboxReviewer(browser, server, "Ada", { context: { timezoneId: "Europe/Berlin" } });
    return async () => {
      await ada.context.close();
      await server.close();
    };
  });
  afterAll(() => browser?.close());

  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
  const putAside = async (at: Date, who = ada, ticketId = first.id) => {
    const { errors } = await who.ask(SNOOZE, { input: { ticketId, until: at.toISOString() } });
    expect(errors).toBeUndefined();
  };
  const sleepOf = async (who: InboxReviewer, id = first.id) => {
    const { data } = await who.ask(SLEEP, { id });
    return (data as { ticket: { viewerSnoozedUntil: string | null } }).ticket.viewerSnoozedUntil;
  };
  const list = (page: Page, address = "/") => openList(page, server, address);
  const tab = (page: Page, name: string) => page.getByRole("link", { name, exact: true });
  const dialog = (page: Page) => page.getByRole("dialog", { name: "Not now" });

  it("puts a ticket aside by mouse, for oneself alone, and takes it up again", async () => {
    const { page } = ada;
    const bob = await inboxReviewer(browser, server, "Bob");
    await list(bob.page);
    await list(page);
    await page.getByRole("link", { name: "First" }).click();
    await page.getByRole("button", { name: "Claim" }).click();
    await page.getByText("You hold this ticket.").waitFor();
    await page.getByRole("button", { name: "Not now" }).click();
    await dialog(page).getByText("it is given back, so that others can take it meanwhile").waitFor();
    await dialog(page).getByText("Times are in your zone, Europe/Berlin.").waitFor();
    const asked = Date.now();
    await dialog(page)
      .getByRole("button", { name: /^In one hour: / })
      .click();
    await page
      .locator(".ticket-holding", { hasText: /Put aside until \w{3} \d+ \w{3}, \d\d:\d\d\./ })
      .waitFor();
    await page.getByText("Nobody holds this ticket.").waitFor();
    await page.getByRole("listitem").filter({ hasText: "Ada put it aside until" }).waitFor();
    expect(await dialog(page).count()).toBe(0);
    const at = Date.parse((await sleepOf(ada)) ?? "");
    expect(Math.abs(at - asked - 3_600_000)).toBeLessThan(30_000);

    // In the list it stays where it was, and says so.
    await page.locator(".ticket-header").getByRole("link", { name: "Inbox" }).click();
    await page.getByText(/^Put aside until /).waitFor();
    expect(await titles(page)).toEqual(["First", "Second"]);
    await tab(page, "Pending 1").waitFor();
    await tab(page, "Put aside 1").click();
    await until(async () => (await titles(page)).join() === "First");
    expect(page.url()).toContain("snoozed=1");
    await page.reload();
    await until(async () => (await titles(page)).join() === "First");
    await tab(page, "Pending 1").click();
    await until(async () => (await titles(page)).join() === "Second");
    await tab(page, "All 2").waitFor();

    // Bob sees nothing of it.
    await tab(bob.page, "Pending 2").waitFor();
    expect(await titles(bob.page)).toEqual(["First", "Second"]);
    await bob.open(first.id);
    await bob.page.getByRole("button", { name: "Not now" }).waitFor();
    expect(await bob.page.getByText(/^Put aside until/).count()).toBe(0);

    // Woken on another page of Ada's, it comes back to this one.
    const other = await ada.context.newPage();
    await other.goto(`${server.url}/tickets/${first.id}`);
    await other.getByRole("button", { name: "Wake it now" }).click();
    await other.getByRole("button", { name: "Wake it now" }).waitFor({ state: "detached" });
    expect(await other.evaluate("document.activeElement.textContent")).toContain("Not now");
    expect(await sleepOf(ada)).toBeNull();
    await page.getByText("1 new ticket").waitFor();
    expect(await titles(page)).toEqual(["Second"]);
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await until(async () => (await titles(page)).join() === "First,Second");
    await tab(page, "Put aside 0").waitFor();
    expect(complaints(ada.seen)).toEqual([]);
    await bob.context.close();
  });

  it("is chosen by keyboard: nothing on one key, and any date and time of one's own", async () => {
    const { page } = ada;
    const keys = page.keyboard;
    await ada.open(first.id);
    await keys.press("z");
    await dialog(page).waitFor();
    expect(await sleepOf(ada)).toBeNull();
    await keys.press("Escape");
    await until(async () => (await dialog(page).count()) === 0);
    expect(await sleepOf(ada)).toBeNull();

    await keys.press("z");
    const field = dialog(page).getByLabel("Another date and time");
    await field.focus();
    await keys.press("Enter");
    await dialog(page).getByRole("alert").getByText("still to come").waitFor();
    await field.fill("2001-01-01T09:00");
    await keys.press("Enter");
    await dialog(page).getByRole("alert").getByText("still to come").waitFor();
    const nextYear = new Date().getFullYear() + 2;
    await field.fill(`${nextYear}-01-01T09:00`);
    await keys.press("Enter");
    await dialog(page).getByRole("alert").getByText("at most 365 days away").waitFor();
    expect(await sleepOf(ada)).toBeNull();

    const day = inHours(72).toISOString().slice(0, 10);
    await field.fill(`${day}T09:30`);
    await keys.press("Enter");
    await page.locator(".ticket-holding", { hasText: /Put aside until .* 09:30\./ }).waitFor();
    // What was meant is Berlin's half past nine.
    const zoned = new Intl.DateTimeFormat("sv", {
      timeZone: "Europe/Berlin",
      dateStyle: "short",
      timeStyle: "short",
    });
    expect(zoned.format(new Date((await sleepOf(ada)) ?? 0))).toBe(`${day} 09:30`);

    await keys.press("z");
    await dialog(page)
      .getByRole("button", { name: /^Tomorrow morning: .*09:00/ })
      .focus();
    await keys.press("Enter");
    await until(async () => !(await sleepOf(ada))?.startsWith(day));
    await page.getByRole("button", { name: "Wake it now" }).focus();
    await keys.press("Enter");
    await until(async () => (await sleepOf(ada)) === null);
    expect(complaints(ada.seen)).toEqual([]);
  });

  it("does not listen to its key where single keys are switched off", async () => {
    const { page } = ada;
    await ada.open(first.id);
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("Not now: put the ticket aside until a time").waitFor();
    await page.getByRole("checkbox").first().click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("z");
    await page.getByRole("button", { name: "Not now" }).click();
    await dialog(page).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(1);
  });

  it("ends by itself when its time has come, in the list and on the ticket's page", async () => {
    const { page } = ada;
    await putAside(inHours(1));
    await list(page);
    await tab(page, "Put aside 1").waitFor();
    expect(await titles(page)).toEqual(["Second"]);
    const other = await ada.context.newPage();
    await other.goto(`${server.url}/tickets/${first.id}`);
    await other.getByRole("button", { name: "Wake it now" }).waitFor();
    await putAside(new Date(Date.now() + 2_000));
    await page.getByText("1 new ticket").waitFor();
    await other.getByRole("button", { name: "Wake it now" }).waitFor({ state: "detached" });
    await tab(page, "Pending 2").waitFor();
    expect(await titles(page)).toEqual(["Second"]);
    await page.keyboard.press("n");
    await until(async () => (await titles(page)).join() === "First,Second");
    expect(await page.getByText(/^Put aside until/).count()).toBe(0);
  });

  it("ends with a new revision, which announces itself", async () => {
    const { page } = ada;
    await putAside(inHours(1));
    await list(page);
    await tab(page, "Put aside 1").waitFor();
    await run(server.url, server.keys.agent, "resubmitReview", { ticketId: first.id, title: "First, again" });
    await page.getByText("1 new ticket").waitFor();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await until(async () => (await titles(page)).join() === "First, again,Second");
  });

  it("keeps quiet about what colleagues put aside and take up", async () => {
    const { page } = ada;
    const bob = await inboxReviewer(browser, server, "Bob");
    await list(page);
    await putAside(inHours(1), bob);
    await bob.ask(UNSNOOZE, { input: { ticketId: first.id } });
    await putAside(inHours(1), bob);
    await submit(server.url, server.keys.agent, { title: "Third" });
    await page.getByText("1 new ticket").waitFor();
    await tab(page, "Pending 3").waitFor();
    await tab(page, "Put aside 0").waitFor();
    expect(await page.getByText(/^Put aside until/).count()).toBe(0);
    await bob.context.close();
  });

  it("tells what wakes from what was only not loaded yet, in a list that is longer than the page", async () => {
    const { page } = ada;
    await submitMany(server.url, server.keys.agent, 120);
    const last = await submit(server.url, server.keys.agent, { title: "Last" });
    const other = await submit(server.url, server.keys.agent, { title: "Never loaded" });
    const bob = await inboxReviewer(browser, server, "Bob");
    await putAside(inHours(1), ada, last.id);
    await putAside(inHours(1), bob, other.id);
    await list(page);
    await tab(page, "Pending 123").waitFor();
    await tab(page, "Put aside 1").waitFor();
    await bob.ask(UNSNOOZE, { input: { ticketId: other.id } });
    await ada.ask(UNSNOOZE, { input: { ticketId: last.id } });
    await page.getByText("1 new ticket").waitFor();
    await tab(page, "Pending 124").waitFor();
    expect(await page.getByText("1 new ticket").count()).toBe(1);
    await bob.context.close();
  });

  it("does not put aside a revision that came in while one chose, and says so", async () => {
    const { page } = ada;
    await ada.open(first.id);
    await page.keyboard.press("z");
    await dialog(page).waitFor();
    await run(server.url, server.keys.agent, "resubmitReview", { ticketId: first.id, title: "First, again" });
    await page.getByText("Revision 2 has come in since you looked at revision 1.").waitFor();
    await dialog(page)
      .getByRole("button", { name: /^In one hour: / })
      .click();
    await dialog(page).getByRole("alert").getByText("The ticket is at revision 2").waitFor();
    expect(await sleepOf(ada)).toBeNull();
  });

  it("goes away where the ticket is settled meanwhile", async () => {
    const { page } = ada;
    await ada.open(first.id);
    await page.keyboard.press("z");
    await dialog(page).waitFor();
    const { code } = await attempt(server.url, server.keys.reviewer, "decideTicket", {
      ticketId: first.id,
      revision: 1,
      status: "APPROVED",
    });
    expect(code).toBeUndefined();
    await page.getByText("Approved by First reviewer").waitFor();
    await until(async () => (await dialog(page).count()) === 0);
    expect(await page.getByRole("button", { name: "Not now" }).count()).toBe(0);
  });

  it("is not offered to who has nothing to put off", async () => {
    const auditor = await inboxReviewer(browser, server, "Eve", { roles: ["AUDITOR"] });
    await auditor.open(first.id);
    await auditor.page.getByText("Nobody holds this ticket.").waitFor();
    expect(await auditor.page.getByRole("button", { name: "Not now" }).count()).toBe(0);
    await auditor.page.keyboard.press("z");
    expect(await auditor.page.getByRole("dialog").count()).toBe(0);
    await auditor.context.close();
  });

  it("has no accessibility problem, light or dark, narrow or wide", async () => {
    const { page } = ada;
    await ada.open(first.id);
    await page.keyboard.press("z");
    await dialog(page).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await putAside(inHours(30));
    await page.getByRole("button", { name: "Wake it now" }).waitFor();
    await expectAccessible(page);
    await list(page, "/?snoozed=1");
    await page.getByText(/^Put aside until/).waitFor();
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await accessibilityProblems(page), `${width} ${colorScheme}`).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      }
    }
    expect(complaints(ada.seen)).toEqual([]);
  });
});

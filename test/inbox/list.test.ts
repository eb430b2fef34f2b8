import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { makeQueue, run, submit, type Ticket } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { openList, type Sitting, sitDown, titles } from "./list-world.js";

const HOUR = 3_600_000;

describe("the list of the inbox", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let sitting: Sitting;
  let late: Ticket;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    const { url, keys } = server;
    await makeQueue(server, "legal", 2);
    const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
    late = await submit(url, keys.agent, {
      title: "Overdue refund",
      priority: "URGENT",
      dueAt: inHours(-3),
      detail: "About a marmot",
    });
    await submit(url, keys.agent, { title: "Contract for ACME", queue: "legal", dueAt: inHours(100) });
    await submit(url, keys.agent, { title: "Newsletter of May", priority: "LOW", dueAt: inHours(5.5) });
    const rejected = await submit(url, keys.agent, { title: "A bad idea" });
    await run(url, keys.reviewer, "decideTicket", { ticketId: rejected.id, revision: 1, status: "REJECTED" });
  });
  beforeEach(async () => {
    sitting = await sitDown(server, browser);
  });
  afterEach(async () => {
    const { context, page, seen } = sitting;
    const hosts = new Set(seen.requests.map((url) => new URL(url).host));
    const expected = new URL(server.url).host;
    if (page.url() !== "about:blank") expect([...hosts]).toEqual([expected]);
    expect(seen.errors).toEqual([]);
    await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("shows what is pending, the most urgent first, and what there is to know of it", async () => {
    const { page } = sitting;
    await openList(page, server);
    expect(await titles(page)).toEqual(["Overdue refund", "Contract for ACME", "Newsletter of May"]);
    const [first, second] = await page.locator(".row").allInnerTexts();
    expect(first).toMatch(/Urgent/);
    expect(first).toMatch(/default · \S.* · less than a minute ago/);
    expect(first).toContain("⚠ Overdue by 3 hours");
    expect(first).toContain("You can decide");
    expect(second).toContain("0 of 2 approvals");
    expect(second).toContain("Due in 4 days");
    const due = page.locator("time.row-overdue");
    expect(await due.getAttribute("datetime")).toBe(late.dueAt);
    expect(await due.getAttribute("title")).toMatch(/20\d\d at .*(UTC|GMT)/);
    const tabs = page.getByRole("navigation", { name: "Status" });
    await tabs.getByRole("link", { name: "Pending 3" }).waitFor();
    await tabs.getByRole("link", { name: "Rejected 1" }).waitFor();
    await tabs.getByRole("link", { name: "All 4" }).waitFor();
  });

  it("keeps its filters in the address, and goes back through them", async () => {
    const { page } = sitting;
    await openList(page, server);
    await page.getByLabel("Queue").selectOption("legal");
    await until(async () => (await titles(page)).join() === "Contract for ACME");
    expect(new URL(page.url()).search).toBe("?queue=legal");
    await page.getByLabel("Queue").selectOption("");
    await page.getByRole("button", { name: "Due soon" }).click();
    await until(async () => (await titles(page)).join() === "Overdue refund,Newsletter of May");
    await page.getByLabel("Order").selectOption("DUE");
    await page.getByLabel("Priority").selectOption("LOW");
    await until(async () => (await titles(page)).join() === "Newsletter of May");
    expect(new URL(page.url()).search).toBe("?priority=low&due=soon&order=due");
    await page.goBack();
    await until(async () => (await titles(page)).length === 2);
    expect(await page.getByLabel("Priority").inputValue()).toBe("");
    await page.goBack();
    await page.goBack();
    await page.goBack();
    await until(async () => (await titles(page)).join() === "Contract for ACME");

    await openList(page, server, "/?status=rejected");
    expect(await titles(page)).toEqual(["A bad idea"]);
    expect(await page.locator(".row-outcome").innerText()).toMatch(
      /^Rejected by .+, less than a minute ago$/,
    );
    await openList(page, server, "/?status=nonsense&priority=__proto__&order=toString&mine=yes");
    expect(await titles(page)).toHaveLength(3);
  });

  it("shows what is in my hands, and tells what is in another's", async () => {
    const { page, cookie } = sitting;
    const claim = `mutation { claimTicket(input: { ticketId: "${late.id}" }) { ticket { id } } }`;
    await openList(page, server, "/?mine=1");
    await page.getByText("No ticket is like this.").waitFor();
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { cookie, origin: server.url, "content-type": "application/json" },
      body: JSON.stringify({ query: claim }),
    });
    expect(await response.json()).toMatchObject({ data: { claimTicket: { ticket: { id: late.id } } } });
    await page.getByText("1 new ticket").waitFor();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByText("In your hands").waitFor();

    const other = await sitDown(server, browser, { name: "Grace" });
    await openList(other.page, server);
    await other.page.getByText("Held by Ada").waitFor();
    expect(await other.page.locator(".row").first().innerText()).toContain("Not for you: in another’s hands");
    await other.context.close();
    await run(server.url, server.keys.admin, "releaseTicket", { ticketId: late.id });
    await page.getByText("You can decide").waitFor();
  });

  it("searches titles and details while one types, and says when there is nothing", async () => {
    const { page } = sitting;
    await openList(page, server);
    const field = page.getByRole("searchbox");
    await field.pressSequentially("marmot");
    await until(async () => (await titles(page)).join() === "Overdue refund");
    await until(() => new URL(page.url()).search === "?q=marmot");
    await field.fill("no such thing");
    await page.getByText("No ticket is like this.").waitFor();
    await page.getByRole("button", { name: "Show everything that is pending" }).click();
    await until(async () => (await titles(page)).length === 3);
    expect(await field.inputValue()).toBe("");
    await openList(page, server, "/?q=%3Cimg%20src%3Dx%3E%20%25%20_%20%22");
    await page.getByText("No ticket is like this.").waitFor();
    await openList(page, server, `/?q=${"one+two+three+four+five+six+seven+eight+nine+ten+eleven"}`);
    await page
      .getByRole("alert")
      .getByText(/search/i)
      .waitFor();
  });

  it("says which queues are mine and offers those; who sees others too has them apart", async () => {
    const { page } = sitting;
    await openList(page, server);
    await page.getByText("You review every queue.").waitFor();
    const choices = async (of: typeof page) => {
      await of.locator('select[aria-label="Queue"] option[value="legal"]').waitFor({ state: "attached" });
      return of.getByLabel("Queue").locator("option").allInnerTexts();
    };
    expect(await choices(page)).toEqual(["All queues", "default", "legal"]);

    const legal = await sitDown(server, browser, { name: "Lea", queues: ["legal"] });
    await openList(legal.page, server);
    await legal.page.getByText("Your queues: legal").waitFor();
    expect(await choices(legal.page)).toEqual(["My queues", "legal"]);
    expect(await titles(legal.page)).toEqual(["Contract for ACME"]);
    await legal.context.close();

    const roles: Role[] = ["REVIEWER", "AUDITOR"];
    const both = await sitDown(server, browser, { name: "Bo", roles, queues: ["legal"] });
    await openList(both.page, server);
    expect(await choices(both.page)).toEqual(["All queues", "legal", "default"]);
    const groups = '[...document.querySelectorAll("optgroup")].map((group) => group.label)';
    expect(await both.page.evaluate(groups)).toEqual(["My queues", "Other queues"]);
    await both.page.getByLabel("Queue").selectOption("default");
    await until(async () => (await titles(both.page)).length === 2);
    await both.context.close();
    const auditor = await sitDown(server, browser, { name: "Audrey", roles: ["AUDITOR"] });
    await openList(auditor.page, server);
    expect(await choices(auditor.page)).toEqual(["All queues", "default", "legal"]);
    expect(await auditor.page.locator(".list-queues").count()).toBe(0);
    await auditor.context.close();
  });

  it("says to who reviews no queue what to do", async () => {
    const none = await sitDown(server, browser, { name: "Nobody" });
    // As where the identity provider names none.
    await server.running.services.database.transaction((sql) =>
      sql.query("UPDATE principal SET queues = '[]' WHERE name = ?", ["Nobody"]),
    );
    await openList(none.page, server);
    await none.page.getByText("You review no queue.", { exact: true }).waitFor();
    await none.page.getByRole("status").getByText("Ask an admin of this workspace").waitFor();
    expect(await none.page.getByLabel("Queue").locator("option").allInnerTexts()).toEqual(["My queues"]);
    await openList(none.page, server, "/?q=anything");
    await none.page.getByRole("status").getByText("Ask an admin of this workspace").waitFor();
    await none.context.close();
  });

  it("leads to the audit trail and to the admin's page only those who work there", async () => {
    const { page } = sitting;
    await openList(page, server);
    const names = async (of: typeof page) =>
      of.getByRole("navigation", { name: "Pages" }).getByRole("link").allInnerTexts();
    expect(await names(page)).toEqual(["Inbox", "Notifications", "My keys"]);
    expect(await page.locator(".shell-viewer").innerText()).toBe("Ada reviewer");
    expect(await page.locator(".shell-workspace").innerText()).toBe("Countersign default");
    const admin = await sitDown(server, browser, { name: "Root", roles: ["ADMIN"] });
    await openList(admin.page, server);
    expect(await names(admin.page)).toEqual(["Inbox", "Notifications", "Audit trail", "Admin"]);
    expect(await admin.page.locator(".row").first().innerText()).toContain(
      "Not for you: only reviewers decide",
    );
    await admin.context.close();
  });

  it("signs out for good", async () => {
    const { page, context, cookie } = sitting;
    await openList(page, server);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${server.url}/sign-in`);
    expect(await context.cookies()).toEqual([]);
    const response = await fetch(server.url, { headers: { cookie }, redirect: "manual" });
    expect(response.status).toBe(303);
  });

  it("goes to where one signs in within seconds of the session's end elsewhere", async () => {
    const { page, cookie } = sitting;
    await openList(page, server);
    await fetch(`${server.url}/sign-out`, { method: "POST", headers: { cookie, origin: server.url } });
    await page.waitForURL(`${server.url}/sign-in`, { timeout: 10_000 });
    // The browser says on its own that the socket was refused.
    sitting.seen.errors.length = 0;
  });
});

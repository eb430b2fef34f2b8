import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { makeQueue } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { complaints, type InboxReviewer, inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { askFrom, expectAccessible } from "./desk-browser.js";

const MANY = 1_000;

describe("handing a ticket out, among a thousand members", { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let admin: InboxReviewer;
  const ids = new Map<string, string>();
  const calls = reviewCalls(() => server);

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    await makeQueue(server, "legal", 1);
    const { ledger, database } = server.running.services;
    const actor = await systemActor(database.read, server.workspaceId);
    const invite = async (name: string, roles: readonly Role[], queues: string[] | null = null) => {
      const email = `${name.toLowerCase().replaceAll(/\W+/g, "")}@example.org`;
      const scope = { workspaceId: server.workspaceId, actor };
      const { member } = await inviteMember(ledger, { ...scope, email, name, roles, queues });
      ids.set(name, member.id);
    };
    const names = Array.from({ length: MANY }, (_, index) => `Member ${String(index).padStart(4, "0")}`);
    for (let from = 0; from < MANY; from += 50)
      await Promise.all(names.slice(from, from + 50).map((name) => invite(name, ["REVIEWER"])));
    // The last of all: beyond every page but the last.
    await invite("Zoë <b>Last</b>", ["REVIEWER"]);
    await invite("Lena Legal", ["REVIEWER"], ["legal"]);
    await invite("Otto Auditor", ["AUDITOR"]);
    admin = await inboxReviewer(browser, server, "Admin", { roles: ["ADMIN"] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const asked = (page: Page): string[] => {
    const pages: string[] = [];
    page.on("request", (request) => {
      if (request.postData()?.includes("query Assignable")) pages.push(request.url());
    });
    return pages;
  };
  const open = async (id: string): Promise<Page> => {
    await admin.open(id);
    await admin.page.getByRole("button", { name: "Assign …" }).click();
    return admin.page;
  };
  const field = (page: Page) => page.getByLabel("Assign to");
  const option = (page: Page, name: string) => page.getByRole("option", { name });
  const list = (page: Page) => page.getByLabel("Reviewers of this queue");
  const send = (page: Page) => page.getByRole("button", { name: "Assign", exact: true });

  it("asks for nobody before it is meant, and then for everybody", async () => {
    const id = await calls.submit("Asked for late");
    const pages = asked(admin.page);
    await admin.open(id);
    await admin.page.getByRole("button", { name: "Assign …" }).waitFor();
    expect(pages).toEqual([]);
    await admin.page.getByRole("button", { name: "Assign …" }).click();
    await admin.page.getByText("50 of 1003 are shown: type more of the name.").waitFor();
    expect(pages.length).toBe(11);
    // And "Nobody yet".
    expect(await admin.page.getByRole("option").count()).toBe(51);
  });

  it("finds the last one by a part of the name or address, by keyboard alone", async () => {
    const id = await calls.submit("To the last");
    const page = await open(id);
    await field(page).waitFor();
    await page.getByText("50 of 1003 are shown").waitFor();
    expect(await send(page).isDisabled()).toBe(true);
    await page.keyboard.type("member 099 ex");
    await page.getByText("11 of 1003 reviewers of this queue.").waitFor();
    expect(await send(page).isDisabled()).toBe(true);
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await list(page).inputValue()).toBe(ids.get("Member 0990"));
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("example zo");
    await page.getByText("1 of 1003 reviewers of this queue.").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("Zoë <b>Last</b> holds this ticket.", { exact: true }).waitFor();
    const { data } = await askFrom(page, "query($id: ID!) { ticket(id: $id) { assignee { id } } }", { id });
    expect(data).toEqual({ ticket: { assignee: { id: ids.get("Zoë <b>Last</b>") } } });
    expect(await page.evaluate("document.activeElement?.textContent")).toBe("Assign …");
    expect(complaints(admin.seen)).toEqual([]);
  });

  it("offers nobody who does not review in the queue, which the API refuses too", async () => {
    const id = await calls.submit("Not theirs");
    const page = await open(id);
    await page.getByText("50 of 1003 are shown").waitFor();
    for (const name of ["Lena Legal", "Otto Auditor", "First agent"]) {
      await field(page).fill(name);
      await page.getByText("Nobody of that name reviews in this queue.").waitFor();
    }
    for (const name of ["Lena Legal", "Otto Auditor"]) {
      const query = "mutation($input: AssignTicketInput!) { assignTicket(input: $input) { ticket { id } } }";
      const answer = await askFrom(page, query, { input: { ticketId: id, assigneeId: ids.get(name) } });
      expect(answer.code).toBe("BAD_USER_INPUT");
    }
  });

  it("says of who cannot take it why, and does not let them be chosen", async () => {
    const ada = await inboxReviewer(browser, server, "Ada Approver");
    const id = await calls.submit("Approved once", server.keys.agent, { approvalsRequired: 2 });
    await ada.open(id);
    await ada.page.keyboard.press("a");
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByRole("heading", { name: "Signed: your approval counts" }).waitFor();
    await ada.context.close();
    const page = await open(id);
    await field(page).fill("Ada Approver");
    const theirs = option(page, "Ada Approver");
    await expect.poll(() => theirs.textContent()).toContain("has approved it");
    expect(await theirs.isDisabled()).toBe(true);
    await page.keyboard.press("Enter");
    expect(await send(page).isDisabled()).toBe(true);
  });

  it("says what the server refuses in words, and leaves the ticket as it is", async () => {
    const id = await calls.submit("Settled meanwhile");
    const page = await open(id);
    await page.getByText("50 of 1004 are shown").waitFor();
    await field(page).fill("member 0999");
    await page.getByText("1 of 1004 reviewers").waitFor();
    await page.route("**/graphql", async (route) => {
      if (route.request().postData()?.includes("mutation Assign")) await calls.decide(id);
      await route.continue();
    });
    await send(page).click();
    await page.getByRole("alert").getByText("this was decided before").waitFor();
    await page.unroute("**/graphql");
  });

  it("has everything in its place with the list open, light and dark, narrow and wide", async () => {
    const page = await open(await calls.submit("Looked at"));
    await field(page).fill("member 00");
    await list(page).selectOption({ value: ids.get("Member 0001") ?? "" });
    await expectAccessible(page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Assign …" }).waitFor();
    expect(complaints(admin.seen)).toEqual([]);
  });
});

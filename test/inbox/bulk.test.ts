import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { attempt, run, submit, type Ticket } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import {
  bar,
  box,
  line,
  openEach,
  rememberEach,
  reviewsOf,
  submitRules,
  untilWhyNot,
  watchDecisions,
  whyNot,
} from "./bulk-world.js";
import { accessibilityProblems, openList, type Sitting, sitDown, submitMany, titles } from "./list-world.js";

const PICTURES = process.env.INBOX_PICTURES;

describe("deciding several tickets of one queue together", { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let sitting: Sitting;
  let one: Ticket;
  let two: Ticket;
  let three: Ticket;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    ({ one, two, three } = await submitRules(server));
    sitting = await sitDown(server, browser);
  });
  afterEach(async () => {
    expect(sitting.seen.errors).toEqual([]);
    await sitting.context.close();
    await server.close();
  });
  afterAll(() => browser?.close());

  it("signs by mouse what was opened, after one confirmation, with a result for each", async () => {
    const { page } = sitting;
    await openEach(page, server, [one, two, three]);
    await box(page, one).click();
    await bar(page).getByText("1 selected in queue rules").waitFor();
    await box(page, three).click({ modifiers: ["Shift"] });
    await bar(page).getByRole("status").getByText("3 selected in queue rules").waitFor();
    await bar(page).getByRole("button", { name: "Approve…" }).click();
    const dialog = page.getByRole("dialog", { name: "Approve · queue rules" });
    for (const ticket of [one, two, three]) {
      const text = await line(page, ticket).innerText();
      expect(text).toContain("revision 1");
      expect(text).toContain(ticket.proposal.digest.replace(/^.*:/, "").slice(0, 12));
    }
    await dialog.getByText("You sign 3 tickets").waitFor();
    expect(await reviewsOf(server, [one, two, three])).toEqual([[], [], []]);
    await dialog.getByRole("button", { name: "Checked against the policy." }).click();
    await dialog.getByRole("button", { name: "Sign approval: 3 tickets" }).click();
    await dialog.getByText("3 of 3 signed.").waitFor();
    expect(await line(page, one).locator(".bulk-result").innerText()).toBe("Approved");
    expect(await line(page, two).locator(".bulk-result").innerText()).toBe("1 of 2 approvals");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await bar(page).getByText("selected").count()).toBe(0);
    await until(() => page.evaluate("document.activeElement !== document.body"));
    const review = {
      revision: 1,
      outcome: "APPROVED",
      comments: "Checked against the policy.",
      reviewer: { name: "Ada" },
    };
    expect(await reviewsOf(server, [one, two, three])).toEqual([[review], [review], [review]]);
    await page.getByText("Approved by Ada").first().waitFor();
    expect(await whyNot(page, one)).toBe("Approved: there is nothing to decide now.");
    expect(await whyNot(page, two)).toBe("You have approved this revision. Others must approve it too.");
  });

  it("does all of it by keyboard, and nothing for good on one key", async () => {
    const { page } = sitting;
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await openEach(page, server, [one, two, three]);
    await press("a", "r", "c");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await press("j", "x", "j", "j", "Shift+X");
    await bar(page).getByText("3 selected in queue rules").waitFor();
    await press("k", "x");
    await bar(page).getByText("2 selected in queue rules").waitFor();
    await press("a");
    await page.getByRole("dialog", { name: "Approve · queue rules" }).waitFor();
    await press("Escape");
    await page.locator(".row:focus", { hasText: "Rule 2" }).waitFor();
    await press("c");
    const dialog = page.getByRole("dialog", { name: "Needs changes · queue rules" });
    await dialog.getByText("Say what has to change.").waitFor();
    await press("Control+Enter");
    expect(await reviewsOf(server, [one, two, three])).toEqual([[], [], []]);
    await page.locator("textarea:focus").waitFor();
    await page.keyboard.type("Name the source, exactly.");
    await press("Control+Enter");
    await dialog.getByText("2 of 2 signed.").waitFor();
    expect(await line(page, three).locator(".bulk-result").innerText()).toBe("Needs changes");
    await press("Escape");
    await page.locator(".row:focus", { hasText: "Rule 2" }).waitFor();
    expect((await reviewsOf(server, [one, two, three])).map((reviews) => reviews.length)).toEqual([1, 0, 1]);
  });

  it("selects nothing that was not opened at the revision that is there", async () => {
    const { page } = sitting;
    const own = await submit(server.url, server.keys.agent, { title: "Held", queue: "rules" });
    await run(server.url, server.keys.reviewer2, "claimTicket", { ticketId: own.id });
    await openEach(page, server, [two]);
    await run(server.url, server.keys.agent, "resubmitReview", { ticketId: two.id, title: "Rule 2, again" });
    await page.getByText("Rule 2, again").waitFor();
    const again = { ...two, proposal: { ...two.proposal, title: "Rule 2, again" } };
    expect(await whyNot(page, one)).toBe("Open it first.");
    expect(await whyNot(page, again)).toBe("Revision 2 has come in since you opened it.");
    expect(await whyNot(page, own)).toBe("Another reviewer holds this ticket. Ask them to release it.");
    await box(page, one).focus();
    await page.keyboard.press(" ");
    await bar(page).getByRole("status").getByText("Rule 1: Open it first.").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await bar(page)
      .getByRole("status")
      .getByText("Rule 2, again: Revision 2 has come in since you opened it.")
      .waitFor();
    expect(await page.getByRole("checkbox", { checked: true }).count()).toBe(0);
    await page.keyboard.press("a");
    expect(await page.getByRole("dialog").count()).toBe(0);
    // Opened in another tab: the list hears of it.
    const other = await sitting.context.newPage();
    await other.goto(`${server.url}/tickets/${two.id}`);
    await other.getByRole("heading", { name: "Decide" }).waitFor();
    await untilWhyNot(page, again, null);
    await other.close();
  });

  it("does not take a revision for opened that came in while one looked at the one before", async () => {
    const { page } = sitting;
    await page.goto(`${server.url}/tickets/${one.id}`);
    await page.getByRole("heading", { name: "Decide" }).waitFor();
    await run(server.url, server.keys.agent, "resubmitReview", { ticketId: one.id, title: "Rule 1, again" });
    await page.getByText("Revision 2 has come in since you looked at revision 1.").waitFor();
    const again = { ...one, proposal: { ...one.proposal, title: "Rule 1, again" } };
    await openList(page, server);
    expect(await whyNot(page, again)).toBe("Revision 2 has come in since you opened it.");
    await page.goto(`${server.url}/tickets/${one.id}`);
    await page.getByRole("heading", { name: "Decide" }).waitFor();
    await openList(page, server);
    expect(await whyNot(page, again)).toBeNull();
  });

  it("does not take for opened what a tab in the background has loaded, until it is looked at", async () => {
    const { page, context } = sitting;
    await openList(page, server);
    const behind = await context.newPage();
    await behind.addInitScript(`
      let state = "hidden";
      Object.defineProperty(document, "visibilityState", { get: () => state });
      globalThis.lookAt = () => { state = "visible"; document.dispatchEvent(new Event("visibilitychange")); };
    `);
    await behind.goto(`${server.url}/tickets/${one.id}`);
    await behind.getByRole("heading", { name: "Decide" }).waitFor();
    expect(await whyNot(page, one)).toBe("Open it first.");
    await behind.evaluate("lookAt()");
    await untilWhyNot(page, one, null);
    await behind.close();
  });

  it("stays within one queue, and says so", async () => {
    const { page } = sitting;
    const elsewhere = await submit(server.url, server.keys.agent, { title: "Elsewhere" });
    await openEach(page, server, [one, elsewhere]);
    expect(await whyNot(page, elsewhere)).toBeNull();
    await box(page, one).click();
    const words = "You are selecting in queue rules; this one is in default.";
    await untilWhyNot(page, elsewhere, words);
    await box(page, elsewhere).click({ force: true });
    await bar(page).getByText(`Elsewhere: ${words}`).waitFor();
    await bar(page).getByText("1 selected in queue rules").waitFor();
    await bar(page).getByRole("button", { name: "Clear" }).click();
    await untilWhyNot(page, elsewhere, null);
    await page.locator(":focus").waitFor();
    await box(page, elsewhere).click();
    await bar(page).getByText("1 selected in queue default").waitFor();
    expect(await whyNot(page, one)).toBe("You are selecting in queue default; this one is in rules.");
  });

  it("takes 50 at most, and signs 30 at once, a few at a time and each by itself", async () => {
    const { page } = sitting;
    await submitMany(server.url, server.keys.agent, 60);
    await openList(page, server, "/?queue=default&order=oldest");
    const tickets = await ticketsIn("default");
    await rememberEach(page, tickets);
    const [first] = tickets;
    await box(page, first!).click();
    for (let step = 0; step < 51; step++) await page.keyboard.press("j");
    await page.locator('li[aria-posinset="52"] .row:focus').waitFor();
    await page.keyboard.press("Shift+X");
    await bar(page).getByText("50 selected in queue default").waitFor();
    await bar(page).getByText("50 are selected, and no more at once.").waitFor();
    await bar(page).getByRole("button", { name: "Clear" }).click();

    await page.evaluate("scrollTo(0, 0)");
    await box(page, first!).click();
    for (let step = 0; step < 29; step++) await page.keyboard.press("j");
    await page.locator('li[aria-posinset="30"] .row:focus').waitFor();
    await page.keyboard.press("Shift+X");
    await bar(page).getByText("30 selected in queue default").waitFor();
    const { keys, most } = await watchDecisions(page);
    await page.keyboard.press("r");
    await page.getByRole("dialog").locator("textarea:focus").fill("All of one kind.");
    await page.keyboard.press("Control+Enter");
    await page.getByText("30 of 30 signed.").waitFor({ timeout: 30_000 });
    expect(new Set(keys).size).toBe(30);
    expect(most()).toBeGreaterThan(1);
    expect(most()).toBeLessThanOrEqual(4);
    const reviews = await reviewsOf(server, tickets);
    expect(reviews.map((of) => of.length)).toEqual(tickets.map((_, index) => (index < 30 ? 1 : 0)));
    expect(new Set(reviews.flat().map(({ comments }) => comments))).toEqual(new Set(["All of one kind."]));
  });

  it("offers nothing to select to who decides nothing, or where nothing waits", async () => {
    const { page } = sitting;
    await run(server.url, server.keys.reviewer2, "decideTicket", {
      ticketId: one.id,
      revision: 1,
      status: "REJECTED",
    });
    await openList(page, server, "/?status=rejected");
    expect(await titles(page)).toEqual(["Rule 1"]);
    expect(await page.getByRole("checkbox").count()).toBe(0);
    const auditor = await sitDown(server, browser, { name: "Audrey", roles: ["AUDITOR"] });
    await openList(auditor.page, server);
    expect(await titles(auditor.page)).toHaveLength(2);
    expect(await auditor.page.getByRole("checkbox").count()).toBe(0);
    await auditor.context.close();
  });

  it("takes for not opened whatever else stands where the browser keeps it", async () => {
    const { page } = sitting;
    await openEach(page, server, [one]);
    const name = await page.evaluate<string>(
      `Object.keys(localStorage).find((name) => name.startsWith("countersign.opened."))`,
    );
    for (const text of ["{", "7", "null", `{"tickets":7}`, `{"tickets":[["${one.id}","1",2],7,null]}`]) {
      await page.evaluate(`localStorage.setItem(${JSON.stringify(name)}, ${JSON.stringify(text)})`);
      await openList(page, server);
      expect(await whyNot(page, one), text).toBe("Open it first.");
    }
    const forged = JSON.stringify({ at: 1, tickets: [[one.id, 1, "another digest"]] });
    await page.evaluate(`localStorage.setItem(${JSON.stringify(name)}, ${JSON.stringify(forged)})`);
    await openList(page, server);
    expect(await whyNot(page, one)).toBe("Open it first.");
    await openEach(page, server, [one]);
    expect(await whyNot(page, one)).toBeNull();
  });

  it("keeps what each person has opened to themselves", async () => {
    const { page, context } = sitting;
    await openEach(page, server, [one]);
    const grace = await sitDown(server, browser, { name: "Grace" });
    await context.clearCookies();
    await context.addCookies(await grace.context.cookies());
    await openList(page, server);
    expect(await whyNot(page, one)).toBe("Open it first.");
    await grace.context.close();
  });

  it("has no accessibility problem, light or dark, narrow or wide", async () => {
    const { page } = sitting;
    const look = async (what: string) => {
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 720 });
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const name = `bulk ${what} ${colorScheme} ${width}`;
          if (PICTURES !== undefined) {
            await page.screenshot({ path: `${PICTURES}/${name.replaceAll(" ", "-")}.png` });
          }
          expect(await accessibilityProblems(page), name).toEqual([]);
          expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(
            width,
          );
        }
      }
    };
    await openEach(page, server, [one, two]);
    await box(page, one).click();
    await box(page, two).click();
    await box(page, three).click({ force: true });
    await bar(page).getByText("Rule 3: Open it first.").waitFor();
    await look("bar");
    await bar(page).getByRole("button", { name: "Needs changes…" }).click();
    await page.getByRole("dialog").getByText("Say what has to change.").waitFor();
    await look("dialog");
    await page.getByRole("dialog").getByLabel("What has to change").fill("Everything.");
    await page.keyboard.press("Control+Enter");
    await page.getByText("2 of 2 signed.").waitFor();
    await look("done");
  });

  it("is refused by the API where a page would send what was not seen, or what is not one's own", async () => {
    const { url, keys } = server;
    await run(url, keys.agent, "resubmitReview", { ticketId: one.id, title: "Rule 1, again" });
    const stale = { ticketId: one.id, revision: 1, status: "APPROVED" };
    expect((await attempt(url, keys.reviewer, "decideTicket", stale)).code).toBe("STALE_REVISION");
    const other = await server.principal("Only default", "HUMAN", ["REVIEWER"], { queues: ["default"] });
    const foreign = { ticketId: two.id, revision: 1, status: "APPROVED" };
    expect((await attempt(url, other.key, "decideTicket", foreign)).code).toBe("NOT_FOUND");
    expect((await attempt(url, keys.foreignReviewer, "decideTicket", foreign)).code).toBe("NOT_FOUND");
    const both = [two, three].map(
      ({ id }, index) =>
        `m${index}: decideTicket(input: {ticketId: "${id}", revision: 1, status: APPROVED}) { decision { status } }`,
    );
    expect((await gql(url, keys.reviewer, `mutation { ${both.join(" ")} }`)).code).toBe("QUERY_TOO_COMPLEX");
    expect(await reviewsOf(server, [one, two, three])).toEqual([[], [], []]);
  });

  async function ticketsIn(queue: string): Promise<Ticket[]> {
    const { data } = await gql<{ tickets: { edges: { node: Ticket }[] } }>(
      server.url,
      server.keys.auditor,
      `{ tickets(filter: {queue: ["${queue}"]}, orderBy: OLDEST, first: 100) { edges { node { id proposal { title digest } } } } }`,
    );
    return data!.tickets.edges.map(({ node }) => node);
  }
});

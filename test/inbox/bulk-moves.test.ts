import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run, type Ticket } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { inboxReviewer } from "../support/inbox-reviewer.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import {
  bar,
  box,
  line,
  openEach,
  reviewsOf,
  submitRules,
  untilWhyNot,
  watchDecisions,
} from "./bulk-world.js";
import { type Sitting, sitDown } from "./list-world.js";

describe("tickets that move while one decides several together", { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let ada: Sitting;
  let one: Ticket;
  let two: Ticket;
  let three: Ticket;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    ({ one, two, three } = await submitRules(server));
    ada = await sitDown(server, browser);
  });
  afterEach(async () => {
    await ada.context.close();
    await server.close();
  });
  afterAll(() => browser?.close());

  const rejectFirst = (ticket: Ticket, comments = "No.") =>
    run(server.url, server.keys.reviewer2, "decideTicket", {
      ticketId: ticket.id,
      revision: 1,
      status: "REJECTED",
      comments,
    });
  const resubmit = ({ id }: Ticket, title: string) =>
    run(server.url, server.keys.agent, "resubmitReview", { ticketId: id, title });
  /** Selects all three, and opens the confirmation. */
  const begin = async (key = "a") => {
    const { page } = ada;
    await openEach(page, server, [one, two, three]);
    await box(page, one).click();
    await box(page, three).click({ modifiers: ["Shift"] });
    await bar(page).getByText("3 selected in queue rules").waitFor();
    await page.keyboard.press(key);
    await page.getByRole("dialog").locator("textarea:focus").waitFor();
    return page.getByRole("dialog");
  };

  it("takes out what another decides, submits anew or claims while it is selected, and says so", async () => {
    const { page } = ada;
    await openEach(page, server, [one, two, three]);
    await box(page, one).click();
    await box(page, three).click({ modifiers: ["Shift"] });
    await bar(page).getByText("3 selected in queue rules").waitFor();
    await rejectFirst(one);
    const said = bar(page).getByRole("status");
    await said
      .getByText("Taken out: Rule 1. Meanwhile this was settled: Rejected by Second reviewer.")
      .waitFor();
    await said.getByText("2 selected in queue rules").waitFor();
    await resubmit(two, "Rule 2, again");
    await said.getByText("Taken out: Rule 2, again. Revision 2 has come in.").waitFor();
    await run(server.url, server.keys.reviewer2, "claimTicket", { ticketId: three.id });
    await said.getByText("Taken out: Rule 3. Second reviewer has claimed this ticket.").waitFor();
    expect(await bar(page).getByRole("button", { name: "Approve…" }).count()).toBe(0);
    await page.keyboard.press("a");
    expect(await page.getByRole("dialog").count()).toBe(0);
    // It does not come back by itself, but one may take it again.
    await run(server.url, server.keys.reviewer2, "releaseTicket", { ticketId: three.id });
    await untilWhyNot(page, three, null);
    expect(await box(page, three).isChecked()).toBe(false);
    await box(page, three).click();
    await said.getByText("1 selected in queue rules").waitFor();
    await bar(page).getByRole("button", { name: "Clear" }).click();
    await until(async () => (await said.innerText()) === "");
  });

  it("takes them out of the open confirmation before one can press", async () => {
    const dialog = await begin();
    const { page } = ada;
    await page.keyboard.type("Fine, all of them.");
    await resubmit(one, "Rule 1, again");
    await line(page, one).getByText("Taken out. Revision 2 has come in.").waitFor();
    await rejectFirst(three);
    await line(page, three)
      .getByText("Taken out. Meanwhile this was settled: Rejected by Second reviewer.")
      .waitFor();
    await dialog.getByText("You sign 1 ticket,").waitFor();
    // It is the text that was opened which stands there, as it was opened.
    expect(await line(page, one).innerText()).toMatch(/^Rule 1\s+revision 1/);
    const { keys } = await watchDecisions(page);
    await page.keyboard.press("Control+Enter");
    await dialog.getByText("1 of 1 signed.").waitFor();
    expect(keys).toHaveLength(1);
    expect(await line(page, two).locator(".bulk-result").innerText()).toBe("1 of 2 approvals");
    const [first, second, third] = await reviewsOf(server, [one, two, three]);
    expect([first, second, third]).toMatchObject([
      [],
      [{ revision: 1, outcome: "APPROVED", reviewer: { name: "Ada" } }],
      [{ outcome: "REJECTED", reviewer: { name: "Second reviewer" } }],
    ]);
    expect(ada.seen.errors).toEqual([]);
  });

  it("takes all of them out where changes may have been missed", async () => {
    const { page } = ada;
    let nextLies = false;
    let cut = (): Promise<void> => Promise.resolve();
    await page.routeWebSocket(/graphql/, (socket) => {
      const there = socket.connectToServer();
      const lies = nextLies;
      nextLies = false;
      cut = () => socket.close({ code: 1012 });
      socket.onMessage((message) => {
        const parsed = JSON.parse(String(message)) as { type: string; payload: { variables: object } };
        // As after a restored backup: a position that this ledger never had.
        if (lies && parsed.type === "subscribe")
          parsed.payload.variables = { after: "999999.0123456789abcdef" };
        there.send(JSON.stringify(parsed));
      });
    });
    await openEach(page, server, [one]);
    await box(page, one).click();
    await page.keyboard.press("r");
    const dialog = page.getByRole("dialog");
    await dialog.locator("textarea:focus").waitFor();
    // Whichever connection comes next, the page's first one included.
    nextLies = true;
    await cut();
    await line(page, one).getByText("Taken out. Changes may have been missed. Select it again.").waitFor();
    await dialog.getByRole("button", { name: "Nothing is left to sign" }).waitFor();
    await page.keyboard.press("Escape");
    await box(page, one).click();
    await bar(page).getByText("1 selected in queue rules").waitFor();
  });

  it("has nothing to press once all of them are taken out", async () => {
    const dialog = await begin("r");
    for (const ticket of [one, two, three]) await rejectFirst(ticket);
    const button = dialog.getByRole("button", { name: "Nothing is left to sign" });
    await button.waitFor();
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    const { keys } = await watchDecisions(ada.page);
    await ada.page.keyboard.press("Control+Enter");
    await button.click({ force: true });
    await ada.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(keys).toEqual([]);
    await ada.page.locator(":focus").waitFor();
  });

  it("says in words who won where the news has not come through, and signs the others", async () => {
    const { page } = ada;
    // A socket that never opens: whatever is pushed stays unheard.
    await page.routeWebSocket(/graphql/, () => undefined);
    const dialog = await begin();
    await rejectFirst(one, "Against the policy.");
    await resubmit(three, "Rule 3, again");
    await dialog.getByRole("button", { name: "Sign approval: 3 tickets" }).click();
    await dialog.getByText("1 of 3 signed, 2 refused or taken out.").waitFor();
    expect(await line(page, one).locator(".bulk-result").innerText()).toMatch(
      /^Nothing was signed: this was decided before\. Revision 1: Rejected by Second reviewer, .*They said: “Against the policy\.”$/,
    );
    expect(await line(page, three).locator(".bulk-result").innerText()).toMatch(
      /^Nothing was signed: revision 2 has come in meanwhile\./,
    );
    expect(await dialog.getByRole("button", { name: /Try again/ }).count()).toBe(0);
    await dialog.getByRole("button", { name: "Close" }).click();
    await dialog.waitFor({ state: "detached" });
    expect((await reviewsOf(server, [one, two, three])).map((reviews) => reviews.length)).toEqual([1, 1, 0]);
  });

  it("tries what had no answer again under the same keys, and does nothing twice", async () => {
    const { page } = ada;
    const dialog = await begin();
    const sent = new Map<string, string[]>();
    await page.route("**/graphql", async (route) => {
      const body = route.request().postData() ?? "";
      if (!body.includes("decideTicket(")) return route.continue();
      const { input } = (
        JSON.parse(body) as { variables: { input: { ticketId: string; idempotencyKey: string } } }
      ).variables;
      const keys = [...(sent.get(input.ticketId) ?? []), input.idempotencyKey];
      sent.set(input.ticketId, keys);
      // The first is done and the answer lost; the second is never done; the third goes well.
      if (input.ticketId === three.id || keys.length > 1) return route.continue();
      if (input.ticketId === one.id) await route.fetch();
      return route.abort("connectionreset");
    });
    await page.keyboard.type("Once each.");
    await page.keyboard.press("Control+Enter");
    await dialog.getByText("1 of 3 signed, 2 without an answer.").waitFor();
    await line(page, one).getByText("No answer came.").waitFor();
    // What was done is pushed meanwhile: that it is settled is no reason not to ask.
    await until(async () => (await reviewsOf(server, [one]))[0]?.length === 1);
    await page.locator(".row", { hasText: "Approved by Ada" }).nth(1).waitFor();
    expect(await dialog.getByLabel("Comment").inputValue()).toBe("Once each.");
    expect(await dialog.getByLabel("Comment").isEditable()).toBe(false);
    // Closing forgets nothing of what is not through.
    await dialog.getByRole("button", { name: "Close" }).click();
    await bar(page).getByText("2 selected in queue rules").waitFor();
    await bar(page).getByRole("button", { name: "Approve…" }).click();
    expect(await dialog.getByLabel("Comment").inputValue()).toBe("Once each.");
    await dialog.getByRole("button", { name: "Sign approval: 2 tickets" }).click();
    await dialog.getByText("2 of 2 signed.").waitFor();
    expect(await line(page, one).locator(".bulk-result").innerText()).toBe("Approved");
    expect(await line(page, two).locator(".bulk-result").innerText()).toBe("1 of 2 approvals");
    for (const ticket of [one, two]) {
      const keys = sent.get(ticket.id)!;
      expect(keys).toHaveLength(2);
      expect(new Set(keys).size).toBe(1);
    }
    const review = { revision: 1, outcome: "APPROVED", comments: "Once each.", reviewer: { name: "Ada" } };
    expect(await reviewsOf(server, [one, two, three])).toEqual([[review], [review], [review]]);
    await page.keyboard.press("Escape");
    const kept = "Object.keys(sessionStorage).filter((name) => name.includes('bulk'))";
    expect(await page.evaluate(kept)).toEqual([]);
  });

  it("waits where the server says that it was too much, and goes on by itself", async () => {
    const { page } = ada;
    const dialog = await begin("r");
    let refused = 0;
    await page.route("**/graphql", async (route) => {
      const body = route.request().postData() ?? "";
      if (!body.includes("decideTicket(") || refused >= 3) return route.continue();
      refused += 1;
      const extensions = { code: "RATE_LIMITED", retryAfter: 2, requestId: "r" };
      return route.fulfill({
        status: 429,
        headers: { "content-type": "application/json; charset=utf-8", "retry-after": "2" },
        body: JSON.stringify({ errors: [{ message: "Too many points: try again in 2 s.", extensions }] }),
      });
    });
    await page.keyboard.press("Control+Enter");
    await dialog
      .getByRole("status")
      .getByText("The server asks to wait: it goes on by itself in 2 seconds.")
      .waitFor();
    expect((await reviewsOf(server, [one, two, three])).flat()).toEqual([]);
    await dialog.getByText("3 of 3 signed.").waitFor();
    expect(refused).toBe(3);
    expect((await reviewsOf(server, [one, two, three])).map((reviews) => reviews.length)).toEqual([1, 1, 1]);
  });

  it("stops when told to: what was not sent can still be signed, or left", async () => {
    const { page } = ada;
    const dialog = await begin();
    let limited = true;
    await page.route("**/graphql", async (route) => {
      const body = route.request().postData() ?? "";
      if (!limited || !body.includes("decideTicket(") || body.includes(one.id)) return route.continue();
      const errors = [{ message: "Too many.", extensions: { code: "RATE_LIMITED", retryAfter: 60 } }];
      return route.fulfill({ status: 429, json: { errors } });
    });
    await page.keyboard.press("Control+Enter");
    await line(page, one).getByText("Approved").waitFor();
    await dialog.getByText("The server asks to wait").waitFor();
    await page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Stop" }).click();
    await dialog.getByText("1 of 3 signed, 2 not sent.").waitFor();
    limited = false;
    await rejectFirst(two);
    await line(page, two).getByText("Taken out. Meanwhile this was settled").waitFor();
    await dialog.getByRole("button", { name: "Try again: 1 ticket" }).click();
    await line(page, three).getByText("Approved").waitFor();
    expect(await reviewsOf(server, [one, two, three])).toMatchObject([
      [{ outcome: "APPROVED" }],
      [{ outcome: "REJECTED" }],
      [{ outcome: "APPROVED" }],
    ]);
  });

  it("keeps the comment where the session ends, until one has signed in again", async () => {
    const grace = await inboxReviewer(browser, server, "Grace");
    const { page } = grace;
    await openEach(page, server, [one]);
    await box(page, one).click();
    await page.keyboard.press("c");
    await page.getByRole("dialog").locator("textarea:focus").fill("Please say where");
    const other = await grace.context.newPage();
    await other.goto(`${server.url}/account`);
    await other.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL(/\/sign-in/, { timeout: 15_000 });
    await other.close();
    await grace.signInAgain();
    await box(page, one).click();
    await page.keyboard.press("c");
    expect(await page.getByRole("dialog").locator("textarea:focus").inputValue()).toBe("Please say where");
    // It was about what was selected: without that it is gone.
    await page.keyboard.press("Escape");
    await bar(page).getByRole("button", { name: "Clear" }).click();
    await box(page, one).click();
    await page.keyboard.press("c");
    expect(await page.getByRole("dialog").locator("textarea:focus").inputValue()).toBe("");
    expect(await reviewsOf(server, [one])).toEqual([[]]);
    await grace.context.close();
  });

  it("refuses the second of two who decide the same tickets together, ticket by ticket", async () => {
    const dialog = await begin();
    const grace = await sitDown(server, browser, { name: "Grace" });
    await grace.page.routeWebSocket(/graphql/, () => undefined);
    await openEach(grace.page, server, [one, two, three]);
    await box(grace.page, one).click();
    await box(grace.page, three).click({ modifiers: ["Shift"] });
    await grace.page.keyboard.press("r");
    await grace.page.getByRole("dialog").locator("textarea:focus").waitFor();
    await ada.page.keyboard.press("Control+Enter");
    await dialog.getByText("3 of 3 signed.").waitFor();
    await grace.page.keyboard.press("Control+Enter");
    await grace.page.getByText("1 of 3 signed, 2 refused or taken out.").waitFor();
    await line(grace.page, one).getByText("Approved by Ada").waitFor();
    expect(await line(grace.page, two).locator(".bulk-result").innerText()).toBe("Rejected");
    const names = (await reviewsOf(server, [one, two, three])).map((reviews) =>
      reviews.map(({ reviewer }) => reviewer.name).join(),
    );
    expect(names).toEqual(["Ada", "Ada,Grace", "Ada"]);
    await grace.context.close();
  });
});

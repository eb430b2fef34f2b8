import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { type InboxReviewer, inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const REVIEWS =
  "query($id: ID!) { ticket(id: $id) { status reviews { revision outcome comments reviewer { name } } } }";

describe("a ticket that moves while one decides on it", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let ada: InboxReviewer;
  let grace: InboxReviewer;
  const calls = reviewCalls(() => server);
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    ada = await inboxReviewer(browser, server, "Ada");
    grace = await inboxReviewer(browser, server, "Grace");
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const ticketNow = async (id: string) =>
    (
      await gqlData<{ ticket: { status: string; reviews: object[] } }>(
        server.url,
        server.keys.auditor,
        REVIEWS,
        { id },
      )
    ).ticket;
  const begin = async ({ page, open }: InboxReviewer, id: string, key: string, text: string) => {
    await open(id);
    await page.keyboard.press(key);
    await page.locator(".decide-form textarea").last().fill(text);
  };
  const text = ({ page }: InboxReviewer) => page.locator(".decide-form textarea").last().inputValue();
  const resubmit = (ticketId: string, title: string) =>
    gqlData(
      server.url,
      server.keys.agent,
      "mutation($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ticket { revision } } }",
      { input: { ticketId, title } },
    );

  it("shows the second of two reviewers that the first has decided, before they can press", async () => {
    const id = await calls.submit("Two at once");
    await begin(ada, id, "a", "Fine.");
    await begin(grace, id, "r", "Not fine.");
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
    await grace.page.getByRole("alert").getByText("Meanwhile this was settled: Approved by Ada.").waitFor();
    expect(await grace.page.getByRole("button", { name: "Sign rejection" }).isDisabled()).toBe(true);
    await grace.page.keyboard.press("Control+Enter");
    expect(await text(grace)).toBe("Not fine.");
    expect(await ticketNow(id)).toMatchObject({ status: "APPROVED", reviews: [{ comments: "Fine." }] });
  });

  it("says in words who won where the news has not come through, and keeps the text", async () => {
    const id = await calls.submit("Deaf");
    const deaf = await inboxReviewer(browser, server, "Deaf");
    // A socket that never opens: whatever is pushed stays unheard.
    await deaf.page.routeWebSocket(/graphql/, () => undefined);
    await begin(deaf, id, "r", "No.");
    await calls.decide(id, { comments: "Yes." });
    await deaf.page.keyboard.press("Control+Enter");
    const alert = deaf.page.getByRole("alert").filter({ hasText: "Nothing was signed" });
    await alert.getByText(/this was decided before\. Revision 1: Approved by .*They said: “Yes\.”/).waitFor();
    expect(await text(deaf)).toBe("No.");
    await deaf.context.close();
  });

  it("asks to look again when a revision comes in, and then signs that one", async () => {
    const id = await calls.submit("First wording");
    await begin(ada, id, "a", "Good as it is.");
    await resubmit(id, "Second wording");
    await ada.page.getByRole("alert").getByText("Revision 2 has come in.").waitFor();
    expect(await ada.page.getByRole("button", { name: "Sign approval" }).isDisabled()).toBe(true);
    await ada.page.keyboard.press("Control+Enter");
    expect(await ticketNow(id)).toMatchObject({ status: "PENDING", reviews: [] });
    await ada.page.reload();
    await ada.page.getByRole("alert").getByText("Revision 2 has come in.").waitFor();
    await ada.page.getByRole("button", { name: "I have looked at revision 2" }).click();
    expect(await text(ada)).toBe("Good as it is.");
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
    expect(await ticketNow(id)).toMatchObject({
      status: "APPROVED",
      reviews: [{ revision: 2, comments: "Good as it is." }],
    });
  });

  it("waits while another holds the ticket, and goes on when they release it", async () => {
    const id = await calls.submit("Mine or yours");
    await begin(ada, id, "a", "Ready.");
    await grace.open(id);
    await grace.page.getByRole("button", { name: "Claim" }).click();
    await ada.page.getByRole("alert").getByText("Grace has claimed this ticket.").waitFor();
    expect(await ada.page.getByRole("button", { name: "Sign approval" }).isDisabled()).toBe(true);
    await grace.page.getByRole("button", { name: "Release" }).click();
    const sign = ada.page.getByRole("button", { name: "Sign approval" });
    await until(() => sign.isEnabled());
    await sign.click();
    await ada.page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
  });

  it("shows who has approved and that others are missing, and takes an approval back", async () => {
    const id = await calls.submit("Four eyes", server.keys.agent, { approvalsRequired: 2 });
    await begin(ada, id, "a", "");
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByRole("heading", { name: "Signed: your approval counts" }).waitFor();
    await ada.page.getByText("1 of 2 approvals: Ada. 1 more needed.").waitFor();
    await ada.page.getByRole("button", { name: "Retract my approval" }).click();
    await ada.page.getByText("0 of 2 approvals. 2 more needed.").waitFor();
    await ada.page.keyboard.press("a");
    await ada.page.locator(".decide-form textarea").fill("Again.");
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByText("1 of 2 approvals: Ada. 1 more needed.").waitFor();
    await ada.page.reload();
    await ada.page.getByText("You have approved this revision. Others must approve it too.").waitFor();
    expect(await ada.page.getByRole("button", { name: "Approve a", exact: true }).count()).toBe(0);
    await begin(grace, id, "a", "Me too.");
    await grace.page.keyboard.press("Control+Enter");
    await grace.page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
    expect((await ticketNow(id)).status).toBe("APPROVED");
  });

  it("decides once where the answer was lost and one presses again", async () => {
    const id = await calls.submit("Lost answer", server.keys.agent, { approvalsRequired: 2 });
    await begin(ada, id, "a", "Once.");
    const keys: string[] = [];
    await ada.page.route("**/graphql", async (route) => {
      const body = route.request().postData() ?? "";
      if (!body.includes("decideTicket(")) return route.continue();
      keys.push(JSON.parse(body).variables.input.idempotencyKey);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      await route.abort("connectionreset");
    });
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByRole("alert").getByText("No answer came.").waitFor();
    const button = ada.page.getByRole("button", { name: "Sign approval" });
    // What it did is pushed meanwhile: one's own approval, which the same attempt may still ask for.
    await until(async () => (await ticketNow(id)).reviews.length === 1);
    await until(() => button.isEnabled());
    await button.click();
    await ada.page.getByRole("heading", { name: "Signed: your approval counts" }).waitFor();
    expect(new Set(keys).size).toBe(1);
    expect((await ticketNow(id)).reviews).toHaveLength(1);
    await ada.page.unroute("**/graphql");
  });

  it("keeps a draft through a reload, and none of it once it is signed", async () => {
    const id = await calls.submit("To be continued");
    await begin(ada, id, "r", "Half a sent");
    await ada.page.reload();
    await ada.page.getByRole("button", { name: "Sign rejection" }).waitFor();
    expect(await text(ada)).toBe("Half a sent");
    await ada.page.getByLabel("Comment, without deciding").fill("A remark.");
    await ada.page.keyboard.press("Control+Enter");
    expect((await ticketNow(id)).reviews).toEqual([]);
    await ada.page.getByRole("button", { name: "Sign rejection" }).click();
    await ada.page.getByRole("heading", { name: "Signed: Rejected" }).waitFor();
    const left = await ada.page.evaluate(
      `Object.keys(localStorage).filter((name) => name.includes("${id}"))`,
    );
    expect(left).toEqual([]);
  });

  it("is put into another's hands, and out of them, by who may see who there is", async () => {
    const id = await calls.submit("Who takes it?");
    const admin = await inboxReviewer(browser, server, "Admin", { roles: ["ADMIN", "REVIEWER"] });
    await admin.open(id);
    await admin.page.getByRole("button", { name: "Assign …" }).click();
    await admin.page.getByLabel("Assign to").fill("Grace");
    await admin.page.getByRole("button", { name: "Assign", exact: true }).click();
    await admin.page.getByText("Grace holds this ticket.", { exact: true }).waitFor();
    await admin.page.getByRole("button", { name: "Take it out of Grace’s hands" }).click();
    await admin.page.getByText("Nobody holds this ticket.").waitFor();
    await ada.open(id);
    expect(await ada.page.getByRole("button", { name: "Assign …" }).count()).toBe(0);
    await admin.context.close();
  });

  it("keeps the text where the session ends while one writes, until one has signed in again", async () => {
    const id = await calls.submit("Interrupted");
    await begin(grace, id, "c", "Please say wh");
    await grace.page.getByLabel("Comment, without deciding").fill("And a rem");
    const other = await grace.context.newPage();
    await other.goto(`${server.url}/account`);
    await other.getByRole("button", { name: "Sign out", exact: true }).click();
    await grace.page.waitForURL(/\/sign-in/, { timeout: 15_000 });
    await other.close();
    await grace.signInAgain();
    await grace.open(id);
    expect(await text(grace)).toBe("Please say wh");
    expect(await grace.page.getByLabel("Comment, without deciding").inputValue()).toBe("And a rem");
  });
});

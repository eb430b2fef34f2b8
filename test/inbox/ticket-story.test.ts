import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { complaints, inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const DETAIL = "## Why\n\nThe **old** rule is [too wide](https://example.org/rule).\n\n- one\n- two\n";
const PAYLOAD = { rule: "block", limit: 10, hosts: ["a.example", "b.example"] };

describe("a ticket's page", { timeout: 60_000 }, () => {
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

  const resubmit = (ticketId: string, input: object) =>
    gqlData(
      server.url,
      server.keys.agent,
      "mutation($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ticket { revision } } }",
      { input: { ticketId, ...input } },
    );
  const ticketNow = async (id: string) =>
    (
      await gqlData<{
        ticket: {
          status: string;
          revision: number;
          reviews: {
            revision: number;
            outcome: string;
            comments: string | null;
            reviewer: { name: string };
          }[];
          proposal: { title: string; payload: object; digest: string };
        };
      }>(
        server.url,
        server.keys.auditor,
        `query($id: ID!) { ticket(id: $id) { status revision proposal { title payload digest }
          reviews { revision outcome comments reviewer { name } } } }`,
        { id },
      )
    ).ticket;

  it("is read, claimed, commented on, approved and copied from by mouse, and leads to the next", async () => {
    const next = await calls.submit("The next one", server.keys.agent, { priority: "URGENT" });
    const id = await calls.submit("Block two hosts", server.keys.agent, { detail: DETAIL, payload: PAYLOAD });
    const { page, seen, context, open } = await inboxReviewer(browser, server, "Ada", {
      context: { permissions: ["clipboard-read", "clipboard-write"] },
    });
    await open(id);
    await page.getByRole("heading", { name: "Why", level: 4 }).waitFor();
    const link = page.getByRole("link", { name: "too wide" });
    expect(await link.getAttribute("rel")).toBe("noreferrer noopener");
    expect(await page.getByText("(example.org)").count()).toBe(1);
    await page.getByText("a.example").waitFor();
    await page.getByRole("button", { name: "Raw JSON" }).click();
    await page.locator("pre.ticket-raw", { hasText: '"limit": 10' }).waitFor();

    await page.getByRole("button", { name: "Claim" }).click();
    await page.getByText("You hold this ticket.").waitFor();
    await page.getByLabel("Comment, without deciding").fill("Looks fine so far.");
    await page.getByRole("button", { name: "Add comment" }).click();
    await page.locator(".ticket-said", { hasText: "Looks fine so far." }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "Ada claimed it" }).waitFor();

    await page.getByRole("button", { name: "Approve a", exact: true }).click();
    await page.getByRole("button", { name: "Checked against the policy." }).click();
    await page.getByText("You sign revision 1.").waitFor();
    expect((await ticketNow(id)).status).toBe("PENDING");
    await page.getByRole("button", { name: "Sign approval" }).click();
    await page.getByRole("heading", { name: "Signed: Approved" }).waitFor();

    const now = await ticketNow(id);
    expect(now).toMatchObject({
      status: "APPROVED",
      reviews: [
        {
          revision: 1,
          outcome: "APPROVED",
          comments: "Checked against the policy.",
          reviewer: { name: "Ada" },
        },
      ],
    });
    await page.getByRole("button", { name: "Copy digest" }).first().click();
    await page.getByRole("status").getByText("Digest copied.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(now.proposal.digest);
    await page.getByRole("button", { name: "Copy receipt" }).first().click();
    await page.getByRole("status").getByText("Receipt copied.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);

    await page.getByRole("link", { name: "Next ticket: The next one" }).click();
    await page.getByRole("heading", { level: 1, name: "The next one" }).waitFor();
    expect(page.url()).toBe(`${server.url}/tickets/${next}`);
    await calls.decide(next);
    expect(complaints(seen)).toEqual([]);
    const host = new URL(server.url).host;
    expect(seen.requests.filter((url) => new URL(url).host !== host)).toEqual([]);
    await context.close();
  });

  it("is decided by keyboard alone: nothing on one key, edits shown before they are signed", async () => {
    const id = await calls.submit("Raise the limit", server.keys.agent, { detail: DETAIL, payload: PAYLOAD });
    const { page, context, open, seen } = await inboxReviewer(browser, server, "Grace");
    await open(id);
    const keys = page.keyboard;
    await keys.press("t");
    await page.getByText("You hold this ticket.").waitFor();
    await keys.press("c");
    await page.getByText("Say what has to change.").waitFor();
    await keys.press("Control+Enter");
    expect(await page.getByRole("button", { name: "Ask for changes" }).isDisabled()).toBe(true);
    await keys.type("arc e");
    expect(await page.getByLabel("What has to change").inputValue()).toBe("arc e");
    await page.getByRole("heading", { level: 1 }).focus();
    await keys.press("e");
    await page.getByText("You have changed nothing yet.").waitFor();
    await keys.press("Shift+Tab");
    expect(await page.evaluate("document.activeElement.labels[0].textContent")).toBe("Payload (JSON)");
    await keys.press("Control+A");
    await keys.type('{ "rule": "block", "limit": 12');
    await page.getByText("The payload is not valid JSON").waitFor();
    await keys.press("Control+Enter");
    expect((await ticketNow(id)).status).toBe("PENDING");
    await keys.type(" }");
    await page.locator(".decide-edit-changes ins", { hasText: "12" }).waitFor();
    await keys.press("Control+Enter");
    await page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
    expect(await ticketNow(id)).toMatchObject({
      status: "APPROVED",
      revision: 2,
      proposal: { payload: { rule: "block", limit: 12 } },
      reviews: [{ revision: 2, outcome: "APPROVED", comments: "arc e" }],
    });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Signed: Approved");
    expect(complaints(seen)).toEqual([]);
    await context.close();
  });

  it("shows what changed since my last review and since the last revision, inline and side by side", async () => {
    const id = await calls.submit("One", server.keys.agent, { detail: "a\nb\nc", payload: { n: 1 } });
    const { page, context, open } = await inboxReviewer(browser, server, "Joan");
    await open(id);
    await page.keyboard.press("c");
    await page.keyboard.type("Change b.");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("heading", { name: "Signed: Needs changes" }).waitFor();
    await resubmit(id, { title: "Two", detail: "a\nB\nc", payload: { n: 2 } });
    await page.getByText("Revision 2 has come in since you looked at revision 1.").waitFor();
    await resubmit(id, { title: "Two", detail: "a\nB\nc", payload: { n: 3 } });
    await open(id);
    const since = page.getByLabel("since");
    await page.locator("#ticket-changes ins", { hasText: "B" }).waitFor();
    expect(await since.inputValue()).toBe("1");
    expect(await since.locator("option").allTextContents()).toEqual([
      "revision 2 (the last one)",
      "revision 1 (my last review)",
    ]);
    await since.selectOption("2");
    await page.locator("#ticket-changes ins", { hasText: "3" }).waitFor();
    expect(await page.locator("#ticket-changes h3").allTextContents()).toEqual([
      "Payload 1 removed, 1 added",
    ]);
    await page.getByRole("button", { name: "Side by side" }).click();
    const changed = page.locator(".comparison-beside tr", { has: page.locator("del") });
    expect(await changed.locator("del, ins").allTextContents()).toEqual(["2", "3"]);
    await context.close();
  });
});

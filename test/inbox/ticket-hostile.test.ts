import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { complaints, inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const HOSTILE = `<script>document.title = "owned"</script>
<img src=x onerror="document.title='owned'">

![a chart](https://evil.example/pixel.png) [press](javascript:alert(1)) [here](/audit) [data](data:text/html,hi)

user\u202Etxt.exe [fine](https://example.org/a)

<iframe src="https://evil.example"></iframe>
`;
/** A page that holds up for longer than this is felt to. Milliseconds; the machine of a test is slow and shared. */
const LONGEST_TASK_MS = 400;

describe("a hostile proposal", { timeout: 60_000 }, () => {
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

  it("is inert: no script, no picture, no link that hides where it leads, nothing that nobody sees", async () => {
    const id = await calls.submit("Pay \u202E000,1 now", server.keys.agent, {
      detail: HOSTILE,
      payload: { html: HOSTILE, __proto__x: { constructor: "\u200B" } },
    });
    const { page, seen, open, context } = await inboxReviewer(browser, server, "<b>Eve</b>");
    await open(id);
    const proposal = page.locator(".markdown");
    await proposal.waitFor();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Pay ⟦U+202E⟧000,1 now");
    expect(
      await proposal
        .locator("a")
        .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href)),
    ).toEqual(["https://evil.example/pixel.png", "https://example.org/a"]);
    expect(await proposal.textContent()).toContain("[a chart] (evil.example)");
    expect(await proposal.textContent()).toContain("user⟦U+202E⟧txt.exe fine (example.org)");
    expect(await proposal.textContent()).toContain('<script>document.title = "owned"</script>');
    expect(await page.locator("main img, main iframe, main script").count()).toBe(0);
    await page.getByRole("button", { name: "As written" }).click();
    await page.locator(".markdown-plain", { hasText: "[press](javascript:alert(1))" }).waitFor();
    await page.keyboard.press("v");
    await page.locator("pre.ticket-raw", { hasText: "⟦U+200B⟧" }).waitFor();
    expect(await page.title()).not.toContain("owned");
    const host = new URL(server.url).host;
    expect(seen.requests.filter((url) => new URL(url).host !== host)).toEqual([]);
    expect(complaints(seen)).toEqual([]);
    await context.close();
  });

  it.each([
    ["of 100,000 characters of nested emphasis", `${"*a **b ".repeat(14_000)}`],
    ["of 100,000 characters of brackets", "[".repeat(99_999)],
    ["of 24,000 list entries", "- a\n".repeat(24_000)],
  ])("does not hold the page up with a text %s and a payload of 256 KB", async (_, detail) => {
    const payload = { list: Array.from({ length: 40_000 }, (_one, index) => index % 10), deep: nested(50) };
    const id = await calls.submit("Huge", server.keys.agent, { detail, payload });
    const { page, open, context } = await inboxReviewer(browser, server, "Ada");
    await page.addInitScript(`
      globalThis.longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      }).observe({ type: "longtask", buffered: true });
    `);
    await open(id);
    await page.locator(".markdown, .markdown-note").waitFor({ timeout: 20_000 });
    await page.getByRole("button", { name: "Expand" }).first().click();
    // In a tree a character looks for an entry.
    await page.getByRole("heading", { level: 1 }).focus();
    await page.keyboard.press("a");
    await page.keyboard.type("Typing goes on.");
    expect(await page.locator(".decide-form textarea").inputValue()).toBe("Typing goes on.");
    if (detail.startsWith("-"))
      await until(async () => (await page.locator(".markdown li").count()) === 24_000);
    expect(await page.evaluate("longest")).toBeLessThan(LONGEST_TASK_MS);
    await context.close();
  });

  it("has no barrier in light and dark, narrow and wide, with the form open", async () => {
    const axe = await readFile("node_modules/axe-core/axe.min.js", "utf8");
    const id = await calls.submit("Look at this", server.keys.agent, {
      detail: `# One\n\n| a | b |\n|-|-|\n| 1 | 2 |\n\n\`code\` [x](https://example.org)\n\n${HOSTILE}`,
      payload: { a: 1, b: [true, null, "x"], c: { d: {} } },
    });
    await calls.comment(id, "A remark.");
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [320, 1280]) {
        const { page, open, context } = await inboxReviewer(browser, server, "Ada", {
          context: { colorScheme, viewport: { width, height: 800 }, bypassCSP: true },
        });
        await open(id);
        await page.locator(".markdown").waitFor();
        await page.getByText("A remark.").waitFor();
        await check(page, axe);
        await page.keyboard.press("e");
        await page.getByText("You have changed nothing yet.").waitFor();
        await page.locator(".decide-form input").fill("Look at that");
        await page.locator(".decide-edit-changes ins").first().waitFor();
        await check(page, axe);
        const wide = (await page.evaluate("document.documentElement.scrollWidth")) as number;
        expect(wide).toBeLessThanOrEqual(width);
        if (process.env.INBOX_SCREENSHOTS !== undefined) {
          await page.screenshot({
            path: `${process.env.INBOX_SCREENSHOTS}/ticket-${colorScheme}-${width}.png`,
            fullPage: true,
          });
        }
        await context.close();
      }
    }
  });

  it("asks the server itself, which refuses whatever the page does not offer", async () => {
    const id = await calls.submit("Not for you");
    const decide =
      "mutation($input: DecideTicketInput!) { decideTicket(input: $input) { decision { status } } }";
    const claim = "mutation($input: ClaimTicketInput!) { claimTicket(input: $input) { ticket { id } } }";
    const release =
      "mutation($input: ReleaseTicketInput!) { releaseTicket(input: $input) { ticket { id } } }";
    const assign = "mutation($input: AssignTicketInput!) { assignTicket(input: $input) { ticket { id } } }";
    const retract =
      "mutation($input: RetractReviewInput!) { retractReview(input: $input) { ticket { id } } }";
    const input = { ticketId: id, revision: 1, status: "APPROVED" };
    const auditor = await inboxReviewer(browser, server, "Audrey", { roles: ["AUDITOR"] });
    const ada = await inboxReviewer(browser, server, "Ada");
    const grace = await inboxReviewer(browser, server, "Grace");
    const code = async (who: typeof ada, query: string, asked: object) =>
      (await who.ask(query, { input: asked })).errors?.[0]?.extensions.code;

    await auditor.open(id);
    await auditor.page.getByText("Only reviewers decide.").waitFor();
    for (const name of ["Approve", "Reject", "Claim", "Assign", "Retract"]) {
      expect(await auditor.page.getByRole("button", { name: new RegExp(`^${name}`) }).count(), name).toBe(0);
    }
    expect(await code(auditor, decide, input)).toBe("FORBIDDEN");
    expect(await code(auditor, claim, { ticketId: id })).toBe("FORBIDDEN");
    expect(await code(auditor, retract, { ticketId: id, revision: 1 })).toBe("FORBIDDEN");

    expect(await code(grace, claim, { ticketId: id })).toBeUndefined();
    await ada.open(id);
    await ada.page.getByText("Another reviewer holds this ticket.").waitFor();
    expect(await ada.page.getByRole("button", { name: /^(Approve|Claim|Release|Take|Assign)/ }).count()).toBe(
      0,
    );
    expect(await code(ada, decide, input)).toBe("CLAIMED_BY_ANOTHER");
    expect(await code(ada, claim, { ticketId: id })).toBe("CLAIMED_BY_ANOTHER");
    expect(await code(ada, release, { ticketId: id })).toBe("CLAIMED_BY_ANOTHER");
    expect(await code(ada, decide, { ...input, revision: 2 })).toBe("STALE_REVISION");
    expect(await code(grace, decide, { ...input, status: "NEEDS_CHANGES" })).toBe("BAD_USER_INPUT");

    expect(await code(grace, decide, input)).toBeUndefined();
    await ada.page.getByText("Approved: there is nothing to decide now.").waitFor();
    expect(await code(ada, decide, input)).toBe("ALREADY_DECIDED");
    expect(await code(ada, assign, { ticketId: id, assigneeId: "principal_none" })).toBeDefined();
    for (const { context } of [auditor, ada, grace]) await context.close();
  });
});

function nested(levels: number): object {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

async function check(page: Page, axe: string): Promise<void> {
  await until(async () => (await page.locator("[aria-busy=true]").count()) === 0);
  await page.evaluate(axe);
  const violations = await page.evaluate(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
  }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html + " " + failureSummary).join("; ")))`);
  expect(violations).toEqual([]);
}

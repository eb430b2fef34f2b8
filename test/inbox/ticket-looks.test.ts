import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { type InboxReviewer, inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { expectAccessible } from "./desk-browser.js";

describe("WCAG 2.2 AA, light and dark, at 320 and 1280 px, holds for", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let ada: InboxReviewer;
  const calls = reviewCalls(() => server);
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    ada = await inboxReviewer(browser, server, "Ada");
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  const begin = async (id: string, key: string, text: string): Promise<Page> => {
    await ada.open(id);
    await ada.page.keyboard.press(key);
    await ada.page.locator(".decide-form textarea").last().fill(text);
    return ada.page;
  };

  it("the comparison of revisions, inline and side by side, and a revision that comes in while one writes", async () => {
    const detail = (word: string) =>
      `# Terms\n\nThe ${word} fee is due.\n\n${"A long line of it. ".repeat(20)}`;
    const id = await calls.submit("First wording", server.keys.agent, {
      detail: detail("old"),
      payload: { fee: 1, terms: "x".repeat(200) },
    });
    const page = await begin(id, "a", "Fine.");
    await gqlData(
      server.url,
      server.keys.agent,
      "mutation($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ticket { id } } }",
      {
        input: {
          ticketId: id,
          title: "Second wording",
          detail: detail("new"),
          payload: { fee: 2, more: true },
        },
      },
    );
    await page.getByRole("alert").getByText("Revision 2 has come in.").waitFor();
    await page.locator(".comparison-inline").first().waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Side by side" }).first().click();
    await page.locator(".comparison-beside").first().waitFor();
    await expectAccessible(page);
  });

  it("an edit as it is compared, and what keeps it from being signed", async () => {
    await ada.open(await calls.submit("To be edited", server.keys.agent, { payload: { fee: 1 } }));
    const { page } = ada;
    await page.keyboard.press("e");
    await page.locator(".decide-form").getByLabel("Title").fill("Edited");
    await page.locator(".decide-form .comparison-inline").first().waitFor();
    await expectAccessible(page);
    await page.locator(".decide-form").getByLabel("Payload").fill("[1");
    await page.getByText("The payload is not valid JSON").waitFor();
    await expectAccessible(page);
  });

  it("the signed card, and what is settled", async () => {
    const id = await calls.submit("Signed");
    const page = await begin(id, "a", "Fine.");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
    await expectAccessible(page);
    await ada.open(id);
    await page.getByText("Approved: there is nothing to decide now.").waitFor();
    await expectAccessible(page);
  });

  it("a refusal in words, and an answer that never came", async () => {
    const deaf = await inboxReviewer(browser, server, "Deaf");
    // A socket that never opens: whatever is pushed stays unheard.
    await deaf.page.routeWebSocket(/graphql/, () => undefined);
    const id = await calls.submit("Settled elsewhere");
    await deaf.open(id);
    await deaf.page.keyboard.press("r");
    await calls.decide(id, { comments: "Yes." });
    await deaf.page.keyboard.press("Control+Enter");
    await deaf.page.getByRole("alert").filter({ hasText: "Nothing was signed" }).waitFor();
    await expectAccessible(deaf.page);

    await deaf.open(await calls.submit("No answer"));
    await deaf.page.keyboard.press("a");
    await deaf.context.setOffline(true);
    await deaf.page.keyboard.press("Control+Enter");
    await deaf.page.getByRole("alert").filter({ hasText: "No answer came." }).waitFor();
    await expectAccessible(deaf.page);
    await deaf.context.close();
  });

  it("a ticket that there is not, a list of nothing, and a list that could not be had", async () => {
    const { page } = ada;
    await page.goto(`${server.url}/tickets/ticket_01h455vb4pex5vsknk084sn02q`);
    await page.getByRole("heading", { name: "No such ticket" }).waitFor();
    await expectAccessible(page);
    await page.goto(`${server.url}/?q=nothing+of+that+kind`);
    await page.locator(".list-nothing").waitFor();
    await expectAccessible(page);
    await page.route("**/graphql", (route) =>
      route.request().postData()?.includes("query Tickets(") ? route.abort() : route.continue(),
    );
    await page.goto(`${server.url}/`);
    await page.locator(".list-problem").first().waitFor();
    await expectAccessible(page);
    await page.unroute("**/graphql");
  });

  it("the page where one signs in, after the session has ended and after a refusal", async () => {
    const guest = await inboxReviewer(browser, server, "Guest");
    const { page, context } = guest;
    await guest.open(await calls.submit("Ended"));
    const [session] = await context.cookies();
    await fetch(`${server.url}/sign-out`, {
      method: "POST",
      headers: { cookie: `${session?.name}=${session?.value}`, origin: server.url },
    });
    await page.waitForURL(/\/sign-in\?next=/, { timeout: 15_000 });
    await expectAccessible(page);
    await page.goto(`${server.url}/sign-in?link=csl_x`);
    await page.getByRole("alert").waitFor();
    await expectAccessible(page);
    await context.close();
  });
});

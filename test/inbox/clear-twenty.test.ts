import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { submit } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { complaints } from "../support/inbox-reviewer.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { openList, sitDown } from "./list-world.js";

describe("twenty proposals by keyboard alone", { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    for (let number = 1; number <= 21; number++) {
      await submit(server.url, server.keys.agent, { title: `Ticket ${number}`, payload: { number } });
    }
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("are each read and signed, in the order of the list, and one comes back to it", async () => {
    const { page, seen, context } = await sitDown(server, browser, { name: "Grace" });
    await openList(page, server, "/?order=oldest");
    const keys = page.keyboard;
    const heading = (title: string) => page.getByRole("heading", { level: 1, name: title, exact: true });
    await keys.press("j");
    await page.locator(".row:focus", { hasText: "Ticket 1" }).waitFor();
    await keys.press("Enter");
    for (let number = 1; number <= 20; number++) {
      await heading(`Ticket ${number}`).waitFor();
      await page.locator(".payload-tree, .ticket-tree, [role=tree]").first().waitFor();
      await keys.press(number % 3 === 0 ? "r" : "a");
      await page.getByText("You sign revision 1.").waitFor();
      await keys.type(`Looked at number ${number}.`);
      await keys.press("Control+Enter");
      await page.getByRole("heading", { name: /^Signed: (Approved|Rejected)/ }).waitFor();
      await page.getByRole("link", { name: `Next ticket: Ticket ${number + 1}` }).waitFor();
      await keys.press("n");
    }
    // One that is left: it is walked to and from, and left undecided.
    await heading("Ticket 21").waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await keys.press("k");
    await heading("Ticket 20").waitFor();
    await keys.press("j");
    await heading("Ticket 21").waitFor();
    await keys.press("u");
    await page.waitForURL(`${server.url}/?order=oldest`);
    await page.locator(".row:focus", { hasText: "Ticket 21" }).waitFor();

    const { tickets } = await gqlData<{
      tickets: {
        edges: { node: { status: string; proposal: { title: string }; reviews: { comments: string }[] } }[];
      };
    }>(
      server.url,
      server.keys.auditor,
      "{ tickets(first: 100, orderBy: OLDEST) { edges { node { status proposal { title } reviews { comments } } } } }",
    );
    const signed = tickets.edges.map(({ node }) => [
      node.proposal.title,
      node.status,
      node.reviews[0]?.comments,
    ]);
    expect(signed).toEqual(
      Array.from({ length: 21 }, (_, index) => {
        const number = index + 1;
        if (number === 21) return ["Ticket 21", "PENDING", undefined];
        return [
          `Ticket ${number}`,
          number % 3 === 0 ? "REJECTED" : "APPROVED",
          `Looked at number ${number}.`,
        ];
      }),
    );
    expect(complaints(seen)).toEqual([]);
    await context.close();
  });
});

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("signing in leads back to where one was, in a real browser", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let elsewhere: Server;
  let context: BrowserContext;
  let page: Page;
  const calls = reviewCalls(() => server);

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    elsewhere = createServer((request, response) => {
      const to = new URL(request.url ?? "/", "http://localhost").searchParams.get("to");
      response.setHeader("content-type", "text/html").end(`<!doctype html><a href="${to}">A new ticket</a>`);
    }).listen(0, "localhost");
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    elsewhere?.close();
  });

  /** Opens a new link of theirs in that page, and presses the button. */
  const signIn = async (email: string, where: Page = page): Promise<void> => {
    const { ledger, database } = server.running.services;
    const { link } = await inviteMember(ledger, {
      workspaceId: server.workspaceId,
      actor: await systemActor(database.read, server.workspaceId),
      email,
      name: email.split("@")[0] ?? "",
      roles: ["REVIEWER"],
      queues: null,
    });
    await where.goto(`${server.url}/sign-in?link=${link.text}`);
    await where.getByRole("button", { name: "Sign in" }).click();
    await where.waitForURL(({ pathname }) => pathname !== "/sign-in");
  };
  const addressOf = (ticketId: string) => `${server.url}/tickets/${ticketId}`;
  const onTicket = (title: string) => page.getByRole("heading", { level: 1, name: title }).waitFor();
  const comment = () => page.getByLabel("Comment, without deciding");
  /** Ends the session as an operator would: this browser learns of it by itself. */
  const endSession = async (): Promise<void> => {
    const [session] = await context.cookies();
    await fetch(`${server.url}/sign-out`, {
      method: "POST",
      headers: { cookie: `${session?.name}=${session?.value}`, origin: server.url },
    });
  };

  it("from a ticket's address that was opened without a session", async () => {
    const id = await calls.submit("From a mail");
    await page.goto(addressOf(id));
    await page.waitForURL(`${server.url}/sign-in?next=${encodeURIComponent(`/tickets/${id}`)}`);
    await signIn("first@example.org");
    expect(page.url()).toBe(addressOf(id));
    await onTicket("From a mail");
  });

  it("from a filtered list", async () => {
    const address = `${server.url}/?status=approved&q=fees+%26+terms`;
    await page.goto(address);
    await signIn("first@example.org");
    expect(page.url()).toBe(address);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("fees & terms");
  });

  it("to the inbox, where the link is opened in another browser", async () => {
    const id = await calls.submit("Elsewhere");
    await page.goto(addressOf(id));
    const other = await browser.newContext();
    const theirs = await other.newPage();
    await signIn("first@example.org", theirs);
    expect(theirs.url()).toBe(`${server.url}/`);
    await other.close();
  });

  it("to the open ticket whose session ended, with the text that had been begun", async () => {
    const id = await calls.submit("Interrupted");
    await signIn("first@example.org");
    await page.goto(addressOf(id));
    await page.getByRole("heading", { name: "Decide" }).waitFor();
    await page.keyboard.press("c");
    await page.locator(".decide-form textarea").fill("Please say wh");
    await comment().fill("And a rem");
    await endSession();
    await page.waitForURL(`${server.url}/sign-in?next=${encodeURIComponent(`/tickets/${id}`)}`, {
      timeout: 15_000,
    });
    await signIn("first@example.org");
    expect(page.url()).toBe(addressOf(id));
    await onTicket("Interrupted");
    expect(await page.locator(".decide-form textarea").inputValue()).toBe("Please say wh");
    expect(await comment().inputValue()).toBe("And a rem");
  });

  it("shows nothing of what one has written to another who signs in there next", async () => {
    const id = await calls.submit("Not yours");
    await signIn("first@example.org");
    await page.goto(addressOf(id));
    await page.getByRole("heading", { name: "Decide" }).waitFor();
    await page.keyboard.press("r");
    await page.locator(".decide-form textarea").fill("A secret reason");
    await comment().fill("A secret remark");
    await endSession();
    await page.waitForURL(/\/sign-in/, { timeout: 15_000 });
    await signIn("second@example.org");
    await onTicket("Not yours");
    await page.getByRole("heading", { name: "Decide" }).waitFor();
    expect(await page.locator(".decide-form").count()).toBe(0);
    expect(await comment().inputValue()).toBe("");
    await page.keyboard.press("r");
    expect(await page.locator(".decide-form textarea").inputValue()).toBe("");
    expect(await page.content()).not.toContain("A secret");

    await endSession();
    await page.waitForURL(/\/sign-in/, { timeout: 15_000 });
    await signIn("first@example.org");
    await onTicket("Not yours");
    expect(await page.locator(".decide-form textarea").inputValue()).toBe("A secret reason");
  });

  it("opens a ticket at once from a page of another site, such as a mail, where one is signed in", async () => {
    const id = await calls.submit("Mailed");
    await signIn("first@example.org");
    // Browsers tell sites apart by name: this one is another than 127.0.0.1.
    const { port } = elsewhere.address() as AddressInfo;
    await page.goto(`http://localhost:${port}/?to=${addressOf(id)}`);
    await page.getByRole("link", { name: "A new ticket" }).click();
    await page.waitForURL(addressOf(id));
    await onTicket("Mailed");
  });

  it("to the inbox after signing out: whoever comes next may be somebody else", async () => {
    const id = await calls.submit("Left");
    await signIn("first@example.org");
    await page.goto(addressOf(id));
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${server.url}/sign-in`);
    await signIn("second@example.org");
    expect(page.url()).toBe(`${server.url}/`);
  });
});

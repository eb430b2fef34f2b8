import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { complaints, type InboxReviewer, inboxReviewer } from "../support/inbox-reviewer.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { TicketWindow } from "../support/ticket-window.js";
import { until } from "../support/until.js";
import { expectAccessible } from "./desk-browser.js";

describe("who else has the ticket open", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let ada: InboxReviewer;
  let grace: InboxReviewer;
  const windows: TicketWindow[] = [];
  const calls = reviewCalls(() => server);
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    ada = await inboxReviewer(browser, server, "Ada");
    grace = await inboxReviewer(browser, server, "Grace");
  });
  afterEach(async () => {
    for (const window of windows.splice(0)) window.cut();
    for (const { page } of [ada, grace]) await page.goto(`${server.url}/account`);
    await until(() => server.running.services.presence.size === 0);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const alsoHere = ({ page }: InboxReviewer) => page.getByRole("button", { name: /^Also here/ });
  const sees = ({ page }: InboxReviewer, name: string) => page.getByRole("button", { name, exact: true });
  const seesNobody = (who: InboxReviewer) => until(async () => (await alsoHere(who).count()) === 0);
  /** Somebody else opens it, without a browser. */
  const opens = async (name: string, ticketId: string): Promise<TicketWindow> => {
    const { key } = await server.principal(name, "HUMAN", ["REVIEWER"]);
    const window = await TicketWindow.open(server.url, key, ticketId);
    windows.push(window);
    await until(() => window.names !== undefined);
    return window;
  };
  /** Writes down whatever the page announces from now on. */
  const listenTo = (page: Page) =>
    page.evaluate(`{
      const said = (globalThis.said = []);
      const status = document.querySelector(".ticket-announcement");
      new MutationObserver(() => status.textContent && said.push(status.textContent))
        .observe(status, { childList: true, characterData: true, subtree: true });
    }`);
  const said = (page: Page) => page.evaluate("globalThis.said") as Promise<string[]>;

  it("is shown as they come and go, and said once; one who reloads has not been away", async () => {
    const id = await calls.submit("Looked at by two");
    await ada.open(id);
    await listenTo(ada.page);
    await grace.open(id);
    await sees(ada, "Also here: Grace").waitFor();
    await sees(grace, "Also here: Ada").waitFor();
    await until(async () => (await said(ada.page)).length === 1);
    await grace.page.reload();
    await sees(grace, "Also here: Ada").waitFor();
    const ben = await opens("Ben", id);
    await sees(ada, "Also here: Grace, Ben").waitFor();
    await until(async () => (await said(ada.page)).length === 2);
    await grace.page.goto(`${server.url}/`);
    await sees(ada, "Also here: Ben").waitFor();
    await until(async () => (await said(ada.page)).length === 3);
    ben.cut();
    await seesNobody(ada);
    await until(async () => (await said(ada.page)).length === 4);
    expect(await said(ada.page)).toEqual([
      "Also here now: Grace.",
      "Also here now: Ben.",
      "No longer here: Grace.",
      "No longer here: Ben.",
    ]);
    expect(complaints(ada.seen)).toEqual([]);
  });

  it("is not oneself in another tab", async () => {
    const id = await calls.submit("Two tabs");
    await ada.open(id);
    const second = await ada.context.newPage();
    await second.goto(`${server.url}/tickets/${id}`);
    const ben = await opens("Bea", id);
    await sees(ada, "Also here: Bea").waitFor();
    await second.getByRole("button", { name: "Also here: Bea", exact: true }).waitFor();
    expect(ben.messages.at(-1)?.count).toBe(2);
    await second.close();
    ben.cut();
    await seesNobody(ada);
  });

  it("moves nothing, names three, and all of them where one asks; names are shown as they are", async () => {
    const id = await calls.submit("Very interesting");
    await ada.open(id);
    const place = () =>
      ada.page.evaluate(`document.querySelector(".ticket-columns").getBoundingClientRect().top`);
    const before = await place();
    const names = [
      "Cleo",
      "Dan",
      "<b>Nik</b>",
      "Eve",
      "Fay with a name that is so long that no line has room for it",
    ];
    for (const name of names) await opens(name, id);
    await sees(ada, "Also here: Cleo, Dan, <b>Nik</b> and 2 more").waitFor();
    expect(await place()).toBe(before);
    const button = alsoHere(ada);
    expect(await button.getAttribute("aria-expanded")).toBe("false");
    await button.focus();
    await ada.page.keyboard.press("Enter");
    const list = ada.page.locator(".also-here-list li");
    await list.first().waitFor();
    expect(await list.allTextContents()).toEqual([
      "Cleo, since just now",
      "Dan, since just now",
      "<b>Nik</b>, since just now",
      "Eve, since just now",
      `${names[4]}, since just now`,
    ]);
    await expectAccessible(ada.page);
    await ada.page.keyboard.press("Enter");
    await until(async () => !(await list.first().isVisible()));
  });

  it("claims nothing while there is no connection, and asks again when it is back", async () => {
    const id = await calls.submit("Interrupted");
    await ada.open(id);
    await grace.open(id);
    await sees(ada, "Also here: Grace").waitFor();
    await server.running.close();
    await ada.page.getByText(/^No connection/).waitFor();
    await seesNobody(ada);
    await server.restart();
    await sees(ada, "Also here: Grace").waitFor({ timeout: 20_000 });
    await sees(grace, "Also here: Ada").waitFor({ timeout: 20_000 });
  });
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser, type PageRecord, record } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

// A browser on a busy machine takes its time.
describe("the playground", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let page: Page;
  let seen: PageRecord;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    page = await browser.newPage();
    seen = record(page);
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });

  it("lets a newcomer play the whole story: submit, wait, decide, and see the push", async () => {
    await page.goto(`${server.url}/playground`);
    await page.getByLabel("Agent’s key").fill(server.keys.agent);
    await page.getByLabel("Reviewer’s key").fill(server.keys.reviewer);
    await page.keyboard.press("Enter");

    await send("Agent: submit");
    await answer("PENDING");
    await page.getByText("Updated active environment variables: ticketId").waitFor();

    // Listened to from the moment that there is a socket: a frame may go out before anybody could ask for it.
    const subscribed = new Promise<void>((resolve) => {
      page.once("websocket", (socket) =>
        socket.on("framesent", ({ payload }) => {
          if (String(payload).includes('"type":"subscribe"')) resolve();
        }),
      );
    });
    await send("Agent: wait for the decision");
    await subscribed;

    await send("Reviewer: inbox");
    await answer("Expand loan term to 7 years");
    await send("Reviewer: decide");
    await answer("APPROVED");

    await open("Agent: wait for the decision");
    await answer("APPROVED");
    expect(seen.errors).toEqual([]);
    expect(otherHosts()).toEqual([]);
  });

  it("takes the keys from the address too, and keeps them out of it and of what outlives the browser tab", async () => {
    await page.goto(
      `${server.url}/playground#agentKey=${server.keys.agent}&reviewerKey=${server.keys.reviewer}`,
    );
    await send("Agent: submit");
    await answer("PENDING");
    expect(page.url()).toBe(`${server.url}/playground`);
    expect(await page.evaluate("JSON.stringify(localStorage)")).not.toContain("csk_");
    await page.reload();
    await send("Reviewer: inbox");
    await answer("Expand loan term to 7 years");
    expect(seen.errors).toEqual([]);
    expect(otherHosts()).toEqual([]);
  });

  it("shows the schema to whoever has no key, and says that an operation needs one", async () => {
    await page.goto(`${server.url}/playground`);
    await page.getByRole("button", { name: "Look around without" }).click();
    await page.getByText("Reloaded doc successfully").waitFor();
    await send("Agent: submit");
    await answer("UNAUTHENTICATED");
    expect(seen.errors).toEqual([]);
  });

  it("cannot reach another host, even if it tries", async () => {
    let visits = 0;
    const stranger = createServer((_request, response) => {
      visits += 1;
      response.setHeader("access-control-allow-origin", "*").end("alert(1)");
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
      await page.goto(`${server.url}/playground`);
      const outcomes = await page.evaluate(`(async () => {
        const loaded = (element, url) => new Promise((done) => {
          element.onload = () => done("reached");
          element.onerror = () => done("refused");
          element.src = url;
          document.body.append(element);
        });
        return [
          await fetch(${JSON.stringify(url)}).then(() => "reached", () => "refused"),
          await loaded(document.createElement("script"), ${JSON.stringify(url)}),
          await loaded(new Image(), ${JSON.stringify(url)}),
        ];
      })()`);
      expect(outcomes).toEqual(["refused", "refused", "refused"]);
      expect(visits).toBe(0);
    } finally {
      stranger.close();
    }
  });

  function shown(): Locator {
    return page.locator("app-window:not(.hide)");
  }

  async function open(tab: string): Promise<void> {
    await page.locator("html[data-playground=ready]").waitFor();
    await page.locator(".window-switcher__item", { hasText: tab }).click();
    await page.locator(".window-switcher__item--active", { hasText: tab }).waitFor();
  }

  async function send(tab: string): Promise<void> {
    await open(tab);
    await shown().getByRole("button", { name: "Send Request" }).click();
  }

  async function answer(text: string): Promise<void> {
    await shown().locator("app-query-result", { hasText: text }).waitFor();
  }

  function otherHosts(): string[] {
    const { host } = new URL(server.url);
    return seen.requests.filter((url) => new URL(url).host !== host);
  }
});

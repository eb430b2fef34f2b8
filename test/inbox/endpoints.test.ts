import type { Browser, Locator, Page } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TOLD_OF_TICKETS, TOLD_OF_WORKSPACE } from "../../src/inbox/admin/told-types.js";
import { TOLD_TYPES } from "../../src/notify/told-types.js";
import { eventsOf, verdictOn } from "../api/members.js";
import { makeQueue, submit } from "../api/tickets.js";
import { type Received, type Receiver, startReceiver } from "../notify/receivers.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { askFrom, expectAccessible, expectWellBehaved, type SignedIn, signIn } from "./desk-browser.js";

describe("webhooks and chats, in a browser", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let receiver: Receiver;
  let hook: string;
  let signedIn: SignedIn;
  let page: Page;
  let dialog: Locator;
  let answer: (request: Received) => number;
  beforeAll(async () => {
    receiver = await startReceiver((request) => ({ status: answer(request) }));
    hook = `http://127.0.0.1:${receiver.port}`;
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"), {
      OUTBOUND_ALLOW: "127.0.0.1",
      DELIVERY_RETRY_SECONDS: "0.02,0.02",
      LEDGER_POLL_MS: "20",
    });
    await makeQueue(server, "legal", 1);
    signedIn = await signIn(browser, server, { name: "Ada Admin", roles: ["ADMIN"] });
    page = signedIn.page;
    dialog = page.getByRole("dialog");
  }, 60_000);
  beforeEach(() => {
    answer = () => 204;
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await receiver?.close();
  });

  const sentTo = (path: string): Received[] => receiver.requests.filter((request) => request.path === path);
  const verified = (secret: string, { body, headers }: Received) =>
    new Webhook(secret).verify(body, headers) as {
      type: string;
      data: { ticket: { id: string; queue: string } };
    };
  /** Makes an endpoint without the page's forms, and shows it. */
  const made = async (name: string, path: string, more: object = {}) => {
    const { data, code } = await askFrom(
      page,
      "mutation ($input: CreateEndpointInput!) { createEndpoint(input: $input) { endpoint { id } secret } }",
      { input: { name, url: hook + path, ...more } },
    );
    expect(code).toBeUndefined();
    await open();
    await row(name).waitFor();
    return (data as { createEndpoint: { endpoint: { id: string }; secret: string } }).createEndpoint;
  };
  const open = async (one: Page = page): Promise<void> => {
    await one.goto(`${server.url}/admin`);
    await one
      .getByRole("list", { name: "Webhooks and chats" })
      .or(one.getByText("None is told yet"))
      .waitFor();
  };
  const row = (name: string, one: Page = page): Locator =>
    one
      .getByRole("list", { name: "Webhooks and chats" })
      .getByRole("listitem")
      .filter({ has: one.getByText(name, { exact: true }) });
  const choose = async (name: string, action: string): Promise<void> => {
    await page.getByRole("button", { name: `Actions on ${name}`, exact: true }).click();
    await page.getByRole("menuitem", { name: action }).click();
    await dialog.waitFor();
  };
  const shown = () => dialog.locator("code").innerText();
  const focused = () =>
    page.evaluate(
      "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()",
    ) as Promise<string>;
  const said = (words: string) => page.getByRole("status").filter({ hasText: words }).waitFor();

  it("offers every type of event that anybody is told of, and no other", () => {
    const offered = [...TOLD_OF_TICKETS, ...TOLD_OF_WORKSPACE].map(({ value }) => value);
    expect(offered.toSorted()).toEqual([...TOLD_TYPES].toSorted());
  });

  it("makes a webhook by keyboard alone, and what it is told verifies with the secret that was shown", async () => {
    await open();
    await page.getByText("None is told yet").waitFor();
    await page.getByRole("button", { name: "Tell a webhook or a chat" }).focus();
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    const tabTo = async (label: string): Promise<void> => {
      for (let at = 0; at < 12; at += 1) {
        if ((await focused()) === label) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not lead to ${label}`);
    };
    await tabTo("Name");
    await page.keyboard.type("Ledger sync");
    await tabTo("URL");
    await page.keyboard.type("https://10.0.0.1/hook");
    await page.keyboard.press("Enter");
    const url = dialog.getByLabel("URL");
    await dialog.getByRole("alert").filter({ hasText: "leads to an internal address" }).waitFor();
    // It is said at the field, which has the focus, and nowhere else.
    await expect.poll(focused).toBe("URL");
    expect(await url.getAttribute("aria-invalid")).toBe("true");
    const describedBy = (await url.getAttribute("aria-describedby")) ?? "";
    expect(await page.locator(`[id="${describedBy.split(" ")[0]}"]`).innerText()).toContain(
      "internal address",
    );
    expect(await dialog.getByText("internal address").count()).toBe(1);
    expect(await dialog.getByLabel("Name").inputValue()).toBe("Ledger sync");
    await expectAccessible(page);

    await page.keyboard.press("Control+A");
    await page.keyboard.type(`${hook}/sync?token=hidden`);
    await tabTo("Every queue, also those to come");
    await page.keyboard.press("Space");
    await tabTo("legal");
    await page.keyboard.press("Space");
    await dialog.getByLabel("Told of").focus();
    await page.keyboard.press("ArrowDown");
    await tabTo("Submitted");
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").filter({ hasText: "Name at least one type" }).waitFor();
    await expect.poll(focused).toBe("Submitted");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The secret of Ledger sync" }).waitFor();
    const secret = await shown();
    expect(secret).toMatch(/^whsec_/);
    await expectAccessible(page);
    await tabTo("Copy");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(secret);
    await page.keyboard.press("Escape");
    expect(await shown()).toBe(secret);
    await tabTo("I have kept it");
    await page.keyboard.press("Enter");
    await row("Ledger sync").filter({ hasText: "submitted; legal" }).filter({ hasText: "On" }).waitFor();
    const kept = await page.evaluate(
      "document.documentElement.outerHTML + JSON.stringify([{ ...localStorage }, { ...sessionStorage }])",
    );
    expect(kept).toContain(`${hook}/sync`);
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain("hidden");

    await submit(server.url, server.keys.agent, { title: "Elsewhere" });
    const { id } = await submit(server.url, server.keys.agent, { title: "For the lawyers", queue: "legal" });
    await until(() => sentTo("/sync?token=hidden").length > 0);
    const [first] = sentTo("/sync?token=hidden");
    expect(verified(secret, first!)).toMatchObject({
      type: "ticket.submitted",
      data: { ticket: { id, queue: "legal" } },
    });
    expectWellBehaved(signedIn, server);
  });

  it("says in words how a test was taken, and after how many milliseconds", async () => {
    await made("Tested", "/tested", { types: ["EXPIRED"] });
    answer = () => 500;
    await choose("Tested", "Send a test …");
    const send = dialog.getByRole("button", { name: "Send a test" });
    await send.press("Enter");
    const result = dialog.getByRole("status");
    await expect.poll(() => result.innerText()).toMatch(/^Not delivered: it answered 500, after \d+ ms\.$/);
    answer = () => 204;
    await send.press("Enter");
    await expect.poll(() => result.innerText()).toMatch(/^Delivered: it answered 204, after \d+ ms\.$/);
    expect(sentTo("/tested").map(({ body }) => JSON.parse(body).type)).toEqual([
      "webhook.ping",
      "webhook.ping",
    ]);
    await dialog.getByRole("button", { name: "Close" }).click();
    expectWellBehaved(signedIn, server);
  });

  it("shows what could not be told and why, and has one or all of it delivered again", async () => {
    const { secret } = await made("Down", "/down", { types: ["SUBMITTED"] });
    answer = ({ path }) => (path === "/down" ? 503 : 204);
    const tickets: string[] = [];
    for (const title of ["First", "Second", "Third"])
      tickets.push((await submit(server.url, server.keys.agent, { title })).id);
    const deadLetters = async () => {
      const { data } = await askFrom(page, "{ endpoints { name deadLetters } }");
      const { endpoints } = data as { endpoints: { name: string; deadLetters: number }[] };
      return endpoints.find(({ name }) => name === "Down")?.deadLetters;
    };
    await expect.poll(deadLetters, { timeout: 10_000 }).toBe(3);
    await open();
    await expectAccessible(page);
    await page.getByRole("button", { name: "3 dead letters of Down" }).press("Enter");
    const letters = dialog.getByRole("list", { name: "Dead letters" }).getByRole("listitem");
    await expect.poll(() => letters.count()).toBe(3);
    for (const [at, ticketId] of tickets.entries()) {
      const letter = letters.nth(at);
      expect(await letter.innerText()).toContain("It answered 503");
      expect(await letter.innerText()).toMatch(/Tried 3 times, given up \S/);
      expect(await letter.getByRole("link").getAttribute("href")).toBe(`/tickets/${ticketId}`);
    }
    await expectAccessible(page);

    answer = () => 204;
    const before = sentTo("/down").length;
    const one = letters.nth(1).getByRole("button");
    expect(await one.getAttribute("aria-label")).toMatch(/^Deliver it again: event \d+$/);
    await one.press("Enter");
    await said("1 message is tried again");
    await until(() => sentTo("/down").length === before + 1);
    expect(verified(secret, sentTo("/down").at(-1)!).data.ticket.id).toBe(tickets[1]);
    // Whoever pressed it is where they were, and cannot do it twice.
    expect(await one.getAttribute("aria-disabled")).toBe("true");
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(
      await one.getAttribute("aria-label"),
    );

    await dialog.getByRole("button", { name: "Deliver them again" }).press("Enter");
    await said("2 messages are tried again");
    await until(() => sentTo("/down").length === before + 3);
    await expect.poll(deadLetters).toBe(0);
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect
      .poll(() =>
        row("Down")
          .getByRole("button", { name: /dead letter/ })
          .count(),
      )
      .toBe(0);
    expectWellBehaved(signedIn, server);
  });

  it("changes an endpoint and leaves its URL, gives it a new secret beside the old one, and removes it", async () => {
    const { secret } = await made("Old name", "/moved?token=kept", { queues: ["legal"] });
    await choose("Old name", "Change …");
    expect(await dialog.getByLabel("New URL").inputValue()).toBe("");
    await dialog.getByLabel("Name").fill(" ");
    await dialog.getByRole("button", { name: "Change", exact: true }).click();
    await expect.poll(() => dialog.getByLabel("Name").getAttribute("aria-invalid")).toBe("true");
    await dialog.getByLabel("Name").fill("New name");
    await dialog.getByLabel("Every queue").check();
    await dialog.getByRole("button", { name: "Change", exact: true }).click();
    await said("New name was changed.");
    await row("New name").filter({ hasText: "everything about the work on tickets; every queue" }).waitFor();

    await choose("New name", "New secret …");
    await dialog.getByLabel("The old secret signs for").selectOption("60");
    await dialog.getByRole("button", { name: "Make the new secret" }).click();
    await page.getByRole("heading", { name: "The secret of New name" }).waitFor();
    const second = await shown();
    expect(second).not.toBe(secret);
    await page.getByRole("button", { name: "I have kept it" }).click();
    const { id } = await submit(server.url, server.keys.agent, { title: "Signed twice" });
    await until(() => sentTo("/moved?token=kept").length > 0);
    const [told] = sentTo("/moved?token=kept");
    for (const either of [secret, second]) expect(verified(either, told!).data.ticket.id).toBe(id);

    await choose("New name", "Remove …");
    await dialog.getByText("is never delivered, and its secret signs nothing any more").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await row("New name").waitFor();
    await choose("New name", "Remove …");
    await dialog.getByRole("button", { name: "Remove it" }).click();
    await said("New name was removed.");
    expect(await row("New name").count()).toBe(0);
    expectWellBehaved(signedIn, server);
  });

  it("switches one off and on by hand, and says why where the other side did it", async () => {
    await made("Gone", "/gone", { types: ["SUBMITTED"] });
    answer = ({ path }) => (path === "/gone" ? 410 : 204);
    await submit(server.url, server.keys.agent, { title: "Nobody wants this" });
    await until(async () =>
      (await eventsOf(server, "SETTINGS_CHANGED")).some(({ data }) => data.name === "Gone" && data.disabled),
    );
    await open();
    await row("Gone")
      .filter({ hasText: /Off since .*410/ })
      .waitFor();
    await page.getByRole("button", { name: "1 dead letter of Gone" }).click();
    await dialog.getByText("It is switched off.").waitFor();
    await dialog.getByRole("listitem").first().waitFor();
    expect(await dialog.getByRole("button", { name: /Deliver/ }).count()).toBe(0);
    await dialog.getByRole("button", { name: "Close" }).click();
    await choose("Gone", "Switch on …");
    await dialog.getByRole("button", { name: "Switch it on" }).click();
    await said("Gone was switched on.");
    await row("Gone").filter({ hasText: "On" }).waitFor();
    await choose("Gone", "Switch off …");
    await dialog.getByText("What waits already becomes dead letters").waitFor();
    await dialog.getByRole("button", { name: "Switch it off" }).click();
    await row("Gone")
      .filter({ hasText: /Off since .*, by hand/ })
      .waitFor();
    expectWellBehaved(signedIn, server);
  });

  it("makes a chat, which has no secret but its URL, and shows nothing of that", async () => {
    await open();
    await page.getByRole("button", { name: "Tell a webhook or a chat" }).click();
    await dialog.getByLabel("What").selectOption({ label: "A chat: Slack, Mattermost or Rocket.Chat" });
    await dialog.getByLabel("Name").fill("Lending channel");
    await dialog.getByLabel("URL").fill(`${hook}/services/T0/B0/most-secret`);
    await dialog.getByRole("button", { name: "Make it" }).click();
    await said("Lending channel is told from now on.");
    await row("Lending channel")
      .filter({ hasText: `${hook}/…` })
      .waitFor();
    expect(await page.content()).not.toContain("most-secret");
    await page.getByRole("button", { name: "Actions on Lending channel" }).click();
    await page.getByRole("menuitem", { name: "Remove …" }).waitFor();
    expect(await page.getByRole("menuitem", { name: "New secret …" }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await submit(server.url, server.keys.agent, { title: "For the channel" });
    await until(() => sentTo("/services/T0/B0/most-secret").length > 0);
    expect(sentTo("/services/T0/B0/most-secret")[0]?.body).toContain("For the channel");
    expectWellBehaved(signedIn, server);
  });

  it("shows an auditor all of it, dead letters too, and no way to change any", async () => {
    const { endpoint } = await made("Watched", "/watched", { types: ["SUBMITTED"] });
    answer = ({ path }) => (path === "/watched" ? 503 : 204);
    await submit(server.url, server.keys.agent, { title: "For the auditor" });
    await until(async () =>
      (await eventsOf(server, "DELIVERY_FAILED")).some(
        ({ data }) => data.status === 503 && data.attempts === 3,
      ),
    );
    const auditor = await signIn(browser, server, { name: "Otto", roles: ["AUDITOR"] });
    await open(auditor.page);
    await expect
      .poll(async () => {
        await open(auditor.page);
        return auditor.page.getByRole("button", { name: "1 dead letter of Watched" }).count();
      })
      .toBe(1);
    expect(await auditor.page.getByRole("button", { name: /Actions on/ }).count()).toBe(0);
    expect(await auditor.page.getByRole("button", { name: "Tell a webhook or a chat" }).count()).toBe(0);
    await auditor.page.getByRole("button", { name: "1 dead letter of Watched" }).click();
    await auditor.page.getByText("It answered 503").waitFor();
    expect(await auditor.page.getByRole("button", { name: /Deliver/ }).count()).toBe(0);
    await askFrom(
      page,
      "mutation ($input: ReplayDeadLettersInput!) { replayDeadLetters(input: $input) { replayed } }",
      { input: { endpointId: endpoint.id } },
    );
    await auditor.page.goto(`${server.url}/audit`);
    await auditor.page.getByText("set what the webhook “Watched” is told").waitFor();
    await auditor.page.getByText("had 1 dead letter delivered again").first().waitFor();
    expectWellBehaved(auditor, server);
    await auditor.context.close();
    expect((await verdictOn(server)).ok).toBe(true);
  });
});

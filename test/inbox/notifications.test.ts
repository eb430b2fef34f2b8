import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { eventsOf, verdictOn } from "../api/members.js";
import { makeQueue } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { askFrom, expectAccessible, expectWellBehaved, type SignedIn, signIn } from "./desk-browser.js";

describe("what one is mailed, in a browser", { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let signedIn: SignedIn;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    await makeQueue(server, "legal", 1);
  });
  afterEach(() => signedIn?.context.close());
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (name: string, roles: readonly Role[] = ["REVIEWER"]): Promise<Page> => {
    signedIn = await signIn(browser, server, { name, roles });
    await signedIn.page.goto(`${server.url}/notifications`);
    await signedIn.page.getByRole("heading", { name: "Notifications" }).waitFor();
    return signedIn.page;
  };
  const says = (page: Page, words: string) =>
    page.getByRole("region", { name: "What this comes to" }).getByText(words).waitFor();
  const status = (page: Page, words: string) =>
    page.getByRole("status").filter({ hasText: words }).first().waitFor();
  const save = async (page: Page): Promise<void> => {
    await page.getByRole("button", { name: "Save" }).click();
    await status(page, "Saved.");
  };
  const stored = async (page: Page) => {
    const query =
      "{ notificationPreferences { mail queues { queue mail } timeZone quietFrom quietUntil digestAt } }";
    return ((await askFrom(page, query)).data as { notificationPreferences: object }).notificationPreferences;
  };

  it("says what it comes to while one chooses, keeps it when it is saved, and has it after a reload", async () => {
    const page = await open("Ada Mail");
    await page.getByText("It goes to adamail@example.org.").waitFor();
    await page.getByText("This server sends no mail at the moment.").waitFor();
    await says(page, "New tickets: one mail at once.");
    await page.getByLabel("In general").selectOption({ label: "One mail a day" });
    await page.getByLabel("Queue legal").selectOption({ label: "A mail for each" });
    await page.getByLabel("The daily mail comes at").fill("06:30");
    await page.getByLabel("No mail at some hours").check();
    await page.getByLabel("Quiet from").fill("21:15");
    await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
    await says(
      page,
      "New tickets of all other queues: one mail a day with all of them, at 07:00 (Asia/Tokyo).",
    );
    await says(
      page,
      "New tickets of queue legal: one mail at once, except 21:15–07:00 (Asia/Tokyo); then at 07:00.",
    );
    await status(page, "Not saved yet.");
    expect(await stored(page)).toMatchObject({ mail: "SINGLE", queues: [] });
    await expectAccessible(page);
    await save(page);
    const kept = {
      mail: "DIGEST",
      queues: [{ queue: "legal", mail: "SINGLE" }],
      timeZone: "Asia/Tokyo",
      quietFrom: 1_275,
      quietUntil: 420,
      digestAt: 390,
    };
    expect(await stored(page)).toEqual(kept);
    await page.reload();
    await says(page, "New tickets of queue legal: one mail at once, except 21:15–07:00");
    expect(await page.getByLabel("Quiet from").inputValue()).toBe("21:15");
    await page.getByLabel("Queue legal").selectOption({ label: "As in general: one mail a day" });
    await page.getByLabel("No mail at some hours").uncheck();
    await save(page);
    expect(await stored(page)).toEqual({ ...kept, queues: [], quietFrom: null, quietUntil: null });
    expectWellBehaved(signedIn, server);
    expect((await verdictOn(server)).ok).toBe(true);
  });

  it("is done by keyboard alone, from any page", async () => {
    const page = await open("Kay Board");
    await page.goto(`${server.url}/`);
    await page.getByRole("link", { name: "Notifications" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("n");
    await page.getByLabel("In general").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await says(page, "New tickets: no mail, and none when you are assigned or reminded.");
    await page.getByRole("button", { name: "Save" }).focus();
    await page.keyboard.press("Enter");
    await status(page, "Saved.");
    expect(await stored(page)).toMatchObject({ mail: "OFF" });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Save");
    expectWellBehaved(signedIn, server);
  });

  it("offers the browser's own time zone", async () => {
    const page = await open("Zoe Zone");
    const here = (await page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")) as string;
    await page.getByLabel("Time zone").selectOption("Pacific/Chatham");
    await page.getByRole("button", { name: `Use ${here}, as this browser does` }).click();
    expect(await page.getByLabel("Time zone").inputValue()).toBe(here);
    await page.getByLabel("Time zone").selectOption("Pacific/Chatham");
    await save(page);
    expect(await stored(page)).toMatchObject({ timeZone: "Pacific/Chatham" });
  });

  it("says in words what the server refuses, keeps what was chosen, and what was saved before it", async () => {
    const page = await open("Rae Fused");
    await page.getByLabel("No mail at some hours").check();
    await page.getByLabel("Quiet until").fill("22:00");
    await page.getByLabel("In general").selectOption({ label: "No mail" });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "Quiet hours must end at another time" }).waitFor();
    await status(page, "Not saved yet.");
    expect(await page.getByLabel("Quiet until").inputValue()).toBe("22:00");
    expect(await stored(page)).toMatchObject({ mail: "SINGLE", quietFrom: null });
    await expectAccessible(page);
    await page.getByLabel("Quiet until").fill("06:00");
    await save(page);
    expect(await stored(page)).toMatchObject({ mail: "OFF", quietFrom: 1_320, quietUntil: 360 });
  });

  it("is nothing for an auditor, whom the API refuses too", async () => {
    const page = await open("Otto", ["AUDITOR"]);
    await page.getByText("Only reviewers and admins are mailed").waitFor();
    expect(await page.getByRole("link", { name: "Notifications" }).count()).toBe(0);
    expect((await askFrom(page, "{ notificationPreferences { mail } }")).code).toBe("FORBIDDEN");
    await expectAccessible(page);
  });

  it("lets an admin say what a queue does about due times, and says so in its row", async () => {
    const page = await open("Ben Boss", ["ADMIN"]);
    await page.goto(`${server.url}/admin`);
    const row = page.getByRole("list", { name: "Queues" }).getByRole("listitem").filter({ hasText: "legal" });
    const opened = async () => {
      await page.getByRole("button", { name: "Actions on legal" }).click();
      await page.getByRole("menuitem", { name: "Due times …" }).click();
      return page.getByRole("dialog");
    };
    const dialog = await opened();
    await dialog.getByLabel("Remind so many minutes before").fill("60");
    await dialog.getByLabel("Tell others so many minutes after").fill("1440");
    await dialog.getByRole("button", { name: "Set" }).click();
    await dialog.getByRole("alert").filter({ hasText: "Name at least one member" }).waitFor();
    expect(await dialog.getByLabel("First reviewer").count()).toBe(0);
    await dialog.getByLabel("Ben Boss").check();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Set" }).click();
    await row
      .filter({ hasText: "reminds an hour before, tells 1 member a day after the due time" })
      .waitFor();
    await opened();
    expect(await dialog.getByLabel("Ben Boss").isChecked()).toBe(true);
    await dialog.getByLabel("Tell others so many minutes after").fill("");
    await dialog.getByRole("button", { name: "Set" }).click();
    await row.filter({ hasText: /reminds an hour before the due time/ }).waitFor();
    const events = await eventsOf(server, "SETTINGS_CHANGED");
    expect(events.filter(({ data }) => data.setting === "queue_notice")).toHaveLength(2);
    expectWellBehaved(signedIn, server);
  });

  it("is switched off by the link of a mail, and on again, on a page that everybody can use", async () => {
    const page = await open("Una Sub");
    const me = (await askFrom(page, "{ viewer { principal { id } } }")).data as {
      viewer: { principal: { id: string } };
    };
    const holder = { workspaceId: server.workspaceId, principalId: me.viewer.principal.id, queue: "legal" };
    await page.goto(server.running.services.unsubscribeUrl(holder));
    await page.getByText("about the queue legal").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "No more mail" }).click();
    await page.getByText("There is no more mail to you about the queue legal").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Undo: mail me as before" }).click();
    await page.getByText("as you were before").waitFor();
    await page.getByRole("link", { name: "Notifications" }).click();
    await says(page, "New tickets: one mail at once.");
    expect(await stored(page)).toMatchObject({ queues: [] });
    await page.goto(`${server.url}/unsubscribe/nonsense`);
    await page.getByText("This link is not complete").waitFor();
    await expectAccessible(page);
  });
});

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { eventsOf, everythingStored, verdictOn } from "../api/members.js";
import { makeQueue } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { askFrom, expectAccessible, expectWellBehaved, type SignedIn, signIn } from "./desk-browser.js";

describe("members and keys, in a browser", { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let signedIn: SignedIn;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    await makeQueue(server, "legal", 2);
  });
  afterEach(() => signedIn?.context.close());
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (name: string, roles: readonly Role[], path = "/admin"): Promise<Page> => {
    signedIn = await signIn(browser, server, { name, roles });
    await signedIn.page.goto(`${server.url}${path}`);
    await signedIn.page.getByRole("button", { name: "Make a key" }).waitFor();
    return signedIn.page;
  };
  const row = (page: Page, list: string, words: string) =>
    page.getByRole("list", { name: list }).getByRole("listitem").filter({ hasText: words });
  const choose = async (page: Page, of: string, action: string): Promise<void> => {
    await page.getByRole("button", { name: `Actions on ${of}` }).click();
    await page.getByRole("menuitem", { name: action }).click();
  };
  const shown = (page: Page) => page.getByRole("dialog").locator("code").innerText();

  it("invites somebody with a link that is shown once, changes what they may do, and removes them", async () => {
    const page = await open("Ada Admin", ["ADMIN"]);
    await page.getByRole("button", { name: "Invite somebody" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("E-mail address").fill("grace@example.org");
    await dialog.getByLabel("Name", { exact: true }).fill("Grace");
    await dialog.getByLabel("Every queue").uncheck();
    await dialog.getByLabel("legal").check();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Make the sign-in link" }).click();
    await page.getByRole("heading", { name: "The way in for Grace" }).waitFor();
    const link = await shown(page);
    expect(link).toContain(`${server.url}/sign-in?link=`);
    await page.getByRole("button", { name: "Copy the sign-in link" }).click();
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(link);
    await page.keyboard.press("Escape");
    expect(await shown(page)).toBe(link);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await row(page, "Members", "Grace").filter({ hasText: "legal" }).waitFor();
    expect(await page.content()).not.toContain(link);

    const visitor = await browser.newContext();
    const theirs = await visitor.newPage();
    await theirs.goto(link);
    await theirs.getByRole("button", { name: "Sign in" }).click();
    await theirs.waitForURL(`${server.url}/`);

    await choose(page, "Grace", "Change …");
    await page.getByRole("dialog").getByLabel("Auditor").check();
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await row(page, "Members", "Grace").filter({ hasText: "reviewer, auditor" }).waitFor();

    await choose(page, "Grace", "Remove …");
    await page.getByText("every key of theirs, and every session and sign-in link").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Remove Grace" }).click();
    await page.getByRole("status").filter({ hasText: "Grace was removed." }).waitFor();
    expect(await row(page, "Members", "Grace").count()).toBe(0);
    // Their page has noticed by its own connection; what it held is refused.
    await theirs.waitForURL(/\/sign-in$/);
    await visitor.close();
    expectWellBehaved(signedIn, server);
    expect((await verdictOn(server)).ok).toBe(true);
  });

  it("makes a queue and changes what it asks for, and says why not where the name is taken", async () => {
    const page = await open("Queue Admin", ["ADMIN"]);
    await page.getByRole("button", { name: "Make a queue" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("default");
    await dialog.getByLabel("Approvals at least").fill("2");
    await dialog.getByRole("button", { name: "Make the queue" }).click();
    await dialog
      .getByRole("alert")
      .filter({ hasText: 'There is a queue named "default" already.' })
      .waitFor();
    await expectAccessible(page);
    await dialog.getByLabel("Name").fill("mortgages");
    await dialog.getByRole("button", { name: "Make the queue" }).click();
    await row(page, "Queues", "mortgages").filter({ hasText: "2 approvals at least" }).waitFor();
    await choose(page, "mortgages", "Change …");
    await dialog.getByLabel("Approvals at least").fill("3");
    await dialog.getByRole("button", { name: "Change", exact: true }).click();
    await row(page, "Queues", "mortgages").filter({ hasText: "3 approvals at least" }).waitFor();
    expectWellBehaved(signedIn, server);
  });

  it("says in words what the server refuses, and keeps what was typed", async () => {
    const page = await open("Solo", ["ADMIN"]);
    await choose(page, "Auditor", "Change …");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Auditor").uncheck();
    await dialog.getByLabel("Name").fill("Auditor of old");
    await dialog.getByRole("button", { name: "Change", exact: true }).click();
    await dialog.getByRole("alert").filter({ hasText: "At least one role is needed." }).waitFor();
    expect(await dialog.getByLabel("Name").inputValue()).toBe("Auditor of old");
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await expect
      .poll(() => page.evaluate("document.activeElement?.getAttribute('aria-label')"))
      .toBe("Actions on Auditor");
    await row(page, "Members", "Auditor").first().waitFor();
    expectWellBehaved(signedIn, server);
  });

  it("makes a key for a new agent, shows it once, replaces it, and revokes it, by keyboard alone", async () => {
    const page = await open("Key Admin", ["ADMIN"]);
    await page.getByRole("button", { name: "Make a key" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("For", { exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await page.getByLabel("Name of the agent").focus();
    await page.keyboard.type("Fee agent");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Nightly");
    await page.getByLabel("Used by").selectOption({ label: "First reviewer" });
    // The focus is still where it was typed last: Enter sends the form.
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The key “Nightly”" }).waitFor();
    await expectAccessible(page);
    const key = await shown(page);
    expect(key).toMatch(/^csk_/);
    expect((await gql(server.url, key, "{ viewer { roles } }")).data).toEqual({
      viewer: { roles: ["AGENT"] },
    });
    await page.getByRole("button", { name: "I have kept it" }).press("Enter");
    await row(page, "Keys", "Nightly").filter({ hasText: "used by First reviewer" }).waitFor();
    await row(page, "Members", "Fee agent").waitFor();
    expect(await page.evaluate("document.documentElement.outerHTML")).not.toContain(key);
    expect(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")).not.toContain(
      key,
    );
    expect(await everythingStored(server)).not.toContain(key);

    await page.getByRole("button", { name: "Actions on the key Nightly" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Replace …" }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("The old key works for").selectOption("60");
    await page.getByRole("button", { name: "Make the new key" }).press("Enter");
    await page.getByRole("heading", { name: "The key “Nightly”" }).waitFor();
    const second = await shown(page);
    expect(second).not.toBe(key);
    await page.getByRole("button", { name: "I have kept it" }).press("Enter");
    for (const one of [key, second])
      expect((await gql(server.url, one, "{ viewer { roles } }")).errors).toEqual([]);

    await page.getByRole("button", { name: "Actions on the key Nightly" }).first().focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText("it never works again").waitFor();
    await page.getByRole("button", { name: "Revoke it" }).press("Enter");
    await row(page, "Keys", "Nightly").filter({ hasText: "Revoked" }).waitFor();
    await until(
      async () => (await gql(server.url, second, "{ viewer { roles } }")).code === "UNAUTHENTICATED",
    );
    expect((await gql(server.url, key, "{ viewer { roles } }")).errors).toEqual([]);
    expect((await eventsOf(server, "API_KEY_REVOKED")).length).toBeGreaterThan(0);
    expectWellBehaved(signedIn, server);
  });

  it("gives everybody their own keys, and shows a reviewer nothing else; the API denies the rest", async () => {
    const page = await open("Rita", ["REVIEWER"], "/admin#keys");
    await page.getByRole("heading", { name: "My keys" }).waitFor();
    await page.getByText("There is no key yet.").waitFor();
    await expectAccessible(page);
    expect(await page.getByRole("heading", { name: "Members" }).count()).toBe(0);
    await page.getByRole("button", { name: "Make a key" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByLabel("For", { exact: true }).count()).toBe(0);
    await dialog.getByLabel("What it is for").fill("My script");
    await dialog.getByLabel("It lasts for").selectOption("365");
    await dialog.getByRole("button", { name: "Make the key" }).click();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await row(page, "Keys", "My script").filter({ hasText: "Works until" }).waitFor();
    expectWellBehaved(signedIn, server);

    const { principalId } = await server.principal("Target", "AGENT", ["AGENT"]);
    for (const [query, code] of denied(principalId))
      expect([query, (await askFrom(page, query)).code]).toEqual([query, code]);
  });

  it("shows an auditor everything and lets them change nothing, which the API denies too", async () => {
    const page = await open("Otto", ["AUDITOR"]);
    await row(page, "Members", "First agent").waitFor();
    await row(page, "Queues", "legal").filter({ hasText: "2 approvals at least" }).waitFor();
    await row(page, "Keys", "First agent").first().waitFor();
    expect(await page.getByRole("button", { name: "Invite somebody" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: /Actions on/ }).count()).toBe(0);
    await expectAccessible(page);
    expectWellBehaved(signedIn, server);
    const { principalId } = await server.principal("Target too", "AGENT", ["AGENT"]);
    for (const [query, code] of denied(principalId).slice(1))
      expect([query, (await askFrom(page, query)).code]).toEqual([query, code]);
  });

  it("has everything of an admin in its place, light and dark, narrow and wide", async () => {
    const page = await open("Narrow", ["ADMIN"]);
    await row(page, "Members", "First agent").waitFor();
    await row(page, "Keys", "First agent").first().waitFor();
    await expectAccessible(page);
    expectWellBehaved(signedIn, server);
  });
});

/** What a page hides from who is no admin, tried all the same. */
function denied(agentId: string): readonly (readonly [query: string, code: string])[] {
  return [
    ["{ members { edges { cursor } } }", "FORBIDDEN"],
    [
      'mutation { inviteMember(input: { email: "x@example.org", roles: [ADMIN] }) { signInUrl } }',
      "FORBIDDEN",
    ],
    [
      `mutation { changeMember(input: { memberId: "${agentId}", name: "X" }) { member { id } } }`,
      "FORBIDDEN",
    ],
    [`mutation { removeMember(input: { memberId: "${agentId}" }) { member { id } } }`, "FORBIDDEN"],
    [`mutation { createApiKey(input: { principalId: "${agentId}" }) { key } }`, "FORBIDDEN"],
    ['mutation { createApiKey(input: { agentName: "X" }) { key } }', "FORBIDDEN"],
  ];
}

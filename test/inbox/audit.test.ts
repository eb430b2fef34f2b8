import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { verifyExport } from "../../src/verifier/verify-export.js";
import { intruder } from "../api/audit-desk.js";
import { run, submit, type Ticket } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { askFrom, expectAccessible, expectWellBehaved, type SignedIn, signIn } from "./desk-browser.js";

const EVIL = '=HYPERLINK("http://evil.example","x")';

describe("the record, in a browser", { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let ticket: Ticket;
  let signedIn: SignedIn;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    const { url, keys } = server;
    ticket = await submit(url, keys.agent, { title: "Raise the limit" });
    await run(url, keys.reviewer, "claimTicket", { ticketId: ticket.id });
    await run(url, keys.reviewer, "commentOnTicket", { ticketId: ticket.id, body: EVIL });
    await run(url, keys.reviewer, "decideTicket", { ticketId: ticket.id, revision: 1, status: "APPROVED" });
    const { key } = await server.principal(EVIL, "AGENT", ["AGENT"]);
    for (let more = 0; more < 250; more += 1) await submit(url, key, { title: `Another ${more}` });
  });
  afterEach(() => signedIn?.context.close());
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (path: string, roles: readonly Role[] = ["AUDITOR"]): Promise<Page> => {
    signedIn = await signIn(browser, server, { name: `Someone ${roles.join(" ")}`, roles });
    await signedIn.page.goto(`${server.url}${path}`);
    await signedIn.page.getByRole("heading", { name: "Audit trail", exact: true }).waitFor();
    return signedIn.page;
  };
  const list = (page: Page) => page.getByRole("list", { name: "Events, the newest first" });
  const lines = (page: Page) => list(page).getByRole("button");
  const listed = (page: Page, words: string | RegExp) => page.getByRole("status").filter({ hasText: words });

  it("says in words what happened, and shows the whole of an event, with its hashes to copy", async () => {
    const page = await open(`/audit?ticket=${ticket.id}`);
    await listed(page, "5 events listed.").waitFor();
    const words = await lines(page).allInnerTexts();
    expect(words.map((text) => text.replaceAll("\n", " "))).toEqual([
      expect.stringContaining("First reviewer settled revision 1: approved"),
      expect.stringContaining("First reviewer approved revision 1"),
      expect.stringContaining(`First reviewer remarked: ${EVIL}`),
      expect.stringContaining("First reviewer claimed it"),
      expect.stringContaining("First agent submitted revision 1 to the queue default"),
    ]);
    for (const line of words) expect(line).toContain("Raise the limit");
    await page.getByRole("button", { name: /settled revision 1/ }).press("Enter");
    const [row] = await server.running.services.database.read.query<{ hash: string; sequence: number }>(
      `SELECT hash, sequence FROM audit_event WHERE ticket_id = '${ticket.id}' AND type = 'DECIDED'`,
    );
    await page.getByRole("button", { name: `Copy the hash of event ${row?.sequence}`, exact: true }).click();
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(row?.hash);
    expect(await page.locator("pre").innerText()).toContain('"status": "APPROVED"');
    expect(await page.getByRole("link", { name: ticket.id }).getAttribute("href")).toBe(
      `/tickets/${ticket.id}`,
    );
    await expectAccessible(page);
    expectWellBehaved(signedIn, server);
  });

  it("loads older events as one scrolls, keeps few of them in the page, and misses none", async () => {
    const page = await open("/audit");
    await listed(page, "100 events listed; there are older ones").waitFor();
    expect(await lines(page).count()).toBeLessThan(60);
    const frame = page.locator(".audit-frame");
    await frame.hover();
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 20_000);
          return listed(page, /listed\.$/).count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    const [head] = await server.running.services.database.read.query<{ sequence: number }>(
      `SELECT sequence FROM ledger_head WHERE workspace_id = '${server.workspaceId}'`,
    );
    await listed(page, `${head?.sequence} events listed.`).waitFor();
    expect(await lines(page).count()).toBeLessThan(60);
    await list(page).getByRole("button", { name: /^1\b/ }).first().waitFor();
    expectWellBehaved(signedIn, server);
  });

  it("keeps in the address what is listed: type, ticket and person", async () => {
    const page = await open("/audit");
    await page.getByLabel("Type").selectOption("DECIDED");
    await listed(page, "1 event listed.").waitFor();
    expect(new URL(page.url()).search).toBe("?type=DECIDED");
    await page.getByLabel("Type").selectOption("people");
    await page.getByLabel("Who", { exact: true }).fill("someone");
    await listed(page, /events? listed of \d+ looked at/).waitFor();
    await page.reload();
    await listed(page, /events? listed of \d+ looked at/).waitFor();
    expect(await page.getByLabel("Who", { exact: true }).inputValue()).toBe("someone");
    expect(await page.getByLabel("Type").inputValue()).toBe("people");
    await page.getByLabel("Type").selectOption("EXPIRED");
    await page.getByText("There is no such event").waitFor();
    await page.getByLabel("Ticket").fill("nonsense");
    await page.getByLabel("Ticket").press("Enter");
    await page.getByRole("alert").filter({ hasText: "There is no such ticket" }).waitFor();
    expectWellBehaved(signedIn, server);
  });

  it("hands over what is listed, with nothing in it that a spreadsheet would run, and the whole record", async () => {
    const page = await open(`/audit?type=COMMENTED`);
    await listed(page, "1 event listed.").waitFor();
    const saved = async (role: "button" | "link", name: string): Promise<string> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole(role, { name }).click(),
      ]);
      return readFile(await download.path(), "utf8");
    };
    const csv = await saved("button", "Filtered as CSV");
    expect(csv.split("\r\n")).toHaveLength(3);
    expect(csv).toContain(`"{""body"":`);
    const json = await saved("button", "Filtered as JSON Lines");
    expect(JSON.parse(json)).toMatchObject({ type: "COMMENTED", data: { body: EVIL } });

    await page.goto(`${server.url}/audit?type=SUBMITTED`);
    await listed(page, "100 events listed").waitFor();
    const submitted = await saved("button", "Filtered as CSV");
    expect(submitted).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
    expect(submitted).not.toMatch(/(^|,)"?=/m);
    // Also what was not listed yet: 251 and the names of the columns.
    expect(submitted.trimEnd().split("\r\n")).toHaveLength(252);
    await page.getByText("Saved 251 events.").waitFor();

    const whole = (await saved("link", "Whole record, signed")).trimEnd().split("\n");
    async function* each() {
      yield* whole;
    }
    const keys = server.running.services.keys.publicJwks().keys.map((key) => ({ ...key }));
    expect(await verifyExport(each(), { keys })).toMatchObject({ ok: true, workspace: server.workspaceId });
    expectWellBehaved(signedIn, server);
  });

  it("shows a reviewer only what they may see, without what needs an auditor, which the API denies too", async () => {
    const page = await open("/audit", ["REVIEWER"]);
    await page.getByText("What happened to the tickets that you may see").waitFor();
    await listed(page, "100 events listed").waitFor();
    expect(await page.getByRole("button", { name: "Verify the record" }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "Whole record, signed" }).count()).toBe(0);
    expectWellBehaved(signedIn, server);
    expect(await askFrom(page, "mutation { verifyAudit { events } }")).toEqual({
      data: null,
      code: "FORBIDDEN",
    });
    expect(await page.evaluate("fetch('/audit/export').then((r) => r.status)")).toBe(403);
    await page.goto(`${server.url}/audit?type=people`);
    await page.getByText("There is no such event").waitFor();
  });

  it("verifies the record, and says so when something was changed behind the service's back", async () => {
    const page = await open("/audit");
    await page.getByRole("button", { name: "Verify the record" }).click();
    await page.getByRole("status").filter({ hasText: "The record holds." }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Copy the last hash" }).click();
    const [head] = await server.running.services.database.read.query<{ hash: string }>(
      `SELECT hash FROM ledger_head WHERE workspace_id = '${server.workspaceId}'`,
    );
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(head?.hash);

    const client = await intruder(server);
    await client.query(`UPDATE review SET outcome = 'REJECTED' WHERE ticket_id = '${ticket.id}'`);
    await client.close();
    const alert = page.getByRole("alert").filter({ hasText: "The record does not hold." });
    // What was verified a moment ago stands for a while.
    await expect
      .poll(
        async () => {
          await page.getByRole("button", { name: "Verify the record" }).click();
          return alert.count();
        },
        { timeout: 30_000, interval: 1_000 },
      )
      .toBe(1);
    expect(await alert.innerText()).toMatch(/Event \d+: the column outcome of review/);
    await expectAccessible(page);
    expectWellBehaved(signedIn, server);
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { launchBrowser, type PageRecord, record } from "../support/browser.js";
import { complaints } from "../support/inbox-reviewer.js";
import { until } from "../support/until.js";

const main = join(import.meta.dirname, "../../dist/cli/main.js");

/** What `npm start -- --demo` leads to: a stranger opens the link that it names, and works. */
describe("the demo in the inbox", { timeout: 90_000 }, () => {
  let browser: Browser;
  let demo: ChildProcess;
  let said = "";
  let context: BrowserContext;
  let page: Page;
  let seen: PageRecord;
  let url: string;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    said = "";
    const directory = await mkdtemp(join(inject("runDirectory"), "demo-"));
    demo = spawn(process.execPath, [main, "serve", "--demo"], {
      cwd: directory,
      env: { PATH: process.env.PATH, PORT: "0" },
    });
    for (const stream of [demo.stdout, demo.stderr]) stream?.on("data", (chunk) => (said += chunk));
    url = await until(() => /Inbox +(http:\/\/\S+)\/\n/.exec(said)?.[1], {
      what: "the greeting",
      timeoutMs: 20_000,
    });
    await until(() => said.includes("demo-sign-in.txt"), { what: "the link's file", timeoutMs: 20_000 });
    const path = join(directory, "data/demo-sign-in.txt");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const link = (await readFile(path, "utf8")).trim();
    expect(said).not.toContain(link);
    context = await browser.newContext();
    page = await context.newPage();
    seen = record(page);
    await page.goto(link);
  });
  afterEach(async () => {
    expect(complaints(seen)).toEqual([]);
    const host = new URL(url).host;
    expect(seen.requests.filter((asked) => new URL(asked).host !== host)).toEqual([]);
    await context.close();
    const ended = new Promise((resolve) => demo.once("exit", resolve));
    demo.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
  afterAll(async () => {
    await browser?.close();
  });

  const row = (title: string) => page.locator(".row", { hasText: title });
  const pushed = (words: string) =>
    until(() => said.includes(words), { what: `the agent being told: ${words}`, timeoutMs: 20_000 });

  it("is worked through by mouse: changes asked for, looked at again, approved with edits, on the record", async () => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Show" }).or(row("minimum credit history")).first().waitFor();
    await until(async () => {
      if (await row("minimum credit history").isVisible()) return true;
      await page
        .getByRole("button", { name: "Show" })
        .click({ timeout: 500 })
        .catch(() => undefined);
      return undefined;
    });
    await row("minimum credit history").click();
    await page.getByRole("table").getByText("cash flow is looked at").first().waitFor();

    await page.getByRole("button", { name: "Needs changes c" }).click();
    await page.getByLabel("What has to change").fill("Say how cash flow is measured.");
    await page.getByRole("button", { name: "Ask for changes" }).click();
    await pushed('NEEDS_CHANGES by Demo analyst: "Say how cash flow is measured."');
    await page.getByText("Revision 2 has come in since you looked at revision 1.").waitFor();
    await page.locator("#ticket-changes ins", { hasText: "Say how cash flow is measured." }).waitFor();
    await page.getByRole("button", { name: "I have looked" }).click();

    await page.getByRole("button", { name: "Approve with edits e" }).click();
    await page.getByLabel("Payload (JSON)").fill('{ "rule": "small-business-loan.min-history", "to": 20 }');
    await page.locator(".decide-edit-changes ins", { hasText: "20" }).waitFor();
    await page.getByRole("button", { name: "Sign approval" }).click();
    await page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
    await pushed("APPROVED by Demo analyst");

    await page.getByRole("link", { name: "Audit trail" }).click();
    await page.getByRole("button", { name: "Verify the record" }).click();
    await page.getByRole("status").filter({ hasText: "The record holds." }).waitFor();
    await page.getByText("settled revision 3: approved").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/sign-in|account|signed-out/);
  });

  it("is worked through by keyboard alone, and what two must approve is settled by the second", async () => {
    const keys = page.keyboard;
    const typed = async (...names: string[]) => {
      for (const name of names) await keys.press(name);
    };
    const focusOn = async (key: string, words: RegExp) => {
      await until(async () => {
        await keys.press(key);
        // The focus comes with the next frame: looking earlier would press once too often.
        await page.evaluate(
          "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))",
        );
        return words.test(await page.evaluate<string>("document.activeElement.textContent"));
      });
    };
    await focusOn("Tab", /^Sign in$/);
    await typed("Enter");
    await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await pushed("Raise the limit for unsecured loans");
    // Urgent first; j and k walk, n fetches what has come in meanwhile.
    await until(async () => {
      await typed("n");
      return (await row("unsecured loans").count()) > 0;
    });
    await focusOn("j", /unsecured loans/);
    await page.getByText("1 of 2 approvals").waitFor();
    await typed("Enter");
    await page.getByRole("heading", { level: 1, name: /unsecured loans/ }).waitFor();
    await typed("a");
    await page.getByText("You sign revision 1.").waitFor();
    await keys.type("Limits and conditions are consistent.");
    await typed("Control+Enter");
    await page.getByRole("heading", { name: "Signed: Approved" }).waitFor();
    await pushed('APPROVED by Demo analyst: "Limits and conditions are consistent."');
    await typed("g", "a");
    await page.waitForURL(`${url}/audit`);
  });
});

import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { type PageRecord, record } from "../support/browser.js";
import type { TestServer } from "../support/test-server.js";

/** A page that somebody has signed in on. Close its context. */
export interface SignedIn {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page did since it was signed in. */
  readonly seen: PageRecord;
}

/** Signs somebody new in by a link, as people do. */
export async function signIn(
  browser: Browser,
  server: TestServer,
  { name, roles }: { readonly name: string; readonly roles: readonly Role[] },
): Promise<SignedIn> {
  const { ledger, database } = server.running.services;
  const { link } = await inviteMember(ledger, {
    workspaceId: server.workspaceId,
    actor: await systemActor(database.read, server.workspaceId),
    email: `${name.toLowerCase().replaceAll(/\W/g, "")}@example.org`,
    name,
    roles,
    queues: null,
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const page = await context.newPage();
  await page.goto(`${server.url}/sign-in?link=${link.text}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${server.url}/`);
  const { requests } = record(page);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // Browsers ask for an icon of their own accord.
    if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico"))
      errors.push(message.text());
  });
  return { context, page, seen: { requests, errors } };
}

/** No host but the server's own was asked, and neither the page nor its policy had anything to complain about. */
export function expectWellBehaved({ seen }: SignedIn, server: TestServer): void {
  const hosts = new Set(seen.requests.map((url) => new URL(url).host));
  expect([...hosts]).toEqual([new URL(server.url).host]);
  expect(seen.errors).toEqual([]);
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Has axe-core look at the page as it is, for WCAG 2.2 AA, light and dark, at both ends of its widths. */
export async function expectAccessible(page: Page): Promise<void> {
  const axe = await readFile("node_modules/axe-core/axe.min.js", "utf8");
  for (const width of [1280, 320]) {
    // High enough that no list scrolls: what its edge cuts through would count as too small to be pressed.
    await page.setViewportSize({ width, height: 2_000 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Through the debugger: the page's own policy would not let it in.
      await page.evaluate(`${axe}; undefined`);
      const { violations } = (await page.evaluate(
        `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })`,
      )) as AxeResult;
      const found = violations.map(({ id, nodes }) => ({
        id,
        nodes: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
      }));
      expect({ width, colorScheme, found }).toEqual({ width, colorScheme, found: [] });
    }
    const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(wider, `nothing sticks out at ${width} px`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

/** What the API says to a request that the page itself makes, with the page's session. */
export async function askFrom(
  page: Page,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly data: unknown; readonly code: string | undefined }> {
  const body = JSON.stringify({ query, variables });
  const answer = (await page.evaluate(
    `fetch("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(body)} }).then((r) => r.json())`,
  )) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  return { data: answer.data ?? null, code: answer.errors?.[0]?.extensions.code };
}

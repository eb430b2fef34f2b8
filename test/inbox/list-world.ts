import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Role } from "../../src/domain/principal.js";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { type PageRecord, record } from "../support/browser.js";
import { gqlData } from "../support/graphql-client.js";
import type { TestServer } from "../support/test-server.js";

/** Somebody in front of the inbox. */
export interface Sitting {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly seen: PageRecord;
  /** The session's cookie, as a header says it. */
  readonly cookie: string;
}

export interface SittingOptions extends BrowserContextOptions {
  readonly name?: string;
  readonly roles?: readonly Role[];
  /** Every queue, unless told. */
  readonly queues?: readonly string[];
}

let guests = 0;

/** Invites somebody, opens their link, and gives them an empty page of a browser of their own. Close the context. */
export async function sitDown(
  server: TestServer,
  browser: Browser,
  { name = "Ada", roles = ["REVIEWER"], queues, ...options }: SittingOptions = {},
): Promise<Sitting> {
  const { ledger, database } = server.running.services;
  const { link } = await inviteMember(ledger, {
    workspaceId: server.workspaceId,
    actor: await systemActor(database.read, server.workspaceId),
    email: `guest${++guests}@example.org`,
    name,
    roles: [...roles],
    queues: queues === undefined ? null : [...queues],
  });
  const response = await fetch(`${server.url}/sign-in`, {
    method: "POST",
    headers: { origin: server.url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ link: link.text }),
  });
  const [cookie] = (response.headers.getSetCookie()[0] ?? "").split(";");
  const [cookieName, value] = cookie?.split("=") ?? [];
  if (!response.ok || cookie === undefined || cookieName === undefined || value === undefined) {
    throw new Error(`signing in failed: ${response.status} ${await response.text()}`);
  }
  const context = await browser.newContext(options);
  await context.addCookies([
    { name: cookieName, value, url: server.url, httpOnly: true, sameSite: "Strict" },
  ]);
  const page = await context.newPage();
  return { context, page, seen: record(page), cookie };
}

/** Opens an address of the inbox and waits for its tickets, or for it to say that there are none. */
export async function openList(page: Page, server: TestServer, address = "/"): Promise<void> {
  await page.goto(`${server.url}${address}`);
  await listed(page);
}

/** Waits until the list has come. */
export async function listed(page: Page): Promise<void> {
  await page.locator('.list-rows[aria-busy="false"] li, .list-nothing, .list-problem').first().waitFor();
}

/** The titles that are in the document, from top to bottom. */
export async function titles(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll("li")]
    .sort((one, other) => one.ariaPosInSet - other.ariaPosInSet)
    .flatMap((row) => [...row.querySelectorAll(".row-title")].map((title) => title.textContent))`);
}

/** Submits that many proposals, `Ticket 1` and so on, five at a time as one request may. */
export async function submitMany(url: string, key: string, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const batches = Array.from({ length: Math.ceil(count / 5) }, (_, index) =>
    numbers.slice(index * 5, index * 5 + 5),
  );
  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const fields = batch.map(
        (number, index) => `m${index}: submitReview(input: {title: "Ticket ${number}"}) { ticket { id } }`,
      );
      await gqlData(url, key, `mutation { ${fields.join(" ")} }`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
}

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe-core finds wrong with the page by WCAG 2.2 AA, a line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axePath, "utf8"));
  return page.evaluate(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
  }).then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ": " + nodes.map(({ target, failureSummary }) => target + " " + failureSummary).join("; ")))`);
}

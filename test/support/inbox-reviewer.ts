import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Role } from "../../src/domain/principal.js";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { type PageRecord, record } from "./browser.js";
import type { TestServer } from "./test-server.js";

/** Somebody with a browser of their own, signed in. */
export interface InboxReviewer {
  readonly name: string;
  readonly email: string;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly seen: PageRecord;
  /** Opens a ticket and waits until it is there. */
  open(ticketId: string): Promise<void>;
  /** Sends an operation with the session's cookie, past whatever the page would allow. */
  ask(
    query: string,
    variables?: object,
  ): Promise<{ data?: unknown; errors?: { extensions: { code: string } }[] }>;
  /** Opens another sign-in link, as one does whose session has ended. */
  signInAgain(): Promise<void>;
}

let count = 0;

/** Invites a human, and signs them in by link in a browser context of their own. */
export async function inboxReviewer(
  browser: Browser,
  server: TestServer,
  name: string,
  options: {
    readonly roles?: readonly Role[];
    readonly queues?: readonly string[];
    readonly context?: BrowserContextOptions;
  } = {},
): Promise<InboxReviewer> {
  count += 1;
  const email = `reviewer${count}@example.org`;
  const { ledger, database } = server.running.services;
  const invited = async (): Promise<string> => {
    const { link } = await inviteMember(ledger, {
      workspaceId: server.workspaceId,
      actor: await systemActor(database.read, server.workspaceId),
      email,
      name,
      roles: options.roles ?? ["REVIEWER"],
      queues: options.queues === undefined ? null : [...options.queues],
    });
    return `${server.url}/sign-in?link=${link.text}`;
  };
  const context = await browser.newContext(options.context);
  const page = await context.newPage();
  const signInAgain = async (): Promise<void> => {
    await page.goto(await invited());
    await page.getByRole("button", { name: "Sign in" }).click();
    // Where the session ended on a page, this leads back to it.
    await page.waitForURL(({ pathname }) => pathname !== "/sign-in");
  };
  await signInAgain();
  const seen = record(page);
  return {
    name,
    email,
    context,
    page,
    seen,
    signInAgain,
    open: async (ticketId) => {
      await page.goto(`${server.url}/tickets/${ticketId}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.getByRole("heading", { name: "Decide" }).waitFor();
    },
    ask: async (query, variables = {}) => {
      const answer = await context.request.post(`${server.url}/graphql`, {
        data: { query, variables },
        headers: { origin: server.url },
      });
      return answer.json() as never;
    },
  };
}

/** What the page did wrong; there is no icon for the browser's tab, and that it asks for one is its own doing. */
export function complaints({ errors }: PageRecord): string[] {
  return errors.filter((error) => !error.includes("404 (Not Found)"));
}

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { runCommand } from "../cli/run-command.js";
import { as, post, startTarget, type Target } from "../support/attack.js";
import { launchBrowser, type PageRecord, record } from "../support/browser.js";
import { databases } from "../support/databases.js";
import { reviewCalls } from "../support/review-calls.js";
import { TEST_SIGNING_KEY } from "../support/test-server.js";

const BEACON = "https://evil.example/beacon";
/** What would do something, if anything that shows it took it for more than text. */
const HOSTILE =
  `"></textarea></script><script>alert(1)</script><img src="${BEACON}" onerror="alert(2)"><svg onload=alert(3)>` +
  `<a id="planted" href="javascript:alert(4)">x</a><iframe src="${BEACON}"></iframe>{{constructor.constructor('alert(5)')()}}` +
  "\u202egnp.exe\u2066 \u001b[2J\u001b]8;;https://evil.example\u0007\r\nAPPROVED by everybody\r\n\u2028\u009b31m\u0000";
/** The same, as short as a title must be. */
const HOSTILE_TITLE = `${HOSTILE.slice(0, 140)}${HOSTILE.slice(-110)}`;
/** Names hold no line breaks. */
/** What turns text around, or cannot be seen, is refused in names. */
const HOSTILE_NAME = "<img src=x onerror=alert(6)><script>alert(7)</script>";
/** What a terminal or a page would act on. A line feed ends a line of the command's own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ACTIVE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

describe.each(databases)(
  "a proposal full of script, markup and control characters, on $name",
  {
    timeout: 60_000,
  },
  (kind) => {
    let target: Target;
    let ticketId: string;
    let browser: Browser;
    const { submit, decide, comment } = reviewCalls(() => target.server);
    const scope = async () => {
      const { services } = target.server.running;
      const { workspaceId } = target.server;
      return { workspaceId, actor: await systemActor(services.database.read, workspaceId) };
    };
    beforeAll(async () => {
      target = await startTarget(kind);
      browser = await launchBrowser();
      ticketId = await submit(HOSTILE_TITLE, target.server.keys.agent, {
        detail: HOSTILE,
        payload: { [HOSTILE]: HOSTILE },
      });
      await comment(ticketId, HOSTILE);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await target?.server.close();
    });

    it("comes as JSON that no browser takes for a page", async () => {
      const query =
        "query ($id: ID!) { ticket(id: $id) { proposal { title detail payload } comments { body } } }";
      const seen = await post(
        target,
        { query, variables: { id: ticketId } },
        { headers: as(target.server.keys.agent) },
      );
      expect(seen.headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(seen.headers["x-content-type-options"]).toBe("nosniff");
      expect(seen.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(seen.body).not.toMatch(ACTIVE_IN_JSON);
      expect(JSON.parse(seen.body)).toMatchObject({
        data: {
          ticket: { proposal: { title: HOSTILE_TITLE, detail: HOSTILE, payload: { [HOSTILE]: HOSTILE } } },
        },
      });
    });

    it("is not repeated as a page by an error about it", async () => {
      const seen = await post(
        target,
        {
          query: "query ($f: TicketFilter) { tickets(filter: $f) { totalCount } }",
          variables: { f: { status: [HOSTILE] } },
        },
        { headers: as(target.server.keys.agent) },
      );
      expect(seen.headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(seen.headers["x-content-type-options"]).toBe("nosniff");
      expect(seen.body).not.toMatch(ACTIVE_IN_JSON);
    });

    it("is plain text in a terminal", async () => {
      const { keys, dataDir, testDatabase } = target.server;
      const env = {
        COUNTERSIGN_URL: target.url,
        DATABASE_URL: testDatabase.url,
        DATA_DIR: dataDir,
        SIGNING_KEY: TEST_SIGNING_KEY,
        LOG_LEVEL: "silent",
      };
      await target.server.principal(HOSTILE_NAME, "HUMAN", ["REVIEWER"]);
      const decided = await submit(HOSTILE_TITLE);
      await decide(decided, { comments: HOSTILE });
      for (const args of [["tickets"], ["wait", decided], ["keys", "list"], ["members", "list"]]) {
        const key = args[0] === "wait" ? keys.agent : keys.reviewer;
        const { code, stdout, stderr } = await runCommand(args, {
          env: { ...env, COUNTERSIGN_API_KEY: key },
          isTTY: true,
        });
        expect([args.join(" "), code, stderr.slice(0, 300)]).toEqual([args.join(" "), 0, expect.any(String)]);
        expect(stdout.length).toBeGreaterThan(20);
        expect(stdout, args.join(" ")).not.toMatch(ACTIVE);
        // No line of it can pass for one of the command's own.
        expect(stdout, args.join(" ")).not.toMatch(/^\s*APPROVED by everybody/m);
      }
    });

    it("is text on the pages where people sign in", async () => {
      const { services } = target.server.running;
      const queue = "queue-of-markup";
      await createQueue(services.ledger, { ...(await scope()), name: queue, minimumApprovals: 1 });
      const { link } = await inviteMember(services.ledger, {
        ...(await scope()),
        email: "markup@example.org",
        name: HOSTILE_NAME,
        roles: ["REVIEWER"],
        queues: [queue],
      });
      const page = await browser.newPage();
      const seen = watch(page);
      await page.goto(`${target.url}/sign-in?link=${link.text}`);
      await page.getByText("onerror=alert(6)").waitFor();
      await inert(page, seen);
      await page.getByRole("button", { name: "Sign in" }).click();
      // The inbox first, whose header has the name as well.
      await page.getByText("onerror=alert(6)").waitFor();
      await page.goto(`${target.url}/account`);
      await page.getByText("Signed in as").waitFor();
      await page.getByText("onerror=alert(6)").waitFor();
      await inert(page, seen);
      await page.close();
    });

    it("is text in the playground's answer", async () => {
      const page = await browser.newPage();
      const seen = watch(page);
      await page.goto(
        `${target.url}/playground#agentKey=${target.server.keys.agent}&reviewerKey=${target.server.keys.reviewer}`,
      );
      await page.locator("html[data-playground=ready]").waitFor();
      await page.locator(".window-switcher__item", { hasText: "Reviewer: inbox" }).click();
      await page.locator(".window-switcher__item--active", { hasText: "Reviewer: inbox" }).waitFor();
      const shown = page.locator("app-window:not(.hide)");
      await shown.getByRole("button", { name: "Send Request" }).click();
      await shown.locator("app-query-result", { hasText: "onerror" }).waitFor();
      await inert(page, seen);
      await page.close();
    });
  },
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ACTIVE_IN_JSON = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

interface Watched extends PageRecord {
  readonly dialogs: string[];
}

function watch(page: Page): Watched {
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return Object.assign(record(page), { dialogs });
}

/** Nothing of it has become an element, asked for anything, or run. */
async function inert(page: Page, { dialogs, requests, errors }: Watched): Promise<void> {
  expect(dialogs).toEqual([]);
  expect(requests.filter((url) => url.includes("evil.example"))).toEqual([]);
  // Altair says so where a text has braces like those of its own variables, and then shows the text.
  expect(errors.filter((error) => !error.startsWith("Could not parse JSON."))).toEqual([]);
  for (const planted of [
    "#planted",
    "img[onerror]",
    "svg[onload]",
    'iframe[src*="evil"]',
    'a[href^="javascript:alert"]',
  ])
    expect(await page.locator(planted).count(), planted).toBe(0);
}

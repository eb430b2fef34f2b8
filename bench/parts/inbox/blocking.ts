import type { Page } from "playwright-core";
import type { Bench } from "../../harness/bench.js";
import type { Desk } from "../../harness/desk.js";
import { longestTaskCpuMs } from "../../harness/main-thread.js";
import type { DatabaseName } from "../../harness/options.js";
import { submitLargeTickets } from "./large-tickets.js";

const TABLE = "Inbox: what holds the page up";
/** A task that takes longer is felt, and is the least of which the browser tells. */
const TOO_LONG_MS = 50;
/** Between two keys: some 16 a second, as fast as most people type, and half as slow as a key that is held. */
const TYPING = { delay: 60 };
const HELD_MS = 30;

type Act = (page: Page, total: number) => Promise<void>;

interface Watched {
  readonly tasks: readonly { readonly duration: number }[];
  readonly events: readonly { readonly name: string; readonly duration: number }[];
  readonly longestFrame: number;
}

// Elements are found by plain selectors: finding them by role takes the page's own time.

/** What one does in the list; after `End` all of it is in the page. */
const IN_THE_LIST: Readonly<Record<string, Act>> = {
  "the wheel": (page) => wheel(page, 60, 600),
  PageDown: (page) => pressMany(page, "PageDown", 40),
  "j held": (page) => pressMany(page, "j", 100),
  "to the end (End)": async (page, total) => {
    await page.keyboard.press("End");
    await page.locator(`li[aria-posinset="${total}"] .row-title`).waitFor({ timeout: 120_000 });
  },
  "with all of it loaded: the wheel": (page) => wheel(page, 60, -600),
  "with all of it loaded: PageUp": (page) => pressMany(page, "PageUp", 40),
  "with all of it loaded: k held": (page) => pressMany(page, "k", 100),
  "with all of it loaded: from end to end": async (page) => {
    for (let turn = 0; turn < 5; turn += 1) {
      await page.keyboard.press("Home");
      await page.waitForTimeout(200);
      await page.keyboard.press("End");
      await page.waitForTimeout(200);
    }
  },
  "typing in the search": async (page) => {
    await page.locator("input[type=search]").pressSequentially("loan term 17", TYPING);
    await page.waitForTimeout(1_000);
  },
};

const ON_A_TICKET: Readonly<Record<string, Act>> = {
  "typing a comment": async (page) => {
    await page.locator(".ticket-comment textarea").pressSequentially("Is this what the policy says?", TYPING);
  },
  "the wheel": (page) => wheel(page, 40, 800),
  "PageDown, and End": async (page) => {
    await page.locator("h1").focus();
    await pressMany(page, "PageDown", 20);
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
  },
  "opening a branch of the payload": async (page) => {
    await page.locator(".payload-tree-closed").first().click();
    await page.waitForTimeout(300);
  },
  "the payload as raw JSON": async (page) => {
    await page.locator("h1").focus();
    await page.keyboard.press("v");
    await page.locator(".ticket-raw").waitFor();
    await page.keyboard.press("v");
  },
  "typing a reason": async (page) => {
    await page.locator("h1").focus();
    await page.keyboard.press("r");
    await page.locator(".decide-form textarea").pressSequentially("Not what the policy says.", TYPING);
  },
  "approving with edits: the form": async (page) => {
    await page.locator("h1").focus();
    await page.keyboard.press("e");
    await page.locator(".decide-json").waitFor();
    await page.waitForTimeout(1_000);
  },
  "approving with edits: typing": async (page) => {
    const title = page.locator(".decide-form input").first();
    await title.pressSequentially(" It is edited.", TYPING);
    await page.waitForTimeout(1_000);
  },
  "approving with edits: typing in the payload": async (page) => {
    const field = page.locator(".decide-json").first();
    await field.press("Control+Home");
    await field.press("ArrowRight");
    await field.pressSequentially('"a": 1, ', TYPING);
    await page.waitForTimeout(1_000);
  },
};

/** Whether anything holds the page up while one types, scrolls, and looks at what is large. */
export async function measureBlocking(bench: Bench, desk: Desk, database: DatabaseName): Promise<void> {
  const { context, page } = await desk.sitDown();
  const measure = async (shown: string, doing: string, act: () => Promise<void>): Promise<void> => {
    const { result, noise } = await desk.beside(async () => {
      let watched: Watched = { tasks: [], events: [], longestFrame: 0 };
      const cpu = await longestTaskCpuMs(page, async () => {
        await page.evaluate("pageWatch.watch()");
        await act();
        watched = await page.evaluate<Watched>("pageWatch.watched()");
      });
      return { ...watched, cpu };
    });
    const { tasks, events, longestFrame, cpu } = result;
    const longest = (of: readonly { readonly duration: number }[]) =>
      Math.max(0, ...of.map(({ duration }) => duration));
    bench.report.add(
      TABLE,
      { database, page: shown, doing },
      {
        "longest task ms": longest(tasks),
        "longest task, CPU ms": cpu,
        [`tasks over ${TOO_LONG_MS} ms`]: tasks.length,
        "slowest key or click ms": longest(
          events.filter(({ name }) => /^(key|input|pointerdown|click)/.test(name)),
        ),
        "longest frame ms": longestFrame,
        ...noise,
      },
    );
  };
  await page.goto(desk.server.url);
  const pending = page.getByRole("link", { name: /^Pending \d/ });
  await pending.waitFor();
  const total = Number.parseInt((await pending.innerText()).replaceAll(/\D/g, ""), 10);
  for (const [doing, act] of Object.entries(IN_THE_LIST))
    await measure("the list", doing, () => act(page, total));

  for (const [shown, ticketId] of Object.entries(await submitLargeTickets(desk))) {
    // A task of a page that is left is not this one's; opening it is a page of its own.
    await page.goto("about:blank");
    await measure(shown, "opening it", async () => {
      await page.goto(`${desk.server.url}/tickets/${ticketId}`);
      await drawn(page);
    });
    for (const [doing, act] of Object.entries(ON_A_TICKET)) {
      if (/payload/.test(doing) && (await page.locator(".payload-tree").count()) === 0) continue;
      await measure(shown, doing, () => act(page, total));
    }
  }
  await context.close();
}

/** Waits until nothing more is added to the page. */
async function drawn(page: Page): Promise<void> {
  await page.locator(".ticket-entry").first().waitFor();
  const size = () => page.evaluate<number>("document.querySelectorAll('*').length");
  for (let before = -1, now = await size(); now !== before; ) {
    await page.waitForTimeout(700);
    before = now;
    now = await size();
  }
}

async function wheel(page: Page, times: number, by: number): Promise<void> {
  await page.mouse.move(600, 500);
  for (let step = 0; step < times; step += 1) {
    await page.mouse.wheel(0, by);
    await page.waitForTimeout(HELD_MS);
  }
}

/** A key that is held: the browser says that it repeats. */
async function pressMany(page: Page, key: string, times: number): Promise<void> {
  for (let step = 0; step < times; step += 1) {
    await page.keyboard.down(key);
    await page.waitForTimeout(HELD_MS);
  }
  await page.keyboard.up(key);
}

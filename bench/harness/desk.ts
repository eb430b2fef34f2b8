import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { createLog } from "../../src/server/log.js";
import { openOperatorServices } from "../../src/server/services.js";
import { readSettings } from "../../src/server/settings.js";
import { launchBrowser } from "../../test/support/browser.js";
import type { Place } from "./databases.js";
import { UNPINNED } from "./pinning.js";
import { type Filled, fill } from "./prepare.js";
import { watchUsage } from "./process-usage.js";
import { OTHERS_CPU } from "./report.js";
import { type ServerProcess, startServerProcess } from "./server-process.js";

/** A reviewer in front of the inbox, and the server behind it. */
export interface Desk {
  readonly server: ServerProcess;
  readonly filled: Filled;
  /** A page in an empty browser of the reviewer's own, with `pageWatch` in it. Close its context. */
  sitDown(): Promise<{ readonly context: BrowserContext; readonly page: Page }>;
  /** Does something, and tells beside its result how busy the machine was with other things. */
  beside<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly noise: Noise }>;
  close(): Promise<void>;
}

/** How busy the machine was, by column. */
export type Noise = Readonly<Record<string, number>>;

const PAGE_WATCH = fileURLToPath(new URL("../children/page-watch.js", import.meta.url));

/**
 * Fills a database with pending tickets, starts a server on it and a browser. Nothing is pinned to a CPU: a browser's
 * processes share the machine with the server here as they do at home.
 */
export async function openDesk(place: Place, tickets: number): Promise<Desk> {
  const filled = await fill(place, { tickets, decided: false, agents: 1 });
  const link = await invite(place, filled.workspaceId);
  const server = await startServerProcess(place, UNPINNED);
  const browser = await launchBrowser().catch(async (error) => {
    await server.stop();
    throw error;
  });
  const close = async (): Promise<void> => {
    await browser.close();
    await server.stop();
  };
  try {
    const cookie = await signIn(server.url, link);
    const processes = await browser.newBrowserCDPSession();
    return {
      server,
      filled,
      sitDown: async () => {
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
        await context.addCookies([{ ...cookie, url: server.url, httpOnly: true, sameSite: "Strict" }]);
        await context.addInitScript({ path: PAGE_WATCH });
        return { context, page: await context.newPage() };
      },
      beside: async (work) => {
        const used = watchUsage(server.pids);
        const before = await browserCpu(processes);
        const result = await work();
        const browserSeconds = (await browserCpu(processes)) - before;
        const { foreign, seconds } = used();
        const others = (Math.max(0, foreign - browserSeconds) / seconds) * 100;
        return { result, noise: { [OTHERS_CPU]: others, "load average": loadavg()[0] ?? Number.NaN } };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** CPU seconds that all of the browser's processes have used so far. */
async function browserCpu(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function invite(place: Place, workspaceId: string): Promise<string> {
  const services = await openOperatorServices(readSettings(place.environment), createLog("silent"));
  try {
    const { link } = await inviteMember(services.ledger, {
      workspaceId,
      actor: await systemActor(services.database.read, workspaceId),
      email: "ada@example.org",
      name: "Ada",
      roles: ["REVIEWER"],
      queues: null,
    });
    return link.text;
  } finally {
    await services.close();
  }
}

async function signIn(url: string, link: string): Promise<{ readonly name: string; readonly value: string }> {
  const response = await fetch(`${url}/sign-in`, {
    method: "POST",
    headers: { origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ link }),
  });
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(response.headers.getSetCookie()[0] ?? "") ?? [];
  if (!response.ok || name === undefined || value === undefined)
    throw new Error(`signing in failed: ${response.status} ${await response.text()}`);
  return { name, value };
}

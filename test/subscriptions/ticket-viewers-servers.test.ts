import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { createLog } from "../../src/server/log.js";
import { readSettings } from "../../src/server/settings.js";
import { type RunningServer, startServer } from "../../src/server/start-server.js";
import { startChildServer } from "../support/child-server.js";
import { databases } from "../support/databases.js";
import { reviewCalls } from "../support/review-calls.js";
import {
  startTestServer,
  TEST_SIGNING_KEY,
  type TestPrincipal,
  type TestServer,
} from "../support/test-server.js";
import { TicketWindow } from "../support/ticket-window.js";
import { until } from "../support/until.js";

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)(
  "who has a ticket open on several servers, on $name",
  { timeout: 120_000 },
  (kind) => {
    let server: TestServer;
    let ana: TestPrincipal;
    let ben: TestPrincipal;
    const others: RunningServer[] = [];
    const windows: TicketWindow[] = [];
    const calls = reviewCalls(() => server);

    beforeAll(async () => {
      server = await startTestServer(kind);
      ana = await server.principal("Ana", "HUMAN", ["REVIEWER"]);
      ben = await server.principal("Ben", "HUMAN", ["REVIEWER"]);
    });
    afterEach(async () => {
      for (const window of windows.splice(0)) window.cut();
      for (const other of others.splice(0)) await other.close();
    });
    afterAll(() => server?.close());

    const environment = async () => ({
      DATABASE_URL: server.testDatabase.url,
      DATA_DIR: await mkdtemp(join(inject("runDirectory"), "other-")),
      SIGNING_KEY: TEST_SIGNING_KEY,
    });
    const another = async (): Promise<RunningServer> => {
      const settings = readSettings({ ...(await environment()), PORT: "0", LOG_LEVEL: "silent" });
      const other = await startServer(settings, { log: createLog("silent") });
      others.push(other);
      return other;
    };
    const opens = async (url: string, key: string, ticketId: string): Promise<TicketWindow> => {
      const window = await TicketWindow.open(url, key, ticketId);
      windows.push(window);
      return window;
    };
    const rows = () =>
      server.running.services.database.read.query<{ server_id: string }>(
        "SELECT server_id FROM ticket_viewer",
      );
    const servers = () =>
      server.running.services.database.read.query("SELECT name FROM lease WHERE name LIKE 'viewers:%'");

    it.sequential("is known on each of them, both coming and going", async () => {
      const other = await another();
      const ticketId = await calls.submit("here and there");
      const here = await opens(server.url, ana.key, ticketId);
      await here.shows("Ana");
      // What stands in the database already is in the first message.
      await until(async () => (await rows()).length === 1);
      const there = await opens(other.url, ben.key, ticketId);
      await there.shows("Ana", "Ben");
      expect(there.messages).toHaveLength(1);
      await here.shows("Ana", "Ben");
      here.leave();
      await there.shows("Ben");
      const back = TicketWindow.on(here.client, ticketId);
      await back.shows("Ana", "Ben");
      await there.shows("Ana", "Ben");
      there.cut();
      await back.shows("Ana");
      back.cut();
      await until(async () => (await rows()).length === 0 && (await servers()).length === 0, {
        what: "nothing to be left in the database",
      });
    });

    it.sequential("has somebody once who has it open on two of them, since the earlier one", async () => {
      const other = await another();
      const ticketId = await calls.submit("the same person");
      const here = await opens(server.url, ana.key, ticketId);
      const first = await here.shows("Ana");
      await until(async () => (await rows()).length === 1);
      const there = await opens(other.url, ana.key, ticketId);
      expect((await there.shows("Ana")).viewers).toEqual(first.viewers);
      const bens = await opens(other.url, ben.key, ticketId);
      await here.shows("Ana", "Ben");
      here.leave();
      bens.leave();
      await until(async () => (await rows()).length === 1);
      const again = await opens(server.url, ben.key, ticketId);
      await again.shows("Ana", "Ben");
    });

    it.sequential("ends at once with a server that stops", async () => {
      const other = await another();
      const ticketId = await calls.submit("stopping");
      const here = await opens(server.url, ana.key, ticketId);
      await opens(other.url, ben.key, ticketId);
      await here.shows("Ana", "Ben");
      await other.close();
      const since = Date.now();
      await here.shows("Ana");
      expect(Date.now() - since).toBeLessThan(5_000);
      expect(new Set((await rows()).map(({ server_id }) => server_id)).size).toBe(1);
    });

    it.sequential("ends within seconds with a server that is killed", async () => {
      const child = await startChildServer({ env: await environment() });
      const ticketId = await calls.submit("killed");
      const here = await opens(server.url, ana.key, ticketId);
      await opens(child.url, ben.key, ticketId);
      await here.shows("Ana", "Ben");
      await child.kill();
      const since = Date.now();
      await here.shows("Ana");
      expect(Date.now() - since).toBeLessThan(20_000);
      expect(here.messages.map(({ count }) => count)).toEqual([1, 2, 1]);
    });
  },
);

import { setImmediate as turn } from "node:timers/promises";
import { typeid } from "typeid-js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../src/domain/principal.js";
import type { Database } from "../../src/persistence/database.js";
import { CommitUnknownError } from "../../src/persistence/database-errors.js";
import { LISTED_VIEWERS } from "../../src/presence/open-ticket.js";
import type { SeenViewers } from "../../src/presence/presence.js";
import { PresenceHub, TICKETS_OPEN_PER_PERSON } from "../../src/presence/presence-hub.js";
import { databases } from "../support/databases.js";
import { openTestLedger, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

/** What one server's hub asks of the database, and how that fares. */
interface Line {
  reads: number;
  transactions: number;
  /** Beside the transactions that failed. */
  readonly errors: unknown[];
  /** Until it is taken away, nothing gets through. */
  away: Error | undefined;
  /** Whether a transaction is committed before its connection breaks. */
  lostAnswers: boolean;
  /** Milliseconds that its clock goes ahead. */
  ahead: number;
}

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)("the presence hub, on $name", { timeout: 60_000 }, (kind) => {
  let test: TestLedger;
  let ana: Actor;
  let ben: Actor;
  const hubs: PresenceHub[] = [];

  beforeAll(async () => {
    test = await openTestLedger(kind);
    ana = await test.actor("Ana", "HUMAN", ["REVIEWER"]);
    ben = await test.actor("Ben", "HUMAN", ["REVIEWER"]);
  });
  afterEach(async () => {
    for (const hub of hubs.splice(0)) await hub.close();
    expect(await rows()).toBe(0);
  });
  afterAll(() => test.close());

  const rows = async () => (await test.database.read.query("SELECT since FROM ticket_viewer")).length;
  /** A hub as another server has it, over a line that can be cut. */
  const newHub = (): { hub: PresenceHub; line: Line } => {
    const line: Line = {
      reads: 0,
      transactions: 0,
      errors: [],
      away: undefined,
      lostAnswers: false,
      ahead: 0,
    };
    const { database } = test;
    const over: Database = {
      ...database,
      read: {
        query: (text, values) => {
          line.reads += 1;
          return line.away === undefined ? database.read.query(text, values) : Promise.reject(line.away);
        },
      },
      transaction: async (work) => {
        line.transactions += 1;
        if (line.away !== undefined) throw line.away;
        const result = await database.transaction(work);
        if (line.lostAnswers) throw new CommitUnknownError("the answer was lost");
        return result;
      },
    };
    const hub = new PresenceHub({
      database: over,
      now: () => Date.now() + line.ahead,
      onError: (error) => line.errors.push(error),
    });
    hubs.push(hub);
    return { hub, line };
  };
  const ticket = () => typeid("ticket").toString();

  /** A window whose messages are taken as they come. */
  function opens(hub: PresenceHub, actor: Actor, ticketId: string) {
    const watch = hub.watch({ actor, ticketId });
    const messages: SeenViewers[] = [];
    const taking = (async () => {
      for await (const seen of watch) messages.push(seen);
    })();
    return {
      messages,
      /** Waits until the latest message has those names, which are in alphabetical order. */
      shows: (...names: string[]) =>
        until(() => JSON.stringify(namesIn(messages.at(-1))) === JSON.stringify(names), {
          what: names.join(", "),
          timeoutMs: 40_000,
        }),
      close: async () => {
        await watch.return?.();
        await taking;
      },
    };
  }

  it.sequential("asks and writes nothing while nobody has a ticket open, and stops when the last has left", async () => {
    const { hub, line } = newHub();
    // Another server that has somebody: what it does in the meantime says how long one has waited.
    const busy = newHub();
    const theirs = opens(busy.hub, ben, ticket());
    const waited = async () => {
      const enough = busy.line.reads + 3;
      await until(() => busy.line.reads >= enough);
    };
    await waited();
    expect([line.reads, line.transactions]).toEqual([0, 0]);
    const window = opens(hub, ana, ticket());
    await until(async () => (await rows()) === 2);
    await window.close();
    await until(async () => (await rows()) === 1);
    const { reads, transactions } = line;
    await waited();
    expect([line.reads, line.transactions]).toEqual([reads, transactions]);
    expect(transactions).toBe(2);
    expect(hub.size).toBe(0);
    await theirs.close();
  });

  it.sequential("asks once a second and writes once in five, however many tickets and people there are", async () => {
    const { hub, line } = newHub();
    const windows = [ana, ben].flatMap((who) => Array.from({ length: 40 }, () => opens(hub, who, ticket())));
    await until(async () => (await rows()) === windows.length);
    const { reads, transactions } = line;
    const began = performance.now();
    await until(() => line.reads >= reads + 4);
    const elapsed = performance.now() - began;
    // One of the four may be a look for what dead servers left, and the first may come at once.
    expect(elapsed).toBeGreaterThan(1_900);
    expect(line.transactions - transactions).toBeLessThanOrEqual(1 + elapsed / 5_000);
    for (const window of windows) await window.close();
  });

  it.sequential("makes few writes and few messages of a flood of coming and going", async () => {
    const { hub, line } = newHub();
    const ticketId = ticket();
    const calm = opens(hub, ana, ticketId);
    await calm.shows("Ana");
    const began = Date.now();
    let times = 0;
    while (Date.now() - began < 2_000) {
      const window = opens(hub, ben, ticketId);
      await window.close();
      times += 1;
      if (times % 50 === 0) await turn();
    }
    expect(times).toBeGreaterThan(500);
    const turns = (Date.now() - began) / 300 + 3;
    expect(line.transactions).toBeLessThan(turns);
    // The first change after a pause is told at once, and what came after it with the turn.
    expect(calm.messages.length).toBeLessThan(2 * turns);
    await calm.shows("Ana");
    await calm.close();
  });

  it.sequential("goes on here while the database is away, asks it ever less often, and is right again after that", async () => {
    const [here, there] = [newHub(), newHub()];
    const ticketId = ticket();
    const anas = opens(here.hub, ana, ticketId);
    const bens = opens(there.hub, ben, ticketId);
    await anas.shows("Ana", "Ben");
    await bens.shows("Ana", "Ben");
    here.line.away = new Error("the database is away");
    const other = ticket();
    const before = here.line.transactions + here.line.reads;
    const alone = opens(here.hub, ana, other);
    await alone.shows("Ana");
    const both = opens(here.hub, ben, other);
    await alone.shows("Ana", "Ben");
    await both.close();
    await alone.shows("Ana");
    const failedAt: number[] = [];
    for (let failures = 1; failures <= 3; failures += 1) {
      await until(() => here.line.errors.length >= failures);
      failedAt.push(performance.now());
    }
    const [first = 0, second = 0, third = 0] = failedAt;
    expect(third - second).toBeGreaterThan((second - first) * 1.3);
    // Nobody is claimed to be there of whom nothing was heard for as long as a server may be silent; and nobody there.
    here.line.ahead = 16_000;
    there.line.ahead = 16_000;
    await anas.shows("Ana");
    await bens.shows("Ben");
    expect(here.line.transactions + here.line.reads - before).toBeLessThan(12);
    here.line.away = undefined;
    here.line.ahead = 50_000;
    there.line.ahead = 50_000;
    await anas.shows("Ana", "Ben");
    await bens.shows("Ana", "Ben");
    for (const window of [anas, bens, alone]) await window.close();
  });

  it.sequential("leaves nobody behind where the answer to a write was lost", async () => {
    const [here, there] = [newHub(), newHub()];
    const ticketId = ticket();
    const bens = opens(there.hub, ben, ticketId);
    here.line.lostAnswers = true;
    const anas = opens(here.hub, ana, ticketId);
    await bens.shows("Ana", "Ben");
    await anas.close();
    here.line.lostAnswers = false;
    await bens.shows("Ben");
    expect(here.line.errors.length).toBeGreaterThan(0);
    await bens.close();
  });

  it.sequential("has its viewers back after it was taken for dead and swept away", async () => {
    const [here, there] = [newHub(), newHub()];
    const ticketId = ticket();
    const anas = opens(here.hub, ana, ticketId);
    const bens = opens(there.hub, ben, ticketId);
    await bens.shows("Ana", "Ben");
    // As after a process was suspended for long: its rows are gone, and its clock has moved on.
    await test.database.transaction(async (sql) => {
      await sql.query("DELETE FROM ticket_viewer WHERE principal_id = ?", [ana.id]);
    });
    await bens.shows("Ben");
    here.line.ahead = 20_000;
    await bens.shows("Ana", "Ben");
    await anas.close();
    await bens.close();
  });

  it.sequential("sweeps up what servers left that died long ago, and nothing of those that live", async () => {
    await test.database.transaction(async (sql) => {
      for (const [name, at] of [
        ["viewers:dead", Date.now() - 120_000],
        ["viewers:silent", Date.now() - 20_000],
        ["expiry", Date.now() - 120_000],
      ] as const) {
        await sql.query("INSERT INTO lease (name, holder, expires_at) VALUES (?, ?, ?)", [name, name, at]);
        await sql.query(
          "INSERT INTO ticket_viewer (server_id, ticket_id, principal_id, workspace_id, since) VALUES (?, ?, ?, ?, 1)",
          [name, ticket(), ben.id, test.workspaceId],
        );
      }
    });
    const window = opens(newHub().hub, ana, ticket());
    const left = async () =>
      (await test.database.read.query<{ name: string }>("SELECT name FROM lease ORDER BY name"))
        .map(({ name }) => name)
        .filter((name) => /dead|silent|expiry/.test(name));
    await until(async () => (await left()).length === 2);
    expect(await left()).toEqual(["expiry", "viewers:silent"]);
    await window.close();
    await test.database.transaction(async (sql) => {
      await sql.query("DELETE FROM ticket_viewer WHERE since = 1");
      await sql.query("DELETE FROM lease");
    });
  });

  it.sequential("shows nobody of another workspace and nobody who was removed, whatever stands in the table", async () => {
    const there = newHub();
    const ticketId = ticket();
    const removed = await test.actor("Removed", "HUMAN", ["REVIEWER"]);
    const strange = opens(there.hub, { ...ben, workspaceId: typeid("workspace").toString() }, ticketId);
    const gone = opens(there.hub, removed, ticketId);
    const known = opens(there.hub, ben, ticket());
    await test.database.transaction((sql) =>
      sql.query("UPDATE principal SET removed_at = 1 WHERE id = ?", [removed.id]),
    );
    await until(async () => (await rows()) === 3);
    const window = opens(newHub().hub, ana, ticketId);
    await window.shows("Ana");
    expect(window.messages).toHaveLength(1);
    for (const one of [strange, gone, known, window]) await one.close();
  });

  it.sequential("lists the first of very many, and says how many there are", async () => {
    const { hub } = newHub();
    const ticketId = ticket();
    const crowd = Array.from({ length: LISTED_VIEWERS + 50 }, (_, number) => ({
      ...ben,
      id: typeid("principal").toString(),
      name: `Number ${number}`,
    }));
    const windows = crowd.map((actor) => opens(hub, actor, ticketId));
    const last = windows.at(-1);
    await until(() => windows.every(({ messages }) => messages.at(-1)?.count === crowd.length));
    expect(last?.messages.at(-1)?.viewers).toHaveLength(LISTED_VIEWERS);
    for (const window of windows) await window.close();
  });

  it.sequential("refuses a person more tickets than anybody looks at, and nobody else", () => {
    const { hub } = newHub();
    const tickets = Array.from({ length: TICKETS_OPEN_PER_PERSON }, ticket);
    const watches = tickets.map((ticketId) => hub.watch({ actor: ana, ticketId }));
    expect(() => hub.watch({ actor: ana, ticketId: ticket() })).toThrow(
      expect.objectContaining({ code: "RATE_LIMITED" }),
    );
    // Another window on one of them is none more.
    watches.push(hub.watch({ actor: ana, ticketId: tickets[0] ?? "" }));
    watches.push(hub.watch({ actor: ben, ticketId: ticket() }));
    expect(hub.size).toBe(TICKETS_OPEN_PER_PERSON + 1);
    void watches[1]?.return?.();
    watches.push(hub.watch({ actor: ana, ticketId: ticket() }));
    for (const watch of watches) void watch.return?.();
    expect(hub.size).toBe(0);
  });

  it.sequential("takes nobody any more once it is closed", async () => {
    const { hub } = newHub();
    const window = opens(hub, ana, ticket());
    await window.shows("Ana");
    await hub.close();
    await window.close();
    expect(() => hub.watch({ actor: ana, ticketId: ticket() })).toThrow(
      expect.objectContaining({ code: "UNAVAILABLE" }),
    );
    expect(await rows()).toBe(0);
  });
});

function namesIn(seen: SeenViewers | undefined): string[] | undefined {
  return seen?.viewers.map(({ principal }) => principal.name).sort();
}

import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../src/domain/principal.js";
import { type ExpiryTimer, startExpiryTimer } from "../../src/ledger/expiry-timer.js";
import { createLease } from "../../src/ledger/lease.js";
import { createReadRecorder } from "../../src/ledger/read-recorder.js";
import { databaseKind, databases } from "../support/databases.js";
import { openTestLedger, submission, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

describe.each(databases)("deadlines, on $name", (kind) => {
  let test: TestLedger;
  let agent: Actor;
  let reviewer: Actor;
  const timers: ExpiryTimer[] = [];

  beforeAll(async () => {
    test = await openTestLedger(kind);
    agent = await test.actor("agent", "AGENT", ["AGENT"]);
    reviewer = await test.actor("reviewer", "HUMAN", ["REVIEWER"]);
  });
  afterAll(async () => {
    await Promise.all(timers.map((timer) => timer.close()));
    await test.close();
  });

  const now = async (): Promise<number> => {
    const [row] = await test.database.read.query<{ now: number }>(
      `SELECT ${test.database.dialect.now} AS now`,
    );
    return row?.now ?? 0;
  };
  const eventsOf = (ticketId: string) =>
    test.database.read.query<{ type: string; body: string }>(
      "SELECT type, body FROM audit_event WHERE ticket_id = ? ORDER BY sequence",
      [ticketId],
    );

  it("expire a ticket exactly once, however many timers look, and in Countersign's own name", async () => {
    const { database, ledger } = test;
    const onError = (error: unknown): void => {
      throw error;
    };
    for (let index = 0; index < 3; index += 1)
      timers.push(startExpiryTimer({ database, ledger, everyMs: 50, onError }));
    const expiresAt = (await now()) + 400;
    const { ticket } = await ledger.execute({ actor: agent, command: submission("brief", { expiresAt }) });
    await until(async () => (await eventsOf(ticket.state.id)).length > 1);
    expect(await now()).toBeGreaterThanOrEqual(expiresAt);
    await Promise.all(timers.map((timer) => timer.look()));
    const events = await eventsOf(ticket.state.id);
    expect(events.map((event) => event.type)).toEqual(["SUBMITTED", "EXPIRED"]);
    expect(JSON.parse(events[1]?.body ?? "")).toMatchObject({
      actor: { kind: "SYSTEM", name: "Countersign" },
    });
  });

  it("refuse a decision from the instant on, though no timer has come by", async () => {
    const other = await openTestLedger(kind);
    const someone = await other.actor("agent", "AGENT", ["AGENT"]);
    const human = await other.actor("reviewer", "HUMAN", ["REVIEWER"]);
    const [row] = await other.database.read.query<{ now: number }>(
      `SELECT ${other.database.dialect.now} AS now`,
    );
    const expiresAt = (row?.now ?? 0) + 300;
    const { ticket } = await other.ledger.execute({
      actor: someone,
      command: submission("brief", { expiresAt }),
    });
    await until(() => Date.now() > expiresAt + 50);
    const command = {
      kind: "decide",
      revision: 1,
      outcome: "APPROVED",
      comments: null,
      amendment: null,
    } as const;
    await expect(
      other.ledger.execute({ actor: human, ticketId: ticket.state.id, command }),
    ).rejects.toMatchObject({ code: "NOT_PENDING" });
    await other.close();
  });

  it("hold a lease for one at a time, until it lapses or is given up", async () => {
    const [one, two] = [createLease(test.database, "task", 300), createLease(test.database, "task", 300)];
    const held = await Promise.all([one.hold(), two.hold()]);
    expect(held.filter(Boolean)).toHaveLength(1);
    const [holder, other] = held[0] ? [one, two] : [two, one];
    expect(await holder.hold()).toBe(true);
    expect(await other.hold()).toBe(false);
    await until(() => other.hold(), { what: "the lapse" });
    expect(await holder.hold()).toBe(false);
    await other.release();
    expect(await holder.hold()).toBe(true);
  });

  it("record every read where they are told to, and the first of each state otherwise", async () => {
    const { ticket } = await test.ledger.execute({ actor: agent, command: submission("read") });
    const seen = { ticketId: ticket.state.id, revision: 1, status: "PENDING" } as const;
    const fresh = () => createReadRecorder(test.ledger, test.database);
    for (const recorder of [fresh(), fresh()]) {
      await Promise.all([1, 2, 3].map(() => recorder.record(reviewer, seen, "QUERY")));
    }
    expect((await eventsOf(ticket.state.id)).filter((event) => event.type === "DECISION_READ")).toHaveLength(
      1,
    );

    const all = await openTestLedger(kind, { everyRead: true });
    const someone = await all.actor("agent", "AGENT", ["AGENT"]);
    const made = await all.ledger.execute({ actor: someone, command: submission("read") });
    const every = createReadRecorder(all.ledger, all.database, { everyRead: true });
    for (let time = 0; time < 3; time += 1) {
      await every.record(
        someone,
        { ticketId: made.ticket.state.id, revision: 1, status: "PENDING" },
        "QUERY",
      );
    }
    const reads = await all.database.read.query(
      "SELECT 1 AS one FROM audit_event WHERE type = 'DECISION_READ'",
    );
    expect(reads).toHaveLength(3);
    await all.close();
  });

  it("find a database that keeps what it acknowledged", async () => {
    if (test.database.dialect.shared) {
      const [row] = await test.database.read.query<{ mode: string }>(
        "SELECT @@tx_isolation AS isolation, @@session.time_zone AS zone, @@innodb_lock_wait_timeout AS patience, " +
          "@@idle_transaction_timeout AS held, @@session.sql_mode AS mode",
      );
      expect(row).toMatchObject({ isolation: "READ-COMMITTED", zone: "+00:00", patience: 3, held: 10 });
      // The driver quotes with backslashes, and a text that does not fit must be an error.
      expect(row?.mode).toContain("STRICT_TRANS_TABLES");
      expect(row?.mode).not.toContain("NO_BACKSLASH_ESCAPES");
      return;
    }
    const pragma = async (name: string) =>
      Object.values((await test.database.dataSource.query(`PRAGMA ${name}`))[0])[0];
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
  });
});

describe("the database's time, on a server", () => {
  it("is read when the head has been locked, not when the lock was asked for", async () => {
    const test = await openTestLedger(databaseKind("mariadb"));
    const agent = await test.actor("agent", "AGENT", ["AGENT"]);
    const other = await createConnection(test.testDatabase.url);
    await other.query("START TRANSACTION");
    await other.query("SELECT sequence FROM ledger_head WHERE workspace_id = ? FOR UPDATE", [
      test.workspaceId,
    ]);
    // In time when it is sent, too late when its turn comes.
    const expiresAt = Date.now() + 400;
    const submitted = test.ledger.execute({ actor: agent, command: submission("late", { expiresAt }) });
    const outcome = submitted.then(
      () => "accepted",
      (error: { code: string }) => error.code,
    );
    await until(() => Date.now() > expiresAt + 200);
    await other.query("COMMIT");
    await other.end();
    expect(await outcome).toBe("BAD_USER_INPUT");
    await test.close();
  });
});

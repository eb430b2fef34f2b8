import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../src/domain/principal.js";
import type { TicketCommand } from "../../src/domain/ticket-command.js";
import { changeMember, removeMember } from "../../src/identity/members.js";
import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { startExpiryTimer } from "../../src/ledger/expiry-timer.js";
import type { TicketOutcome } from "../../src/ledger/ledger.js";
import { releaseOrphanedHolds } from "../../src/ledger/orphaned-holds.js";
import { findTickets } from "../../src/persistence/ticket-queries.js";
import { databases } from "../support/databases.js";
import { openTestLedger, submission, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

describe.each(databases)("holds of who lost the right to them, on $name", (kind) => {
  let test: TestLedger;
  let agent: Actor;
  let admin: Actor;
  let operator: Awaited<ReturnType<typeof systemActor>>;

  beforeAll(async () => {
    test = await openTestLedger(kind);
    agent = await test.actor("agent", "AGENT", ["AGENT"]);
    admin = await test.actor("admin", "HUMAN", ["ADMIN", "REVIEWER"]);
    operator = await systemActor(test.database.read, test.workspaceId);
    const { ledger, workspaceId } = test;
    await createQueue(ledger, { workspaceId, name: "loans", minimumApprovals: 1, actor: operator });
  });
  afterAll(() => test.close());

  const submit = async (queue = "default"): Promise<string> =>
    (await test.ledger.execute({ actor: agent, command: submission("x", { queue }) })).ticket.state.id;
  const run = (actor: Actor, ticketId: string, command: TicketCommand): Promise<TicketOutcome> =>
    test.ledger.execute({ actor, ticketId, command });
  const holders = async (ids: readonly string[]) => {
    const found = await findTickets(test.database.read, test.workspaceId, ids);
    return ids.map((id) => found.get(id)?.state.assigneeId);
  };
  const remove = ({ id }: Actor) =>
    removeMember(test.ledger, { workspaceId: test.workspaceId, principalId: id, actor: operator });

  it("are released page by page, however many there are, and nobody else's", async () => {
    const [leaving, staying] = await Promise.all([
      test.actor("leaving", "HUMAN", ["REVIEWER"]),
      test.actor("staying", "HUMAN", ["REVIEWER"], ["default"]),
    ]);
    const ids = await Promise.all(Array.from({ length: 230 }, () => submit()));
    await Promise.all(ids.map((id) => run(admin, id, { kind: "assign", assigneeId: leaving.id })));
    const kept = await submit();
    await run(admin, kept, { kind: "assign", assigneeId: staying.id });
    await remove(leaving);
    expect(await releaseOrphanedHolds(test)).toBe(true);
    expect((await holders(ids)).filter((holder) => holder === null)).toHaveLength(200);
    expect(await releaseOrphanedHolds(test)).toBe(false);
    expect(new Set(await holders(ids))).toEqual(new Set([null]));
    expect(await holders([kept])).toEqual([staying.id]);
  });

  it("are found by the timer where the process died that changed the member, once, however many servers look", async () => {
    const moved = await test.actor("moved", "HUMAN", ["REVIEWER"]);
    const [here, there, lapsed] = [await submit(), await submit("loans"), await submit()];
    for (const id of [here, there]) await run(admin, id, { kind: "assign", assigneeId: moved.id });
    await run(moved, lapsed, { kind: "claim" });
    await test.database.transaction((sql) =>
      sql.query("UPDATE ticket SET claimed_until = 1 WHERE id = ?", [lapsed]),
    );
    const { workspaceId, ledger, database } = test;
    await changeMember(ledger, { workspaceId, principalId: moved.id, queues: ["loans"], actor: operator });
    const onError = (error: unknown): void => {
      throw error;
    };
    const timers = [1, 2].map(() => startExpiryTimer({ database, ledger, everyMs: 20, onError }));
    try {
      await until(async () => (await holders([here]))[0] === null);
      await Promise.all(timers.map((timer) => timer.lookForHolds()));
    } finally {
      await Promise.all(timers.map((timer) => timer.close()));
    }
    expect(await holders([there, lapsed])).toEqual([moved.id, moved.id]);
    const released = await database.read.query(
      "SELECT sequence FROM audit_event WHERE type = 'RELEASED' AND ticket_id IN (?, ?, ?)",
      [here, there, lapsed],
    );
    expect(released).toHaveLength(1);
  });

  it("do not come about behind a removal that shares their batch, nor does a review", async () => {
    const leaving = await test.actor("leaving too", "HUMAN", ["REVIEWER"]);
    const [one, two] = [await submit(), await submit()];
    // All of them wait for the same commit.
    const answers = await Promise.allSettled([
      remove(leaving),
      run(admin, one, { kind: "assign", assigneeId: leaving.id }),
      run(leaving, two, {
        kind: "decide",
        revision: 1,
        outcome: "APPROVED",
        comments: null,
        amendment: null,
      }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await holders([one])).toEqual([null]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../src/domain/principal.js";
import { checkProposal } from "../../src/domain/proposal.js";
import type { TicketCommand } from "../../src/domain/ticket-command.js";
import { LATEST_NOTICE_MS, NoticePlanner } from "../../src/notify/deadlines/plan-notices.js";
import { type QueueNotice, setQueueNotice } from "../../src/notify/deadlines/queue-notice.js";
import {
  setNotificationHours,
  setNotificationPreference,
} from "../../src/notify/preferences/own-preferences.js";
import { databases } from "../support/databases.js";
import { openNotifyLedger } from "./notify-ledger.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** When what the tests submit is due: far enough ahead that it is theirs alone. */
const DUE = Date.parse("2030-06-03T12:00:00Z");

interface Planned {
  readonly channel: string;
  readonly target: string;
  readonly ticket_id: string;
  readonly reason: string;
  readonly due_at: number;
  readonly sequence: number;
  readonly state: string;
  readonly attempts: number;
}

/** A world whose reviewers of `loans` are ada and grace, and who is told by it when something is late. */
async function openWorld(kind: (typeof databases)[number]) {
  const test = await openNotifyLedger(kind);
  const [ada, grace, boss] = [
    await test.human("ada"),
    await test.human("grace", ["REVIEWER"], ["loans"]),
    await test.human("boss", ["ADMIN"]),
  ];
  const notice = (more: Partial<QueueNotice>) =>
    setQueueNotice(
      test.ledger,
      { workspaceId: test.workspaceId, actor: test.admin },
      { queue: "loans", remindMinutes: null, escalateMinutes: null, escalateTo: [], ...more },
    );
  const names = new Map([ada, grace, boss, test.admin].map(({ id, name }) => [id, name]));
  const failed: string[] = [];
  const plannerOf = (database = test.database) =>
    new NoticePlanner(database, (_error, workspaceId) => failed.push(workspaceId));
  const planner = plannerOf();
  const planned = () => test.rows<Planned>("SELECT * FROM delivery ORDER BY sequence, reason, target");
  return {
    ...test,
    ada,
    grace,
    boss,
    notice,
    planned,
    failed,
    planner,
    plannerOf,
    /** Plans until nothing is left, and says who is told what, as `REMINDER ada`. */
    plan: async (now: number): Promise<string[]> => {
      const before = new Set((await planned()).map((row) => `${row.ticket_id} ${row.reason} ${row.target}`));
      while ((await planner.plan(now)).more);
      const rows = (await planned()).filter(
        (row) => !before.has(`${row.ticket_id} ${row.reason} ${row.target}`),
      );
      return rows.map((row) => `${row.reason} ${names.get(row.target) ?? row.target}`).sort();
    },
    run: (actor: Actor, ticketId: string, command: TicketCommand) =>
      test.ledger.execute({ actor, ticketId, command }),
  };
}

const DECIDE = { kind: "decide", revision: 1, outcome: "APPROVED", comments: null, amendment: null } as const;
const BOTH_REMINDED = ["REMINDER ada", "REMINDER grace"];

describe.each(databases)("what is told because of due times, on $name", (kind) => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeAll(async () => {
    world = await openWorld(kind);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    const told = ["delivery", "ticket_notice", "endpoint"];
    for (const table of [...told, "notification_preference", "notification_hours", "queue_notice"])
      await world.write(`DELETE FROM ${table}`);
    await world.write("UPDATE ticket SET status = 'WITHDRAWN'");
  });

  const escalating = () =>
    world.notice({ remindMinutes: 60, escalateMinutes: 30, escalateTo: [world.boss.id] });

  it("is a reminder as its time comes, and an escalation as its comes, each once", async () => {
    await escalating();
    const id = await world.submit({ dueAt: DUE });
    expect(await world.plan(DUE - HOUR - 1)).toEqual([]);
    expect(await world.plan(DUE - HOUR)).toEqual(BOTH_REMINDED);
    expect(await world.plan(DUE - HOUR)).toEqual([]);
    expect(await world.plan(DUE + 30 * MINUTE - 1)).toEqual([]);
    expect(await world.plan(DUE + 30 * MINUTE)).toEqual(["ESCALATION boss"]);
    expect(await world.plan(DUE + HOUR)).toEqual([]);
    const [event] = await world.rows<{ sequence: number }>(
      "SELECT sequence FROM audit_event WHERE ticket_id = ? AND type = 'SUBMITTED'",
      [id],
    );
    for (const row of await world.planned())
      expect(row).toMatchObject({
        channel: "MAIL",
        ticket_id: id,
        sequence: event?.sequence,
        state: "WAITING",
        attempts: 0,
      });
  });

  it("is nothing for tickets that are settled, have no due time, or are of a queue that does nothing", async () => {
    await escalating();
    const [decided, withdrawn] = [await world.submit({ dueAt: DUE }), await world.submit({ dueAt: DUE })];
    await world.submit();
    await world.submit({ queue: "default", dueAt: DUE });
    await world.run(world.ada, decided, DECIDE);
    await world.run(world.agent, withdrawn, { kind: "withdraw", reason: null });
    expect(await world.plan(DUE)).toEqual([]);
    expect(await world.plan(DUE + HOUR)).toEqual([]);
  });

  it("is nothing for a ticket whose deadline has passed, though the timer has not looked yet", async () => {
    await escalating();
    await world.submit({ dueAt: DUE, expiresAt: DUE + MINUTE });
    expect(await world.plan(DUE + HOUR)).toEqual([]);
  });

  it("is told once more of a new revision, under the event that brought it in", async () => {
    await escalating();
    const id = await world.submit({ dueAt: DUE });
    expect(await world.plan(DUE - HOUR)).toEqual(BOTH_REMINDED);
    await world.run(world.ada, id, { ...DECIDE, outcome: "NEEDS_CHANGES", comments: "More." });
    expect(await world.plan(DUE - HOUR)).toEqual([]);
    const { events } = await world.run(world.agent, id, {
      kind: "resubmit",
      answers: 1,
      proposal: checkProposal({ title: "Better", detail: null, payload: null }),
    });
    while ((await world.planner.plan(DUE - HOUR)).more);
    const again = (await world.planned()).filter(({ sequence }) => sequence === events[0]?.sequence);
    expect(again).toHaveLength(2);
  });

  it("is told late where it was missed, but there is no reminder of what is escalated already", async () => {
    await escalating();
    await world.submit({ dueAt: DUE });
    expect(await world.plan(DUE + 10 * MINUTE)).toEqual(BOTH_REMINDED);
    await world.submit({ dueAt: DUE });
    expect(await world.plan(DUE + HOUR)).toEqual(["ESCALATION boss", "ESCALATION boss"]);
    await world.notice({ remindMinutes: 60 });
    expect(await world.plan(DUE + HOUR)).toEqual([]);
  });

  it("is not told of what was due a week ago when the queue gets its first reminder", async () => {
    await world.submit({ dueAt: DUE });
    await escalating();
    expect(await world.plan(DUE + 30 * MINUTE + LATEST_NOTICE_MS)).toEqual([]);
    expect(await world.plan(DUE + 30 * MINUTE + LATEST_NOTICE_MS - 1)).toEqual(["ESCALATION boss"]);
  });

  it("is not told again when the settings change after it, and an escalation that is set later still comes", async () => {
    await world.notice({ remindMinutes: 60 });
    await world.submit({ dueAt: DUE });
    expect(await world.plan(DUE - HOUR)).toEqual(BOTH_REMINDED);
    await world.notice({ remindMinutes: 30, escalateMinutes: 0, escalateTo: [world.boss.id] });
    expect(await world.plan(DUE - 30 * MINUTE)).toEqual([]);
    expect(await world.plan(DUE)).toEqual(["ESCALATION boss"]);
    await world.notice({});
    await world.submit({ dueAt: DUE });
    expect(await world.plan(DUE + HOUR)).toEqual([]);
  });

  it("goes to who holds the ticket, and to all once a claim has lapsed, but not to who has reviewed or submitted", async () => {
    await escalating();
    const [assigned, lapsed, reviewed, own] = [
      await world.submit({ dueAt: DUE }),
      await world.submit({ dueAt: DUE + 1 }),
      await world.submit({ dueAt: DUE + 2, approvalsRequired: 2 }),
      await world.submit({ dueAt: DUE + 3 }),
    ];
    await world.run(world.admin, assigned, { kind: "assign", assigneeId: world.grace.id });
    await world.run(world.ada, lapsed, { kind: "claim" });
    await world.run(world.ada, reviewed, DECIDE);
    await world.write("UPDATE ticket SET revision_for = ? WHERE id = ?", [world.grace.id, own]);
    expect(await world.plan(DUE - HOUR)).toEqual(["REMINDER grace"]);
    expect(await world.plan(DUE - HOUR + 1)).toEqual(BOTH_REMINDED);
    expect(await world.plan(DUE - HOUR + 2)).toEqual(["REMINDER grace"]);
    expect(await world.plan(DUE - HOUR + 3)).toEqual(["REMINDER ada"]);
  });

  it("waits for the end of quiet hours, comes singly in spite of a digest, and never to who switched it off", async () => {
    await escalating();
    const self = (actor: Actor) => ({ workspaceId: world.workspaceId, actor });
    const quiet = { from: 22 * 60, until: 7 * 60 };
    await setNotificationHours(world.ledger, self(world.ada), {
      timeZone: "America/New_York",
      quiet,
      digestAt: 0,
    });
    await setNotificationPreference(world.ledger, self(world.ada), { queue: null, mail: "DIGEST" });
    await setNotificationPreference(world.ledger, self(world.grace), { queue: "loans", mail: "OFF" });
    await setNotificationPreference(world.ledger, self(world.boss), { queue: "loans", mail: "OFF" });
    await world.submit({ dueAt: DUE });
    // 06:59 in New York.
    expect(await world.plan(DUE - HOUR - MINUTE)).toEqual([]);
    await world.notice({ remindMinutes: 61, escalateMinutes: 0, escalateTo: [world.boss.id] });
    expect(await world.plan(DUE - HOUR - MINUTE)).toEqual(["REMINDER ada"]);
    expect(await world.planned()).toMatchObject([{ due_at: DUE - HOUR }]);
    expect(await world.plan(DUE)).toEqual([]);
    const notices = await world.rows("SELECT reason FROM ticket_notice WHERE reason = 'ESCALATION'");
    expect(notices).toHaveLength(1);
  });

  it("goes to open webhooks and chat rooms of the queue as well, at once", async () => {
    await escalating();
    const endpoint = (id: string, more: Record<string, string | number | null> = {}) => {
      const row = {
        id,
        workspace_id: world.workspaceId,
        channel: "WEBHOOK",
        name: id,
        created_at: 1,
        ...more,
      };
      const columns = Object.keys(row);
      return world.write(
        `INSERT INTO endpoint (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
        Object.values(row),
      );
    };
    await endpoint("all");
    await endpoint("room", { channel: "SLACK", queues: '["loans"]' });
    await endpoint("elsewhere", { queues: '["default"]' });
    await endpoint("coming in", { types: '["SUBMITTED","DECIDED"]' });
    await endpoint("decisions", { types: '["DECIDED"]' });
    await endpoint("disabled", { disabled_at: 5 });
    await endpoint("removed", { removed_at: 5 });
    await endpoint("foreign", { workspace_id: "workspace_other" });
    await endpoint("core", { channel: "CORE" });
    await world.submit({ dueAt: DUE });
    expect(await world.plan(DUE - HOUR)).toEqual(
      [...BOTH_REMINDED, "REMINDER all", "REMINDER coming in", "REMINDER room"].sort(),
    );
    expect(await world.plan(DUE + HOUR)).toHaveLength(4);
  });

  it("is planned for ten thousand tickets at once in bounded transactions, each ticket once, while others go on", async () => {
    await escalating();
    await copies(world, await world.submit({ dueAt: DUE }), 9_999);
    const first = await world.planner.plan(DUE);
    expect(first).toMatchObject({ more: true });
    expect(first.tickets).toBeLessThanOrEqual(500);
    const seen = { tickets: first.tickets, rounds: 1 };
    for (let more = true; more; seen.rounds += 1) {
      const [page] = await Promise.all([world.planner.plan(DUE), world.submit()]);
      seen.tickets += page.tickets;
      more = page.more;
    }
    expect(seen.tickets).toBe(10_000);
    const [count] = await world.rows<{ n: number; tickets: number }>(
      "SELECT COUNT(*) AS n, COUNT(DISTINCT ticket_id) AS tickets FROM delivery",
    );
    expect([Number(count?.n), Number(count?.tickets)]).toEqual([20_000, 10_000]);
  });

  it("goes on in the other workspaces where one of them cannot be planned, which is said", async () => {
    await escalating();
    const broken = await world.submit({ dueAt: DUE });
    await world.submit({ dueAt: DUE });
    await world.write("UPDATE ticket SET workspace_id = 'workspace_0' WHERE id = ?", [broken]);
    await world.write(
      "INSERT INTO queue_notice (workspace_id, queue, remind_minutes, escalate_minutes, escalate_to) " +
        "VALUES ('workspace_0', 'loans', NULL, 0, 'no list')",
    );
    expect(await world.plan(DUE + 30 * MINUTE)).toEqual(["ESCALATION boss"]);
    expect(new Set(world.failed)).toEqual(new Set(["workspace_0"]));
    expect(await world.planner.due(DUE + 30 * MINUTE)).toBe(true);
    await world.write("UPDATE queue_notice SET escalate_to = '[]' WHERE workspace_id = 'workspace_0'");
    expect(await world.planner.plan(DUE + 30 * MINUTE)).toMatchObject({ tickets: 1 });
  });

  it("is told once where two servers plan at the same moment", async () => {
    await escalating();
    for (const late of [0, 1, 2]) await world.submit({ dueAt: DUE + late });
    await Promise.all([world.plannerOf().plan(DUE), world.plannerOf().plan(DUE)]);
    while ((await world.planner.plan(DUE)).more);
    expect(await world.planned()).toHaveLength(6);
  });
});

/** Copies of a ticket, written as rows. */
async function copies(
  world: Awaited<ReturnType<typeof openWorld>>,
  id: string,
  count: number,
  more = "",
): Promise<void> {
  const ticket =
    "workspace_id, queue, status, priority, approvals_required, submitted_by, submitted_at, updated_at, revision, digest, " +
    "revision_by, revision_for, counted, assignee_id, claimed_until, expires_at";
  const proposal =
    "revision, workspace_id, title, detail, payload, digest, search_text, submitted_by, submitted_at";
  const concat = world.testDatabase.name === "sqlite" ? "? || n" : "CONCAT(?, n)";
  const numbers = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})`;
  const select = (columns: string, from: string, where: string) =>
    world.testDatabase.name === "sqlite"
      ? `${numbers} SELECT ${concat}, ${columns} FROM ${from}, numbers WHERE ${where}`
      : `SELECT ${concat}, ${columns} FROM ${from} JOIN (SELECT seq AS n FROM seq_1_to_${count}) numbers WHERE ${where}`;
  await world.write(
    `INSERT INTO ticket (id, due_at, ${ticket}) ${select(`due_at + n, ${ticket}`, "ticket", "id = ?")}`.replace(
      "due_at + n",
      more === "" ? "due_at" : more,
    ),
    ["copy", id],
  );
  await world.write(
    `INSERT INTO proposal (ticket_id, sequence, ${proposal}) ${select(`1000000 + n, ${proposal}`, "proposal", "ticket_id = ?")}`,
    ["copy", id],
  );
}

describe.each(databases)("among many pending tickets, on $name", (kind) => {
  it("a look is bounded where much is late and told already, and the next ones go on and come round", async () => {
    const world = await openWorld(kind);
    try {
      await world.notice({ remindMinutes: 60 });
      await copies(world, await world.submit({ dueAt: DUE }), 12_000);
      await world.write(
        "INSERT INTO ticket_notice (ticket_id, revision, reason, workspace_id, noticed_at) " +
          "SELECT id, revision, 'REMINDER', workspace_id, 1 FROM ticket",
      );
      await world.submit({ dueAt: DUE + 1 });
      expect(await world.planner.due(DUE)).toBe(false);
      expect(await world.planner.due(DUE)).toBe(true);
      expect(await world.plan(DUE)).toEqual(BOTH_REMINDED);
      expect(await world.planner.due(DUE)).toBe(false);
      // What was passed by is come to again: a revision, a setting, a ticket that is due sooner.
      await world.submit({ dueAt: DUE - 1 });
      let looks = 0;
      for (; looks < 3 && !(await world.planner.due(DUE)); looks += 1);
      expect(looks).toBeLessThan(3);
      expect(await world.plan(DUE)).toEqual(BOTH_REMINDED);
    } finally {
      await world.close();
    }
  });

  it("what is due about now is found by the index, and nothing else is looked at", async () => {
    const world = await openWorld(kind);
    try {
      await world.notice({ remindMinutes: 60 });
      await copies(world, await world.submit({ dueAt: DUE }), 20_000, `${DUE} + n * 600000`);
      if (kind.name === "mariadb") await world.rows("ANALYZE TABLE ticket, queue_notice, proposal");
      const asked: [string, readonly (string | number | null)[]][] = [];
      const read = {
        query: <Row>(text: string, values: readonly (string | number | null)[] = []) => {
          asked.push([text, values]);
          return world.database.read.query<Row>(text, values);
        },
      };
      expect(await world.plannerOf({ ...world.database, read }).plan(DUE - HOUR)).toMatchObject({
        tickets: 1,
        more: false,
      });
      const [text = "", values = []] = asked.at(-1) ?? [];
      if (kind.name === "sqlite") {
        const plan = await world.database.read.query<{ detail: string }>(
          `EXPLAIN QUERY PLAN ${text}`,
          values,
        );
        expect(plan.map(({ detail }) => detail)).toContainEqual(
          expect.stringContaining(
            "ticket_status_due (workspace_id=? AND status=? AND (due_at,id)>(?,?) AND (due_at,id)<(?,?))",
          ),
        );
      } else {
        const plan = await world.database.read.query<{ table: string; key: string; rows: number }>(
          `EXPLAIN ${text}`,
          values,
        );
        const step = plan.find(({ table }) => table === "t");
        expect(step?.key).toBe("ticket_status_due");
        expect(Number(step?.rows)).toBeLessThan(3_000);
      }
    } finally {
      await world.close();
    }
  });
});

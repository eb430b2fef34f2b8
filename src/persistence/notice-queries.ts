import type { Dialect } from "./dialect.js";
import { insertRows, type Sql, type SqlValue } from "./sql.js";

/** A row of `queue_notice`; `escalate_to` is a JSON list of principals' ids. */
export interface QueueNoticeRow {
  readonly workspace_id: string;
  readonly queue: string;
  readonly remind_minutes: number | null;
  readonly escalate_minutes: number | null;
  readonly escalate_to: string;
}

const SELECT = "SELECT workspace_id, queue, remind_minutes, escalate_minutes, escalate_to FROM queue_notice";

/** The notices of a workspace's queues, by queue. */
export async function findQueueNotices(sql: Sql, workspaceId: string): Promise<QueueNoticeRow[]> {
  return sql.query<QueueNoticeRow>(`${SELECT} WHERE workspace_id = ? ORDER BY queue`, [workspaceId]);
}

/** Every workspace in which a queue has notices, and how far from their due time tickets concern them. */
export async function findNoticeSpans(sql: Sql): Promise<
  {
    readonly workspace_id: string;
    /** Minutes before. */
    readonly ahead: number;
    /** Minutes after. */
    readonly behind: number;
  }[]
> {
  return sql.query(
    "SELECT workspace_id, MAX(COALESCE(remind_minutes, 0)) AS ahead, MAX(COALESCE(escalate_minutes, 0)) AS behind " +
      "FROM queue_notice GROUP BY workspace_id ORDER BY workspace_id",
  );
}

export async function replaceQueueNotice(
  sql: Sql,
  key: Pick<QueueNoticeRow, "workspace_id" | "queue">,
  row: QueueNoticeRow | undefined,
): Promise<void> {
  await sql.query("DELETE FROM queue_notice WHERE workspace_id = ? AND queue = ?", [
    key.workspace_id,
    key.queue,
  ]);
  if (row === undefined) return;
  await sql.query(
    "INSERT INTO queue_notice (workspace_id, queue, remind_minutes, escalate_minutes, escalate_to) VALUES (?, ?, ?, ?, ?)",
    [row.workspace_id, row.queue, row.remind_minutes, row.escalate_minutes, row.escalate_to],
  );
}

/** A pending ticket that is to be told of because of its due time. */
export interface DueTicketRow {
  readonly id: string;
  readonly due_at: number;
  readonly queue: string;
  readonly revision: number;
  readonly assignee_id: string | null;
  readonly claimed_until: number | null;
  readonly counted: string;
  readonly submitted_by: string;
  readonly revision_by: string;
  readonly revision_for: string | null;
  /** Of the event that brought the revision in. */
  readonly sequence: number;
  readonly reason: "REMINDER" | "ESCALATION";
  /** JSON list of principals' ids. */
  readonly escalate_to: string;
  /** Whether a reminder of this revision was given, or passed over, already: 1 or 0. */
  readonly reminded: number;
}

/** A stretch of due times of one workspace's tickets, milliseconds since the epoch. */
export interface DueSpan {
  readonly workspaceId: string;
  readonly now: number;
  readonly after: number;
  readonly until: number;
  /** How late a notice may be at most, milliseconds. */
  readonly lateMs: number;
}

/** A pending ticket's place in the order of due times. */
export interface DuePlace {
  readonly due_at: number;
  readonly id: string;
}

/** A bounded stretch of the pending tickets of a span; undefined is the span's own beginning or end. */
export interface DuePage {
  /** What comes after it. */
  readonly from: DuePlace | undefined;
  /** It and what comes before it. */
  readonly to: DuePlace | undefined;
}

/** Where a page of so many pending tickets ends; undefined where there are not as many left. */
export async function findPageEnd(
  sql: Sql,
  span: DueSpan,
  from: DuePlace | undefined,
  tickets: number,
): Promise<DuePlace | undefined> {
  const [part, values] = within(span, { from, to: undefined });
  const [end] = await sql.query<DuePlace>(
    `SELECT t.due_at, t.id FROM ticket t WHERE t.workspace_id = ? AND t.status = 'PENDING' AND ${part} ` +
      "ORDER BY t.due_at, t.id LIMIT 1 OFFSET ?",
    [span.workspaceId, ...values, tickets - 1],
  );
  return end;
}

/**
 * Tickets of a page whose reminder or escalation has come and was not given for their revision, the earliest due first. Once
 * the escalation has come there is no reminder.
 */
export async function findDueTickets(
  sql: Sql,
  span: DueSpan,
  page: DuePage,
  limit: number,
): Promise<DueTicketRow[]> {
  const { workspaceId, now, lateMs } = span;
  const escalation = "t.due_at + q.escalate_minutes * 60000";
  const escalates = `(e.ticket_id IS NULL AND ${escalation} <= ? AND ${escalation} > ?)`;
  const reminds =
    "(r.ticket_id IS NULL AND t.due_at - q.remind_minutes * 60000 <= ? AND t.due_at > ? " +
    `AND (q.escalate_minutes IS NULL OR ${escalation} > ?))`;
  const escalatesBy: SqlValue[] = [now, now - lateMs];
  const [part, values] = within(span, page);
  return sql.query<DueTicketRow>(
    "SELECT t.id, t.due_at, t.queue, t.revision, t.assignee_id, t.claimed_until, t.counted, t.submitted_by, t.revision_by, " +
      `t.revision_for, p.sequence, CASE WHEN ${escalates} THEN 'ESCALATION' ELSE 'REMINDER' END AS reason, ` +
      "q.escalate_to, CASE WHEN r.ticket_id IS NULL THEN 0 ELSE 1 END AS reminded FROM ticket t " +
      "JOIN queue_notice q ON q.workspace_id = t.workspace_id AND q.queue = t.queue " +
      "JOIN proposal p ON p.ticket_id = t.id AND p.revision = t.revision " +
      `LEFT JOIN ticket_notice r ON ${noticed("r", "REMINDER")} LEFT JOIN ticket_notice e ON ${noticed("e", "ESCALATION")} ` +
      `WHERE t.workspace_id = ? AND t.status = 'PENDING' AND ${part} ` +
      `AND (t.expires_at IS NULL OR t.expires_at > ?) AND (${escalates} OR ${reminds}) ` +
      "ORDER BY t.due_at, t.id LIMIT ?",
    [...escalatesBy, ...[workspaceId, ...values, now], ...escalatesBy, ...[now, now - lateMs, now], limit],
  );
}

/**
 * A page as conditions on the index, in the two forms of which each database enters it by one: SQLite by pairs, MariaDB by
 * alternatives. Many tickets may be due at the same moment.
 */
function within({ after, until }: DueSpan, page: DuePage): readonly [string, readonly SqlValue[]] {
  // Ids are of ASCII, and none is empty.
  const from =
    page.from !== undefined && page.from.due_at > after ? page.from : { due_at: after + 1, id: "" };
  const to = page.to ?? { due_at: until, id: "~" };
  const both = (than: ">" | "<"): string =>
    `(t.due_at, t.id) ${than}${than === "<" ? "=" : ""} (?, ?) AND (t.due_at ${than} ? OR (t.due_at = ? AND t.id ${than}${than === "<" ? "=" : ""} ?))`;
  return [
    `${both(">")} AND ${both("<")}`,
    [from, to].flatMap(({ due_at, id }) => [due_at, id, due_at, due_at, id]),
  ];
}

function noticed(alias: string, reason: DueTicketRow["reason"]): string {
  return `${alias}.ticket_id = t.id AND ${alias}.revision = t.revision AND ${alias}.reason = '${reason}'`;
}

/** A row of `ticket_notice`. */
export interface TicketNoticeRow {
  readonly ticket_id: string;
  readonly revision: number;
  readonly reason: DueTicketRow["reason"];
  readonly workspace_id: string;
  readonly noticed_at: number;
}

/** Fails where one of them is there already: another server has told of it. */
export async function insertTicketNotices(
  sql: Sql,
  dialect: Dialect,
  rows: readonly TicketNoticeRow[],
): Promise<void> {
  await insertRows(
    sql,
    dialect,
    "ticket_notice",
    ["ticket_id", "revision", "reason", "workspace_id", "noticed_at"],
    rows.map((row) => [row.ticket_id, row.revision, row.reason, row.workspace_id, row.noticed_at]),
  );
}

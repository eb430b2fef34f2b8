import type { EventType } from "../domain/ticket-event.js";
import type { Dialect } from "./dialect.js";
import { insertRows, placeholders, type Sql, type SqlValue } from "./sql.js";

/** By which way something is told. */
export const CHANNEL_NAMES = ["WEBHOOK", "SLACK", "CALLBACK", "MAIL", "CORE"] as const;
export type ChannelName = (typeof CHANNEL_NAMES)[number];
/** Why: an event, at once or with others; a deadline that comes near, or has passed. */
export const DELIVERY_REASONS = ["EVENT", "DIGEST", "REMINDER", "ESCALATION"] as const;
export type DeliveryReason = (typeof DELIVERY_REASONS)[number];
/** What is under way, and what was given up until somebody replays it. What was delivered is on the record, and gone here. */
export type DeliveryState = "WAITING" | "DEAD";

/** A row of `delivery`: one event for one target. */
export interface DeliveryRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly channel: ChannelName;
  /** Of an endpoint, the id; of a mail, the principal's; `core`. */
  readonly target: string;
  /** Empty where it is about no ticket. */
  readonly ticket_id: string;
  /** Of the event. */
  readonly sequence: number;
  readonly reason: DeliveryReason;
  /** With a callback, where to. */
  readonly url: string | null;
  readonly state: DeliveryState;
  /** That were made. */
  readonly attempts: number;
  readonly due_at: number;
  readonly created_at: number;
  /** What went wrong the last time. */
  readonly problem: string | null;
  readonly http_status: number | null;
  readonly dead_at: number | null;
}

const COLUMNS = [
  "id",
  "workspace_id",
  "channel",
  "target",
  "ticket_id",
  "sequence",
  "reason",
  "url",
  "state",
  "attempts",
  "due_at",
  "created_at",
  "problem",
  "http_status",
  "dead_at",
] as const satisfies readonly (keyof DeliveryRow)[];

const SELECT = `SELECT ${COLUMNS.map((name) => `d.${name}`).join(", ")}`;

/** Inserts what is not there yet: the same event for the same target and reason is told once. */
export async function insertDeliveries(
  sql: Sql,
  dialect: Dialect,
  rows: readonly DeliveryRow[],
): Promise<void> {
  const values = rows.map((row) => COLUMNS.map((name): SqlValue => row[name]));
  await insertRows(sql, dialect, "delivery", COLUMNS, values, { verb: dialect.insertIgnore });
}

/** What is due, with the earliest event that waits in the same lane (of the same target and ticket), and when that is due. */
export type DueDelivery = DeliveryRow & {
  readonly first_sequence: number | null;
  readonly first_due: number | null;
};

/** Which part of what is due. */
export interface DuePage {
  readonly channel: ChannelName;
  readonly now: number;
  /** What takes nothing more for now. */
  readonly busyTargets: readonly string[];
  readonly limit: number;
}

/** What is due of a channel, the longest due first. */
export async function findDue(
  sql: Sql,
  { channel, now, busyTargets, limit }: DuePage,
): Promise<DueDelivery[]> {
  const others = busyTargets.length === 0 ? "" : `AND d.target NOT IN (${placeholders(busyTargets.length)}) `;
  const first = (column: string): string =>
    `(SELECT b.${column} FROM delivery b WHERE b.target = d.target AND b.ticket_id = d.ticket_id AND b.state = 'WAITING' ` +
    `AND b.reason <> 'DIGEST' ORDER BY b.sequence LIMIT 1) AS first_${column === "due_at" ? "due" : column}`;
  return sql.query<DueDelivery>(
    `${SELECT}, ${first("sequence")}, ${first("due_at")} FROM delivery d WHERE d.state = 'WAITING' AND d.channel = ? ` +
      `AND d.due_at <= ? ${others}ORDER BY d.due_at, d.id LIMIT ${Math.trunc(limit)}`,
    [channel, now, ...busyTargets],
  );
}

const NEXT_DUE = CHANNEL_NAMES.map(
  (channel) =>
    `SELECT (SELECT due_at FROM delivery WHERE state = 'WAITING' AND channel = '${channel}' ORDER BY due_at LIMIT 1) AS due_at`,
).join(" UNION ALL ");

/** When the next one is due; undefined where nothing waits. */
export async function nextDue(sql: Sql): Promise<number | undefined> {
  const [row] = await sql.query<{ due_at: number | null }>(
    `SELECT MIN(due_at) AS due_at FROM (${NEXT_DUE}) d`,
  );
  return row?.due_at ?? undefined;
}

/** Everything that waits for one digest, what has been tried with another one before included: it stays one mail. */
export async function findDigest(
  sql: Sql,
  target: string,
  now: number,
  limit: number,
): Promise<DeliveryRow[]> {
  return sql.query<DeliveryRow>(
    `${SELECT} FROM delivery d WHERE d.target = ? AND d.state = 'WAITING' AND d.reason = 'DIGEST' ` +
      "AND (d.due_at <= ? OR d.attempts > 0) " +
      `ORDER BY d.sequence LIMIT ${Math.trunc(limit)}`,
    [target, now],
  );
}

/** Puts rows off, where they wait still. */
export async function postpone(sql: Sql, ids: readonly string[], dueAt: number): Promise<void> {
  await sql.query(
    `UPDATE delivery SET due_at = ? WHERE id IN (${placeholders(ids.length)}) AND state = 'WAITING' AND due_at < ?`,
    [dueAt, ...ids, dueAt],
  );
}

/** Takes back that rows were put off, where they wait still. */
export async function advanceDue(sql: Sql, ids: readonly string[], dueAt: number): Promise<void> {
  await sql.query(
    `UPDATE delivery SET due_at = ? WHERE id IN (${placeholders(ids.length)}) AND state = 'WAITING' AND due_at > ?`,
    [dueAt, ...ids, dueAt],
  );
}

export async function deleteDeliveries(sql: Sql, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += 500) {
    const part = ids.slice(from, from + 500);
    await sql.query(`DELETE FROM delivery WHERE id IN (${placeholders(part.length)})`, part);
  }
}

/** An attempt that failed, and when the next one is. */
export interface FailedAttempt {
  readonly id: string;
  readonly attempts: number;
  /** Null where it was the last: a dead letter. */
  readonly dueAt: number | null;
  readonly problem: string;
  readonly httpStatus: number | null;
}

export async function updateFailed(sql: Sql, failed: FailedAttempt, now: number): Promise<void> {
  const dead = failed.dueAt === null;
  await sql.query(
    "UPDATE delivery SET attempts = ?, due_at = ?, problem = ?, http_status = ?, state = ?, dead_at = ? WHERE id = ?",
    [
      failed.attempts,
      failed.dueAt ?? now,
      failed.problem,
      failed.httpStatus,
      dead ? "DEAD" : "WAITING",
      dead ? now : null,
      failed.id,
    ],
  );
}

/** Which dead letters of a workspace. */
export interface DeadLetterPage {
  readonly target?: string | undefined;
  /** The id after which to go on. */
  readonly after: string;
  readonly limit: number;
}

export async function listDeadLetters(
  sql: Sql,
  workspaceId: string,
  { target, after, limit }: DeadLetterPage,
): Promise<DeliveryRow[]> {
  const [of, values] = target === undefined ? ["", []] : ["AND d.target = ? ", [target]];
  return sql.query<DeliveryRow>(
    `${SELECT} FROM delivery d WHERE d.workspace_id = ? AND d.state = 'DEAD' ${of}AND d.id > ? ` +
      `ORDER BY d.id LIMIT ${Math.trunc(limit)}`,
    [workspaceId, ...values, after],
  );
}

/** Which dead letters are to be tried again. */
export interface DeadLetterChoice {
  readonly ids?: readonly string[] | undefined;
  readonly target?: string | undefined;
  /** Of events from this position to that one, both included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Makes dead letters wait again, as if they had never been tried, and says which. */
export async function reviveDeadLetters(
  sql: Sql,
  workspaceId: string,
  { ids, target, from, to }: DeadLetterChoice,
  now: number,
  limit: number,
): Promise<string[]> {
  const conditions = ["workspace_id = ?", "state = 'DEAD'"];
  const values: SqlValue[] = [workspaceId];
  const add = (condition: string, ...more: readonly SqlValue[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  if (ids !== undefined) add(`id IN (${placeholders(ids.length)})`, ...ids);
  if (target !== undefined) add("target = ?", target);
  if (from !== undefined) add("sequence >= ?", from);
  if (to !== undefined) add("sequence <= ?", to);
  const found = await sql.query<{ id: string }>(
    `SELECT id FROM delivery WHERE ${conditions.join(" AND ")} ORDER BY sequence, id LIMIT ${Math.trunc(limit)}`,
    values,
  );
  for (let at = 0; at < found.length; at += 500) {
    const part = found.slice(at, at + 500).map(({ id }) => id);
    await sql.query(
      `UPDATE delivery SET state = 'WAITING', attempts = 0, due_at = ?, dead_at = NULL WHERE id IN (${placeholders(part.length)})`,
      [now, ...part],
    );
  }
  return found.map(({ id }) => id);
}

/** How many dead letters each target of a workspace has. */
export async function countDeadLetters(sql: Sql, workspaceId: string): Promise<Map<string, number>> {
  const rows = await sql.query<{ target: string; count: number }>(
    "SELECT target, COUNT(*) AS count FROM delivery WHERE workspace_id = ? AND state = 'DEAD' GROUP BY target",
    [workspaceId],
  );
  return new Map(rows.map(({ target, count }) => [target, Number(count)]));
}

/** A workspace whose ledger is ahead of a follower. */
export interface FollowerLag {
  readonly workspace_id: string;
  readonly position: number;
  readonly head: number;
}

/** Where a follower has something to read. A workspace without a position is read from its beginning. */
export async function findLags(sql: Sql, follower: string): Promise<FollowerLag[]> {
  return sql.query<FollowerLag>(
    "SELECT h.workspace_id, COALESCE(f.sequence, 0) AS position, h.sequence AS head FROM ledger_head h " +
      "LEFT JOIN follower f ON f.workspace_id = h.workspace_id AND f.name = ? WHERE h.sequence > COALESCE(f.sequence, 0)",
    [follower],
  );
}

/** A follower's position, locked until the commit; 0 where it had none. */
export async function lockFollower(
  sql: Sql,
  dialect: Dialect,
  name: string,
  workspaceId: string,
): Promise<number> {
  // A row that is not there cannot be locked.
  await sql.query(`${dialect.insertIgnore} INTO follower (name, workspace_id, sequence) VALUES (?, ?, 0)`, [
    name,
    workspaceId,
  ]);
  const [row] = await sql.query<{ sequence: number }>(
    `SELECT sequence FROM follower WHERE name = ? AND workspace_id = ? ${dialect.forUpdate}`,
    [name, workspaceId],
  );
  return row?.sequence ?? 0;
}

/** Takes a follower's position forward. */
export async function saveFollower(
  sql: Sql,
  dialect: Dialect,
  name: string,
  workspaceId: string,
  sequence: number,
): Promise<void> {
  await sql.query(
    `INSERT INTO follower (name, workspace_id, sequence) VALUES (?, ?, ?) ${dialect.upsert(["name", "workspace_id"], ["sequence"])}`,
    [name, workspaceId, sequence],
  );
}

/** An event as a follower plans with it. */
export interface FollowedEvent {
  readonly sequence: number;
  readonly type: EventType;
  readonly ticket_id: string | null;
  readonly revision: number | null;
  readonly actor_id: string;
  readonly occurred_at: number;
  /** Of the ticket, where there is one. */
  readonly queue: string | null;
  readonly submitted_by: string | null;
  /** The human behind its current revision, where one is named. */
  readonly revision_for: string | null;
  readonly approvals_required: number | null;
  /** The event's text, for the types that say more than these columns about who is to hear of it. */
  readonly body: string | null;
}

/** The ledger from a position on, without a gap. */
export async function readFollowed(
  sql: Sql,
  workspaceId: string,
  after: number,
  bodiesOf: readonly EventType[],
  limit: number,
): Promise<FollowedEvent[]> {
  return sql.query<FollowedEvent>(
    "SELECT e.sequence, e.type, e.ticket_id, e.revision, e.actor_id, e.occurred_at, t.queue, t.submitted_by, t.revision_for, t.approvals_required, " +
      `CASE WHEN e.type IN (${placeholders(bodiesOf.length)}) THEN e.body END AS body ` +
      "FROM audit_event e LEFT JOIN ticket t ON t.id = e.ticket_id AND t.workspace_id = e.workspace_id " +
      `WHERE e.workspace_id = ? AND e.sequence > ? ORDER BY e.sequence LIMIT ${Math.trunc(limit)}`,
    [...bodiesOf, workspaceId, after],
  );
}

/** Where the submitters of tickets asked to be told, by ticket. */
export async function findCallbacks(sql: Sql, ticketIds: readonly string[]): Promise<Map<string, string>> {
  if (ticketIds.length === 0) return new Map();
  const rows = await sql.query<{ ticket_id: string; url: string }>(
    `SELECT ticket_id, url FROM ticket_callback WHERE ticket_id IN (${placeholders(ticketIds.length)})`,
    ticketIds,
  );
  return new Map(rows.map((row) => [row.ticket_id, row.url]));
}

/** Drops the dead letters of a target that nobody will replay any more. */
export async function deleteDeadLetters(sql: Sql, workspaceId: string, target: string): Promise<void> {
  await sql.query("DELETE FROM delivery WHERE workspace_id = ? AND state = 'DEAD' AND target = ?", [
    workspaceId,
    target,
  ]);
}

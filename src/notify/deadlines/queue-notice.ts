import { badInput, notFound } from "../../domain/domain-error.js";
import { LIMITS } from "../../domain/limits.js";
import { type Manager, managedChange } from "../../identity/managed-change.js";
import { toActor } from "../../ledger/batch-facts.js";
import type { Ledger, WorkspaceEvent } from "../../ledger/ledger.js";
import {
  findQueueNotices,
  type QueueNoticeRow,
  replaceQueueNotice,
} from "../../persistence/notice-queries.js";
import { findPrincipalsById } from "../../persistence/principal-queries.js";
import type { Sql } from "../../persistence/sql.js";
import { listQueueRows } from "../../persistence/workspace-queries.js";
import { mayBeEscalatedTo } from "../preferences/mails-of.js";

/** What a queue does about the due times of its tickets. */
export interface QueueNotice {
  readonly queue: string;
  /** How long before the due time reviewers are reminded, minutes; null for never. */
  readonly remindMinutes: number | null;
  /** How long after it others are told, minutes; null for never. */
  readonly escalateMinutes: number | null;
  /** Whom it goes on to then: ids of members. */
  readonly escalateTo: readonly string[];
}

/**
 * Says what a queue does about due times, of the tickets that are there too. On the record as SETTINGS_CHANGED.
 * @throws DomainError NOT_FOUND, FORBIDDEN, BAD_USER_INPUT
 */
export async function setQueueNotice(
  ledger: Ledger,
  manager: Manager,
  notice: QueueNotice,
): Promise<QueueNotice> {
  const { workspaceId } = manager;
  const wanted = checkedNotice(notice);
  return managedChange(ledger, manager, async (sql) => {
    const { queue } = wanted;
    if (!(await listQueueRows(sql, workspaceId)).some(({ name }) => name === queue)) throw notFound("queue");
    await requireReachable(sql, workspaceId, wanted.escalateTo);
    const known = await readQueueNotice(sql, workspaceId, queue);
    if (JSON.stringify(known) === JSON.stringify(wanted)) return { result: known, events: [] };
    await replaceQueueNotice(sql, { workspace_id: workspaceId, queue }, toRow(workspaceId, wanted));
    return { result: wanted, events: [noticeEvent(wanted)] };
  });
}

/** What the queues of a workspace do about due times; those that do nothing are left out. */
export async function listQueueNotices(sql: Sql, workspaceId: string): Promise<QueueNotice[]> {
  return (await findQueueNotices(sql, workspaceId)).map((row) => ({
    queue: row.queue,
    remindMinutes: row.remind_minutes,
    escalateMinutes: row.escalate_minutes,
    escalateTo: parseIds(row.escalate_to),
  }));
}

/** What a queue does about due times: nothing, unless somebody said so. */
export async function readQueueNotice(sql: Sql, workspaceId: string, queue: string): Promise<QueueNotice> {
  const known = (await listQueueNotices(sql, workspaceId)).find((notice) => notice.queue === queue);
  return known ?? silentNotice(queue);
}

/** A queue that does nothing about due times. */
export function silentNotice(queue: string): QueueNotice {
  return { queue, remindMinutes: null, escalateMinutes: null, escalateTo: [] };
}

/** The ids in an `escalate_to` column. */
export function parseIds(text: string): string[] {
  return JSON.parse(text) as string[];
}

function toRow(workspaceId: string, notice: QueueNotice): QueueNoticeRow | undefined {
  if (notice.remindMinutes === null && notice.escalateMinutes === null) return undefined;
  return {
    workspace_id: workspaceId,
    queue: notice.queue,
    remind_minutes: notice.remindMinutes,
    escalate_minutes: notice.escalateMinutes,
    escalate_to: JSON.stringify(notice.escalateTo),
  };
}

/** What the record says of a queue's notices: all of it, so that the last word is the whole truth. */
function noticeEvent({ queue, remindMinutes, escalateMinutes, escalateTo }: QueueNotice): WorkspaceEvent {
  return {
    type: "SETTINGS_CHANGED",
    data: { setting: "queue_notice", queue, remindMinutes, escalateMinutes, escalateTo },
  };
}

/** @throws DomainError BAD_USER_INPUT */
function checkedNotice({ queue, remindMinutes, escalateMinutes, escalateTo }: QueueNotice): QueueNotice {
  requireMinutes("remindMinutes", remindMinutes, 1);
  requireMinutes("escalateMinutes", escalateMinutes, 0);
  const ids = [...new Set(escalateTo)].sort();
  if (ids.length > LIMITS.escalateTo)
    throw badInput("escalateTo", `escalateTo names ${LIMITS.escalateTo} members at most.`);
  if (escalateMinutes === null && ids.length > 0)
    throw badInput("escalateMinutes", "Say after how many minutes those members are told.");
  if (escalateMinutes !== null && ids.length === 0)
    throw badInput("escalateTo", "Name at least one member who is told when a ticket is late.");
  return { queue, remindMinutes, escalateMinutes, escalateTo: ids };
}

function requireMinutes(field: string, minutes: number | null, least: number): void {
  if (minutes === null) return;
  if (Number.isInteger(minutes) && minutes >= least && minutes <= LIMITS.noticeMinutes) return;
  throw badInput(field, `${field} must be a whole number from ${least} to ${LIMITS.noticeMinutes}, or null.`);
}

/** @throws DomainError BAD_USER_INPUT; somebody of another workspace is nobody here */
async function requireReachable(sql: Sql, workspaceId: string, ids: readonly string[]): Promise<void> {
  const found = new Map((await findPrincipalsById(sql, workspaceId, ids)).map((row) => [row.id, row]));
  for (const id of ids) {
    const row = found.get(id);
    if (row === undefined || row.removed_at !== null || !mayBeEscalatedTo(toActor(row)))
      throw badInput("escalateTo", "escalateTo must name, by their ids, humans who review or manage here.");
    if (row.email === null) throw badInput("escalateTo", `${row.name} has no address to write to.`);
  }
}

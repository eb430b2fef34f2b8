import type { CountedReview } from "../../domain/ticket-state.js";
import type { Database } from "../../persistence/database.js";
import { type DeliveryRow, insertDeliveries } from "../../persistence/delivery-queries.js";
import {
  type DueSpan,
  type DueTicketRow,
  findDueTickets,
  findNoticeSpans,
  findOpenEndpoints,
  insertTicketNotices,
  type OpenEndpointRow,
  type TicketNoticeRow,
} from "../../persistence/notice-queries.js";
import type { Sql } from "../../persistence/sql.js";
import { waiting } from "../planner.js";
import { readMailMembers } from "../preferences/mail-members.js";
import { type MailMember, type MailOccasion, mailsOf } from "../preferences/mails-of.js";
import { parseIds } from "./queue-notice.js";

/** What one look at the due times led to. */
export interface PlannedNotices {
  /** Tickets that are told of now. */
  readonly tickets: number;
  readonly deliveries: number;
  /** Whether there may be more to plan at once. */
  readonly more: boolean;
}

/**
 * How late a notice may be, milliseconds. One that was missed while no server ran is given late; but nobody is to be mailed
 * of everything that was ever due when a queue gets its first reminder.
 */
export const LATEST_NOTICE_MS = 7 * 86_400_000;

/** What one transaction plans at most, of each workspace: the one that passes the second number is the last. */
const PAGE = { tickets: 500, deliveries: 2_000 } as const;

const MINUTE_MS = 60_000;

/**
 * Plans what is told because of due times: a reminder before, an escalation after, each once for a revision. One page of each
 * workspace at a time, in a transaction with the note that it was told; nothing is written where nothing is due. To be
 * called by one server at a time: should two do it, one of them fails and changes nothing.
 * @param now milliseconds since the epoch, by the clock that `delivery.due_at` is held against
 */
export async function planNotices(database: Database, now: number): Promise<PlannedNotices> {
  const total = { tickets: 0, deliveries: 0, more: false };
  for (const span of await dueSpans(database.read, now)) {
    const planned = await database.transaction((sql) => planPage(sql, database, span));
    total.tickets += planned.tickets;
    total.deliveries += planned.deliveries;
    total.more ||= planned.more;
  }
  return total;
}

/** Whether there is anything to plan. Reads only: on SQLite the one writer is not kept from its work by a look in vain. */
export async function noticesDue(read: Sql, now: number): Promise<boolean> {
  return (await dueSpans(read, now)).length > 0;
}

/** Of each workspace in which a ticket is due for a notice, the times in which it is. */
async function dueSpans(read: Sql, now: number): Promise<DueSpan[]> {
  const due: DueSpan[] = [];
  for (const { workspace_id: workspaceId, ahead, behind } of await findNoticeSpans(read)) {
    const span: DueSpan = {
      workspaceId,
      now,
      after: now - behind * MINUTE_MS - LATEST_NOTICE_MS,
      until: now + ahead * MINUTE_MS,
      lateMs: LATEST_NOTICE_MS,
    };
    if ((await findDueTickets(read, span, 1)).length > 0) due.push(span);
  }
  return due;
}

async function planPage(sql: Sql, { dialect }: Database, span: DueSpan): Promise<PlannedNotices> {
  const { workspaceId, now } = span;
  const found = await findDueTickets(sql, span, PAGE.tickets);
  const queues = found.map(({ queue }) => queue);
  const members = await readMailMembers(sql, workspaceId, queues);
  const endpoints = await findOpenEndpoints(sql, workspaceId);
  const deliveries: DeliveryRow[] = [];
  const notices: TicketNoticeRow[] = [];
  let tickets = 0;
  for (const ticket of found) {
    if (deliveries.length >= PAGE.deliveries) break;
    tickets += 1;
    notices.push(...noticesOf(ticket, span));
    for (const target of targetsOf(ticket, members, endpoints, now))
      deliveries.push(deliveryOf(ticket, target, span));
  }
  await insertTicketNotices(sql, dialect, notices);
  await insertDeliveries(sql, dialect, deliveries);
  const more = tickets < found.length || found.length === PAGE.tickets;
  return { tickets, deliveries: deliveries.length, more };
}

/** After an escalation there is nothing to remind of, whatever becomes of the settings. */
function noticesOf(ticket: DueTicketRow, { workspaceId, now }: DueSpan): TicketNoticeRow[] {
  const passed: TicketNoticeRow["reason"][] =
    ticket.reason === "ESCALATION" && Number(ticket.reminded) === 0 ? ["REMINDER"] : [];
  return [ticket.reason, ...passed].map((reason) => ({
    ticket_id: ticket.id,
    revision: ticket.revision,
    reason,
    workspace_id: workspaceId,
    noticed_at: now,
  }));
}

/** Somebody or something that is told, and when. */
interface Target {
  readonly channel: "MAIL" | OpenEndpointRow["channel"];
  readonly id: string;
  readonly dueAt: number;
}

function targetsOf(
  ticket: DueTicketRow,
  members: readonly MailMember[],
  endpoints: readonly OpenEndpointRow[],
  now: number,
): Target[] {
  const mails = mailsOf(occasionOf(ticket, now), members, now);
  return [
    ...mails.map(({ principalId, dueAt }) => ({ channel: "MAIL" as const, id: principalId, dueAt })),
    ...endpoints
      .filter((endpoint) => hears(endpoint, ticket))
      .map(({ channel, id }) => ({ channel, id, dueAt: now })),
  ];
}

function occasionOf(ticket: DueTicketRow, now: number): MailOccasion {
  const { queue, reason } = ticket;
  if (reason === "ESCALATION") return { kind: reason, queue, to: parseIds(ticket.escalate_to) };
  const { claimed_until: claimedUntil } = ticket;
  const lapsed = claimedUntil !== null && claimedUntil <= now;
  const parties = [ticket.submitted_by, ticket.revision_by, ticket.revision_for];
  return {
    kind: reason,
    queue,
    parties: parties.filter((id) => id !== null),
    assigneeId: lapsed ? null : ticket.assignee_id,
    reviewedBy: (JSON.parse(ticket.counted) as CountedReview[]).map(({ reviewer }) => reviewer.id),
  };
}

/** Who does not want to hear that a revision came in is not reminded of it either. */
function hears({ queues, types }: OpenEndpointRow, { queue, revision }: DueTicketRow): boolean {
  const names = (text: string): string[] => JSON.parse(text) as string[];
  if (queues !== null && !names(queues).includes(queue)) return false;
  return types === null || names(types).includes(revision === 1 ? "SUBMITTED" : "RESUBMITTED");
}

function deliveryOf(ticket: DueTicketRow, { channel, id, dueAt }: Target, span: DueSpan): DeliveryRow {
  const { sequence, reason } = ticket;
  const about = { sequence, ticket_id: ticket.id };
  return waiting(span.workspaceId, about, { channel, target: id, reason }, dueAt, span.now);
}

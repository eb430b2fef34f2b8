import type { CountedReview } from "../../domain/ticket-state.js";
import type { Database } from "../../persistence/database.js";
import { type DeliveryRow, insertDeliveries } from "../../persistence/delivery-queries.js";
import { type EndpointRow, findOpenEndpoints } from "../../persistence/endpoint-queries.js";
import {
  type DuePage,
  type DuePlace,
  type DueSpan,
  type DueTicketRow,
  findDueTickets,
  findNoticeSpans,
  findPageEnd,
  insertTicketNotices,
  type TicketNoticeRow,
} from "../../persistence/notice-queries.js";
import type { Sql } from "../../persistence/sql.js";
import { interestOf } from "../endpoint-interest.js";
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

/**
 * How many pending tickets one statement looks at, and how many of these pages one look takes of each workspace: where very
 * much is late and told of already, neither the event loop (SQLite) nor the deliveries wait for all of it.
 */
const LOOK = { tickets: 2_000, pages: 5 } as const;

const MINUTE_MS = 60_000;

/** A workspace with a ticket that is to be told of, and where. */
interface Due {
  readonly span: DueSpan;
  readonly page: DuePage;
}

/**
 * Plans what is told because of due times: a reminder before, an escalation after, each once for a revision. To be asked by one
 * server at a time: should two plan, one of them fails and changes nothing. A look that has not come to the end of the due
 * times is gone on with by the next one.
 */
export class NoticePlanner {
  /** Up to where each workspace was looked at; what is not here is looked at from the beginning. */
  readonly #places = new Map<string, DuePlace>();

  /** @param onError what went wrong in one workspace; the others go on */
  constructor(
    private readonly database: Database,
    private readonly onError: (error: unknown, workspaceId: string) => void,
  ) {}

  /**
   * Whether there is anything to plan, as far as this look goes. Reads only: on SQLite the one writer is not kept from its work
   * by a look in vain.
   * @param now milliseconds since the epoch, by the clock that `delivery.due_at` is held against
   */
  async due(now: number): Promise<boolean> {
    return (await this.#dueNow(now)).length > 0;
  }

  /**
   * One page of each workspace, in a transaction with the note that it was told; nothing is written where nothing is due.
   * @param now as for {@link due}
   */
  async plan(now: number): Promise<PlannedNotices> {
    const total = { tickets: 0, deliveries: 0, more: false };
    for (const due of await this.#dueNow(now)) {
      const planned = await this.#guarded(due.span, () => this.#planPage(due));
      total.tickets += planned?.tickets ?? 0;
      total.deliveries += planned?.deliveries ?? 0;
      total.more ||= planned?.more ?? false;
    }
    return total;
  }

  async #dueNow(now: number): Promise<Due[]> {
    const found: Due[] = [];
    for (const { workspace_id: workspaceId, ahead, behind } of await findNoticeSpans(this.database.read)) {
      const span: DueSpan = {
        workspaceId,
        now,
        after: now - behind * MINUTE_MS - LATEST_NOTICE_MS,
        until: now + ahead * MINUTE_MS,
        lateMs: LATEST_NOTICE_MS,
      };
      const page = await this.#guarded(span, () => this.#look(span));
      if (page !== undefined) found.push({ span, page });
    }
    return found;
  }

  /** The first page with something to tell; it is looked at again until that is planned. */
  async #look(span: DueSpan): Promise<DuePage | undefined> {
    const { read } = this.database;
    for (let pages = 0; pages < LOOK.pages; pages += 1) {
      const from = this.#places.get(span.workspaceId);
      const page = { from, to: await findPageEnd(read, span, from, LOOK.tickets) };
      if ((await findDueTickets(read, span, page, 1)).length > 0) return page;
      this.#goOn(span, page.to);
      if (page.to === undefined) break;
    }
    return undefined;
  }

  async #planPage({ span, page }: Due): Promise<PlannedNotices> {
    const { dialect } = this.database;
    const { last, ...planned } = await this.database.transaction((sql) => planPage(sql, dialect, span, page));
    this.#goOn(span, planned.more ? (last ?? page.to) : page.to);
    return { ...planned, more: planned.more || page.to !== undefined };
  }

  #goOn({ workspaceId }: DueSpan, place: DuePlace | undefined): void {
    if (place === undefined) this.#places.delete(workspaceId);
    else this.#places.set(workspaceId, place);
  }

  async #guarded<Result>({ workspaceId }: DueSpan, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.onError(error, workspaceId);
      return undefined;
    }
  }
}

async function planPage(
  sql: Sql,
  dialect: Database["dialect"],
  span: DueSpan,
  page: DuePage,
): Promise<PlannedNotices & { readonly last: DuePlace | undefined }> {
  const { workspaceId, now } = span;
  const found = await findDueTickets(sql, span, page, PAGE.tickets);
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
  return { tickets, deliveries: deliveries.length, more, last: found[tickets - 1] };
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
  readonly channel: "MAIL" | EndpointRow["channel"];
  readonly id: string;
  readonly dueAt: number;
}

function targetsOf(
  ticket: DueTicketRow,
  members: readonly MailMember[],
  endpoints: readonly EndpointRow[],
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
function hears(endpoint: EndpointRow, { queue, revision }: DueTicketRow): boolean {
  return interestOf(endpoint)(revision === 1 ? "SUBMITTED" : "RESUBMITTED", queue);
}

function deliveryOf(ticket: DueTicketRow, { channel, id, dueAt }: Target, span: DueSpan): DeliveryRow {
  const { sequence, reason } = ticket;
  const about = { sequence, ticket_id: ticket.id };
  return waiting(span.workspaceId, about, { channel, target: id, reason }, dueAt, span.now);
}

import { typeid } from "typeid-js";
import { type EventType, SETTLING_TYPES } from "../domain/ticket-event.js";
import {
  type ChannelName,
  type DeliveryReason,
  type DeliveryRow,
  type FollowedEvent,
  findCallbacks,
} from "../persistence/delivery-queries.js";
import {
  type EndpointRow,
  findCallbackEndpoint,
  findOpenEndpoints,
} from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";
import { interestOf } from "./endpoint-interest.js";
import { TOLD_TYPES } from "./told-types.js";

/** A mail that an event leads to. */
export interface PlannedMail {
  readonly principalId: string;
  /** Whether it goes into a digest. */
  readonly digest: boolean;
  /** Milliseconds since the epoch: at once, or when quiet hours have ended, or with the next digest. */
  readonly dueAt: number;
}

/** Reads who may be mailed of events, once for all of them, and gives a function that says who is mailed of each. */
export type MailPlanner = (
  sql: Sql,
  workspaceId: string,
  events: readonly FollowedEvent[],
) => Promise<(event: FollowedEvent, now: number) => readonly PlannedMail[]>;

/** Which channels there are beside the endpoints. */
export interface PlannerOptions {
  /** Undefined where no mail is sent. */
  readonly mails: MailPlanner | undefined;
  /** Whether every step is forwarded to a Core. */
  readonly core: boolean;
}

/** The types whose text is needed to know who is to hear of them. */
export const BODY_TYPES: readonly EventType[] = ["SUBMITTED", "RESUBMITTED", "ASSIGNED"];

/** What a Core's log is told: who checks a ticket is a step there, as in the log of a program that did it itself. */
const LOGGED_TYPES: ReadonlySet<EventType> = new Set([...TOLD_TYPES, "DECISION_READ"]);
/** The target of everything that goes to the Core. */
export const CORE_TARGET = "core";

/** What events lead to. */
export interface Planned {
  readonly rows: readonly DeliveryRow[];
  /** The last event that was planned for; undefined without any. */
  readonly upTo: number | undefined;
}

/** Deliveries that are planned in one go: one transaction writes them, and nobody else writes meanwhile. */
const MOST = 2_000;

/** The deliveries that events of a workspace lead to, one per target and event, in ledger order; not of all where they are many. */
export async function planDeliveries(
  sql: Sql,
  workspaceId: string,
  events: readonly FollowedEvent[],
  { mails, core }: PlannerOptions,
  now: number,
): Promise<Planned> {
  const told = events.filter(({ type }) => TOLD_TYPES.has(type));
  const listeners = told.length === 0 ? [] : await listenersOf(sql, workspaceId);
  const callbacks = await callbacksOf(sql, workspaceId, told);
  const mailed = told.length === 0 ? undefined : await mails?.(sql, workspaceId, told);
  const rows: DeliveryRow[] = [];
  let upTo: number | undefined;
  for (const event of events) {
    if (rows.length >= MOST) break;
    upTo = event.sequence;
    const to = (target: Target, dueAt = now): unknown =>
      rows.push(waiting(workspaceId, event, target, dueAt, now));
    if (core && event.ticket_id !== null && LOGGED_TYPES.has(event.type))
      to({ channel: "CORE", target: CORE_TARGET });
    if (!TOLD_TYPES.has(event.type)) continue;
    for (const { row, wants } of listeners) if (wants(event)) to({ channel: row.channel, target: row.id });
    const callback = SETTLING_TYPES.has(event.type) ? callbacks.get(event.ticket_id ?? "") : undefined;
    if (callback !== undefined) to(callback);
    for (const { principalId, digest, dueAt } of mailed?.(event, now) ?? [])
      to({ channel: "MAIL", target: principalId, reason: digest ? "DIGEST" : "EVENT" }, dueAt);
  }
  return { rows, upTo };
}

interface Listener {
  readonly row: EndpointRow;
  readonly wants: (event: FollowedEvent) => boolean;
}

/** Who listens: each from its making on. */
async function listenersOf(sql: Sql, workspaceId: string): Promise<Listener[]> {
  return (await findOpenEndpoints(sql, workspaceId)).map((row) => {
    const interest = interestOf(row);
    return {
      row,
      wants: ({ type, queue, occurred_at }) => occurred_at >= row.created_at && interest(type, queue),
    };
  });
}

/** To whom, by which way. */
export interface Target {
  readonly channel: ChannelName;
  readonly target: string;
  readonly reason?: DeliveryReason;
  readonly url?: string;
}

/** The row of a delivery that has not been tried yet. */
export function waiting(
  workspaceId: string,
  event: Pick<FollowedEvent, "sequence" | "ticket_id">,
  { channel, target, reason = "EVENT", url }: Target,
  dueAt: number,
  now: number = dueAt,
): DeliveryRow {
  return {
    id: typeid("delivery").toString(),
    workspace_id: workspaceId,
    channel,
    target,
    ticket_id: event.ticket_id ?? "",
    sequence: event.sequence,
    reason,
    url: url ?? null,
    state: "WAITING",
    attempts: 0,
    due_at: dueAt,
    created_at: now,
    problem: null,
    http_status: null,
    dead_at: null,
  };
}

/** Where the submitters of settled tickets asked to be told. */
async function callbacksOf(
  sql: Sql,
  workspaceId: string,
  events: readonly FollowedEvent[],
): Promise<Map<string, Target>> {
  const settled = events.filter(({ type, ticket_id }) => SETTLING_TYPES.has(type) && ticket_id !== null);
  const urls = await findCallbacks(sql, [...new Set(settled.map(({ ticket_id }) => ticket_id ?? ""))]);
  const found = new Map<string, Target>();
  const ofPrincipal = new Map<string, EndpointRow | undefined>();
  for (const { ticket_id, submitted_by } of settled) {
    const url = urls.get(ticket_id ?? "");
    if (url === undefined || submitted_by === null || ticket_id === null) continue;
    if (!ofPrincipal.has(submitted_by))
      ofPrincipal.set(submitted_by, await findCallbackEndpoint(sql, workspaceId, submitted_by));
    const endpoint = ofPrincipal.get(submitted_by);
    if (endpoint !== undefined) found.set(ticket_id, { channel: "CALLBACK", target: endpoint.id, url });
  }
  return found;
}

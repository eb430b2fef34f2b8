import { typeid } from "typeid-js";
import {
  EVENT_TYPES,
  type EventType,
  OWN_LIST_TYPES,
  SETTLING_TYPES,
  WATCHING_TYPES,
} from "../domain/ticket-event.js";
import type { EventBody } from "../ledger/event-body.js";
import { parseBody } from "../ledger/event-body.js";
import {
  type ChannelName,
  type DeliveryReason,
  type DeliveryRow,
  type FollowedEvent,
  findSubmissions,
} from "../persistence/delivery-queries.js";
import { type EndpointRow, listEndpointRows } from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";

/** A mail that an event leads to. */
export interface PlannedMail {
  readonly event: FollowedEvent;
  readonly principalId: string;
  /** Whether it goes into a digest. */
  readonly digest: boolean;
  /** Milliseconds since the epoch: at once, or when quiet hours have ended, or with the next digest. */
  readonly dueAt: number;
}

/** Who is mailed for which events. */
export type MailPlanner = (
  sql: Sql,
  workspaceId: string,
  events: readonly FollowedEvent[],
  now: number,
) => Promise<readonly PlannedMail[]>;

/** Which channels there are beside the endpoints. */
export interface PlannerOptions {
  /** Undefined where no mail is sent. */
  readonly mails: MailPlanner | undefined;
  /** Whether every step is forwarded to a Core. */
  readonly core: boolean;
}

/** The types whose text is needed to know who is to hear of them. */
export const BODY_TYPES: readonly EventType[] = ["SUBMITTED", "RESUBMITTED", "ASSIGNED"];

/** What is told at all: the work, not the watching, and not what is of one reviewer's own list. */
export const TOLD_TYPES: ReadonlySet<EventType> = new Set(
  EVENT_TYPES.filter((type) => !WATCHING_TYPES.has(type) && !OWN_LIST_TYPES.has(type)),
);
/** What a Core's log is told: who checks a ticket is a step there, as in the log of a program that did it itself. */
const LOGGED_TYPES: ReadonlySet<EventType> = new Set([...TOLD_TYPES, "DECISION_READ"]);
/** What a chat is told unless it asks for something else. */
const CHAT_TYPES: ReadonlySet<EventType> = new Set(["SUBMITTED", "RESUBMITTED", ...SETTLING_TYPES]);

/** The target of everything that goes to the Core. */
export const CORE_TARGET = "core";

/** The deliveries that events of a workspace lead to: one per target and event, in ledger order. */
export async function planDeliveries(
  sql: Sql,
  workspaceId: string,
  events: readonly FollowedEvent[],
  { mails, core }: PlannerOptions,
  now: number,
): Promise<DeliveryRow[]> {
  const told = events.filter(({ type }) => TOLD_TYPES.has(type));
  const planned: DeliveryRow[] = [];
  if (core) planned.push(...planCore(workspaceId, events, now));
  if (told.length === 0) return planned;
  const endpoints = await listEndpointRows(sql, workspaceId);
  const listeners = endpoints
    .filter((row) => row.disabled_at === null && row.channel !== "CALLBACK")
    .map((row) => ({ row, wants: wantsOf(row) }));
  const callbacks = await callbacksOf(sql, endpoints, told);
  const add = (event: FollowedEvent, to: Target): void => {
    planned.push(waiting(workspaceId, event, to, now));
  };
  for (const event of told) {
    for (const { row, wants } of listeners)
      if (wants(event)) add(event, { channel: row.channel, target: row.id });
    const callback = event.ticket_id === null ? undefined : callbacks.get(event.ticket_id);
    if (callback !== undefined && SETTLING_TYPES.has(event.type)) add(event, callback);
  }
  for (const { event, principalId, digest, dueAt } of (await mails?.(sql, workspaceId, told, now)) ?? []) {
    const reason = digest ? "DIGEST" : "EVENT";
    planned.push(waiting(workspaceId, event, { channel: "MAIL", target: principalId, reason }, dueAt, now));
  }
  return planned;
}

function planCore(workspaceId: string, events: readonly FollowedEvent[], now: number): DeliveryRow[] {
  return events
    .filter(({ type, ticket_id }) => ticket_id !== null && LOGGED_TYPES.has(type))
    .map((event) => waiting(workspaceId, event, { channel: "CORE", target: CORE_TARGET }, now));
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

/** Which events an endpoint wants. Events of no ticket only where it names their type, and no queues. */
function wantsOf({ channel, queues, types }: EndpointRow): (event: FollowedEvent) => boolean {
  const inQueues = queues === null ? undefined : new Set(JSON.parse(queues) as string[]);
  const named = types === null ? undefined : new Set(JSON.parse(types) as EventType[]);
  const usual = channel === "SLACK" ? CHAT_TYPES : TOLD_TYPES;
  return ({ type, ticket_id, queue }) => {
    if (ticket_id === null) return inQueues === undefined && named?.has(type) === true;
    if (inQueues !== undefined && (queue === null || !inQueues.has(queue))) return false;
    return named === undefined ? usual.has(type) : named.has(type);
  };
}

/** Where the submitters of settled tickets asked to be told. */
async function callbacksOf(
  sql: Sql,
  endpoints: readonly EndpointRow[],
  events: readonly FollowedEvent[],
): Promise<Map<string, Target>> {
  const ofPrincipal = new Map(
    endpoints.filter(({ channel }) => channel === "CALLBACK").map((row) => [row.principal_id, row]),
  );
  const settled = events.filter(
    ({ type, submitted_by }) => SETTLING_TYPES.has(type) && ofPrincipal.has(submitted_by),
  );
  const ids = [...new Set(settled.flatMap(({ ticket_id }) => (ticket_id === null ? [] : [ticket_id])))];
  const submissions = await findSubmissions(sql, ids);
  const found = new Map<string, Target>();
  for (const { ticket_id, submitted_by } of settled) {
    if (ticket_id === null) continue;
    const endpoint = ofPrincipal.get(submitted_by);
    const url = callbackUrlOf(submissions.get(ticket_id));
    if (endpoint !== undefined && url !== undefined)
      found.set(ticket_id, { channel: "CALLBACK", target: endpoint.id, url });
  }
  return found;
}

function callbackUrlOf(body: string | undefined): string | undefined {
  if (body === undefined) return undefined;
  const { callbackUrl } = parseBody(body).data as EventBody["data"] & { readonly callbackUrl?: unknown };
  return typeof callbackUrl === "string" ? callbackUrl : undefined;
}

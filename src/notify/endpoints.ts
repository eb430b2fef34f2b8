import { typeid } from "typeid-js";
import { badInput, notFound } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import type { EventType } from "../domain/ticket-event.js";
import { type Manager, managedChange } from "../identity/managed-change.js";
import { requiredName } from "../identity/names.js";
import { checkedOverlap } from "../identity/overlap.js";
import { parseQueues, queuesColumn, uniqueQueues } from "../identity/queue-list.js";
import { requireQueues } from "../identity/queues.js";
import type { Ledger } from "../ledger/ledger.js";
import { countDeadLetters, deleteDeadLetters } from "../persistence/delivery-queries.js";
import {
  type EndpointRow,
  findEndpointRow,
  insertEndpoint,
  listEndpointRows,
  updateEndpoint,
} from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";
import { endpointEvent, shownUrl } from "./endpoint-event.js";
import { parseTypes, typesColumn } from "./endpoint-interest.js";
import { SLACK_EVENTS } from "./slack-message.js";
import { TOLD_TYPES } from "./told-types.js";
import { newWebhookSecret } from "./webhook-secret.js";

/** The ways to tell an endpoint. */
export const ENDPOINT_CHANNELS = ["WEBHOOK", "SLACK"] as const;
export type EndpointChannel = (typeof ENDPOINT_CHANNELS)[number];

/** Where a workspace's events are told by HTTP. */
export interface Endpoint {
  readonly id: string;
  readonly channel: EndpointChannel;
  readonly name: string;
  /** Without its query; of a chat's, whose whole path is a secret, only where it leads. */
  readonly url: string;
  /** Null for every queue. */
  readonly queues: readonly string[] | null;
  /** Null for what the channel is usually told. */
  readonly types: readonly EventType[] | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When it was switched off, by hand or since its other side said that it is gone; null while it is on. */
  readonly disabledAt: number | null;
  readonly disabledReason: string | null;
}

/** An endpoint with what it signs with, which is shown this once; null for a chat, which is not signed. */
export interface EndpointWithSecret {
  readonly endpoint: Endpoint;
  readonly secret: string | null;
}

/** See {@link Telling.checkUrl}. */
export type CheckUrl = (url: string, field: string) => string;

/** An endpoint as it is to be. */
export interface NewEndpoint extends Manager {
  readonly channel: EndpointChannel;
  readonly name: string;
  readonly url: string;
  readonly queues: readonly string[] | null;
  readonly types: readonly string[] | null;
}

/** What is to be different; undefined leaves it. */
export interface EndpointChange extends Manager {
  readonly endpointId: string;
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly queues?: readonly string[] | null | undefined;
  readonly types?: readonly string[] | null | undefined;
  readonly disabled?: boolean | undefined;
}

/** Which endpoint, by whom. */
export interface EndpointChoice extends Manager {
  readonly endpointId: string;
}

/** A new secret for an endpoint. */
export interface SecretRotation extends EndpointChoice {
  /** How long the former one signs beside it. */
  readonly overlapMinutes: number;
}

/**
 * Makes an endpoint, which is told what happens from then on. On the record as SETTINGS_CHANGED.
 * @throws DomainError BAD_USER_INPUT
 */
export async function createEndpoint(
  ledger: Ledger,
  checkUrl: CheckUrl,
  input: NewEndpoint,
): Promise<EndpointWithSecret> {
  const { workspaceId, channel } = input;
  const name = requiredName(input.name, "name", LIMITS.principalName);
  const url = checkedUrl(input.url, checkUrl);
  const types = checkedTypes(input.types, channel);
  const queues = uniqueQueues(input.queues);
  const secret = channel === "WEBHOOK" ? newWebhookSecret() : null;
  return managedChange(ledger, input, async (sql, at) => {
    await requireQueues(sql, workspaceId, queues);
    const known = (await listEndpointRows(sql, workspaceId)).filter((row) => row.channel !== "CALLBACK");
    if (known.length >= LIMITS.endpoints)
      throw badInput("name", `A workspace has ${LIMITS.endpoints} endpoints at most.`);
    const row = newEndpointRow({
      workspace_id: workspaceId,
      channel,
      name,
      url,
      queues: queuesColumn(queues),
      types: typesColumn(types),
      principal_id: null,
      secret,
      created_at: at,
    });
    await insertEndpoint(sql, row);
    return { result: { endpoint: toEndpoint(row), secret }, events: [endpointEvent(row)] };
  });
}

/** @throws DomainError NOT_FOUND, BAD_USER_INPUT */
export async function changeEndpoint(
  ledger: Ledger,
  checkUrl: CheckUrl,
  input: EndpointChange,
): Promise<Endpoint> {
  const { workspaceId, disabled } = input;
  const url = input.url === undefined ? undefined : checkedUrl(input.url, checkUrl);
  const queues = input.queues === undefined ? undefined : uniqueQueues(input.queues);
  return managedChange(ledger, input, async (sql, at) => {
    const known = await endpointIn(sql, input);
    const types = input.types === undefined ? undefined : checkedTypes(input.types, known.channel);
    if (queues !== undefined) await requireQueues(sql, workspaceId, queues);
    const row: EndpointRow = {
      ...known,
      ...(input.name === undefined ? {} : { name: requiredName(input.name, "name", LIMITS.principalName) }),
      ...(url === undefined ? {} : { url }),
      ...(queues === undefined ? {} : { queues: queuesColumn(queues) }),
      ...(types === undefined ? {} : { types: typesColumn(types) }),
      ...(disabled === undefined ? {} : switched(known, disabled, at)),
    };
    await updateEndpoint(sql, row);
    return { result: toEndpoint(row), events: [endpointEvent(row)] };
  });
}

/**
 * Removes an endpoint: what waits for it is dropped, and so are its dead letters.
 * @throws DomainError NOT_FOUND
 */
export async function removeEndpoint(ledger: Ledger, input: EndpointChoice): Promise<Endpoint> {
  return managedChange(ledger, input, async (sql, at) => {
    const row = { ...(await endpointIn(sql, input)), removed_at: at, secret: null, previous_secret: null };
    await updateEndpoint(sql, row);
    await deleteDeadLetters(sql, input.workspaceId, row.id);
    return { result: toEndpoint(row), events: [endpointEvent(row)] };
  });
}

/**
 * Gives an endpoint a new secret; during the overlap, what it is told is signed with both.
 * @throws DomainError NOT_FOUND, BAD_USER_INPUT
 */
export async function rotateEndpointSecret(
  ledger: Ledger,
  input: SecretRotation,
): Promise<EndpointWithSecret> {
  const overlapMs = checkedOverlap(input.overlapMinutes);
  return managedChange(ledger, input, async (sql, at) => {
    const known = await endpointIn(sql, input);
    if (known.channel !== "WEBHOOK")
      throw badInput(
        "endpointId",
        "Only what is told by webhook is signed; a chat has no secret but its URL.",
      );
    const secret = newWebhookSecret();
    const row = rotated(known, secret, at, overlapMs);
    await updateEndpoint(sql, row);
    return { result: { endpoint: toEndpoint(row), secret }, events: [endpointEvent(row)] };
  });
}

/** The endpoints of a workspace, the oldest first, each with the number of its dead letters. */
export async function listEndpoints(
  sql: Sql,
  workspaceId: string,
): Promise<(Endpoint & { readonly deadLetters: number })[]> {
  const dead = await countDeadLetters(sql, workspaceId);
  const rows = await listEndpointRows(sql, workspaceId);
  return rows
    .filter(({ channel }) => channel !== "CALLBACK")
    .map((row) => ({ ...toEndpoint(row), deadLetters: dead.get(row.id) ?? 0 }));
}

/** @throws DomainError NOT_FOUND where the workspace has no such endpoint */
export async function endpointIn(
  sql: Sql,
  { workspaceId, endpointId }: { readonly workspaceId: string; readonly endpointId: string },
): Promise<EndpointRow> {
  const row = await findEndpointRow(sql, workspaceId, endpointId);
  if (row === undefined || row.removed_at !== null || row.channel === "CALLBACK") throw notFound("endpoint");
  return row;
}

/** What is said of a new endpoint; the rest is the same for each. */
type NewRow = Pick<
  EndpointRow,
  "workspace_id" | "channel" | "name" | "url" | "queues" | "types" | "principal_id" | "secret" | "created_at"
>;

/** The row of a new endpoint, which is on. */
export function newEndpointRow(row: NewRow): EndpointRow {
  return {
    ...row,
    id: typeid("endpoint").toString(),
    previous_secret: null,
    previous_until: null,
    disabled_at: null,
    disabled_reason: null,
    removed_at: null,
  };
}

/** The row with a new secret, and the former one until the overlap ends. */
export function rotated(row: EndpointRow, secret: string, at: number, overlapMs: number): EndpointRow {
  return {
    ...row,
    secret,
    previous_secret: overlapMs > 0 ? row.secret : null,
    previous_until: overlapMs > 0 ? at + overlapMs : null,
  };
}

/** @throws DomainError BAD_USER_INPUT */
export function checkedUrl(url: string, check: CheckUrl, field = "url"): string {
  if (url.length > LIMITS.url) throw badInput(field, `${field} may have at most ${LIMITS.url} characters.`);
  return check(url, field);
}

function checkedTypes(types: readonly string[] | null, channel: EndpointRow["channel"]): EventType[] | null {
  if (types === null) return null;
  if (types.length === 0)
    throw badInput("types", "Name at least one type, or none at all for the usual ones.");
  const there = channel === "SLACK" ? SLACK_EVENTS : TOLD_TYPES;
  const told: ReadonlySet<string> = there;
  const untold = types.find((type) => !told.has(type));
  if (untold !== undefined) {
    const whom = channel === "SLACK" ? "No chat" : "Nobody";
    throw badInput("types", `${whom} is told of ${untold.slice(0, 50)}. There are ${[...there].join(", ")}.`);
  }
  return [...there].filter((type) => types.includes(type));
}

function switched(
  known: EndpointRow,
  disabled: boolean,
  at: number,
): Pick<EndpointRow, "disabled_at" | "disabled_reason"> {
  if (!disabled) return { disabled_at: null, disabled_reason: null };
  return known.disabled_at === null
    ? { disabled_at: at, disabled_reason: null }
    : { disabled_at: known.disabled_at, disabled_reason: known.disabled_reason };
}

function toEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    channel: row.channel === "SLACK" ? "SLACK" : "WEBHOOK",
    name: row.name,
    url: shownUrl(row) ?? "",
    queues: parseQueues(row.queues),
    types: parseTypes(row.types),
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason,
  };
}

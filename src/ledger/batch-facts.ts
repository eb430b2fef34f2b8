import type { Actor } from "../domain/principal.js";
import type { Snooze } from "../domain/snooze.js";
import type { Database } from "../persistence/database.js";
import type { DecisionRow } from "../persistence/rows.js";
import { type PrincipalRow, parseRoles, type StoredTicket } from "../persistence/rows.js";
import { findSnoozes } from "../persistence/snooze-queries.js";
import { placeholders, type Sql } from "../persistence/sql.js";
import { findDecisions, findTickets } from "../persistence/ticket-queries.js";
import type { Idempotency, TicketRequest } from "./ledger.js";

/** The head of a workspace's ledger, and the database's time when it was locked. */
export interface LockedHead {
  readonly sequence: number;
  readonly hash: string;
  /** Of the last event; milliseconds since the epoch. */
  readonly occurredAt: number;
  /** The database's time, milliseconds since the epoch. */
  readonly now: number;
}

/** An earlier command's idempotency record. */
export interface KnownKey {
  readonly contentHash: string;
  readonly ticketId: string;
  readonly sequence: number;
  readonly hash: string;
  readonly settled: DecisionRow | null;
}

/** What the commands of a batch need to know, loaded at once under the head's lock. */
export interface BatchFacts {
  readonly tickets: Map<string, StoredTicket>;
  /** By {@link idempotencyScope}. */
  readonly keys: Map<string, KnownKey>;
  /** Minimum of approvals by queue. */
  readonly queues: ReadonlyMap<string, number>;
  /**
   * Members as they are now: those who are to be assigned, those who issue what {@link isReviewersCommand} says, and those
   * out of whose hands Countersign may take a ticket.
   */
  readonly principals: ReadonlyMap<string, Actor>;
  /** By {@link readScope}. */
  readonly reads: Set<string>;
  /** What principals have put aside, as far as the commands may change it; by {@link snoozeScope}. */
  readonly snoozes: Map<string, Snooze>;
  /** Ids of the requests' credentials that have not ended. */
  readonly credentials: ReadonlySet<string>;
}

/** Locks the ledger's head: from here to the commit no other writer of this workspace runs, on any server. */
export async function lockHead(sql: Sql, database: Database, workspaceId: string): Promise<LockedHead> {
  const [row] = await sql.query<{ sequence: number; hash: string; occurred_at: number; now: number }>(
    `SELECT sequence, hash, occurred_at, ${database.dialect.now} AS now FROM ledger_head WHERE workspace_id = ? ` +
      database.dialect.forUpdate,
    [workspaceId],
  );
  if (row === undefined) throw new Error(`workspace ${workspaceId} has no ledger`);
  return { sequence: row.sequence, hash: row.hash, occurredAt: row.occurred_at, now: row.now };
}

/** Unambiguous: principals' ids and mutations' names hold no space, and the key comes last. */
export function idempotencyScope(
  principalId: string,
  idempotency: Pick<Idempotency, "mutation" | "key">,
): string {
  return `${principalId} ${idempotency.mutation} ${idempotency.key}`;
}

export function readScope(ticketId: string, principalId: string, revision: number, status: string): string {
  return `${ticketId} ${principalId} ${revision} ${status}`;
}

/** Loads the facts that these requests need. */
export async function loadFacts(
  sql: Sql,
  workspaceId: string,
  requests: readonly TicketRequest[],
  now: number,
): Promise<BatchFacts> {
  const keys = await loadKeys(sql, workspaceId, requests);
  const ids = new Set<string>([...keys.values()].map((key) => key.ticketId));
  for (const request of requests) if (request.ticketId !== undefined) ids.add(request.ticketId);
  const tickets = await findTickets(sql, workspaceId, [...ids]);
  return {
    keys,
    tickets,
    queues: await loadQueues(sql, workspaceId, requests),
    principals: await loadPrincipals(sql, workspaceId, requests, tickets),
    reads: await loadReads(sql, requests),
    snoozes: await loadSnoozes(sql, requests),
    credentials: await loadCredentials(sql, requests, now),
  };
}

const LIVING = {
  API_KEY:
    "SELECT id FROM api_key WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) AND id IN",
  SESSION: "SELECT id FROM session WHERE ended_at IS NULL AND expires_at > ? AND id IN",
} as const;

async function loadCredentials(
  sql: Sql,
  requests: readonly TicketRequest[],
  now: number,
): Promise<ReadonlySet<string>> {
  const living = new Set<string>();
  for (const kind of ["API_KEY", "SESSION"] as const) {
    const ids = requests.flatMap(({ credential }) => (credential?.kind === kind ? [credential.id] : []));
    if (ids.length === 0) continue;
    const asked = [...new Set(ids)];
    const rows = await sql.query<{ id: string }>(`${LIVING[kind]} (${placeholders(asked.length)})`, [
      now,
      ...asked,
    ]);
    for (const { id } of rows) living.add(id);
  }
  return living;
}

interface KeyRow {
  readonly principal_id: string;
  readonly mutation: string;
  readonly idempotency_key: string;
  readonly content_hash: string;
  readonly ticket_id: string;
  readonly sequence: number;
  readonly hash: string;
  readonly settled_revision: number | null;
}

async function loadKeys(
  sql: Sql,
  workspaceId: string,
  requests: readonly TicketRequest[],
): Promise<Map<string, KnownKey>> {
  const wanted = requests.flatMap(({ actor, idempotency }) =>
    idempotency === undefined ? [] : [[actor.id, idempotency.mutation, idempotency.key]],
  );
  if (wanted.length === 0) return new Map();
  const rows = await sql.query<KeyRow>(
    "SELECT principal_id, mutation, idempotency_key, content_hash, ticket_id, sequence, hash, settled_revision " +
      "FROM idempotency WHERE workspace_id = ? AND (principal_id, mutation, idempotency_key) IN " +
      `(${wanted.map(() => "(?, ?, ?)").join(", ")})`,
    [workspaceId, ...wanted.flat()],
  );
  const settled = rows.flatMap((row) =>
    row.settled_revision === null ? [] : [{ ticketId: row.ticket_id, revision: row.settled_revision }],
  );
  const decisions = await findDecisions(sql, settled);
  return new Map(
    rows.map((row) => [
      idempotencyScope(row.principal_id, { mutation: row.mutation, key: row.idempotency_key }),
      {
        contentHash: row.content_hash,
        ticketId: row.ticket_id,
        sequence: row.sequence,
        hash: row.hash,
        settled:
          decisions.find(
            (made) => made.ticket_id === row.ticket_id && made.revision === row.settled_revision,
          ) ?? null,
      },
    ]),
  );
}

async function loadQueues(
  sql: Sql,
  workspaceId: string,
  requests: readonly TicketRequest[],
): Promise<Map<string, number>> {
  if (!requests.some((request) => request.command.kind === "submit")) return new Map();
  const rows = await sql.query<{ name: string; minimum_approvals: number }>(
    "SELECT name, minimum_approvals FROM queue WHERE workspace_id = ?",
    [workspaceId],
  );
  return new Map(rows.map((row) => [row.name, row.minimum_approvals]));
}

export function snoozeScope(ticketId: string, principalId: string): string {
  return `${ticketId} ${principalId}`;
}

/** Whose snooze a command may begin or end; undefined where it touches none. */
function sleeperOf({ actor, command }: TicketRequest): string | undefined {
  if (command.kind === "assign") return command.assigneeId;
  return ["snooze", "unsnooze", "claim"].includes(command.kind) ? actor.id : undefined;
}

async function loadSnoozes(sql: Sql, requests: readonly TicketRequest[]): Promise<Map<string, Snooze>> {
  const wanted = requests.flatMap((request) => {
    const principalId = sleeperOf(request);
    return principalId === undefined || request.ticketId === undefined
      ? []
      : [{ ticketId: request.ticketId, principalId }];
  });
  const rows = await findSnoozes(sql, wanted);
  return new Map(
    rows.map((row) => [
      snoozeScope(row.ticket_id, row.principal_id),
      { revision: row.revision, until: row.snoozed_until },
    ]),
  );
}

/**
 * Whether a command rests on its actor's being a reviewer. A credential is known for a moment after its roles were changed;
 * no sign-off may come after the event that took the right away, so these are held against the members as they are.
 */
export function isReviewersCommand({ kind }: TicketRequest["command"]): boolean {
  return REVIEWERS_COMMANDS.has(kind);
}

const REVIEWERS_COMMANDS: ReadonlySet<TicketRequest["command"]["kind"]> = new Set([
  "decide",
  "retract",
  "claim",
  "release",
  "snooze",
  "unsnooze",
  "assign",
]);

async function loadPrincipals(
  sql: Sql,
  workspaceId: string,
  requests: readonly TicketRequest[],
  tickets: ReadonlyMap<string, StoredTicket>,
): Promise<Map<string, Actor>> {
  const wanted = requests.flatMap(({ actor, command, ticketId = "" }) => {
    if (actor.kind !== "SYSTEM") {
      return [
        ...(isReviewersCommand(command) ? [actor.id] : []),
        ...(command.kind === "assign" ? [command.assigneeId] : []),
      ];
    }
    const holder = command.kind === "release" ? tickets.get(ticketId)?.state.assigneeId : null;
    return holder === null || holder === undefined ? [] : [holder];
  });
  if (wanted.length === 0) return new Map();
  const ids = [...new Set(wanted)];
  const rows = await sql.query<PrincipalRow>(
    "SELECT id, workspace_id, name, kind, roles, queues, email, created_at, removed_at FROM principal " +
      `WHERE workspace_id = ? AND removed_at IS NULL AND id IN (${placeholders(ids.length)})`,
    [workspaceId, ...ids],
  );
  return new Map(rows.map((row) => [row.id, toActor(row)]));
}

/** The actor that a principal's row describes. */
export function toActor(row: PrincipalRow): Actor {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    workspaceId: row.workspace_id,
    roles: parseRoles(row.roles),
    queues: row.queues === null ? null : (JSON.parse(row.queues) as string[]),
  };
}

async function loadReads(sql: Sql, requests: readonly TicketRequest[]): Promise<Set<string>> {
  const wanted = requests.flatMap(({ actor, ticketId, command }) =>
    command.kind === "recordRead" && ticketId !== undefined ? [[ticketId, actor.id]] : [],
  );
  if (wanted.length === 0) return new Set();
  const rows = await sql.query<{ ticket_id: string; principal_id: string; revision: number; status: string }>(
    "SELECT ticket_id, principal_id, revision, status FROM decision_read WHERE (ticket_id, principal_id) IN " +
      `(${wanted.map(() => "(?, ?)").join(", ")})`,
    wanted.flat(),
  );
  return new Set(rows.map((row) => readScope(row.ticket_id, row.principal_id, row.revision, row.status)));
}

import { type Actor, isReviewer, seesEverything } from "../domain/principal.js";
import {
  DECISION_COLUMNS,
  type DecisionRow,
  EVENT_COLUMNS,
  type EventRow,
  PROPOSAL_COLUMNS,
  type ProposalRow,
  type ReviewRow,
  type StoredTicket,
  type TicketRow,
  ticketState,
} from "./rows.js";
import { placeholders, type Sql, type SqlValue } from "./sql.js";

const TICKET_COLUMNS = [
  "id",
  "workspace_id",
  "queue",
  "status",
  "priority",
  "approvals_required",
  "submitted_by",
  "submitted_at",
  "updated_at",
  "revision",
  "digest",
  "revision_by",
  "revision_for",
  "counted",
  "assignee_id",
  "claimed_until",
  "due_at",
  "expires_at",
] as const;

/** SELECT list of a ticket `t` and the decision `d` on its current revision, for {@link toStoredTicket}. */
export const TICKET_SELECT =
  `SELECT ${TICKET_COLUMNS.map((name) => `t.${name}`).join(", ")}, ` +
  `${DECISION_COLUMNS.map((name) => `d.${name} AS d_${name}`).join(", ")} ` +
  "FROM ticket t LEFT JOIN decision d ON d.ticket_id = t.id AND d.revision = t.revision";

/** What {@link TICKET_SELECT} yields. */
export type JoinedTicketRow = TicketRow & {
  readonly [K in `d_${(typeof DECISION_COLUMNS)[number]}`]: unknown;
};

export function toStoredTicket(row: JoinedTicketRow): StoredTicket {
  const decision =
    row.d_ticket_id === null
      ? null
      : (Object.fromEntries(
          DECISION_COLUMNS.map((name) => [name, row[`d_${name}`]]),
        ) as unknown as DecisionRow);
  return { workspaceId: row.workspace_id, state: ticketState(row, decision), decision };
}

/** The condition under which a ticket `t` is visible: the same rule as `maySee`, for SQL. */
export function visibleTo(actor: Actor): { readonly text: string; readonly values: readonly SqlValue[] } {
  const workspace = { text: "t.workspace_id = ?", values: [actor.workspaceId] };
  if (seesEverything(actor) || (isReviewer(actor) && actor.queues === null)) return workspace;
  const own = "t.submitted_by = ?";
  if (!isReviewer(actor) || actor.queues === null || actor.queues.length === 0) {
    return { text: `${workspace.text} AND ${own}`, values: [actor.workspaceId, actor.id] };
  }
  return {
    text: `${workspace.text} AND (${own} OR t.queue IN (${placeholders(actor.queues.length)}))`,
    values: [actor.workspaceId, actor.id, ...actor.queues],
  };
}

/** The ticket, or undefined where the actor may not see one of that id. */
export async function findVisibleTicket(
  sql: Sql,
  actor: Actor,
  id: string,
): Promise<StoredTicket | undefined> {
  const visible = visibleTo(actor);
  const [row] = await sql.query<JoinedTicketRow>(`${TICKET_SELECT} WHERE t.id = ? AND ${visible.text}`, [
    id,
    ...visible.values,
  ]);
  return row === undefined ? undefined : toStoredTicket(row);
}

/** Those of the tickets that the actor may see, by id. */
export async function findVisibleTickets(
  sql: Sql,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, StoredTicket>> {
  if (ids.length === 0) return new Map();
  const visible = visibleTo(actor);
  const rows = await sql.query<JoinedTicketRow>(
    `${TICKET_SELECT} WHERE t.id IN (${placeholders(ids.length)}) AND ${visible.text}`,
    [...ids, ...visible.values],
  );
  return new Map(rows.map((row) => [row.id, toStoredTicket(row)]));
}

/** The tickets of one workspace, whoever may see them: for the pipeline, under the head's lock. */
export async function findTickets(
  sql: Sql,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, StoredTicket>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<JoinedTicketRow>(
    `${TICKET_SELECT} WHERE t.id IN (${placeholders(ids.length)}) AND t.workspace_id = ?`,
    [...ids, workspaceId],
  );
  return new Map(rows.map((row) => [row.id, toStoredTicket(row)]));
}

const pairs = (count: number): string => Array.from({ length: count }, () => "(?, ?)").join(", ");

const PROPOSAL_SELECT = `SELECT ${PROPOSAL_COLUMNS.join(", ")} FROM proposal`;

/** One revision each of several tickets. Visibility must have been checked with the ticket. */
export async function findProposals(
  sql: Sql,
  keys: readonly { readonly ticketId: string; readonly revision: number }[],
): Promise<ProposalRow[]> {
  if (keys.length === 0) return [];
  return sql.query<ProposalRow>(
    `${PROPOSAL_SELECT} WHERE (ticket_id, revision) IN (${pairs(keys.length)})`,
    keys.flatMap((key) => [key.ticketId, key.revision]),
  );
}

/** Every revision of the tickets, oldest first. */
export async function findAllProposals(sql: Sql, ticketIds: readonly string[]): Promise<ProposalRow[]> {
  if (ticketIds.length === 0) return [];
  return sql.query<ProposalRow>(
    `${PROPOSAL_SELECT} WHERE ticket_id IN (${placeholders(ticketIds.length)}) ORDER BY ticket_id, revision`,
    ticketIds,
  );
}

/** Every review of the tickets, oldest first. */
export async function findReviews(sql: Sql, ticketIds: readonly string[]): Promise<ReviewRow[]> {
  if (ticketIds.length === 0) return [];
  return sql.query<ReviewRow>(
    "SELECT r.ticket_id, r.sequence, r.revision, r.reviewer_id, r.outcome, r.comments, r.reviewed_at, x.retracted_at " +
      "FROM review r LEFT JOIN review_retraction x ON x.ticket_id = r.ticket_id AND x.review_sequence = r.sequence " +
      `WHERE r.ticket_id IN (${placeholders(ticketIds.length)}) ORDER BY r.ticket_id, r.sequence`,
    ticketIds,
  );
}

const DECISION_SELECT = `SELECT ${DECISION_COLUMNS.join(", ")} FROM decision`;

/** How revisions were settled, by ticket and revision; what is not settled is left out. */
export async function findDecisions(
  sql: Sql,
  keys: readonly { readonly ticketId: string; readonly revision: number }[],
): Promise<DecisionRow[]> {
  if (keys.length === 0) return [];
  return sql.query<DecisionRow>(
    `${DECISION_SELECT} WHERE (ticket_id, revision) IN (${pairs(keys.length)})`,
    keys.flatMap((key) => [key.ticketId, key.revision]),
  );
}

/** Whether each principal has been shown that state of the ticket before. */
export async function hasSeen(
  sql: Sql,
  seen: {
    readonly ticketId: string;
    readonly principalId: string;
    readonly revision: number;
    readonly status: string;
  },
): Promise<boolean> {
  const rows = await sql.query(
    "SELECT 1 AS one FROM decision_read WHERE ticket_id = ? AND principal_id = ? AND revision = ? AND status = ?",
    [seen.ticketId, seen.principalId, seen.revision, seen.status],
  );
  return rows.length > 0;
}

/** Events of one workspace after a position, in order. */
export async function findEventsAfter(
  sql: Sql,
  workspaceId: string,
  sequence: number,
  limit: number,
): Promise<EventRow[]> {
  return sql.query<EventRow>(
    `SELECT ${EVENT_COLUMNS.join(", ")} FROM audit_event WHERE workspace_id = ? AND sequence > ? ORDER BY sequence LIMIT ${Math.trunc(limit)}`,
    [workspaceId, sequence],
  );
}

/** Whether an idempotency key has been used before, by that principal for that mutation. */
export async function isKeyUsed(
  sql: Sql,
  scope: {
    readonly workspaceId: string;
    readonly principalId: string;
    readonly mutation: string;
    readonly key: string;
  },
): Promise<boolean> {
  const rows = await sql.query(
    "SELECT 1 AS one FROM idempotency WHERE workspace_id = ? AND principal_id = ? AND mutation = ? AND idempotency_key = ?",
    [scope.workspaceId, scope.principalId, scope.mutation, scope.key],
  );
  return rows.length > 0;
}

import type { PrincipalKind, Role } from "../domain/principal.js";
import type { EventType } from "../domain/ticket-event.js";
import type {
  CountedReview,
  DecisionStatus,
  Priority,
  ReviewOutcome,
  TicketState,
} from "../domain/ticket-state.js";
import { PRIORITIES } from "../domain/ticket-state.js";

/** Stands for "no due time" in the database, so that tickets without one come last in one index. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** A row of `ticket`, joined with the decision on its current revision where there is one. */
export interface TicketRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly queue: string;
  readonly status: DecisionStatus;
  readonly priority: number;
  readonly approvals_required: number;
  readonly submitted_by: string;
  readonly submitted_at: number;
  readonly updated_at: number;
  readonly revision: number;
  readonly digest: string;
  readonly revision_by: string;
  readonly revision_for: string | null;
  readonly counted: string;
  readonly assignee_id: string | null;
  readonly claimed_until: number | null;
  readonly due_at: number;
  readonly expires_at: number | null;
}

/** A row of `decision`. */
export interface DecisionRow {
  readonly ticket_id: string;
  readonly revision: number;
  readonly workspace_id: string;
  readonly status: Exclude<DecisionStatus, "PENDING">;
  readonly comments: string | null;
  readonly decided_by: string;
  readonly decided_by_name: string;
  readonly decided_by_kind: PrincipalKind;
  readonly decided_at: number;
  readonly sequence: number;
  readonly hash: string;
  readonly receipt: string | null;
}

/** The columns of {@link DecisionRow}. */
export const DECISION_COLUMNS = [
  "ticket_id",
  "revision",
  "workspace_id",
  "status",
  "comments",
  "decided_by",
  "decided_by_name",
  "decided_by_kind",
  "decided_at",
  "sequence",
  "hash",
  "receipt",
] as const satisfies readonly (keyof DecisionRow)[];

/** A row of `proposal`. */
export interface ProposalRow {
  readonly ticket_id: string;
  readonly revision: number;
  readonly workspace_id: string;
  readonly title: string;
  readonly detail: string | null;
  readonly payload: string | null;
  readonly digest: string;
  readonly submitted_by: string;
  readonly submitted_at: number;
  readonly sequence: number;
}

/** The columns of {@link ProposalRow}. */
export const PROPOSAL_COLUMNS = [
  "ticket_id",
  "revision",
  "workspace_id",
  "title",
  "detail",
  "payload",
  "digest",
  "submitted_by",
  "submitted_at",
  "sequence",
] as const satisfies readonly (keyof ProposalRow)[];

/** A row of `review`, joined with its retraction where there is one. */
export interface ReviewRow {
  readonly ticket_id: string;
  readonly sequence: number;
  readonly revision: number;
  readonly reviewer_id: string;
  readonly outcome: ReviewOutcome;
  readonly comments: string | null;
  readonly reviewed_at: number;
  readonly retracted_at: number | null;
}

/** A row of `audit_event`. */
export interface EventRow {
  readonly workspace_id: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly ticket_id: string | null;
  readonly revision: number | null;
  readonly actor_id: string;
  readonly occurred_at: number;
  readonly body: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** The columns of {@link EventRow}. */
export const EVENT_COLUMNS = [
  "workspace_id",
  "sequence",
  "type",
  "ticket_id",
  "revision",
  "actor_id",
  "occurred_at",
  "body",
  "previous_hash",
  "hash",
] as const satisfies readonly (keyof EventRow)[];

/** A row of `principal`; roles and queues are JSON lists. */
export interface PrincipalRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly roles: string;
  readonly queues: string | null;
  readonly email: string | null;
  readonly created_at: number;
  readonly removed_at: number | null;
}

/** A ticket as queries return it: the domain's state, and what only storage knows. */
export interface StoredTicket {
  readonly workspaceId: string;
  readonly state: TicketState;
  /** The decision on the current revision; null while PENDING. */
  readonly decision: DecisionRow | null;
}

/** 0 for URGENT to 3 for LOW, so that ascending order puts the urgent first. */
export function priorityRank(priority: Priority): number {
  return PRIORITIES.length - 1 - PRIORITIES.indexOf(priority);
}

/** The reverse of {@link priorityRank}. */
export function priorityOf(rank: number): Priority {
  const priority = PRIORITIES[PRIORITIES.length - 1 - rank];
  if (priority === undefined) throw new Error(`no priority has the rank ${rank}`);
  return priority;
}

/** The domain's state of a stored ticket. */
export function ticketState(row: TicketRow, decision: DecisionRow | null): TicketState {
  return {
    id: row.id,
    queue: row.queue,
    status: row.status,
    priority: priorityOf(row.priority),
    approvalsRequired: row.approvals_required,
    submittedBy: row.submitted_by,
    submittedAt: row.submitted_at,
    updatedAt: row.updated_at,
    revision: row.revision,
    digest: row.digest,
    revisionBy: row.revision_by,
    revisionFor: row.revision_for,
    counted: JSON.parse(row.counted) as CountedReview[],
    assigneeId: row.assignee_id,
    claimedUntil: row.claimed_until,
    dueAt: row.due_at === NEVER ? null : row.due_at,
    expiresAt: row.expires_at,
    decision:
      decision === null
        ? null
        : {
            status: decision.status,
            revision: decision.revision,
            comments: decision.comments,
            decidedBy: {
              id: decision.decided_by,
              name: decision.decided_by_name,
              kind: decision.decided_by_kind,
            },
            decidedAt: decision.decided_at,
            sequence: decision.sequence,
          },
  };
}

/** The roles in a `roles` column. */
export function parseRoles(text: string): Role[] {
  return JSON.parse(text) as Role[];
}

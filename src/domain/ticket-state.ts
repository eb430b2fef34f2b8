import type { PrincipalRef } from "./principal.js";

/** Where a ticket stands. */
export type DecisionStatus = "PENDING" | "APPROVED" | "REJECTED" | "NEEDS_CHANGES" | "EXPIRED" | "WITHDRAWN";

/** What a reviewer may say. */
export type ReviewOutcome = "APPROVED" | "REJECTED" | "NEEDS_CHANGES";

export type Priority = "LOW" | "NORMAL" | "HIGH" | "URGENT";

export const DECISION_STATUSES: readonly DecisionStatus[] = [
  "PENDING",
  "APPROVED",
  "REJECTED",
  "NEEDS_CHANGES",
  "EXPIRED",
  "WITHDRAWN",
];
export const REVIEW_OUTCOMES: readonly ReviewOutcome[] = ["APPROVED", "REJECTED", "NEEDS_CHANGES"];
export const PRIORITIES: readonly Priority[] = ["LOW", "NORMAL", "HIGH", "URGENT"];

/** Statuses that nothing ends; only decisions in one of them may be cached. */
export const FINAL_STATUSES: ReadonlySet<DecisionStatus> = new Set([
  "APPROVED",
  "REJECTED",
  "EXPIRED",
  "WITHDRAWN",
]);

/** A review that counts on the current revision. */
export interface CountedReview {
  readonly reviewer: PrincipalRef;
  readonly outcome: ReviewOutcome;
  /** Of its REVIEWED event. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly reviewedAt: number;
}

/** How the current revision was settled. */
export interface SettledDecision {
  readonly status: Exclude<DecisionStatus, "PENDING">;
  readonly revision: number;
  readonly comments: string | null;
  readonly decidedBy: PrincipalRef;
  /** Milliseconds since the epoch. */
  readonly decidedAt: number;
  /** Of the event that settled it. */
  readonly sequence: number;
}

/**
 * All that the rules need to know of a ticket. It follows from the ticket's events alone (see `apply`), and the
 * ticket's row in the database is a copy of it. Instants are milliseconds since the epoch.
 */
export interface TicketState {
  readonly id: string;
  readonly queue: string;
  readonly status: DecisionStatus;
  readonly priority: Priority;
  readonly approvalsRequired: number;
  /** The principal who submitted the ticket. */
  readonly submittedBy: string;
  readonly submittedAt: number;
  readonly updatedAt: number;
  readonly revision: number;
  /** Digest of the current revision. */
  readonly digest: string;
  /** Who submitted the current revision: the agent, or a reviewer who amended it. */
  readonly revisionBy: string;
  /** The human behind the agent's key that submitted what the revision goes back to; null where none is named. */
  readonly revisionFor: string | null;
  /** Reviews that count on the current revision; while PENDING these are approvals. */
  readonly counted: readonly CountedReview[];
  readonly assigneeId: string | null;
  /** When the assignee's claim lapses; null for an assignment, which does not. */
  readonly claimedUntil: number | null;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  /** Null while PENDING. */
  readonly decision: SettledDecision | null;
}

/** Who holds the ticket at that instant, lapsed claims left out. */
export function holderAt(
  state: Pick<TicketState, "assigneeId" | "claimedUntil">,
  now: number,
): string | null {
  if (state.assigneeId === null) return null;
  return state.claimedUntil !== null && state.claimedUntil <= now ? null : state.assigneeId;
}

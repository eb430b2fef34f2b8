import type { PrincipalRef } from "../domain/principal.js";
import type { DecisionStatus, Priority } from "../domain/ticket-state.js";
import type { EventBody } from "../ledger/event-body.js";

/** Why something is told: an event of the ledger, a deadline that comes near, one that has passed. */
export type NewsReason = "EVENT" | "REMINDER" | "ESCALATION";

/** One revision of what is proposed. */
export interface NewsProposal {
  readonly revision: number;
  readonly title: string;
  readonly detail: string | null;
  /** JSON text. */
  readonly payload: string | null;
  readonly digest: string;
}

/** A ticket as of now: later than the event that is told of. */
export interface NewsTicket {
  readonly id: string;
  readonly queue: string;
  readonly status: DecisionStatus;
  readonly priority: Priority;
  readonly revision: number;
  readonly approvalsRequired: number;
  readonly submittedBy: PrincipalRef;
  readonly assignee: PrincipalRef | null;
  /** Milliseconds since the epoch. */
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
}

/** How the event settled its revision. */
export interface NewsDecision {
  readonly status: Exclude<DecisionStatus, "PENDING">;
  readonly comments: string | null;
  readonly decidedBy: PrincipalRef;
  /** Milliseconds since the epoch. */
  readonly decidedAt: number;
  /** Compact JWS; null unless reviews settled it. */
  readonly receipt: string | null;
}

/** One thing that is told to the outside: an event, with what it takes to understand it. Every channel gets the same. */
export interface News {
  readonly workspace: { readonly id: string; readonly name: string };
  readonly reason: NewsReason;
  /** The event's position, as clients know it: what a receiver tells doubles apart by, and resumes a subscription from. */
  readonly cursor: string;
  readonly event: EventBody;
  /** Null for an event that is about no ticket. */
  readonly ticket: NewsTicket | null;
  /** The revision that the event is about. */
  readonly proposal: NewsProposal | null;
  /** With RESUBMITTED, the revision before. */
  readonly previous: NewsProposal | null;
  /** With the events that settle a revision. */
  readonly decision: NewsDecision | null;
}

import type { Principal, Proposal, SettledDecision, Ticket } from "./api-types.js";

interface Settled {
  readonly ticketId: string;
  /** The ticket as it stood when this was decided. */
  readonly ticket: Ticket;
  readonly revision: number;
  readonly proposal: Proposal;
  readonly comments: string | null;
  readonly decidedBy: Principal | null;
  readonly decidedAt: string | null;
  readonly cursor: string;
  /** Compact JWS in which the server signs who decided this about which digest; null where no review settled it. */
  readonly receipt: string | null;
}

export interface Approved extends Settled {
  readonly status: "APPROVED";
  /** Exactly what was approved. Carry out this, and not what was submitted: a reviewer may have edited it. */
  readonly proposal: Proposal;
  /** Whether what was approved differs from what was submitted. */
  readonly amended: boolean;
}

export interface NeedsChanges extends Settled {
  readonly status: "NEEDS_CHANGES";
  /** What the reviewer wants changed. Revise, and hand it to reviewAgain(ticketId, …) or resubmit(ticketId, …). */
  readonly comments: string;
}

export interface Rejected extends Settled {
  readonly status: "REJECTED";
}

/** The deadline passed undecided: neither an approval nor a rejection. */
export interface Expired extends Settled {
  readonly status: "EXPIRED";
}

/** Taken back by its submitter. */
export interface Withdrawn extends Settled {
  readonly status: "WITHDRAWN";
}

/** How a review ended; `status` tells which of them it is. */
export type ReviewResult = Approved | NeedsChanges | Rejected | Expired | Withdrawn;

export function reviewResult(submitted: Ticket, decision: SettledDecision): ReviewResult {
  const { status, ticketId, revision, proposal, comments, decidedBy, decidedAt, cursor, receipt } = decision;
  const updatedAt = decidedAt ?? submitted.updatedAt;
  const ticket: Ticket = { ...submitted, status, revision, proposal, updatedAt };
  const settled = { ticketId, ticket, revision, proposal, comments, decidedBy, decidedAt, cursor, receipt };
  switch (status) {
    case "APPROVED":
      return { ...settled, status, amended: proposal.digest !== submitted.proposal.digest };
    case "NEEDS_CHANGES":
      return { ...settled, status, comments: comments ?? "" };
    default:
      return { ...settled, status };
  }
}

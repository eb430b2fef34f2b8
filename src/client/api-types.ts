import type {
  DecisionFieldsFragment,
  DecisionStatus,
  PrincipalFieldsFragment,
  Priority,
  ProposalFieldsFragment,
  ReviewFieldsFragment,
  ReviewOutcome,
  TicketDetailFieldsFragment,
  TicketFieldsFragment,
  TicketFilter,
  TicketOrder,
  ViewerQuery,
} from "./generated.js";

export type Principal = PrincipalFieldsFragment;
/** One immutable revision of what is proposed. */
export type Proposal = ProposalFieldsFragment;
/** One reviewer's word on one revision. */
export type Review = ReviewFieldsFragment;
/** Where a ticket stands for whoever waits on it. `status` is PENDING until it is settled. */
export type Decision = DecisionFieldsFragment;
export type Ticket = TicketFieldsFragment;
/** A ticket with every revision, every review and where it stands. */
export type TicketDetail = TicketDetailFieldsFragment;
/** Who the API key belongs to, and what it may do. */
export type Viewer = ViewerQuery["viewer"];

export type SettledStatus = Exclude<DecisionStatus, "PENDING">;

/** A decision that somebody, or the deadline, has made. */
export type SettledDecision = Decision & {
  readonly status: SettledStatus;
  /** Position of the event that settled it: hand it to decisions() as `after` to resume. */
  readonly cursor: string;
};

/** A ticket as it was submitted. */
export type SubmittedTicket = Ticket & {
  /** Handing it to decisions() as `after` misses nothing about this ticket. */
  readonly ledgerCursor: string;
};

/** What an agent proposes. */
export interface NewProposal {
  readonly title: string;
  readonly detail?: string | null | undefined;
  /** Whatever the agent would carry out once this is approved; a JSON object. */
  readonly payload?: Record<string, unknown> | null | undefined;
}

export interface CallOptions {
  /** Ends the call early; it then rejects with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface MutationOptions extends CallOptions {
  /**
   * Doing it again under the same key gives the first outcome instead of doing it twice. Made up where absent, and kept
   * over all the retries of this call.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface SubmitOptions extends MutationOptions {
  readonly queue?: string | undefined;
  readonly priority?: Priority | undefined;
  /** When a decision is wanted. */
  readonly dueAt?: Date | string | undefined;
  /** When the ticket expires undecided. */
  readonly expiresAt?: Date | string | undefined;
  /** How many reviewers must approve; the queue may ask for more. */
  readonly approvalsRequired?: number | undefined;
  /** Where to POST how it is settled; the agent needs a callback secret first (docs/webhooks.md). */
  readonly callbackUrl?: string | undefined;
}

export interface ResubmitOptions extends MutationOptions {
  /** The revision that this one answers; refused with STALE_REVISION where another came in between. */
  readonly revision?: number | undefined;
}

export interface WithdrawOptions extends MutationOptions {
  readonly reason?: string | undefined;
}

export interface WaitLimit {
  /** Milliseconds to wait; it then rejects with TIMEOUT, and the ticket goes on. Without it, forever. */
  readonly timeoutMs?: number | undefined;
}

export interface WaitOptions extends CallOptions, WaitLimit {
  /** Only what was settled after this cursor counts. */
  readonly after?: string | undefined;
  /** Only a decision on this revision, or a later one, counts. */
  readonly revision?: number | undefined;
}

export interface DecisionsOptions extends CallOptions {
  /** Begin with what was settled after this cursor. Without it: after the call of decisions(). */
  readonly after?: string | undefined;
  readonly queue?: string | undefined;
  /**
   * Decisions held here for a slow reader, 100 unless told. When they are as many, the subscription is dropped, and resumed
   * when half of them are read.
   */
  readonly bufferSize?: number | undefined;
}

/** What a reviewer says about one revision. */
export interface Verdict {
  /** The revision that the reviewer saw: deciding on any other is refused. */
  readonly revision: number;
  readonly status: ReviewOutcome;
  /** Required with NEEDS_CHANGES. */
  readonly comments?: string | null | undefined;
  /** Only with APPROVED: approve with these edits. */
  readonly amendment?: NewProposal | null | undefined;
}

export interface TicketQuery {
  readonly filter?: TicketFilter | undefined;
  readonly orderBy?: TicketOrder | undefined;
  /** At most 100. */
  readonly first?: number | undefined;
  /** `endCursor` of the page before. */
  readonly after?: string | undefined;
  readonly withTotalCount?: boolean | undefined;
}

export interface TicketPage {
  readonly tickets: readonly Ticket[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
  readonly ledgerCursor: string;
  /** Only where it was asked for. */
  readonly totalCount: number | undefined;
}

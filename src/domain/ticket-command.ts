import type { Actor } from "./principal.js";
import type { ProposalText } from "./proposal.js";
import type { Snooze as Aside } from "./snooze.js";
import type { DecisionStatus, Priority, ReviewOutcome } from "./ticket-state.js";

/** A proposal on its way to becoming a ticket; instants are milliseconds since the epoch. */
export interface Submit {
  readonly kind: "submit";
  readonly proposal: ProposalText;
  readonly queue: string;
  readonly priority: Priority;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly approvalsRequired: number;
  /** Where to tell how it is decided; checked by whoever makes the command. */
  readonly callbackUrl?: string;
}

export interface Resubmit {
  readonly kind: "resubmit";
  readonly proposal: ProposalText;
  /** The revision that this one answers, where the submitter named it. */
  readonly answers: number | null;
}

export interface Withdraw {
  readonly kind: "withdraw";
  readonly reason: string | null;
}

export interface Claim {
  readonly kind: "claim";
}

export interface Release {
  readonly kind: "release";
}

/** Puts the ticket aside for the actor alone. */
export interface Snooze {
  readonly kind: "snooze";
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** The revision that the reviewer saw, where they named it. */
  readonly revision: number | null;
}

export interface Unsnooze {
  readonly kind: "unsnooze";
}

export interface Assign {
  readonly kind: "assign";
  readonly assigneeId: string;
}

export interface Comment {
  readonly kind: "comment";
  readonly body: string;
}

export interface Decide {
  readonly kind: "decide";
  /** The revision that the reviewer saw. */
  readonly revision: number;
  readonly outcome: ReviewOutcome;
  readonly comments: string | null;
  readonly amendment: ProposalText | null;
}

export interface Retract {
  readonly kind: "retract";
  readonly revision: number;
}

/** The timer's: the deadline has passed. */
export interface Expire {
  readonly kind: "expire";
}

/** Puts on record that the actor has been shown where the ticket stands. */
export interface RecordRead {
  readonly kind: "recordRead";
  readonly revision: number;
  readonly status: DecisionStatus;
  readonly via: "QUERY" | "SUBSCRIPTION";
}

/** What may be asked of a ticket. */
export type TicketCommand =
  | Submit
  | Resubmit
  | Withdraw
  | Claim
  | Release
  | Snooze
  | Unsnooze
  | Assign
  | Comment
  | Decide
  | Retract
  | Expire
  | RecordRead;

/** Facts of the moment that the rules need, gathered under the lock of the ledger's head. */
export interface DecideContext {
  readonly actor: Actor;
  /** The database's time, milliseconds since the epoch: deadlines are held against it. */
  readonly now: number;
  /** The time that goes on record: `now`, but never before the ledger's last event. */
  readonly at: number;
  /** The place that the first event will get; the following ones get the following places. */
  readonly nextSequence: number;
  /** How long a claim lasts, milliseconds. */
  readonly claimMs: number;
  /** Minimum of approvals per existing queue. */
  readonly queueMinimum: (queue: string) => number | undefined;
  /** A member of the same workspace, as it is now. */
  readonly principal: (id: string) => Actor | undefined;
  /** What that principal has put aside of the ticket. */
  readonly snooze: (principalId: string) => Aside | undefined;
}

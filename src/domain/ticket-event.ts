import type { PrincipalRef } from "./principal.js";
import type { ProposalText } from "./proposal.js";
import type { DecisionStatus, Priority, ReviewOutcome } from "./ticket-state.js";

/** Every type of event that a ledger may hold, in the order of the contract. */
export const EVENT_TYPES = [
  "SUBMITTED",
  "RESUBMITTED",
  "WITHDRAWN",
  "EXPIRED",
  "CLAIMED",
  "RELEASED",
  "ASSIGNED",
  "SNOOZED",
  "UNSNOOZED",
  "COMMENTED",
  "REVIEWED",
  "RETRACTED",
  "DECIDED",
  "DECISION_READ",
  "NOTIFIED",
  "DELIVERY_FAILED",
  "ACCESS_DENIED",
  "SIGNED_IN",
  "LOGGED",
  "API_KEY_CREATED",
  "API_KEY_REVOKED",
  "MEMBER_CHANGED",
  "SETTINGS_CHANGED",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Events that settle a revision: what `ticketDecided` is about. */
export const SETTLING_TYPES: ReadonlySet<EventType> = new Set(["DECIDED", "EXPIRED", "WITHDRAWN"]);

/** Events about watching, not about the work: they never cause notifications and leave the ticket as it was. */
export const WATCHING_TYPES: ReadonlySet<EventType> = new Set([
  "DECISION_READ",
  "NOTIFIED",
  "DELIVERY_FAILED",
  "ACCESS_DENIED",
  "SIGNED_IN",
  "LOGGED",
]);

/** Events about one reviewer's own list: they too leave the ticket as it was, and are of no concern to who submitted it. */
export const OWN_LIST_TYPES: ReadonlySet<EventType> = new Set(["SNOOZED", "UNSNOOZED"]);

/** One review in the list that a DECIDED event and a receipt carry. */
export interface ReviewOnRecord {
  readonly reviewer: { readonly id: string; readonly name: string };
  readonly outcome: ReviewOutcome;
  readonly sequence: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly reviewedAt: string;
}

/** What each type of event about a ticket says; instants are ISO 8601 in UTC. This is what is hashed: see docs/protocol.md. */
export interface TicketEventData {
  SUBMITTED: {
    readonly queue: string;
    readonly priority: Priority;
    readonly approvalsRequired: number;
    readonly dueAt: string | null;
    readonly expiresAt: string | null;
    readonly digest: string;
    /** The human behind the key that submitted it, where one is named. */
    readonly onBehalfOf?: string;
    /** Where the submitter is told how it is decided. The rest of the URL may be a secret: it is stored beside the ledger. */
    readonly callback?: { readonly origin: string; readonly urlFingerprint: string };
  };
  RESUBMITTED: {
    readonly digest: string;
    readonly previousRevision: number;
    readonly amendment: boolean;
    readonly onBehalfOf?: string;
  };
  WITHDRAWN: { readonly reason: string | null };
  EXPIRED: { readonly expiresAt: string };
  CLAIMED: { readonly until: string };
  RELEASED: { readonly assigneeId: string };
  ASSIGNED: { readonly assigneeId: string };
  SNOOZED: { readonly until: string };
  /** Whose it was: a claim and an assignment wake it too. */
  UNSNOOZED: { readonly principalId: string };
  COMMENTED: { readonly body: string };
  REVIEWED: {
    readonly outcome: ReviewOutcome;
    readonly comments: string | null;
    readonly digest: string;
    readonly amendment: boolean;
  };
  RETRACTED: { readonly reviewSequence: number };
  DECIDED: {
    readonly status: Exclude<DecisionStatus, "PENDING">;
    readonly digest: string;
    readonly comments: string | null;
    readonly reviews: readonly ReviewOnRecord[];
  };
  DECISION_READ: { readonly status: DecisionStatus; readonly via: "QUERY" | "SUBSCRIPTION" };
}

export type TicketEventType = keyof TicketEventData;

/** What a command leads to, before it has a place in the ledger. */
export type TicketEvent = {
  [T in TicketEventType]: {
    readonly type: T;
    readonly revision: number;
    readonly data: TicketEventData[T];
    /** The new revision's text, with SUBMITTED and RESUBMITTED; stored beside the ledger, bound to it by the digest. */
    readonly proposal?: ProposalText;
    /** With SUBMITTED: the whole URL of the callback, which is stored beside the ledger too. */
    readonly callbackUrl?: string;
  };
}[TicketEventType];

/** An event with its place: what `apply` folds. */
export type PlacedEvent = TicketEvent & {
  readonly ticketId: string;
  readonly sequence: number;
  readonly actor: PrincipalRef;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

import type { Actor } from "../domain/principal.js";
import type { DecisionRow, EventRow } from "../persistence/rows.js";

/** What a subscriber asked to hear of. */
export interface PushInterest {
  readonly actor: Actor;
  readonly ticketId: string | null;
  readonly queue: string | null;
  /** A LedgerCursor: everything after it is delivered first, in order, then live. */
  readonly after: string | null;
}

/** A settled decision on its way to a subscriber. */
export interface PushedDecision {
  readonly ticketId: string;
  readonly decision: DecisionRow;
}

/** A change of a ticket on its way to a subscriber. */
export interface PushedChange {
  readonly ticketId: string;
  readonly event: EventRow;
}

/**
 * Where subscriptions come from. Both promises reject with a DomainError (NOT_FOUND for a ticket that the actor may not
 * see, BAD_USER_INPUT for an unknown queue, CURSOR_INVALID) before anything is delivered. A subscriber pulls: nothing
 * is queued for a slow one, it catches up from the ledger.
 */
export interface Push {
  decided(interest: PushInterest): Promise<AsyncIterableIterator<PushedDecision>>;
  changed(interest: PushInterest): Promise<AsyncIterableIterator<PushedChange>>;
}

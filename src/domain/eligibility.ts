import { type Actor, hasRole, isReviewer, worksInQueue } from "./principal.js";
import { holderAt, type TicketState } from "./ticket-state.js";

/** Why somebody cannot decide, in the words of the contract. */
export const CANNOT_DECIDE_REASONS = [
  "NOT_A_REVIEWER",
  "NOT_IN_QUEUE",
  "OWN_SUBMISSION",
  "ALREADY_REVIEWED",
  "CLAIMED_BY_ANOTHER",
  "NOT_PENDING",
] as const;

export type CannotDecideReason = (typeof CANNOT_DECIDE_REASONS)[number];

/**
 * Everything that keeps the actor from deciding on the ticket's current revision at that instant, in the order of
 * {@link CANNOT_DECIDE_REASONS}; empty where nothing does.
 * @param now milliseconds since the epoch
 */
export function cannotDecideReasons(actor: Actor, state: TicketState, now: number): CannotDecideReason[] {
  const holder = holderAt(state, now);
  const holds: Record<CannotDecideReason, boolean> = {
    NOT_A_REVIEWER: !isReviewer(actor),
    NOT_IN_QUEUE: hasRole(actor, "REVIEWER") && !worksInQueue(actor, state.queue),
    OWN_SUBMISSION: isOwnSubmission(actor, state),
    ALREADY_REVIEWED: hasReviewed(actor, state),
    CLAIMED_BY_ANOTHER: holder !== null && holder !== actor.id,
    NOT_PENDING: !isOpen(state, now),
  };
  return CANNOT_DECIDE_REASONS.filter((reason) => holds[reason]);
}

/**
 * Whether the actor submitted the current revision or the ticket, or stands behind the key that did: another's edits do not
 * make one's own proposal somebody else's.
 */
export function isOwnSubmission(
  actor: Pick<Actor, "id">,
  state: Pick<TicketState, "submittedBy" | "revisionBy" | "revisionFor">,
): boolean {
  return [state.submittedBy, state.revisionBy, state.revisionFor].includes(actor.id);
}

/** Whether a review of that actor counts on the current revision. */
export function hasReviewed(actor: Pick<Actor, "id">, state: TicketState): boolean {
  return state.counted.some((review) => review.reviewer.id === actor.id);
}

/** Pending, and its deadline (where it has one) not yet passed, whether or not the timer has noticed. */
export function isOpen(state: TicketState, now: number): boolean {
  return state.status === "PENDING" && (state.expiresAt === null || now < state.expiresAt);
}

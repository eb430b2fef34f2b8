import { DomainError } from "./domain-error.js";
import { hasReviewed, isOpen, isOwnSubmission } from "./eligibility.js";
import { type Actor, hasRole, isOnDesk, isReviewer, worksInQueue } from "./principal.js";
import { holderAt, type TicketState } from "./ticket-state.js";

/** FORBIDDEN unless the actor holds the role. */
export function requireRole(actor: Actor, role: "AGENT" | "REVIEWER" | "AUDITOR" | "ADMIN"): void {
  if (!hasRole(actor, role))
    throw new DomainError("FORBIDDEN", `This needs the role ${role}.`, { requiredRole: role });
}

/** FORBIDDEN unless the actor is a human reviewer of the ticket's queue: nobody else's word is a sign-off. */
export function requireReviewer(actor: Actor, state: TicketState): void {
  if (!isReviewer(actor)) {
    throw new DomainError("FORBIDDEN", "Only a human with the role REVIEWER can do this.", {
      requiredRole: "REVIEWER",
    });
  }
  if (!worksInQueue(actor, state.queue)) {
    throw new DomainError("FORBIDDEN", `You do not work in the queue ${state.queue}.`, {
      queue: state.queue,
    });
  }
}

/** FORBIDDEN unless the actor is an admin or a human reviewer of the ticket's queue. */
export function requireReviewerOrAdmin(actor: Actor, state: TicketState): void {
  if (!hasRole(actor, "ADMIN")) requireReviewer(actor, state);
}

/** FORBIDDEN unless the actor is a human who reviews or oversees the ticket: agents are not to learn who looks when. */
export function requireDesk(actor: Actor, state: TicketState): void {
  if (isOnDesk(actor, state)) return;
  throw new DomainError("FORBIDDEN", "Only humans who review or oversee the ticket see who has it open.", {
    ticketId: state.id,
  });
}

/** FORBIDDEN unless the actor is who submitted the ticket. */
export function requireSubmitter(actor: Actor, state: TicketState): void {
  if (state.submittedBy !== actor.id) {
    throw new DomainError("FORBIDDEN", "Only who submitted the ticket can do this.");
  }
}

/**
 * Refuses what only a pending ticket takes: ALREADY_DECIDED where reviews settled it, NOT_PENDING where it ended
 * otherwise; both carry the decision that stands.
 */
export function requirePending(state: TicketState, now: number): void {
  if (isOpen(state, now)) return;
  const { decision } = state;
  if (decision === null) {
    throw new DomainError("NOT_PENDING", "The deadline of this ticket has passed.", {
      expiresAt: iso(state.expiresAt),
    });
  }
  const { sequence: _, decidedAt, ...facts } = decision;
  const details = { decision: { ...facts, decidedAt: iso(decidedAt), decidedBy: named(decision.decidedBy) } };
  if (decision.status === "EXPIRED" || decision.status === "WITHDRAWN") {
    throw new DomainError(
      "NOT_PENDING",
      `The ticket is ${decision.status}; nothing more can be done to it.`,
      details,
    );
  }
  const by = `${decision.status} by ${decision.decidedBy.name}`;
  throw new DomainError(
    "ALREADY_DECIDED",
    `Revision ${decision.revision} is already decided: ${by}.`,
    details,
  );
}

/** STALE_REVISION unless the revision that the caller saw is the current one. */
export function requireRevision(state: TicketState, seen: number): void {
  if (seen === state.revision) return;
  throw new DomainError(
    "STALE_REVISION",
    `The ticket is at revision ${state.revision}; you named ${seen}. Look at the current revision and decide again.`,
    { currentRevision: state.revision },
  );
}

/** CLAIMED_BY_ANOTHER while somebody else holds the ticket. */
export function requireUnheldByOthers(actor: Actor, state: TicketState, now: number): void {
  const holder = holderAt(state, now);
  if (holder === null || holder === actor.id) return;
  throw new DomainError("CLAIMED_BY_ANOTHER", "Another reviewer holds this ticket.", {
    assigneeId: holder,
    until: iso(state.claimedUntil),
  });
}

/** ALREADY_REVIEWED, OWN_SUBMISSION or CLAIMED_BY_ANOTHER: what keeps a reviewer of the queue from the current revision. */
export function requireFreshReviewer(actor: Actor, state: TicketState, now: number): void {
  requireFirstHand(actor, state);
  requireUnheldByOthers(actor, state, now);
}

/** ALREADY_REVIEWED or OWN_SUBMISSION: what keeps a reviewer of the queue from the current revision, whoever holds it. */
export function requireFirstHand(actor: Actor, state: TicketState): void {
  if (hasReviewed(actor, state)) {
    throw new DomainError(
      "ALREADY_REVIEWED",
      `You have approved revision ${state.revision} already; retract that approval first to change it.`,
      { revision: state.revision },
    );
  }
  if (isOwnSubmission(actor, state)) {
    const message =
      state.revisionFor !== actor.id
        ? "Who submitted a ticket, or this revision of it, cannot review it."
        : "You stand behind the key that submitted this, so you cannot review it.";
    throw new DomainError("OWN_SUBMISSION", message, { revision: state.revision });
  }
}

/** ISO 8601 in UTC with milliseconds. */
export function iso(instant: number): string;
export function iso(instant: number | null): string | null;
export function iso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}

function named(principal: { readonly id: string; readonly name: string }): { id: string; name: string } {
  return { id: principal.id, name: principal.name };
}

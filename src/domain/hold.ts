import { badInput } from "./domain-error.js";
import { cannotDecideReasons } from "./eligibility.js";
import { hasRole, isReviewer, worksInQueue } from "./principal.js";
import { iso, requireFreshReviewer, requirePending, requireUnheldByOthers } from "./refusals.js";
import { wake } from "./snooze.js";
import type { Assign, DecideContext } from "./ticket-command.js";
import type { TicketEvent } from "./ticket-event.js";
import { holderAt, type TicketState } from "./ticket-state.js";

/** Takes the ticket into the actor's hands for a while; claiming what one holds extends it. What they put aside is awake then. */
export function claim(state: TicketState, context: DecideContext): TicketEvent[] {
  const { actor, now, claimMs } = context;
  requirePending(state, now);
  requireFreshReviewer(actor, state, now);
  const claimed: TicketEvent = {
    type: "CLAIMED",
    revision: state.revision,
    data: { until: iso(now + claimMs) },
  };
  return [claimed, ...wake(state, actor.id, context)];
}

/**
 * Gives the ticket back; releasing what nobody holds changes nothing. An admin can take it out of another's hands, and
 * Countersign itself out of the hands of who lost the right to review it: it works from a list that may be a moment old.
 */
export function release(state: TicketState, { actor, now, principal }: DecideContext): TicketEvent[] {
  const holder = holderAt(state, now);
  if (holder === null) return [];
  if (actor.kind === "SYSTEM") {
    const member = principal(holder);
    if (member !== undefined && isReviewer(member) && worksInQueue(member, state.queue)) return [];
  } else if (!hasRole(actor, "ADMIN")) requireUnheldByOthers(actor, state, now);
  return [{ type: "RELEASED", revision: state.revision, data: { assigneeId: holder } }];
}

/** Puts the ticket into somebody's hands until they review or release it; it does not lapse. They see it from then on. */
export function assign(state: TicketState, command: Assign, context: DecideContext): TicketEvent[] {
  const { now, principal } = context;
  requirePending(state, now);
  const assignee = principal(command.assigneeId);
  if (assignee === undefined) throw badInput("assigneeId", "There is no such principal in this workspace.");
  const reasons = cannotDecideReasons(assignee, state, now).filter(
    (reason) => reason !== "CLAIMED_BY_ANOTHER",
  );
  if (reasons.length > 0) {
    throw badInput("assigneeId", `${assignee.name} cannot decide on this ticket: ${reasons.join(", ")}.`);
  }
  const assigned: TicketEvent = {
    type: "ASSIGNED",
    revision: state.revision,
    data: { assigneeId: assignee.id },
  };
  return [assigned, ...wake(state, assignee.id, context)];
}

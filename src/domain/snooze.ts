import { badInput } from "./domain-error.js";
import { LIMITS } from "./limits.js";
import { iso, requireFirstHand, requirePending, requireRevision } from "./refusals.js";
import type { DecideContext, Snooze as SnoozeCommand } from "./ticket-command.js";
import type { TicketEvent } from "./ticket-event.js";
import { holderAt, type TicketState } from "./ticket-state.js";

/** That one reviewer has put a ticket aside: until a time, and for as long as that revision is the one to decide. */
export interface Snooze {
  readonly revision: number;
  /** Milliseconds since the epoch; null once it was woken. */
  readonly until: number | null;
}

/**
 * When the ticket comes back to who put it aside; null where it does not sleep (any more). It is bound to the revision: a
 * new one is another thing to look at, and what is settled needs nobody.
 * @param now milliseconds since the epoch
 */
export function sleepsUntil(
  snooze: Snooze | undefined,
  { status, revision }: Pick<TicketState, "status" | "revision">,
  now: number,
): number | null {
  if (snooze === undefined || status !== "PENDING" || snooze.revision !== revision) return null;
  return snooze.until !== null && now < snooze.until ? snooze.until : null;
}

/**
 * Takes the ticket out of the actor's own list for a while. It is no word on the proposal and keeps nobody from it, so it does
 * not matter who holds the ticket; but who holds it themselves gives it back: nobody is to wait for a ticket put aside.
 */
export function snooze(state: TicketState, command: SnoozeCommand, context: DecideContext): TicketEvent[] {
  const { actor, now } = context;
  requirePending(state, now);
  if (command.revision !== null) requireRevision(state, command.revision);
  requireFirstHand(actor, state);
  if (command.until <= now) throw badInput("until", "until must lie in the future.");
  if (command.until > now + LIMITS.snoozeDays * DAY_MS) {
    throw badInput("until", `until must be at most ${LIMITS.snoozeDays} days away.`);
  }
  const { revision } = state;
  const aside: TicketEvent = { type: "SNOOZED", revision, data: { until: iso(command.until) } };
  if (holderAt(state, now) !== actor.id) return [aside];
  return [{ type: "RELEASED", revision, data: { assigneeId: actor.id } }, aside];
}

/** Takes up again what that principal put aside; waking what does not sleep changes nothing. */
export function wake(
  state: TicketState,
  principalId: string,
  { now, snooze: of }: DecideContext,
): TicketEvent[] {
  if (sleepsUntil(of(principalId), state, now) === null) return [];
  return [{ type: "UNSNOOZED", revision: state.revision, data: { principalId } }];
}

const DAY_MS = 86_400_000;

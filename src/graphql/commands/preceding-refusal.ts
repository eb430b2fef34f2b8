import { authorise, decide } from "../../domain/decide.js";
import { DomainError, type ErrorCode } from "../../domain/domain-error.js";
import type { DecideContext, TicketCommand } from "../../domain/ticket-command.js";
import type { TicketState } from "../../domain/ticket-state.js";
import { actorOf, type RequestContext } from "../request-context.js";

/** Refusals that come before a word about the input: who may not even see a ticket learns nothing about its own typing. */
const PRECEDING: ReadonlySet<ErrorCode> = new Set([
  "NOT_FOUND",
  "FORBIDDEN",
  "ALREADY_DECIDED",
  "NOT_PENDING",
  "STALE_REVISION",
]);

/**
 * The refusal that takes precedence over a bad input; undefined where there is none. An input is checked before the
 * ledger is asked, so this asks the rules about a faultless command of the same kind.
 */
export async function precedingRefusal(
  context: RequestContext,
  ticketId: string,
  faultless: TicketCommand,
): Promise<DomainError | undefined> {
  const ticket = await context.loaders.tickets.load(ticketId);
  try {
    ask(ticket?.state, faultless, contextOf(context));
  } catch (error) {
    if (error instanceof DomainError && PRECEDING.has(error.code)) return error;
    if (!(error instanceof DomainError)) throw error;
  }
  return undefined;
}

function ask(state: TicketState | undefined, command: TicketCommand, context: DecideContext): void {
  authorise(state, command, context);
  decide(state, command, context);
}

/** Enough of the moment for the refusals in question; the pipeline gathers the real one under the head's lock. */
function contextOf(context: RequestContext): DecideContext {
  const now = context.services.now();
  return {
    actor: actorOf(context),
    now,
    at: now,
    nextSequence: 1,
    claimMs: 0,
    queueMinimum: () => undefined,
    principal: () => undefined,
    snooze: () => undefined,
  };
}

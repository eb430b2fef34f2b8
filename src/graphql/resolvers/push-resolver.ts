import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from "type-graphql";
import type { PushedChange, PushedDecision, PushInterest } from "../../ledger/push.js";
import { FollowArgs } from "../inputs/follow-args.js";
import { toAuditEvent } from "../mappers/to-audit-event.js";
import { toSettledDecision } from "../mappers/to-decision.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import { actorOf, forgetReads, type RequestContext } from "../request-context.js";
import { Decision } from "../types/decision.js";
import { ReviewTicket } from "../types/review-ticket.js";
import { TicketChange } from "../types/ticket-change.js";
import { ticketOrRefusal } from "./ticket-or-refusal.js";

/** What `subscribe` is called with. */
interface Subscribing {
  readonly args: FollowArgs;
  readonly context: RequestContext;
}

/** What is pushed. */
@Resolver(() => TicketChange)
export class PushResolver {
  @Subscription(() => Decision, {
    description:
      "Settled decisions: of one ticket, of a queue, or of all that the viewer may see. With ticketId and no 'after', a " +
      "ticket that is settled already is delivered at once. With 'after', everything settled since that cursor is " +
      "delivered first, in order, then live. A replayed Decision is as it was decided; only its 'ticket' is as of now.",
    subscribe: ({ args, context }: Subscribing) => context.services.push.decided(interestOf(args, context)),
  })
  ticketDecided(
    @Root() pushed: PushedDecision,
    @Args(() => FollowArgs) _asked: FollowArgs,
    @Ctx() context: RequestContext,
  ): Decision {
    // A subscription lives long: what one event made it read is old when the next one comes.
    forgetReads(context);
    return toSettledDecision(pushed.decision);
  }

  @Subscription(() => TicketChange, {
    description:
      "Every change that the viewer may see; the review inbox lives on it. Who sees only what they submitted is not told what " +
      "reviewers put aside.",
    subscribe: ({ args, context }: Subscribing) => context.services.push.changed(interestOf(args, context)),
  })
  ticketChanged(
    @Root() pushed: PushedChange,
    @Args(() => FollowArgs) _asked: FollowArgs,
    @Ctx() context: RequestContext,
  ): TicketChange {
    forgetReads(context);
    const event = toAuditEvent(pushed.event);
    return { cursor: event.cursor, event, ticketId: pushed.ticketId };
  }

  @FieldResolver(() => ReviewTicket, { description: "As of now." })
  async ticket(@Root() { ticketId }: TicketChange, @Ctx() context: RequestContext): Promise<ReviewTicket> {
    return toReviewTicket(await ticketOrRefusal(context, ticketId));
  }
}

function interestOf({ ticketId, queue, after }: FollowArgs, context: RequestContext): PushInterest {
  return { actor: actorOf(context), ticketId: ticketId ?? null, queue: queue ?? null, after: after ?? null };
}

import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { toDecision } from "../mappers/to-decision.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import { actorOf, type RequestContext } from "../request-context.js";
import { Decision } from "../types/decision.js";
import { Proposal } from "../types/proposal.js";
import { ReviewTicket } from "../types/review-ticket.js";
import { proposalOf } from "./proposal-of.js";
import { ticketOrRefusal } from "./ticket-or-refusal.js";

/** Where a ticket stands, and what goes with that. */
@Resolver(() => Decision)
export class DecisionResolver {
  @Query(() => Decision, {
    description: "Where a ticket stands. That the viewer was shown it goes on record first.",
  })
  async decision(
    @Arg("ticketId", () => ID) ticketId: string,
    @Ctx() context: RequestContext,
  ): Promise<Decision> {
    const ticket = await ticketOrRefusal(context, ticketId);
    const { revision, status } = ticket.state;
    await context.services.reads.record(actorOf(context), { ticketId, revision, status }, "QUERY");
    return toDecision(ticket);
  }

  @FieldResolver(() => ReviewTicket, { description: "As of now." })
  async ticket(@Root() { ticketId }: Decision, @Ctx() context: RequestContext): Promise<ReviewTicket> {
    return toReviewTicket(await ticketOrRefusal(context, ticketId));
  }

  @FieldResolver(() => Proposal, {
    description:
      "The exact proposal that this decision is about: where a reviewer approved with edits, the edited one.",
  })
  proposal(@Root() { ticketId, revision }: Decision, @Ctx() context: RequestContext): Promise<Proposal> {
    return proposalOf(context, { ticketId, revision });
  }
}

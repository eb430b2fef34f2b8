import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { type CannotDecideReason, cannotDecideReasons } from "../../domain/eligibility.js";
import { sleepsUntil } from "../../domain/snooze.js";
import { holderAt } from "../../domain/ticket-state.js";
import { CannotDecideReasonEnum } from "../enums.js";
import { toDecision } from "../mappers/to-decision.js";
import { toProposal } from "../mappers/to-proposal.js";
import { toReview } from "../mappers/to-review.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import { toTicketComment } from "../mappers/to-ticket-comment.js";
import { DEFAULT_PAGE_SIZE } from "../page-size.js";
import { actorOf, type RequestContext } from "../request-context.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { AuditEventConnection } from "../types/audit-event-connection.js";
import { Decision } from "../types/decision.js";
import { Principal } from "../types/principal.js";
import { Proposal } from "../types/proposal.js";
import { Review } from "../types/review.js";
import { ReviewTicket } from "../types/review-ticket.js";
import { TicketComment } from "../types/ticket-comment.js";
import { auditPage } from "./audit-page.js";
import { principalOf } from "./principal-of.js";
import { proposalOf } from "./proposal-of.js";
import { ticketOrRefusal } from "./ticket-or-refusal.js";

/** One ticket, and everything about it that takes another look at the database or at the viewer. */
@Resolver(() => ReviewTicket)
export class ReviewTicketResolver {
  @Query(() => ReviewTicket, {
    nullable: true,
    description: "Null, with a NOT_FOUND error, where there is none that the viewer may see.",
  })
  async ticket(@Arg("id", () => ID) id: string, @Ctx() context: RequestContext): Promise<ReviewTicket> {
    return toReviewTicket(await ticketOrRefusal(context, id));
  }

  @FieldResolver(() => Proposal, { description: "The current revision." })
  proposal(@Root() { id, revision }: ReviewTicket, @Ctx() context: RequestContext): Promise<Proposal> {
    return proposalOf(context, { ticketId: id, revision });
  }

  @FieldResolver(() => [Proposal], { description: "Every revision, oldest first." })
  async proposals(@Root() { id }: ReviewTicket, @Ctx() context: RequestContext): Promise<Proposal[]> {
    return (await context.loaders.allProposals.load(id)).map(toProposal);
  }

  @FieldResolver(() => Decision, { description: "Where the current revision stands." })
  decision(@Root() { stored }: ReviewTicket): Decision {
    return toDecision(stored);
  }

  @FieldResolver(() => [Review], { description: "Every review of every revision, oldest first." })
  async reviews(@Root() { id }: ReviewTicket, @Ctx() context: RequestContext): Promise<Review[]> {
    return (await context.loaders.reviews.load(id)).map(toReview);
  }

  @FieldResolver(() => [TicketComment], { description: "What was remarked on it, oldest first." })
  async comments(@Root() { id }: ReviewTicket, @Ctx() context: RequestContext): Promise<TicketComment[]> {
    return (await context.loaders.comments.load(id)).map(toTicketComment);
  }

  @FieldResolver(() => Principal)
  submittedBy(@Root() { stored }: ReviewTicket, @Ctx() context: RequestContext): Promise<Principal> {
    return principalOf(context, stored.state.submittedBy);
  }

  @FieldResolver(() => Principal, {
    nullable: true,
    description: "Whose hands it is in; null where nobody's, or the claim has lapsed.",
  })
  assignee(@Root() { stored }: ReviewTicket, @Ctx() context: RequestContext): Promise<Principal> | null {
    const holder = holderAt(stored.state, context.services.now());
    return holder === null ? null : principalOf(context, holder);
  }

  @FieldResolver(() => AuditEventConnection, {
    description: "Its part of the ledger. first is capped at 100.",
  })
  auditTrail(
    @Root() { id }: ReviewTicket,
    @Arg("first", () => Int, { nullable: true, defaultValue: DEFAULT_PAGE_SIZE }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AuditEventConnection> {
    return auditPage(context, { ticketId: id, first, after });
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: "When it comes back into the viewer's list; null where they have not put it aside.",
  })
  async viewerSnoozedUntil(
    @Root() { id, stored }: ReviewTicket,
    @Ctx() context: RequestContext,
  ): Promise<number | null> {
    // Of anything but a pending ticket it is known without looking.
    if (stored.state.status !== "PENDING") return null;
    const row = await context.loaders.snoozes.load(id);
    const snooze = row === undefined ? undefined : { revision: row.revision, until: row.snoozed_until };
    return sleepsUntil(snooze, stored.state, context.services.now());
  }

  @FieldResolver(() => Boolean, {
    description: "Whether the viewer could decide on the current revision now.",
  })
  viewerCanDecide(@Root() ticket: ReviewTicket, @Ctx() context: RequestContext): boolean {
    return reasons(ticket, context).length === 0;
  }

  @FieldResolver(() => [CannotDecideReasonEnum], {
    description: "Everything that keeps the viewer from deciding.",
  })
  viewerCannotDecideReasons(
    @Root() ticket: ReviewTicket,
    @Ctx() context: RequestContext,
  ): CannotDecideReason[] {
    return reasons(ticket, context);
  }
}

function reasons({ stored }: ReviewTicket, context: RequestContext): CannotDecideReason[] {
  return cannotDecideReasons(actorOf(context), stored.state, context.services.now());
}

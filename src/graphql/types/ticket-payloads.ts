import { Field, ObjectType } from "type-graphql";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";
import { Decision } from "./decision.js";
import { ReviewTicket } from "./review-ticket.js";

const MISSES_NOTHING =
  "No later than what this answer shows: handing it to a subscription as 'after' misses nothing.";

/** What every mutation of a ticket answers: the ticket after it. Not in the schema itself. */
@ObjectType({ simpleResolvers: true })
abstract class TicketPayload {
  @Field(() => ReviewTicket)
  readonly ticket!: ReviewTicket;
}

@ObjectType({
  simpleResolvers: true,
  description: "The new ticket; under a repeated idempotency key, the first one as it is now.",
})
export class SubmitReviewPayload extends TicketPayload {
  @Field(() => GraphQLLedgerCursor, { description: MISSES_NOTHING })
  readonly ledgerCursor!: string;
}

@ObjectType({ simpleResolvers: true, description: "The ticket with its new revision." })
export class ResubmitReviewPayload extends TicketPayload {
  @Field(() => GraphQLLedgerCursor, { description: MISSES_NOTHING })
  readonly ledgerCursor!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "decision.status stays PENDING while more approvals are required.",
})
export class DecideTicketPayload extends TicketPayload {
  @Field(() => Decision)
  readonly decision!: Decision;
}

@ObjectType({ simpleResolvers: true, description: "The ticket without that approval." })
export class RetractReviewPayload extends TicketPayload {}

@ObjectType({ simpleResolvers: true, description: "The ticket, taken back." })
export class WithdrawReviewPayload extends TicketPayload {}

@ObjectType({ simpleResolvers: true, description: "The ticket in the viewer's hands." })
export class ClaimTicketPayload extends TicketPayload {}

@ObjectType({ simpleResolvers: true, description: "The ticket in nobody's hands." })
export class ReleaseTicketPayload extends TicketPayload {}

@ObjectType({ simpleResolvers: true, description: "The ticket, out of the viewer's list for a while." })
export class SnoozeTicketPayload extends TicketPayload {}

@ObjectType({ simpleResolvers: true, description: "The ticket, back in the viewer's list." })
export class UnsnoozeTicketPayload extends TicketPayload {}

@ObjectType({ simpleResolvers: true, description: "The ticket in the assignee's hands." })
export class AssignTicketPayload extends TicketPayload {}

@ObjectType({ simpleResolvers: true, description: "The ticket that was commented on." })
export class CommentOnTicketPayload extends TicketPayload {}

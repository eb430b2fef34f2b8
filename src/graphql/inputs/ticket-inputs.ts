import { Field, ID, InputType, Int } from "type-graphql";
import { LIMITS } from "../../domain/limits.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { IdempotentInput } from "./idempotent-input.js";

@InputType({ description: "Takes one's own proposal back." })
export class WithdrawReviewInput extends IdempotentInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => String, { nullable: true, description: "Goes on record, and is the decision's comments." })
  readonly reason?: string | null;
}

@InputType({ description: "Takes a ticket into one's hands for a while; claiming it again extends that." })
export class ClaimTicketInput {
  @Field(() => ID)
  readonly ticketId!: string;
}

@InputType({ description: "Gives a ticket back. An admin can take it out of another's hands." })
export class ReleaseTicketInput {
  @Field(() => ID)
  readonly ticketId!: string;
}

@InputType({ description: "Takes a ticket out of one's own list for a while. It decides nothing." })
export class SnoozeTicketInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => GraphQLDateTime, {
    description: `When it comes back; in the future, and at most ${LIMITS.snoozeDays} days away.`,
  })
  readonly until!: Date;

  @Field(() => Int, {
    nullable: true,
    description: "The revision that was looked at: STALE_REVISION where another one has come in.",
  })
  readonly revision?: number | null;
}

@InputType({ description: "Takes up again what one has put aside." })
export class UnsnoozeTicketInput {
  @Field(() => ID)
  readonly ticketId!: string;
}

@InputType({ description: "Puts a ticket into somebody's hands until they review or release it." })
export class AssignTicketInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => ID, { description: "Somebody who can decide on the ticket." })
  readonly assigneeId!: string;
}

@InputType({ description: "A remark that decides nothing." })
export class CommentOnTicketInput extends IdempotentInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => String)
  readonly body!: string;
}

@InputType({ description: "Takes one's own approval back, while the ticket is still PENDING." })
export class RetractReviewInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => Int)
  readonly revision!: number;
}

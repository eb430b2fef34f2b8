import { Field, ID, InputType, Int } from "type-graphql";
import type { ReviewOutcome } from "../../domain/ticket-state.js";
import { ReviewOutcomeEnum } from "../enums.js";
import { AmendmentInput } from "./amendment-input.js";
import { IdempotentInput } from "./idempotent-input.js";

@InputType({ description: "A reviewer's word on the revision that they saw." })
export class DecideTicketInput extends IdempotentInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => Int, { description: "The revision that the reviewer saw: deciding on any other is refused." })
  readonly revision!: number;

  @Field(() => ReviewOutcomeEnum)
  readonly status!: ReviewOutcome;

  @Field(() => String, { nullable: true, description: "Required with NEEDS_CHANGES." })
  readonly comments?: string | null;

  @Field(() => AmendmentInput, {
    nullable: true,
    description:
      "Only with APPROVED: approve with edits. Makes a new revision, submitted by this reviewer, on which this review " +
      "counts as one approval; earlier approvals do not carry over, and where more are required the others must still " +
      "give theirs.",
  })
  readonly amendment?: AmendmentInput | null;
}

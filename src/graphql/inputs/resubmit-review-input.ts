import { Field, ID, InputType, Int } from "type-graphql";
import { ProposalInput } from "./proposal-input.js";

@InputType({ description: "A new revision of a proposal; it voids earlier approvals." })
export class ResubmitReviewInput extends ProposalInput {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Where given: the revision that this one answers; refused with STALE_REVISION where another came in between.",
  })
  readonly revision?: number | null;
}

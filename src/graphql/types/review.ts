import { Field, Int, ObjectType } from "type-graphql";
import type { ReviewOutcome } from "../../domain/ticket-state.js";
import { ReviewOutcomeEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";

/** One reviewer's word on one revision. `reviewer` is read on demand: see ReviewResolver. */
@ObjectType({ simpleResolvers: true, description: "One reviewer's word on one revision." })
export class Review {
  @Field(() => Int, {
    description: "The revision that it is about: for an approval with edits, the edited one.",
  })
  readonly revision!: number;

  @Field(() => ReviewOutcomeEnum)
  readonly outcome!: ReviewOutcome;

  @Field(() => String, { nullable: true })
  readonly comments!: string | null;

  @Field(() => GraphQLDateTime)
  readonly reviewedAt!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When the reviewer took it back; null where it stands.",
  })
  readonly retractedAt!: number | null;

  readonly reviewerId!: string;
}

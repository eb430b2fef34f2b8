import { Field, ID, InputType } from "type-graphql";
import type { DecisionStatus, Priority } from "../../domain/ticket-state.js";
import { DecisionStatusEnum, PriorityEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";

@InputType({
  description:
    "What tickets must have in common. A field that is null or left out asks for nothing; an empty list matches nothing.",
})
export class TicketFilter {
  @Field(() => [DecisionStatusEnum], { nullable: true })
  readonly status?: readonly DecisionStatus[] | null;

  @Field(() => [String], { nullable: true, description: "A queue that does not exist holds no tickets." })
  readonly queue?: readonly string[] | null;

  @Field(() => [PriorityEnum], { nullable: true })
  readonly priority?: readonly Priority[] | null;

  @Field(() => ID, { nullable: true, description: "A principal's id." })
  readonly assigneeId?: string | null;

  @Field(() => ID, { nullable: true })
  readonly submittedById?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Words in the title or the detail of the current revision.",
  })
  readonly search?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true })
  readonly dueBefore?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "True: only what the viewer has put aside and still sleeps; false: without those.",
  })
  readonly snoozed?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "Tickets of which some revision has exactly this digest.",
  })
  readonly digest?: string | null;
}

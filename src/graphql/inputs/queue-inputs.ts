import { Field, InputType, Int } from "type-graphql";

@InputType({ description: "A queue for reviewers to pick tickets up in." })
export class CreateQueueInput {
  @Field(() => String, { description: "Names it from then on: a queue is never renamed nor removed." })
  readonly name!: string;

  @Field(() => Int, {
    defaultValue: 1,
    description: "Approvals that every ticket in it needs at least, by different people.",
  })
  readonly minimumApprovals!: number;
}

@InputType({ description: "What is to be different about a queue." })
export class ChangeQueueInput {
  @Field(() => String)
  readonly name!: string;

  @Field(() => Int, { description: "Of tickets that are submitted from then on." })
  readonly minimumApprovals!: number;
}

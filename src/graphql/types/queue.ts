import { Field, Int, ObjectType } from "type-graphql";
import { QueueNotice } from "./notifications.js";

/** Where reviewers pick tickets up. */
@ObjectType({ simpleResolvers: true, description: "Where reviewers pick tickets up." })
export class Queue {
  @Field(() => String)
  readonly name!: string;

  @Field(() => Int, { description: "Approvals that every ticket in it needs at least." })
  readonly minimumApprovals!: number;

  @Field(() => QueueNotice, {
    nullable: true,
    description: "What it does about due times: for admins and auditors; null for everybody else.",
  })
  readonly notice!: QueueNotice | null;
}

@ObjectType({ simpleResolvers: true, description: "The new queue." })
export class CreateQueuePayload {
  @Field(() => Queue)
  readonly queue!: Queue;
}

@ObjectType({ simpleResolvers: true, description: "The queue as it is now." })
export class ChangeQueuePayload {
  @Field(() => Queue)
  readonly queue!: Queue;
}

@ObjectType({ simpleResolvers: true, description: "The queue as it is now." })
export class SetQueueNoticePayload {
  @Field(() => Queue)
  readonly queue!: Queue;
}

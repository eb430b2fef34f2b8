import { Field, Int, ObjectType } from "type-graphql";
import type { DecisionStatus, Priority } from "../../domain/ticket-state.js";
import type { StoredTicket } from "../../persistence/rows.js";
import { DecisionStatusEnum, PriorityEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { Node } from "./node.js";

/** A proposal on its way through review. What takes another row to answer is read on demand: see ReviewTicketResolver. */
@ObjectType({ implements: Node, simpleResolvers: true, description: "A proposal on its way through review." })
export class ReviewTicket {
  readonly id!: string;

  @Field(() => String, { description: "Where reviewers pick it up." })
  readonly queue!: string;

  @Field(() => DecisionStatusEnum)
  readonly status!: DecisionStatus;

  @Field(() => PriorityEnum)
  readonly priority!: Priority;

  @Field(() => Int, { description: "The current revision: the one to decide." })
  readonly revision!: number;

  @Field(() => Int, { description: "How many reviewers must approve the current revision." })
  readonly approvalsRequired!: number;

  @Field(() => GraphQLDateTime)
  readonly submittedAt!: number;

  @Field(() => GraphQLDateTime)
  readonly updatedAt!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When its submitter hopes for a decision: reminders and escalations go by it.",
  })
  readonly dueAt!: number | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it becomes EXPIRED, unless it is settled before.",
  })
  readonly expiresAt!: number | null;

  /** What the fields that are made on demand are made from. */
  readonly stored!: StoredTicket;
}

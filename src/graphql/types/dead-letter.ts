import { Field, ID, Int, ObjectType } from "type-graphql";
import type { ChannelName, DeliveryReason } from "../../persistence/delivery-queries.js";
import { DeliveryChannelEnum, DeliveryReasonEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { GraphQLSafeInt } from "../scalars/safe-int.js";
import { PageInfo } from "./page-info.js";

/** A delivery that was given up. */
@ObjectType({
  simpleResolvers: true,
  description: "A delivery that was given up. replayDeadLetters has it tried again; it is kept until then.",
})
export class DeadLetter {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => DeliveryChannelEnum)
  readonly channel!: ChannelName;

  @Field(() => ID, {
    nullable: true,
    description: "The endpoint that it is for; null for mail and for the Core.",
  })
  readonly endpointId!: string | null;

  @Field(() => ID, { nullable: true, description: "The member whom a mail is for." })
  readonly principalId!: string | null;

  @Field(() => ID, { nullable: true })
  readonly ticketId!: string | null;

  @Field(() => GraphQLSafeInt, { description: "The sequence of the event that it tells of." })
  readonly eventSequence!: number;

  @Field(() => DeliveryReasonEnum)
  readonly reason!: DeliveryReason;

  @Field(() => Int, { description: "How often it was tried." })
  readonly attempts!: number;

  @Field(() => String, { nullable: true, description: "What went wrong the last time." })
  readonly problem!: string | null;

  @Field(() => Int, { nullable: true })
  readonly httpStatus!: number | null;

  @Field(() => GraphQLDateTime, { description: "When it was planned." })
  readonly createdAt!: number;

  @Field(() => GraphQLDateTime, { description: "When it was given up." })
  readonly givenUpAt!: number;
}

@ObjectType({ simpleResolvers: true, description: "A dead letter in a page." })
export class DeadLetterEdge {
  @Field(() => String)
  readonly cursor!: string;

  @Field(() => DeadLetter)
  readonly node!: DeadLetter;
}

@ObjectType({ simpleResolvers: true, description: "A page of dead letters, the oldest first." })
export class DeadLetterConnection {
  @Field(() => [DeadLetterEdge])
  readonly edges!: readonly DeadLetterEdge[];

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo;
}

@ObjectType({ simpleResolvers: true, description: "What will be tried again." })
export class ReplayDeadLettersPayload {
  @Field(() => Int, { description: "How many; where it is 10000, there may be more: ask again." })
  readonly replayed!: number;
}

import { Field, Int, ObjectType } from "type-graphql";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { GraphQLSafeInt } from "../scalars/safe-int.js";

/** One thing that is wrong with a record. */
@ObjectType({ simpleResolvers: true, description: "One thing that is wrong with the record." })
export class AuditFinding {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      "The event that is wrong, missing, or not what a table says of it; null where it can be told of none.",
  })
  readonly sequence!: number | null;

  @Field(() => String)
  readonly message!: string;
}

/** What a verification came to. */
@ObjectType({ simpleResolvers: true, description: "What a verification of the record came to." })
export class AuditVerdict {
  @Field(() => Boolean, { description: "Whether everything that is stored is as the chain of events says." })
  readonly ok!: boolean;

  @Field(() => [AuditFinding], {
    description: "What is wrong, the first of it in order of the ledger; 20 at most.",
  })
  readonly findings!: readonly AuditFinding[];

  @Field(() => Int, { description: "How many more things are wrong." })
  readonly furtherFindings!: number;

  @Field(() => GraphQLDateTime)
  readonly checkedAt!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: "The last event that was looked at; null where the record does not hold.",
  })
  readonly lastSequence!: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Its hash: whoever keeps it elsewhere can tell later whether the past was rewritten.",
  })
  readonly lastHash!: string | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      "The last signed checkpoint of this server's own, kept outside the database, that the record was held against; null " +
      "where there was none, or the record does not hold.",
  })
  readonly checkpointSequence!: number | null;
}

/** A verification, under way or done. */
@ObjectType({
  simpleResolvers: true,
  description: "A verification of the workspace's record, under way or done.",
})
export class AuditVerification {
  @Field(() => GraphQLDateTime)
  readonly startedAt!: number;

  @Field(() => GraphQLSafeInt, { description: "Events that were looked at so far." })
  readonly events!: number;

  @Field(() => GraphQLSafeInt, { description: "Tickets that were looked at so far." })
  readonly tickets!: number;

  @Field(() => AuditVerdict, { nullable: true, description: "Null while it is under way: ask again." })
  readonly verdict!: AuditVerdict | null;
}

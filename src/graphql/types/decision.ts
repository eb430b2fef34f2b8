import { Field, ID, Int, ObjectType } from "type-graphql";
import type { DecisionStatus } from "../../domain/ticket-state.js";
import { DecisionStatusEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";
import { Principal } from "./principal.js";

/** Where a ticket stands for whoever waits on it. `ticket` and `proposal` are read on demand: see DecisionResolver. */
@ObjectType({
  simpleResolvers: true,
  description: "Where a ticket stands for whoever waits on it. status is PENDING until it is settled.",
})
export class Decision {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => Int, { description: "The revision that was decided; while PENDING, the one to decide." })
  readonly revision!: number;

  @Field(() => DecisionStatusEnum)
  readonly status!: DecisionStatus;

  @Field(() => String, { nullable: true, description: "What whoever settled it said." })
  readonly comments!: string | null;

  @Field(() => Principal, { nullable: true, description: "Who settled it, as they were called then." })
  readonly decidedBy!: Principal | null;

  @Field(() => GraphQLDateTime, { nullable: true })
  readonly decidedAt!: number | null;

  @Field(() => GraphQLLedgerCursor, {
    nullable: true,
    description:
      "Position of the event that settled it: hand it back as 'after' to resume. Null while PENDING.",
  })
  readonly cursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A signed statement (compact JWS, EdDSA) that these reviewers decided this on this digest: it names every review " +
      "that counted. Null unless reviews settled it (so also for EXPIRED and WITHDRAWN). Signed once and stored.",
  })
  readonly receipt!: string | null;
}

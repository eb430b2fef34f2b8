import { ArgsType, Field, ID } from "type-graphql";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";

/** What a subscription may ask for. */
@ArgsType()
export class FollowArgs {
  @Field(() => ID, { nullable: true, description: "Only this ticket." })
  readonly ticketId?: string | null;

  @Field(() => String, { nullable: true, description: "Only tickets of this queue." })
  readonly queue?: string | null;

  @Field(() => GraphQLLedgerCursor, {
    nullable: true,
    description: "Deliver everything after this position first, in order, then live.",
  })
  readonly after?: string | null;
}

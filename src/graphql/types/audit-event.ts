import { Field, ID, Int, ObjectType } from "type-graphql";
import type { EventType } from "../../domain/ticket-event.js";
import type { EventBody } from "../../ledger/event-body.js";
import { AuditEventTypeEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";
import { GraphQLSafeInt } from "../scalars/safe-int.js";

/** One row of the ledger. `actor` and `data` come from the hashed text: see AuditEventResolver. */
@ObjectType({
  simpleResolvers: true,
  description: "One event of the workspace's ledger, which is append-only and hash-chained.",
})
export class AuditEvent {
  @Field(() => GraphQLSafeInt, { description: "1, 2, 3 … without a gap in a workspace, in commit order." })
  readonly sequence!: number;

  @Field(() => GraphQLLedgerCursor)
  readonly cursor!: string;

  @Field(() => AuditEventTypeEnum)
  readonly type!: EventType;

  @Field(() => ID, { nullable: true, description: "Null where the event is about the workspace." })
  readonly ticketId!: string | null;

  @Field(() => Int, { nullable: true })
  readonly revision!: number | null;

  @Field(() => GraphQLDateTime)
  readonly at!: number;

  @Field(() => String, {
    description: "The hash of the event before it; the first one follows the workspace's genesis hash.",
  })
  readonly previousHash!: string;

  @Field(() => String, {
    description: "SHA-256 (hex) over the previous hash and the event's canonical text.",
  })
  readonly hash!: string;

  /** The hashed text, parsed when it is first asked for. */
  readonly body!: () => EventBody;
}

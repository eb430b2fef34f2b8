import { ArgsType, Field, ID, Int } from "type-graphql";
import type { EventType } from "../../domain/ticket-event.js";
import { AuditEventTypeEnum } from "../enums.js";
import { DEFAULT_PAGE_SIZE } from "../page-size.js";

/** Which page of the ledger is asked for, from whichever end. */
@ArgsType()
export class TrailArgs {
  @Field(() => ID, { nullable: true })
  readonly ticketId?: string | null;

  @Field(() => [AuditEventTypeEnum], { nullable: true, description: "An empty list matches nothing." })
  readonly types?: readonly EventType[] | null;

  @Field(() => Int, { nullable: true, defaultValue: DEFAULT_PAGE_SIZE })
  readonly first!: number | null;

  @Field(() => String, { nullable: true })
  readonly after?: string | null;
}

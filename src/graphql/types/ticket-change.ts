import { Field, ObjectType } from "type-graphql";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";
import { AuditEvent } from "./audit-event.js";

/** One change of a ticket, pushed. `ticket` is read on demand, as of now: see TicketChangeResolver. */
@ObjectType({ simpleResolvers: true, description: "One change of a ticket; 'ticket' is as of now." })
export class TicketChange {
  @Field(() => GraphQLLedgerCursor, {
    description: "The event's position: hand it back as 'after' to resume.",
  })
  readonly cursor!: string;

  @Field(() => AuditEvent)
  readonly event!: AuditEvent;

  readonly ticketId!: string;
}

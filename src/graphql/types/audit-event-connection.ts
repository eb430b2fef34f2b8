import { Field, ObjectType } from "type-graphql";
import { AuditEvent } from "./audit-event.js";
import { PageInfo } from "./page-info.js";

/** An event in a page. */
@ObjectType({ simpleResolvers: true, description: "An event in a page." })
export class AuditEventEdge {
  @Field(() => String, { description: "The event's LedgerCursor." })
  readonly cursor!: string;

  @Field(() => AuditEvent)
  readonly node!: AuditEvent;
}

/** A page of the audit trail, in ledger order. */
@ObjectType({ simpleResolvers: true, description: "A page of the audit trail, in ledger order." })
export class AuditEventConnection {
  @Field(() => [AuditEventEdge])
  readonly edges!: readonly AuditEventEdge[];

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo;
}

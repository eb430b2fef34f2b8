import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { EventType } from "../../domain/ticket-event.js";
import { AuditEventTypeEnum } from "../enums.js";
import { DEFAULT_PAGE_SIZE } from "../page-size.js";
import type { RequestContext } from "../request-context.js";
import { GraphQLJSONObject } from "../scalars/json-object.js";
import { AuditEvent } from "../types/audit-event.js";
import { AuditEventConnection } from "../types/audit-event-connection.js";
import { Principal } from "../types/principal.js";
import { auditPage } from "./audit-page.js";
import { ticketOrRefusal } from "./ticket-or-refusal.js";

/** The ledger, as those may read it who may. */
@Resolver(() => AuditEvent)
export class AuditResolver {
  @Query(() => AuditEventConnection, {
    description:
      "The ledger, oldest first: all of it for auditors and admins, for everybody else the events of the tickets that " +
      "they may see. NOT_FOUND where the ticket is not visible. first is capped at 100; 'after' is an event's cursor.",
  })
  async auditTrail(
    @Arg("ticketId", () => ID, { nullable: true }) ticketId: string | null | undefined,
    @Arg("types", () => [AuditEventTypeEnum], {
      nullable: true,
      description: "An empty list matches nothing.",
    })
    types: readonly EventType[] | null | undefined,
    @Arg("first", () => Int, { nullable: true, defaultValue: DEFAULT_PAGE_SIZE }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AuditEventConnection> {
    if (ticketId === null || ticketId === undefined) return auditPage(context, { types, first, after });
    const { state } = await ticketOrRefusal(context, ticketId);
    return auditPage(context, { ticketId: state.id, types, first, after });
  }

  @FieldResolver(() => Principal, { description: "Who did it, as they were called then." })
  actor(@Root() event: AuditEvent): Principal {
    return event.body().actor;
  }

  @FieldResolver(() => GraphQLJSONObject, {
    description: "What goes with that type of event; see docs/protocol.md.",
  })
  data(@Root() event: AuditEvent): Readonly<Record<string, unknown>> {
    return event.body().data;
  }
}

import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { badInput } from "../../domain/domain-error.js";
import { VERIFIER_LIMITS } from "../../ledger/audit-verifier.js";
import { TrailArgs } from "../inputs/trail-args.js";
import { toAuditVerification } from "../mappers/to-audit-verification.js";
import { actorOf, type RequestContext } from "../request-context.js";
import { GraphQLJSONObject } from "../scalars/json-object.js";
import { AuditEvent } from "../types/audit-event.js";
import { AuditEventConnection } from "../types/audit-event-connection.js";
import { AuditVerification } from "../types/audit-verification.js";
import { Principal } from "../types/principal.js";
import { Proposal } from "../types/proposal.js";
import { auditPage } from "./audit-page.js";
import { proposalOf } from "./proposal-of.js";
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
    @Args(() => TrailArgs) asked: TrailArgs,
    @Ctx() context: RequestContext,
  ): Promise<AuditEventConnection> {
    return trailPage(context, asked, false);
  }

  @Query(() => AuditEventConnection, {
    description:
      "The same as auditTrail, the newest first: what came before 'after', an event's cursor. first is capped at 100.",
  })
  async recentEvents(
    @Args(() => TrailArgs) asked: TrailArgs,
    @Ctx() context: RequestContext,
  ): Promise<AuditEventConnection> {
    return trailPage(context, asked, true);
  }

  @Mutation(() => AuditVerification, {
    description:
      "Re-derives the workspace's whole record and holds everything that is stored against it: for auditors and admins. Whoever " +
      "asks while that is under way joins it, and a verdict of the last ten seconds stands. It answers with the verdict, or " +
      "after waitSeconds (20 at most) with how far it has come: then ask again.",
  })
  async verifyAudit(
    @Arg("waitSeconds", () => Int, { nullable: true, defaultValue: 10 }) waitSeconds: number | null,
    @Ctx() context: RequestContext,
  ): Promise<AuditVerification> {
    const seconds = waitSeconds ?? 10;
    if (seconds < 0 || seconds > VERIFIER_LIMITS.waitSeconds) {
      throw badInput("waitSeconds", `waitSeconds may be from 0 to ${VERIFIER_LIMITS.waitSeconds}.`);
    }
    const { workspaceId } = actorOf(context);
    return toAuditVerification(await context.services.verifier.verify(workspaceId, seconds * 1_000));
  }

  @FieldResolver(() => Principal, { description: "Who did it, as they were called then." })
  actor(@Root() event: AuditEvent): Principal {
    return event.body().actor;
  }

  @FieldResolver(() => Proposal, {
    nullable: true,
    description: "The revision that it is about; null where it is about the workspace.",
  })
  async proposal(
    @Root() { ticketId, revision }: AuditEvent,
    @Ctx() context: RequestContext,
  ): Promise<Proposal | null> {
    // Whoever was given the event may see its ticket.
    if (ticketId === null || revision === null) return null;
    return proposalOf(context, { ticketId, revision });
  }

  @FieldResolver(() => GraphQLJSONObject, {
    description: "What goes with that type of event; see docs/protocol.md.",
  })
  data(@Root() event: AuditEvent): Readonly<Record<string, unknown>> {
    return event.body().data;
  }
}

/** A page of everything that the caller may see, or of one ticket. */
async function trailPage(
  context: RequestContext,
  { ticketId, ...page }: TrailArgs,
  newestFirst: boolean,
): Promise<AuditEventConnection> {
  if (ticketId === null || ticketId === undefined) return auditPage(context, { ...page, newestFirst });
  const { state } = await ticketOrRefusal(context, ticketId);
  return auditPage(context, { ...page, newestFirst, ticketId: state.id });
}

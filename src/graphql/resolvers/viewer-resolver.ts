import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { Actor } from "../../domain/principal.js";
import { encodeCursor } from "../../ledger/cursor.js";
import { findWorkspaceRow } from "../../persistence/workspace-queries.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import { actorOf, headBeforeReading, type RequestContext } from "../request-context.js";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";
import { isTypeId } from "../type-ids.js";
import { Node } from "../types/node.js";
import { Viewer } from "../types/viewer.js";
import { Workspace } from "../types/workspace.js";

/** Who asks, and what can be found by its id alone. */
@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: "Whoever the credential stands for." })
  viewer(@Ctx() context: RequestContext): Viewer {
    const { id, name, kind, roles, queues, workspaceId } = actorOf(context);
    return { principal: { id, name, kind }, roles, queues, workspaceId };
  }

  @Query(() => Node, {
    nullable: true,
    description:
      "A ticket that the viewer may see, or a principal or the workspace of the viewer's own; null otherwise.",
  })
  async node(@Arg("id", () => ID) id: string, @Ctx() context: RequestContext): Promise<Node | null> {
    const { workspaceId }: Actor = actorOf(context);
    if (isTypeId("ticket", id)) {
      const ticket = await context.loaders.tickets.load(id);
      return ticket === undefined ? null : toReviewTicket(ticket);
    }
    if (isTypeId("principal", id)) return (await context.loaders.principals.load(id)) ?? null;
    return id === workspaceId ? workspaceOf(context, id) : null;
  }

  @FieldResolver(() => Workspace)
  workspace(@Root() { workspaceId }: Viewer, @Ctx() context: RequestContext): Promise<Workspace> {
    return workspaceOf(context, workspaceId);
  }

  @FieldResolver(() => GraphQLLedgerCursor, {
    description: "The end of the workspace's ledger, from before anything else in this answer was read.",
  })
  async ledgerCursor(@Ctx() context: RequestContext): Promise<string> {
    const { sequence, hash } = await headBeforeReading(context);
    return encodeCursor(sequence, hash);
  }
}

async function workspaceOf(context: RequestContext, id: string): Promise<Workspace> {
  const row = await findWorkspaceRow(context.services.read, "id", id);
  if (row === undefined) throw new Error(`workspace ${id} is missing`);
  return { id: row.id, name: row.name };
}

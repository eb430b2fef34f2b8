import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { JsonObject } from "../../domain/proposal.js";
import type { RequestContext } from "../request-context.js";
import { GraphQLJSONObject } from "../scalars/json-object.js";
import { Principal } from "../types/principal.js";
import { Proposal } from "../types/proposal.js";
import { principalOf } from "./principal-of.js";

/** What of a proposal is made on demand. */
@Resolver(() => Proposal)
export class ProposalResolver {
  @FieldResolver(() => GraphQLJSONObject, { nullable: true, description: "What a machine will act on." })
  payload(@Root() { payloadText }: Proposal): JsonObject | null {
    return payloadText === null ? null : (JSON.parse(payloadText) as JsonObject);
  }

  @FieldResolver(() => Principal, { description: "An agent, or the reviewer who amended it." })
  submittedBy(@Root() { submitterId }: Proposal, @Ctx() context: RequestContext): Promise<Principal> {
    return principalOf(context, submitterId);
  }
}

import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../request-context.js";
import { Principal } from "../types/principal.js";
import { Review } from "../types/review.js";
import { principalOf } from "./principal-of.js";

/** What of a review is read on demand. */
@Resolver(() => Review)
export class ReviewResolver {
  @FieldResolver(() => Principal)
  reviewer(@Root() { reviewerId }: Review, @Ctx() context: RequestContext): Promise<Principal> {
    return principalOf(context, reviewerId);
  }
}

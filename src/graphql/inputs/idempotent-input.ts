import { Field, InputType } from "type-graphql";

const IDEMPOTENCY_KEY =
  "Repeating the mutation under the same key does it once and answers as the first time; with another content it is refused.";

/** What every mutation offers that may be repeated after a lost answer. Not in the schema itself. */
@InputType()
export abstract class IdempotentInput {
  @Field(() => String, { nullable: true, description: IDEMPOTENCY_KEY })
  readonly idempotencyKey?: string | null;
}

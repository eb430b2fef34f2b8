import { Field, InputType } from "type-graphql";
import type { JsonObject } from "../../domain/proposal.js";
import { GraphQLJSONObject } from "../scalars/json-object.js";
import { IdempotentInput } from "./idempotent-input.js";

/** What is proposed: the part of an input that a human signs. Not in the schema itself. */
@InputType()
export abstract class ProposalInput extends IdempotentInput {
  @Field(() => String, { description: "One line that says what is proposed." })
  readonly title!: string;

  @Field(() => String, { nullable: true, description: "As much text as the reviewer needs." })
  readonly detail?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: "What a machine will act on, exactly as it is signed.",
  })
  readonly payload?: JsonObject | null;
}

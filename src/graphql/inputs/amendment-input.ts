import { Field, InputType } from "type-graphql";
import type { JsonObject } from "../../domain/proposal.js";
import { GraphQLJSONObject } from "../scalars/json-object.js";

@InputType({ description: "The proposal as the reviewer would have it, whole: what is left out is gone." })
export class AmendmentInput {
  @Field(() => String)
  readonly title!: string;

  @Field(() => String, { nullable: true })
  readonly detail?: string | null;

  @Field(() => GraphQLJSONObject, { nullable: true })
  readonly payload?: JsonObject | null;
}

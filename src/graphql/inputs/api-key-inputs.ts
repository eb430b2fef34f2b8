import { Field, ID, InputType, Int } from "type-graphql";
import { GraphQLDateTime } from "../scalars/date-time.js";

const USUAL_END =
  "A human's own key lasts for 90 days unless told, and for a year at most; an agent's may have no end. " +
  "A key that is made with another key ends with it at the latest.";

@InputType({ description: "A key for oneself; an ADMIN names an agent, or a new one, to make a key for it." })
export class CreateApiKeyInput {
  @Field(() => String, { nullable: true, description: "What it is for; the principal's name, unless told." })
  readonly label?: string | null;

  @Field(() => ID, { nullable: true, description: "An agent that there is." })
  readonly principalId?: string | null;

  @Field(() => String, { nullable: true, description: "Of an agent that there is not yet." })
  readonly agentName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "The human who uses the agent with this key, and so cannot review what it submits.",
  })
  readonly onBehalfOf?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: USUAL_END })
  readonly expiresAt?: Date | null;
}

@InputType({ description: "Replaces one's own key, or as an ADMIN an agent's." })
export class RotateApiKeyInput {
  @Field(() => ID)
  readonly keyId!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 1440,
    description:
      "How long the old key goes on working, minutes, where it does not end before; 43200 at most.",
  })
  readonly overlapMinutes?: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: USUAL_END })
  readonly expiresAt?: Date | null;
}

@InputType({ description: "Ends one's own key, or as an ADMIN anybody's." })
export class RevokeApiKeyInput {
  @Field(() => ID)
  readonly keyId!: string;
}

import { Field, ID, Int, ObjectType } from "type-graphql";
import type { EventType } from "../../domain/ticket-event.js";
import type { EndpointChannel } from "../../notify/endpoints.js";
import { AuditEventTypeEnum, EndpointChannelEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";

/** Where a workspace's events are told by HTTP. */
@ObjectType({
  simpleResolvers: true,
  description: "Where the workspace's events are told by HTTP. See docs/webhooks.md.",
})
export class Endpoint {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => EndpointChannelEnum)
  readonly channel!: EndpointChannel;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String, {
    description: "Without its query; of a chat's, whose whole path is a secret, only where it leads.",
  })
  readonly url!: string;

  @Field(() => [String], { nullable: true, description: "Only tickets of these queues; null for all." })
  readonly queues!: readonly string[] | null;

  @Field(() => [AuditEventTypeEnum], {
    nullable: true,
    description: "Only events of these types; null for what the channel is usually told.",
  })
  readonly types!: readonly EventType[] | null;

  @Field(() => GraphQLDateTime)
  readonly createdAt!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it was switched off; null while it is on.",
  })
  readonly disabledAt!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Why it was switched off, where that was not by hand: its other side wants nothing any more (410).",
  })
  readonly disabledReason!: string | null;

  @Field(() => Int, { description: "Deliveries that were given up, and that a replay would deliver." })
  readonly deadLetters!: number;
}

const ONCE =
  "`whsec_…`, which verifies what is told, by the Standard Webhooks specification. It is shown this once.";

@ObjectType({ simpleResolvers: true, description: "The new endpoint." })
export class CreateEndpointPayload {
  @Field(() => Endpoint)
  readonly endpoint!: Endpoint;

  @Field(() => String, { nullable: true, description: `${ONCE} Null for a chat.` })
  readonly secret!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The endpoint as it is now." })
export class ChangeEndpointPayload {
  @Field(() => Endpoint)
  readonly endpoint!: Endpoint;
}

@ObjectType({ simpleResolvers: true, description: "The endpoint as it was." })
export class RemoveEndpointPayload {
  @Field(() => Endpoint)
  readonly endpoint!: Endpoint;
}

@ObjectType({ simpleResolvers: true, description: "The endpoint, and its new secret." })
export class RotateEndpointSecretPayload {
  @Field(() => Endpoint)
  readonly endpoint!: Endpoint;

  @Field(() => String, { description: ONCE })
  readonly secret!: string;
}

@ObjectType({ simpleResolvers: true, description: "How the other side took a test." })
export class TestEndpointPayload {
  @Field(() => Boolean)
  readonly delivered!: boolean;

  @Field(() => Int, { nullable: true, description: "The HTTP status that it answered with, where it did." })
  readonly httpStatus!: number | null;

  @Field(() => String, { nullable: true, description: "What went wrong." })
  readonly problem!: string | null;

  @Field(() => Int, { description: "Milliseconds that it took." })
  readonly milliseconds!: number;
}

@ObjectType({ simpleResolvers: true, description: "The new secret of one's callbacks." })
export class RotateCallbackSecretPayload {
  @Field(() => String, { description: ONCE })
  readonly secret!: string;
}

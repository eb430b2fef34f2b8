import { Field, ID, InputType, Int } from "type-graphql";
import type { EventType } from "../../domain/ticket-event.js";
import type { EndpointChannel } from "../../notify/endpoints.js";
import { AuditEventTypeEnum, EndpointChannelEnum } from "../enums.js";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";

const URL_IS = "https, and an address that the whole world may reach, unless the operator allows otherwise.";

@InputType({ description: "Where events are to be told from now on." })
export class CreateEndpointInput {
  @Field(() => EndpointChannelEnum, { defaultValue: "WEBHOOK" })
  readonly channel!: EndpointChannel;

  @Field(() => String, { description: "What it is for." })
  readonly name!: string;

  @Field(() => String, { description: URL_IS })
  readonly url!: string;

  @Field(() => [String], { nullable: true, description: "Only tickets of these queues; null for all." })
  readonly queues?: readonly string[] | null;

  @Field(() => [AuditEventTypeEnum], {
    nullable: true,
    description:
      "Only events of these types. Null: everything about the work on tickets, and for a chat what comes in and what is settled.",
  })
  readonly types?: readonly EventType[] | null;
}

@InputType({ description: "What is to be different; what is absent stays." })
export class ChangeEndpointInput {
  @Field(() => ID)
  readonly endpointId!: string;

  @Field(() => String, { nullable: true })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: URL_IS })
  readonly url?: string | null;

  @Field(() => [String], { nullable: true, description: "Null for all." })
  readonly queues?: readonly string[] | null;

  @Field(() => [AuditEventTypeEnum], { nullable: true, description: "Null for the usual ones." })
  readonly types?: readonly EventType[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Off: what happens meanwhile is not told; what waited becomes dead letters.",
  })
  readonly disabled?: boolean | null;
}

@InputType({ description: "Which endpoint." })
export class RemoveEndpointInput {
  @Field(() => ID)
  readonly endpointId!: string;
}

@InputType({ description: "Which endpoint." })
export class TestEndpointInput {
  @Field(() => ID)
  readonly endpointId!: string;
}

@InputType({ description: "A new secret for an endpoint." })
export class RotateEndpointSecretInput {
  @Field(() => ID)
  readonly endpointId!: string;

  @Field(() => Int, {
    defaultValue: 1440,
    description: "How long the former secret signs beside the new one, minutes; 43200 at most.",
  })
  readonly overlapMinutes!: number;
}

@InputType({ description: "A new secret for one's callbacks." })
export class RotateCallbackSecretInput {
  @Field(() => Int, {
    defaultValue: 1440,
    description: "How long the former secret signs beside the new one, minutes; 43200 at most.",
  })
  readonly overlapMinutes!: number;
}

@InputType({
  description: "Which dead letters: those named, or those of an endpoint, of a range of events, or both.",
})
export class ReplayDeadLettersInput {
  @Field(() => [ID], { nullable: true, description: "100 at most." })
  readonly ids?: readonly string[] | null;

  @Field(() => ID, { nullable: true })
  readonly endpointId?: string | null;

  @Field(() => GraphQLLedgerCursor, { nullable: true, description: "From this event on, itself included." })
  readonly from?: string | null;

  @Field(() => GraphQLLedgerCursor, { nullable: true, description: "Up to this event, itself included." })
  readonly to?: string | null;
}

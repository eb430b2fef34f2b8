import { Field, InputType, Int } from "type-graphql";
import type { Priority } from "../../domain/ticket-state.js";
import { PriorityEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { ProposalInput } from "./proposal-input.js";

@InputType({ description: "A proposal for review. An option that is null means its default." })
export class SubmitReviewInput extends ProposalInput {
  @Field(() => String, {
    nullable: true,
    defaultValue: "default",
    description: "It must exist; 'default' always does.",
  })
  readonly queue?: string | null;

  @Field(() => PriorityEnum, { nullable: true, defaultValue: "NORMAL" })
  readonly priority?: Priority | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "When a decision is hoped for: reminders and escalations of the queue go by it, and nothing else happens then.",
  })
  readonly dueAt?: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When the ticket becomes EXPIRED if it is still undecided.",
  })
  readonly expiresAt?: Date | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 1,
    description: "How many reviewers must approve; the queue's own minimum holds where it is larger.",
  })
  readonly approvalsRequired?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Where to POST how it is settled, signed with the secret that rotateCallbackSecret showed. See docs/webhooks.md.",
  })
  readonly callbackUrl?: string | null;
}

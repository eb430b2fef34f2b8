import { Field, Int, ObjectType } from "type-graphql";
import { GraphQLDateTime } from "../scalars/date-time.js";

/** One immutable revision of what is proposed. `payload` and `submittedBy` are made on demand: see ProposalResolver. */
@ObjectType({ simpleResolvers: true, description: "One immutable revision of what is proposed." })
export class Proposal {
  @Field(() => Int, { description: "1, 2, 3 … per ticket." })
  readonly revision!: number;

  @Field(() => String)
  readonly title!: string;

  @Field(() => String, { nullable: true })
  readonly detail!: string | null;

  @Field(() => String, {
    description:
      "sha256:<hex> over the RFC 8785 (JCS) form of {title, detail, payload}, an absent detail or payload written as " +
      "null; anyone can recompute it. Integers beyond 2^53 - 1 and lone surrogates are refused on submission.",
  })
  readonly digest!: string;

  @Field(() => GraphQLDateTime)
  readonly submittedAt!: number;

  /** RFC 8785 text of the payload, parsed only where it is selected. */
  readonly payloadText!: string | null;
  readonly submitterId!: string;
}

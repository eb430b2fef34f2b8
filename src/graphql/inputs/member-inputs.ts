import { Field, ID, InputType } from "type-graphql";
import type { Role } from "../../domain/principal.js";
import { RoleEnum } from "../enums.js";

@InputType({
  description: "Asks a human in, or sends a member another sign-in link; who was removed is a member again.",
})
export class InviteMemberInput {
  @Field(() => String, { description: "Names the member; capitals make no difference." })
  readonly email!: string;

  @Field(() => String, { nullable: true, description: "The address, unless told." })
  readonly name?: string | null;

  @Field(() => [RoleEnum], {
    nullable: true,
    description: "Needed for somebody new; for a member, they must be those that the member has.",
  })
  readonly roles?: readonly Role[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "Where a reviewer is to work; every queue, unless told.",
  })
  readonly queues?: readonly string[] | null;
}

@InputType({ description: "What is to be different about a member; what is left out stays." })
export class ChangeMemberInput {
  @Field(() => ID)
  readonly memberId!: string;

  @Field(() => String, { nullable: true })
  readonly name?: string | null;

  @Field(() => [RoleEnum], { nullable: true, description: "All of them, not only those to be added." })
  readonly roles?: readonly Role[] | null;

  @Field(() => [String], { nullable: true, description: "All of them; an explicit null means every queue." })
  readonly queues?: readonly string[] | null;
}

@InputType({ description: "Ends a membership, with every key, session and sign-in link of theirs." })
export class RemoveMemberInput {
  @Field(() => ID)
  readonly memberId!: string;
}

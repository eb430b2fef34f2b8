import { Field, ID, ObjectType } from "type-graphql";
import type { PrincipalKind, Role } from "../../domain/principal.js";
import { PrincipalKindEnum, RoleEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { PageInfo } from "./page-info.js";

/** An agent or a human of the workspace, as its admins see them. */
@ObjectType({
  simpleResolvers: true,
  description:
    "An agent or a human of the workspace, as its admins see them: a principal with what it may do.",
})
export class Member {
  @Field(() => ID, { description: "The principal's id." })
  readonly id!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => PrincipalKindEnum)
  readonly kind!: PrincipalKind;

  @Field(() => [RoleEnum])
  readonly roles!: readonly Role[];

  @Field(() => [String], { nullable: true, description: "Where a reviewer works; null means every queue." })
  readonly queues!: readonly string[] | null;

  @Field(() => String, { nullable: true })
  readonly email!: string | null;

  @Field(() => GraphQLDateTime)
  readonly createdAt!: number;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Null while it is a member." })
  readonly removedAt!: number | null;
}

/** A member in a page. */
@ObjectType({ simpleResolvers: true, description: "A member in a page." })
export class MemberEdge {
  @Field(() => String)
  readonly cursor!: string;

  @Field(() => Member)
  readonly node!: Member;
}

/** A page of members. */
@ObjectType({ simpleResolvers: true, description: "A page of members, the oldest first." })
export class MemberConnection {
  @Field(() => [MemberEdge])
  readonly edges!: readonly MemberEdge[];

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo;
}

@ObjectType({
  simpleResolvers: true,
  description: "The member, and the way in: whoever opens it first is signed in as them.",
})
export class InviteMemberPayload {
  @Field(() => Member)
  readonly member!: Member;

  @Field(() => String, {
    description: "To be handed to them over a channel that you trust. It works once, and is shown only here.",
  })
  readonly signInUrl!: string;

  @Field(() => GraphQLDateTime, { description: "When the link stops working." })
  readonly expiresAt!: number;
}

@ObjectType({ simpleResolvers: true, description: "The member as it is now." })
export class ChangeMemberPayload {
  @Field(() => Member)
  readonly member!: Member;
}

@ObjectType({ simpleResolvers: true, description: "Who was a member." })
export class RemoveMemberPayload {
  @Field(() => Member)
  readonly member!: Member;
}

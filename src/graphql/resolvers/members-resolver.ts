import { Arg, Ctx, Int, Mutation, Query, Resolver } from "type-graphql";
import { notFound } from "../../domain/domain-error.js";
import { changeMember, inviteMember, removeMember, toMember } from "../../identity/members.js";
import { pageOfMembers } from "../../persistence/principal-queries.js";
import { decodeIdCursor, encodeIdCursor } from "../id-cursor.js";
import { ChangeMemberInput, InviteMemberInput, RemoveMemberInput } from "../inputs/member-inputs.js";
import { toPageInfo } from "../mappers/to-page-info.js";
import { DEFAULT_PAGE_SIZE, pageSize } from "../page-size.js";
import { actorOf, managerOf, type RequestContext } from "../request-context.js";
import { isTypeId } from "../type-ids.js";
import {
  ChangeMemberPayload,
  InviteMemberPayload,
  MemberConnection,
  RemoveMemberPayload,
} from "../types/member.js";

/** Who belongs to the workspace. */
@Resolver()
export class MembersResolver {
  @Query(() => MemberConnection, {
    description: "Agents and humans, the oldest first: for admins and auditors. first is capped at 100.",
  })
  async members(
    @Arg("first", () => Int, { nullable: true, defaultValue: DEFAULT_PAGE_SIZE }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Arg("includeRemoved", () => Boolean, { nullable: true, defaultValue: false })
    includeRemoved: boolean | null,
    @Ctx() context: RequestContext,
  ): Promise<MemberConnection> {
    const size = pageSize(first);
    const rows = await pageOfMembers(context.services.read, actorOf(context).workspaceId, {
      after: decodeIdCursor("principal", after),
      limit: size + 1,
      removed: includeRemoved === true,
    });
    const edges = rows.slice(0, size).map((row) => ({ cursor: encodeIdCursor(row.id), node: toMember(row) }));
    return {
      edges,
      pageInfo: toPageInfo(edges, {
        hasNextPage: rows.length > size,
        hasPreviousPage: after !== null && after !== undefined,
      }),
    };
  }

  @Mutation(() => InviteMemberPayload, {
    description:
      "Makes a sign-in link for a human: somebody new, or a member. Links that were not used before are void.",
  })
  async inviteMember(
    @Arg("input", () => InviteMemberInput) { email, name, roles, queues }: InviteMemberInput,
    @Ctx() context: RequestContext,
  ): Promise<InviteMemberPayload> {
    const { ledger, signInUrl } = context.services;
    const { member, link } = await inviteMember(ledger, {
      ...managerOf(context),
      email,
      name: name ?? undefined,
      roles: roles ?? undefined,
      queues,
    });
    return { member, signInUrl: signInUrl(link.text), expiresAt: link.expiresAt };
  }

  @Mutation(() => ChangeMemberPayload, {
    description:
      "Changes what a member may do. Their connections end within five seconds, and what they cannot review any more " +
      "is released.",
  })
  async changeMember(
    @Arg("input", () => ChangeMemberInput) { memberId, name, roles, queues }: ChangeMemberInput,
    @Ctx() context: RequestContext,
  ): Promise<ChangeMemberPayload> {
    const change = {
      ...memberNamed(context, memberId),
      name: name ?? undefined,
      roles: roles ?? undefined,
      queues,
    };
    const member = await changeMember(context.services.ledger, change);
    await context.services.releaseHolds(change);
    return { member };
  }

  @Mutation(() => RemoveMemberPayload, {
    description:
      "Ends a membership. Its connections end within five seconds, and what is in its hands is released.",
  })
  async removeMember(
    @Arg("input", () => RemoveMemberInput) { memberId }: RemoveMemberInput,
    @Ctx() context: RequestContext,
  ): Promise<RemoveMemberPayload> {
    const named = memberNamed(context, memberId);
    const member = await removeMember(context.services.ledger, named);
    await context.services.releaseHolds(named);
    return { member };
  }
}

/** @throws DomainError NOT_FOUND where nobody can have such an id */
function memberNamed(context: RequestContext, principalId: string) {
  if (!isTypeId("principal", principalId)) throw notFound("member");
  return { ...managerOf(context), principalId };
}

import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { badInput, DomainError, notFound } from "../../domain/domain-error.js";
import { type Actor, seesEverything } from "../../domain/principal.js";
import { requireRole } from "../../domain/refusals.js";
import {
  type CreatedKey,
  createKey,
  createPrincipalWithKey,
  revokeKey,
  rotateKey,
  toKeyInfo,
} from "../../identity/keys.js";
import { pageOfKeyRows } from "../../persistence/key-queries.js";
import { findPrincipal } from "../../persistence/principal-queries.js";
import { decodeIdCursor, encodeIdCursor } from "../id-cursor.js";
import { CreateApiKeyInput, RevokeApiKeyInput, RotateApiKeyInput } from "../inputs/api-key-inputs.js";
import { toApiKey } from "../mappers/to-api-key.js";
import { toPageInfo } from "../mappers/to-page-info.js";
import { DEFAULT_PAGE_SIZE, pageSize } from "../page-size.js";
import { actorOf, type RequestContext } from "../request-context.js";
import { isTypeId } from "../type-ids.js";
import {
  ApiKey,
  ApiKeyConnection,
  CreateApiKeyPayload,
  RevokeApiKeyPayload,
  RotateApiKeyPayload,
} from "../types/api-key.js";
import { Principal } from "../types/principal.js";
import { principalOf } from "./principal-of.js";

/** API keys: a human's own, and as an ADMIN those of agents. */
@Resolver(() => ApiKey)
export class ApiKeysResolver {
  @Query(() => ApiKeyConnection, {
    description:
      "Keys without their secrets, the oldest first: every one for admins and auditors, one's own for everybody else. " +
      "first is capped at 100.",
  })
  async apiKeys(
    @Arg("first", () => Int, { nullable: true, defaultValue: DEFAULT_PAGE_SIZE }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Arg("principalId", () => ID, { nullable: true, description: "Only this principal's keys." })
    principalId: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<ApiKeyConnection> {
    const actor = actorOf(context);
    const size = pageSize(first);
    const position = decodeIdCursor("key", after);
    const rows = await pageOfKeyRows(context.services.read, actor.workspaceId, {
      principalId: await whoseKeys(context, actor, principalId ?? null),
      after: position,
      limit: size + 1,
    });
    const edges = rows
      .slice(0, size)
      .map((row) => ({ cursor: encodeIdCursor(row.id), node: toApiKey(toKeyInfo(row)) }));
    return {
      edges,
      pageInfo: toPageInfo(edges, { hasNextPage: rows.length > size, hasPreviousPage: position !== "" }),
    };
  }

  @FieldResolver(() => Principal, {
    nullable: true,
    description: "The human behind an agent's key, where one is named: they cannot review what it submits.",
  })
  onBehalfOf(@Root() { behind }: ApiKey, @Ctx() context: RequestContext): Promise<Principal> | null {
    return behind === null ? null : principalOf(context, behind);
  }

  @Mutation(() => CreateApiKeyPayload, {
    description: "Makes a key: for oneself, or as an ADMIN for an agent. Agents make none.",
  })
  async createApiKey(
    @Arg("input", () => CreateApiKeyInput) input: CreateApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateApiKeyPayload> {
    const { key, ...info } = await created(context, input);
    return { apiKey: toApiKey(info), key };
  }

  @Mutation(() => RotateApiKeyPayload, {
    description: "Replaces a key by a new one of the same principal; both work until the overlap has passed.",
  })
  async rotateApiKey(
    @Arg("input", () => RotateApiKeyInput) input: RotateApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<RotateApiKeyPayload> {
    const terms = termsOf(context, input.expiresAt);
    if (!isTypeId("key", input.keyId)) throw notFound("key");
    const { made, replaced } = await rotateKey(context.services.ledger, {
      ...terms,
      keyId: input.keyId,
      overlapMinutes: input.overlapMinutes ?? 1_440,
    });
    return { apiKey: toApiKey(made), key: made.key, replaced: toApiKey(replaced) };
  }

  @Mutation(() => RevokeApiKeyPayload, {
    description:
      "Ends a key now; its connections end within five seconds. One that has been revoked stays so.",
  })
  async revokeApiKey(
    @Arg("input", () => RevokeApiKeyInput) { keyId }: RevokeApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<RevokeApiKeyPayload> {
    const actor = actorOf(context);
    if (!isTypeId("key", keyId)) throw notFound("key");
    const { workspaceId } = actor;
    const revoker = context.credential ?? undefined;
    const key = await revokeKey(context.services.ledger, { workspaceId, keyId, actor, revoker });
    return { apiKey: toApiKey(key) };
  }
}

/** @throws DomainError NOT_FOUND where there is no such principal, or its keys are none of the actor's business */
async function whoseKeys(
  context: RequestContext,
  actor: Actor,
  asked: string | null,
): Promise<string | undefined> {
  if (asked === null) return seesEverything(actor) ? undefined : actor.id;
  if (!isTypeId("principal", asked)) throw notFound("principal");
  if (asked === actor.id) return asked;
  const known = await findPrincipal(context.services.read, actor.workspaceId, asked);
  if (known === undefined || !seesEverything(actor)) throw notFound("principal");
  return asked;
}

/** @throws DomainError FORBIDDEN for agents, before anything is looked at */
function termsOf(context: RequestContext, expiresAt: Date | null | undefined) {
  const { credential } = context;
  const actor = actorOf(context);
  if (actor.kind !== "HUMAN" || credential === null)
    throw new DomainError("FORBIDDEN", "Only humans make keys.");
  return {
    workspaceId: actor.workspaceId,
    expiresAt: expiresAt?.getTime() ?? null,
    actor,
    issuer: credential,
  };
}

async function created(context: RequestContext, input: CreateApiKeyInput): Promise<CreatedKey> {
  const { label, principalId = null, agentName = null } = input;
  const terms = termsOf(context, input.expiresAt);
  const forAgent = agentName !== null || (principalId !== null && principalId !== terms.actor.id);
  // Who makes an agent's key can use it, so unless somebody is named (or expressly nobody) it is the maker.
  const { onBehalfOf = forAgent ? terms.actor.id : null } = input;
  const base = { ...terms, label: label ?? undefined, onBehalfOf };
  const { ledger } = context.services;
  if (agentName !== null) requireRole(base.actor, "ADMIN");
  if (principalId !== null && agentName !== null)
    throw badInput(
      "agentName",
      "Name an agent that there is (principalId) or a new one (agentName), not both.",
    );
  if (principalId !== null && !isTypeId("principal", principalId)) throw notFound("principal");
  if (onBehalfOf !== null && !isTypeId("principal", onBehalfOf))
    throw badInput("onBehalfOf", "There is no such human in this workspace.");
  if (agentName === null) return createKey(ledger, { ...base, principalId: principalId ?? base.actor.id });
  return createPrincipalWithKey(ledger, {
    ...base,
    name: agentName,
    kind: "AGENT",
    roles: ["AGENT"],
    queues: null,
  });
}

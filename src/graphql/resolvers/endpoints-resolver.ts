import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { notFound } from "../../domain/domain-error.js";
import { rotateCallbackSecret } from "../../notify/callback-secret.js";
import {
  changeEndpoint,
  createEndpoint,
  listEndpoints,
  removeEndpoint,
  rotateEndpointSecret,
  type Endpoint as StoredEndpoint,
} from "../../notify/endpoints.js";
import { testEndpoint } from "../../notify/test-endpoint.js";
import { countDeadLetters } from "../../persistence/delivery-queries.js";
import {
  ChangeEndpointInput,
  CreateEndpointInput,
  RemoveEndpointInput,
  RotateCallbackSecretInput,
  RotateEndpointSecretInput,
  TestEndpointInput,
} from "../inputs/endpoint-inputs.js";
import { actorOf, managerOf, type RequestContext } from "../request-context.js";
import { isTypeId } from "../type-ids.js";
import {
  ChangeEndpointPayload,
  CreateEndpointPayload,
  Endpoint,
  RemoveEndpointPayload,
  RotateCallbackSecretPayload,
  RotateEndpointSecretPayload,
  TestEndpointPayload,
} from "../types/endpoint.js";

/** Where events are told by HTTP. */
@Resolver()
export class EndpointsResolver {
  @Query(() => [Endpoint], {
    description: "The workspace's endpoints, the oldest first: for admins and auditors.",
  })
  endpoints(@Ctx() context: RequestContext): Promise<Endpoint[]> {
    return listEndpoints(context.services.read, actorOf(context).workspaceId);
  }

  @Mutation(() => CreateEndpointPayload, {
    description: "Has events told to a webhook or a chat, from now on: for admins.",
  })
  async createEndpoint(
    @Arg("input", () => CreateEndpointInput) input: CreateEndpointInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateEndpointPayload> {
    const { channel, name, url, queues = null, types = null } = input;
    const { ledger, telling } = context.services;
    const wanted = { ...managerOf(context), channel, name, url, queues, types };
    const { endpoint, secret } = await createEndpoint(ledger, telling.checkUrl, wanted);
    return { endpoint: { ...endpoint, deadLetters: 0 }, secret };
  }

  @Mutation(() => ChangeEndpointPayload, {
    description: "Changes an endpoint, or switches it off or on: for admins.",
  })
  async changeEndpoint(
    @Arg("input", () => ChangeEndpointInput) input: ChangeEndpointInput,
    @Ctx() context: RequestContext,
  ): Promise<ChangeEndpointPayload> {
    const { endpointId, name, url, queues, types, disabled } = input;
    const { ledger, telling } = context.services;
    const change = {
      ...managerOf(context),
      endpointId: checkedId(endpointId),
      name: name ?? undefined,
      url: url ?? undefined,
      queues,
      types,
      disabled: disabled ?? undefined,
    };
    return { endpoint: await counted(context, await changeEndpoint(ledger, telling.checkUrl, change)) };
  }

  @Mutation(() => RemoveEndpointPayload, {
    description: "Removes an endpoint; what waits for it is dropped: for admins.",
  })
  async removeEndpoint(
    @Arg("input", () => RemoveEndpointInput) { endpointId }: RemoveEndpointInput,
    @Ctx() context: RequestContext,
  ): Promise<RemoveEndpointPayload> {
    const choice = { ...managerOf(context), endpointId: checkedId(endpointId) };
    return { endpoint: await counted(context, await removeEndpoint(context.services.ledger, choice)) };
  }

  @Mutation(() => RotateEndpointSecretPayload, {
    description: "A new secret for an endpoint; during the overlap, both sign: for admins.",
  })
  async rotateEndpointSecret(
    @Arg("input", () => RotateEndpointSecretInput) { endpointId, overlapMinutes }: RotateEndpointSecretInput,
    @Ctx() context: RequestContext,
  ): Promise<RotateEndpointSecretPayload> {
    const rotation = { ...managerOf(context), endpointId: checkedId(endpointId), overlapMinutes };
    const { endpoint, secret } = await rotateEndpointSecret(context.services.ledger, rotation);
    if (secret === null) throw new Error("an endpoint was rotated that has no secret");
    return { endpoint: await counted(context, endpoint), secret };
  }

  @Mutation(() => TestEndpointPayload, {
    description: "Sends a test to an endpoint at once, and says how it was taken: for admins.",
  })
  async testEndpoint(
    @Arg("input", () => TestEndpointInput) { endpointId }: TestEndpointInput,
    @Ctx() context: RequestContext,
  ): Promise<TestEndpointPayload> {
    return testEndpoint(context.services, { ...managerOf(context), endpointId: checkedId(endpointId) });
  }

  @Mutation(() => RotateCallbackSecretPayload, {
    description:
      "For agents: the secret that signs the callbacks of one's tickets (callbackUrl), for the first time or a new one.",
  })
  async rotateCallbackSecret(
    @Arg("input", () => RotateCallbackSecretInput) { overlapMinutes }: RotateCallbackSecretInput,
    @Ctx() context: RequestContext,
  ): Promise<RotateCallbackSecretPayload> {
    const rotation = { actor: actorOf(context), credential: managerOf(context).credential, overlapMinutes };
    return { secret: await rotateCallbackSecret(context.services.ledger, rotation) };
  }
}

function checkedId(id: string): string {
  if (!isTypeId("endpoint", id)) throw notFound("endpoint");
  return id;
}

async function counted(context: RequestContext, endpoint: StoredEndpoint): Promise<Endpoint> {
  const dead = await countDeadLetters(context.services.read, actorOf(context).workspaceId);
  return { ...endpoint, deadLetters: dead.get(endpoint.id) ?? 0 };
}

import {
  type ApiKeyRowFragment,
  ApiKeysDocument,
  DeadLettersDocument,
  type DeadLettersQuery,
  type EndpointRowFragment,
  EndpointsDocument,
  ManagedQueuesDocument,
  type ManagedQueuesQuery,
  type MemberRowFragment,
  MembersDocument,
} from "../api/generated.js";
import { ask } from "../desk/desk-client.js";

export type Member = MemberRowFragment;
export type ApiKey = ApiKeyRowFragment;
export type Endpoint = EndpointRowFragment;
export type DeadLetterPage = DeadLettersQuery["deadLetters"];
export type DeadLetter = DeadLetterPage["edges"][number]["node"];
export type Queue = ManagedQueuesQuery["queues"][number];

const PAGE = 100;

/** Every member, the oldest first. @throws Refusal */
export async function loadMembers(): Promise<readonly Member[]> {
  return everyPage(async (after) => {
    const { members } = await ask(MembersDocument, { first: PAGE, after, includeRemoved: false });
    return members;
  });
}

/**
 * Keys, the newest first.
 * @param principalId whose; everybody's where it is null
 * @throws Refusal
 */
export async function loadKeys(principalId: string | null): Promise<readonly ApiKey[]> {
  const keys = await everyPage(async (after) => {
    const { apiKeys } = await ask(ApiKeysDocument, { first: PAGE, after, principalId });
    return apiKeys;
  });
  return keys.toReversed();
}

/** @throws Refusal */
export async function loadQueues(): Promise<readonly Queue[]> {
  return (await ask(ManagedQueuesDocument, {})).queues;
}

/** Where events are told by HTTP, the oldest first. @throws Refusal */
export async function loadEndpoints(): Promise<readonly Endpoint[]> {
  return (await ask(EndpointsDocument, {})).endpoints;
}

/** Deliveries to an endpoint that were given up, the oldest first. @throws Refusal */
export async function loadDeadLetters(endpointId: string, after: string | null): Promise<DeadLetterPage> {
  return (await ask(DeadLettersDocument, { endpointId, first: PAGE, after })).deadLetters;
}

interface Page<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null | undefined };
}

async function everyPage<Node>(load: (after: string | null) => Promise<Page<Node>>): Promise<Node[]> {
  const nodes: Node[] = [];
  let after: string | null = null;
  for (;;) {
    const { edges, pageInfo }: Page<Node> = await load(after);
    nodes.push(...edges.map(({ node }) => node));
    if (!pageInfo.hasNextPage) return nodes;
    after = pageInfo.endCursor ?? null;
  }
}

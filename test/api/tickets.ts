import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { type GqlAnswer, gql, gqlData } from "../support/graphql-client.js";
import type { TestServer } from "../support/test-server.js";

/** What most tests want to know of a ticket. */
export const TICKET = `
  id queue status priority revision approvalsRequired submittedAt updatedAt dueAt expiresAt
  proposal { revision title detail payload digest submittedBy { id name kind } submittedAt }
  submittedBy { id name kind }
  assignee { id name }
  decision { ticketId revision status comments decidedBy { id name kind } decidedAt cursor receipt }
`;

export interface Ticket {
  readonly id: string;
  readonly queue: string;
  readonly status: string;
  readonly priority: string;
  readonly revision: number;
  readonly approvalsRequired: number;
  readonly submittedAt: string;
  readonly updatedAt: string;
  readonly dueAt: string | null;
  readonly expiresAt: string | null;
  readonly proposal: {
    readonly revision: number;
    readonly title: string;
    readonly detail: string | null;
    readonly payload: Record<string, unknown> | null;
    readonly digest: string;
    readonly submittedBy: { readonly id: string; readonly name: string };
  };
  readonly submittedBy: { readonly id: string; readonly name: string };
  readonly assignee: { readonly id: string; readonly name: string } | null;
  readonly decision: Decision;
}

export interface Decision {
  readonly ticketId: string;
  readonly revision: number;
  readonly status: string;
  readonly comments: string | null;
  readonly decidedBy: { readonly id: string; readonly name: string; readonly kind: string } | null;
  readonly decidedAt: string | null;
  readonly cursor: string | null;
  readonly receipt: string | null;
}

type Input = Readonly<Record<string, unknown>>;

export const SUBMIT = `mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { ${TICKET} } ledgerCursor } }`;

/** Every mutation of an existing ticket, by name. */
export const MUTATIONS = {
  resubmitReview: mutation("resubmitReview", "ResubmitReviewInput", `ticket { ${TICKET} } ledgerCursor`),
  withdrawReview: mutation("withdrawReview", "WithdrawReviewInput"),
  claimTicket: mutation("claimTicket", "ClaimTicketInput"),
  releaseTicket: mutation("releaseTicket", "ReleaseTicketInput"),
  snoozeTicket: mutation("snoozeTicket", "SnoozeTicketInput", `ticket { ${TICKET} viewerSnoozedUntil }`),
  unsnoozeTicket: mutation(
    "unsnoozeTicket",
    "UnsnoozeTicketInput",
    `ticket { ${TICKET} viewerSnoozedUntil }`,
  ),
  assignTicket: mutation("assignTicket", "AssignTicketInput"),
  commentOnTicket: mutation("commentOnTicket", "CommentOnTicketInput"),
  decideTicket: mutation(
    "decideTicket",
    "DecideTicketInput",
    `ticket { ${TICKET} } decision { ticketId revision status comments decidedBy { id name kind } decidedAt cursor receipt proposal { title revision } }`,
  ),
  retractReview: mutation("retractReview", "RetractReviewInput"),
} as const;

export type MutationName = keyof typeof MUTATIONS;

function mutation(name: string, type: string, selection = `ticket { ${TICKET} }`): string {
  return `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`;
}

/** Submits a proposal; the title is made up where none is given. */
export async function submit(url: string, key: string, input: Input = {}): Promise<Ticket> {
  return (await submitted(url, key, input)).ticket;
}

export async function submitted(
  url: string,
  key: string,
  input: Input = {},
): Promise<{ ticket: Ticket; ledgerCursor: string }> {
  type Data = { submitReview: { ticket: Ticket; ledgerCursor: string } };
  const data = await gqlData<Data>(url, key, SUBMIT, { input: { title: "Publish the post", ...input } });
  return data.submitReview;
}

/** The raw answer to a mutation of a ticket. */
export function attempt(
  url: string,
  key: string | null,
  name: MutationName,
  input: Input,
): Promise<GqlAnswer<Record<string, { ticket: Ticket; decision?: Decision; ledgerCursor?: string }>>> {
  return gql(url, key, MUTATIONS[name], { input });
}

/** The answer to a mutation of a ticket that must succeed. */
export async function run(
  url: string,
  key: string,
  name: MutationName,
  input: Input,
): Promise<{ ticket: Ticket; decision?: Decision; ledgerCursor?: string }> {
  const { data, errors } = await attempt(url, key, name, input);
  const payload = data?.[name];
  if (payload === undefined) throw new Error(`${name} failed: ${JSON.stringify(errors)}`);
  return payload;
}

export async function ticketOf(url: string, key: string, id: string): Promise<Ticket> {
  const { ticket } = await gqlData<{ ticket: Ticket }>(
    url,
    key,
    `query ($id: ID!) { ticket(id: $id) { ${TICKET} } }`,
    { id },
  );
  return ticket;
}

/** Makes a queue in the workspace `default`. */
export async function makeQueue(server: TestServer, name: string, minimumApprovals = 1): Promise<void> {
  const { workspaceId } = server;
  const { ledger, database } = server.running.services;
  const actor = await systemActor(database.read, workspaceId);
  await createQueue(ledger, { workspaceId, name, minimumApprovals, actor });
}

import { LIMITS } from "../../domain/limits.js";
import { checkProposal } from "../../domain/proposal.js";
import { optionalText, requiredText } from "../../domain/text.js";
import type { TicketOutcome } from "../../ledger/ledger.js";
import { checkedCallback } from "../../notify/callback-secret.js";
import { isKeyUsed } from "../../persistence/ticket-queries.js";
import type { DecideTicketInput } from "../inputs/decide-ticket-input.js";
import type { ResubmitReviewInput } from "../inputs/resubmit-review-input.js";
import type { SubmitReviewInput } from "../inputs/submit-review-input.js";
import type { CommentOnTicketInput, WithdrawReviewInput } from "../inputs/ticket-inputs.js";
import { actorOf, type RequestContext } from "../request-context.js";
import { issueCommand } from "./issue-command.js";
import { toDecide } from "./to-decide.js";
import { toSubmit } from "./to-submit.js";

/**
 * The mutations of a ticket as whoever serves them calls them: the GraphQL resolvers, and the REST facade. Under the same name,
 * so that one idempotency key means one thing over both.
 */

/** What a faultless resubmission looks like to the rules. */
const SOME_PROPOSAL = { title: "-", detail: null, payload: null, digest: "-" } as const;

export async function submitReview(
  context: RequestContext,
  input: SubmitReviewInput,
): Promise<TicketOutcome> {
  const { callbackUrl, idempotencyKey } = input;
  const callback = callbackUrl == null ? undefined : await callbackOf(context, callbackUrl, idempotencyKey);
  return issueCommand(context, {
    mutation: "submitReview",
    idempotencyKey,
    command: () => toSubmit(input, callback),
  });
}

/**
 * Where to call back. What was acknowledged once is answered again under its key, whatever may be reached by now.
 * @throws DomainError BAD_USER_INPUT where it may not be reached, or nothing is there to sign with
 */
async function callbackOf(
  context: RequestContext,
  url: string,
  key: string | null | undefined,
): Promise<string> {
  const { read, telling } = context.services;
  const actor = actorOf(context);
  try {
    return await checkedCallback(read, actor, url, telling.checkUrl);
  } catch (error) {
    const { id: principalId, workspaceId } = actor;
    const scope = { workspaceId, principalId, mutation: "submitReview", key: key ?? "" };
    if (!URL.canParse(url) || !(await isKeyUsed(read, scope))) throw error;
    return withoutFragment(url);
  }
}

function withoutFragment(text: string): string {
  const url = new URL(text);
  url.hash = "";
  return url.href;
}

export function resubmitReview(context: RequestContext, input: ResubmitReviewInput): Promise<TicketOutcome> {
  const { ticketId, idempotencyKey } = input;
  const answers = input.revision ?? null;
  return issueCommand(context, {
    mutation: "resubmitReview",
    ticketId,
    idempotencyKey,
    command: () => ({ kind: "resubmit", proposal: checkProposal(input), answers }),
    faultless: { kind: "resubmit", proposal: SOME_PROPOSAL, answers },
  });
}

export function withdrawReview(context: RequestContext, input: WithdrawReviewInput): Promise<TicketOutcome> {
  const { ticketId, idempotencyKey, reason } = input;
  return issueCommand(context, {
    mutation: "withdrawReview",
    ticketId,
    idempotencyKey,
    command: () => ({ kind: "withdraw", reason: optionalText(reason, "reason", LIMITS.reason) }),
    faultless: { kind: "withdraw", reason: null },
  });
}

export function decideTicket(context: RequestContext, input: DecideTicketInput): Promise<TicketOutcome> {
  const { ticketId, idempotencyKey, revision, status } = input;
  return issueCommand(context, {
    mutation: "decideTicket",
    ticketId,
    idempotencyKey,
    command: () => toDecide(input),
    faultless: { kind: "decide", revision, outcome: status, comments: "-", amendment: null },
  });
}

export function commentOnTicket(
  context: RequestContext,
  { ticketId, idempotencyKey, body }: CommentOnTicketInput,
): Promise<TicketOutcome> {
  return issueCommand(context, {
    mutation: "commentOnTicket",
    ticketId,
    idempotencyKey,
    command: () => ({ kind: "comment", body: requiredText(body, "body", LIMITS.comments) }),
    faultless: { kind: "comment", body: "-" },
  });
}

export function claimTicket(context: RequestContext, ticketId: string): Promise<TicketOutcome> {
  return issueCommand(context, { mutation: "claimTicket", ticketId, command: () => ({ kind: "claim" }) });
}

export function releaseTicket(context: RequestContext, ticketId: string): Promise<TicketOutcome> {
  return issueCommand(context, { mutation: "releaseTicket", ticketId, command: () => ({ kind: "release" }) });
}

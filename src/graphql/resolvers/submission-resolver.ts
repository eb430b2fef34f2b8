import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { LIMITS } from "../../domain/limits.js";
import { checkProposal } from "../../domain/proposal.js";
import { optionalText } from "../../domain/text.js";
import { encodeCursor } from "../../ledger/cursor.js";
import type { TicketOutcome } from "../../ledger/ledger.js";
import { checkedCallback } from "../../notify/callback-secret.js";
import { issueCommand } from "../commands/issue-command.js";
import { toSubmit } from "../commands/to-submit.js";
import { ResubmitReviewInput } from "../inputs/resubmit-review-input.js";
import { SubmitReviewInput } from "../inputs/submit-review-input.js";
import { WithdrawReviewInput } from "../inputs/ticket-inputs.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import { actorOf, type RequestContext } from "../request-context.js";
import {
  ResubmitReviewPayload,
  SubmitReviewPayload,
  WithdrawReviewPayload,
} from "../types/ticket-payloads.js";

/** What a faultless resubmission looks like to the rules. */
const SOME_PROPOSAL = { title: "-", detail: null, payload: null, digest: "-" } as const;

/** What agents do. */
@Resolver()
export class SubmissionResolver {
  @Mutation(() => SubmitReviewPayload, { description: "Puts a proposal before humans." })
  async submitReview(
    @Arg("input", () => SubmitReviewInput) input: SubmitReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<SubmitReviewPayload> {
    const { idempotencyKey, callbackUrl } = input;
    if (callbackUrl) await requireCallback(context, callbackUrl);
    return submitted(
      await issueCommand(context, {
        mutation: "submitReview",
        idempotencyKey,
        command: () => toSubmit(input),
      }),
    );
  }

  @Mutation(() => ResubmitReviewPayload, {
    description:
      "Makes a new revision: after NEEDS_CHANGES, or while PENDING. Earlier approvals do not carry over.",
  })
  async resubmitReview(
    @Arg("input", () => ResubmitReviewInput) input: ResubmitReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<ResubmitReviewPayload> {
    const { ticketId, idempotencyKey } = input;
    const answers = input.revision ?? null;
    return submitted(
      await issueCommand(context, {
        mutation: "resubmitReview",
        ticketId,
        idempotencyKey,
        command: () => ({ kind: "resubmit", proposal: checkProposal(input), answers }),
        faultless: { kind: "resubmit", proposal: SOME_PROPOSAL, answers },
      }),
    );
  }

  @Mutation(() => WithdrawReviewPayload, { description: "Takes a proposal back that is still PENDING." })
  async withdrawReview(
    @Arg("input", () => WithdrawReviewInput) input: WithdrawReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<WithdrawReviewPayload> {
    const { ticketId, idempotencyKey } = input;
    const { ticket } = await issueCommand(context, {
      mutation: "withdrawReview",
      ticketId,
      idempotencyKey,
      command: () => ({ kind: "withdraw", reason: optionalText(input.reason, "reason", LIMITS.reason) }),
      faultless: { kind: "withdraw", reason: null },
    });
    return { ticket: toReviewTicket(ticket) };
  }
}

async function requireCallback(context: RequestContext, url: string): Promise<void> {
  const { read, telling } = context.services;
  await checkedCallback(read, actorOf(context), url, telling.checkUrl);
}

function submitted({ ticket, position }: TicketOutcome): SubmitReviewPayload {
  return { ticket: toReviewTicket(ticket), ledgerCursor: encodeCursor(position.sequence, position.hash) };
}

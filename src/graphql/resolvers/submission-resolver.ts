import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { encodeCursor } from "../../ledger/cursor.js";
import type { TicketOutcome } from "../../ledger/ledger.js";
import { resubmitReview, submitReview, withdrawReview } from "../commands/ticket-commands.js";
import { ResubmitReviewInput } from "../inputs/resubmit-review-input.js";
import { SubmitReviewInput } from "../inputs/submit-review-input.js";
import { WithdrawReviewInput } from "../inputs/ticket-inputs.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import type { RequestContext } from "../request-context.js";
import {
  ResubmitReviewPayload,
  SubmitReviewPayload,
  WithdrawReviewPayload,
} from "../types/ticket-payloads.js";

/** What agents do. */
@Resolver()
export class SubmissionResolver {
  @Mutation(() => SubmitReviewPayload, { description: "Puts a proposal before humans." })
  async submitReview(
    @Arg("input", () => SubmitReviewInput) input: SubmitReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<SubmitReviewPayload> {
    return submitted(await submitReview(context, input));
  }

  @Mutation(() => ResubmitReviewPayload, {
    description:
      "Makes a new revision: after NEEDS_CHANGES, or while PENDING. Earlier approvals do not carry over.",
  })
  async resubmitReview(
    @Arg("input", () => ResubmitReviewInput) input: ResubmitReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<ResubmitReviewPayload> {
    return submitted(await resubmitReview(context, input));
  }

  @Mutation(() => WithdrawReviewPayload, { description: "Takes a proposal back that is still PENDING." })
  async withdrawReview(
    @Arg("input", () => WithdrawReviewInput) input: WithdrawReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<WithdrawReviewPayload> {
    const { ticket } = await withdrawReview(context, input);
    return { ticket: toReviewTicket(ticket) };
  }
}

function submitted({ ticket, position }: TicketOutcome): SubmitReviewPayload {
  return { ticket: toReviewTicket(ticket), ledgerCursor: encodeCursor(position.sequence, position.hash) };
}

import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { findEventRevision } from "../../persistence/event-listing.js";
import { issueCommand } from "../commands/issue-command.js";
import { decideTicket } from "../commands/ticket-commands.js";
import { DecideTicketInput } from "../inputs/decide-ticket-input.js";
import { RetractReviewInput } from "../inputs/ticket-inputs.js";
import { toDecision, toPendingDecision, toSettledDecision } from "../mappers/to-decision.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import type { RequestContext } from "../request-context.js";
import { DecideTicketPayload, RetractReviewPayload } from "../types/ticket-payloads.js";

/** What reviewers sign. */
@Resolver()
export class SignOffResolver {
  @Mutation(() => DecideTicketPayload, {
    description:
      "Records the viewer's word on the revision that they saw. REJECTED and NEEDS_CHANGES settle it at once, APPROVED " +
      "when as many reviewers as are required have approved.",
  })
  async decideTicket(
    @Arg("input", () => DecideTicketInput) input: DecideTicketInput,
    @Ctx() context: RequestContext,
  ): Promise<DecideTicketPayload> {
    const { ticketId } = input;
    const { ticket, settled, replayed, position } = await decideTicket(context, input);
    if (settled !== null) return { ticket: toReviewTicket(ticket), decision: toSettledDecision(settled) };
    if (!replayed) return { ticket: toReviewTicket(ticket), decision: toDecision(ticket) };
    // The first answer was that more approvals are needed; whatever became of the ticket since, this is the same answer.
    const first = await findEventRevision(context.services.read, ticket.workspaceId, position.sequence);
    return {
      ticket: toReviewTicket(ticket),
      decision: toPendingDecision(ticketId, first ?? ticket.state.revision),
    };
  }

  @Mutation(() => RetractReviewPayload, {
    description: "Takes one's own approval back, while the ticket is still PENDING.",
  })
  async retractReview(
    @Arg("input", () => RetractReviewInput) { ticketId, revision }: RetractReviewInput,
    @Ctx() context: RequestContext,
  ): Promise<RetractReviewPayload> {
    const { ticket } = await issueCommand(context, {
      mutation: "retractReview",
      ticketId,
      command: () => ({ kind: "retract", revision }),
    });
    return { ticket: toReviewTicket(ticket) };
  }
}

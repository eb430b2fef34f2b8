import { DomainError } from "./domain-error.js";
import { LIMITS } from "./limits.js";
import type { Actor } from "./principal.js";
import type { ProposalText } from "./proposal.js";
import type { TicketEvent } from "./ticket-event.js";
import type { TicketState } from "./ticket-state.js";

/**
 * The event that makes a proposal the ticket's next revision, which voids earlier approvals.
 * @param by.amendment whether a reviewer approves with edits, rather than the submitter resubmitting
 * @throws DomainError BAD_USER_INPUT where the ticket has had too many revisions
 */
export function nextRevision(
  state: TicketState,
  proposal: ProposalText,
  { amendment, actor }: { readonly amendment: boolean; readonly actor: Actor },
): TicketEvent {
  if (state.revision >= LIMITS.revisions) {
    throw new DomainError(
      "BAD_USER_INPUT",
      `A ticket has at most ${LIMITS.revisions} revisions; submit a new ticket.`,
      {
        field: "ticketId",
      },
    );
  }
  return {
    type: "RESUBMITTED",
    revision: state.revision + 1,
    proposal,
    data: { digest: proposal.digest, previousRevision: state.revision, amendment, ...behind(actor) },
  };
}

/** Says who stands behind an agent's key, where one is named; otherwise the event has no such member. */
export function behind({ onBehalfOf }: Actor): { readonly onBehalfOf?: string } {
  return onBehalfOf === undefined ? {} : { onBehalfOf };
}

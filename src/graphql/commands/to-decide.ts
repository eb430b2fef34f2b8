import { LIMITS } from "../../domain/limits.js";
import { checkProposal } from "../../domain/proposal.js";
import { optionalText } from "../../domain/text.js";
import type { Decide } from "../../domain/ticket-command.js";
import type { DecideTicketInput } from "../inputs/decide-ticket-input.js";

/**
 * A checked review.
 * @throws DomainError BAD_USER_INPUT naming the field
 */
export function toDecide(input: DecideTicketInput): Decide {
  return {
    kind: "decide",
    revision: input.revision,
    outcome: input.status,
    comments: optionalText(input.comments, "comments", LIMITS.comments),
    amendment: input.amendment ? checkProposal(input.amendment, "amendment.") : null,
  };
}

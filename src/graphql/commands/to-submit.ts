import { badInput } from "../../domain/domain-error.js";
import { LIMITS } from "../../domain/limits.js";
import { checkProposal } from "../../domain/proposal.js";
import { requiredText } from "../../domain/text.js";
import type { Submit } from "../../domain/ticket-command.js";
import type { SubmitReviewInput } from "../inputs/submit-review-input.js";

/** The queue that every workspace has. */
const DEFAULT_QUEUE = "default";

/**
 * A checked submission; an option that is null means its default.
 * @param callbackUrl as it was checked, where one is given
 * @throws DomainError BAD_USER_INPUT naming the field
 */
export function toSubmit(input: SubmitReviewInput, callbackUrl?: string): Submit {
  return {
    kind: "submit",
    proposal: checkProposal(input),
    queue: requiredText(input.queue ?? DEFAULT_QUEUE, "queue", LIMITS.queueName),
    priority: input.priority ?? "NORMAL",
    dueAt: input.dueAt?.getTime() ?? null,
    expiresAt: input.expiresAt?.getTime() ?? null,
    approvalsRequired: approvals(input.approvalsRequired ?? 1),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  };
}

function approvals(count: number): number {
  if (count < 1 || count > LIMITS.approvalsRequired) {
    throw badInput("approvalsRequired", `approvalsRequired must be from 1 to ${LIMITS.approvalsRequired}.`);
  }
  return count;
}

import type { StoredTicket } from "../../persistence/rows.js";
import type { ReviewTicket } from "../types/review-ticket.js";

/** A stored ticket as the API shows it. */
export function toReviewTicket(stored: StoredTicket): ReviewTicket {
  const { state } = stored;
  return {
    id: state.id,
    queue: state.queue,
    status: state.status,
    priority: state.priority,
    revision: state.revision,
    approvalsRequired: state.approvalsRequired,
    submittedAt: state.submittedAt,
    updatedAt: state.updatedAt,
    dueAt: state.dueAt,
    expiresAt: state.expiresAt,
    stored,
  };
}

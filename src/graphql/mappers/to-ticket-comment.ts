import { parseBody } from "../../ledger/event-body.js";
import type { EventRow } from "../../persistence/rows.js";
import type { TicketComment } from "../types/ticket-comment.js";

/** A COMMENTED event as the comment that it records. */
export function toTicketComment(row: EventRow): TicketComment {
  const { actor, revision, data } = parseBody(row.body);
  return { author: actor, revision: revision ?? 0, body: String(data.body), at: row.occurred_at };
}

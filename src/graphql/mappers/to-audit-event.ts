import { encodeCursor } from "../../ledger/cursor.js";
import { type EventBody, parseBody } from "../../ledger/event-body.js";
import type { EventRow } from "../../persistence/rows.js";
import type { AuditEvent } from "../types/audit-event.js";

/** A stored event as the API shows it; its text is parsed when it is first asked for. */
export function toAuditEvent(row: EventRow): AuditEvent {
  let parsed: EventBody | undefined;
  return {
    sequence: row.sequence,
    cursor: encodeCursor(row.sequence, row.hash),
    type: row.type,
    ticketId: row.ticket_id,
    revision: row.revision,
    at: row.occurred_at,
    previousHash: row.previous_hash,
    hash: row.hash,
    body: () => {
      parsed ??= parseBody(row.body);
      return parsed;
    },
  };
}

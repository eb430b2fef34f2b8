import { encodeCursor } from "../../ledger/cursor.js";
import type { DecisionRow, StoredTicket } from "../../persistence/rows.js";
import type { Decision } from "../types/decision.js";

/** Where a ticket stands now. */
export function toDecision({ state, decision }: StoredTicket): Decision {
  if (decision !== null) return toSettledDecision(decision);
  return { ...toPendingDecision(state.id, state.revision), status: state.status };
}

/** A revision that is not settled. */
export function toPendingDecision(ticketId: string, revision: number): Decision {
  return {
    ticketId,
    revision,
    status: "PENDING",
    comments: null,
    decidedBy: null,
    decidedAt: null,
    cursor: null,
    receipt: null,
  };
}

/** A decision as it was made, whatever has become of the ticket since. */
export function toSettledDecision(row: DecisionRow): Decision {
  return {
    ticketId: row.ticket_id,
    revision: row.revision,
    status: row.status,
    comments: row.comments,
    decidedBy: { id: row.decided_by, name: row.decided_by_name, kind: row.decided_by_kind },
    decidedAt: row.decided_at,
    cursor: encodeCursor(row.sequence, row.hash),
    receipt: row.receipt,
  };
}

import type { Sql } from "../persistence/sql.js";
import type { Findings } from "./audit-verify-findings.js";

/**
 * Holds the idempotency records against the events that they name: one that was bent to another ticket would make a caller
 * take another's outcome for its own. Records may be missing, since they are of use for a while only.
 */
export async function verifyIdempotency(sql: Sql, workspaceId: string, findings: Findings): Promise<void> {
  const rows = await sql.query<{ sequence: number; ticket_id: string }>(
    "SELECT i.sequence, i.ticket_id FROM idempotency i " +
      "LEFT JOIN audit_event e ON e.workspace_id = i.workspace_id AND e.sequence = i.sequence " +
      "LEFT JOIN decision d ON d.ticket_id = i.ticket_id AND d.revision = i.settled_revision " +
      "WHERE i.workspace_id = ? AND (e.sequence IS NULL OR e.hash <> i.hash OR e.actor_id <> i.principal_id " +
      "OR COALESCE(e.ticket_id, '') <> i.ticket_id OR (i.settled_revision IS NOT NULL AND d.sequence IS NULL)) " +
      "ORDER BY i.sequence LIMIT 100",
    [workspaceId],
  );
  for (const { sequence, ticket_id: ticketId } of rows) {
    findings.report(sequence, `an idempotency record of ${ticketId} does not fit to event ${sequence}`);
  }
}

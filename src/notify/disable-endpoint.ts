import type { WorkspaceEvent } from "../ledger/ledger.js";
import { findEndpointRow, updateEndpoint } from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";
import { endpointEvent } from "./endpoint-event.js";

/** Which endpoint, and why. */
export interface Disabling {
  readonly workspaceId: string;
  readonly endpointId: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Switches an endpoint off whose other side wants nothing any more; what the record says of it, where it was on. */
export async function disableEndpoint(
  sql: Sql,
  { workspaceId, endpointId, reason, at }: Disabling,
): Promise<WorkspaceEvent[]> {
  const row = await findEndpointRow(sql, workspaceId, endpointId);
  if (row === undefined || row.disabled_at !== null || row.removed_at !== null) return [];
  const disabled = { ...row, disabled_at: at, disabled_reason: reason.slice(0, 500) };
  await updateEndpoint(sql, disabled);
  return [endpointEvent(disabled)];
}

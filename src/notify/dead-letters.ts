import { badInput, notFound } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import { type Manager, managedChange } from "../identity/managed-change.js";
import type { Ledger } from "../ledger/ledger.js";
import { type DeadLetterChoice, reviveDeadLetters } from "../persistence/delivery-queries.js";
import { findEndpointRow } from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";

/** Which dead letters are to be delivered after all. */
export interface Replay extends Manager, DeadLetterChoice {}

/**
 * Has dead letters tried again from the beginning, in the order of their events: those named, or those of a target, of a range of
 * the ledger, or both. On the record as SETTINGS_CHANGED. What has been delivered meanwhile is no dead letter any more.
 * @returns how many; at most {@link LIMITS.replay}, so that whoever has more calls again
 * @throws DomainError BAD_USER_INPUT where nothing is chosen, or the endpoint is off; NOT_FOUND where there is no such endpoint
 */
export async function replayDeadLetters(ledger: Ledger, input: Replay): Promise<number> {
  const { workspaceId, ids, target, from, to } = input;
  if (ids !== undefined && (ids.length === 0 || ids.length > LIMITS.filterList))
    throw badInput("ids", `Name 1 to ${LIMITS.filterList} dead letters.`);
  if (ids === undefined && target === undefined && from === undefined)
    throw badInput("ids", "Say which: ids, an endpoint, or a range of events.");
  if (from !== undefined && to !== undefined && from > to)
    throw badInput("to", "The range must not end before it begins.");
  return managedChange(ledger, input, async (sql, at) => {
    if (target !== undefined) await requireEnabled(sql, workspaceId, target);
    const revived = await reviveDeadLetters(sql, workspaceId, { ids, target, from, to }, at, LIMITS.replay);
    if (revived.length === 0) return { result: 0, events: [] };
    const data = {
      setting: "replay",
      count: revived.length,
      ...(ids === undefined ? {} : { deliveryIds: revived }),
      ...(target === undefined ? {} : { target }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
    return { result: revived.length, events: [{ type: "SETTINGS_CHANGED", data }] };
  });
}

/** What is tried again for an endpoint that is off would only be given up again, on the record. */
async function requireEnabled(sql: Sql, workspaceId: string, endpointId: string): Promise<void> {
  const row = await findEndpointRow(sql, workspaceId, endpointId);
  if (row === undefined || row.removed_at !== null) throw notFound("endpoint");
  if (row.disabled_at !== null) throw badInput("endpointId", "This endpoint is off: switch it on first.");
}

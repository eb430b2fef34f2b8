import type { AuditEventType } from "../api/generated.js";
import { nameOfType } from "../audit/event-types.js";

/** Events of tickets that endpoints are told of. */
const OF_TICKETS = [
  "SUBMITTED",
  "RESUBMITTED",
  "WITHDRAWN",
  "EXPIRED",
  "REVIEWED",
  "RETRACTED",
  "DECIDED",
  "CLAIMED",
  "RELEASED",
  "ASSIGNED",
  "COMMENTED",
] as const satisfies readonly AuditEventType[];

/** Of the workspace: only where they are chosen, and about every queue. */
const OF_WORKSPACE = [
  "MEMBER_CHANGED",
  "API_KEY_CREATED",
  "API_KEY_REVOKED",
  "SETTINGS_CHANGED",
] as const satisfies readonly AuditEventType[];

/** What an endpoint can be told of, as it is chosen from. */
export const TOLD_OF_TICKETS = asOptions(OF_TICKETS);
export const TOLD_OF_WORKSPACE = asOptions(OF_WORKSPACE);

function asOptions(types: readonly AuditEventType[]) {
  return types.map((value) => ({ value, says: nameOfType(value) }));
}

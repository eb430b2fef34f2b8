import { toActor } from "../../ledger/batch-facts.js";
import {
  findMailMembers,
  findPreferences,
  type HoursRow,
  type PreferenceRow,
} from "../../persistence/notification-queries.js";
import type { Sql } from "../../persistence/sql.js";
import { EVERY_OTHER_QUEUE, type MailPreference, type QueuePreference } from "./mail-preference.js";
import type { MailMember } from "./mails-of.js";
import { type NotificationHours, USUAL_HOURS } from "./when-to-send.js";

/**
 * The members of a workspace who can be mailed, with what they want to hear of those queues: two statements, however many
 * members and queues there are.
 */
export async function readMailMembers(
  sql: Sql,
  workspaceId: string,
  queues: readonly string[],
): Promise<MailMember[]> {
  const members = await findMailMembers(sql, workspaceId);
  const said = new Map<string, QueuePreference[]>(members.map(({ id }) => [id, []]));
  for (const row of await findPreferences(sql, workspaceId, [EVERY_OTHER_QUEUE, ...new Set(queues)]))
    said.get(row.principal_id)?.push(toPreference(row));
  return members.map((row) => ({
    member: toActor(row),
    reachable: row.email !== null && row.removed_at === null,
    preferences: said.get(row.id) ?? [],
    hours: toHours(row),
  }));
}

export function toPreference({ queue, mail }: PreferenceRow): QueuePreference {
  return { queue, mail: mail as MailPreference };
}

/** @param row undefined, or full of nulls, for who has set none */
export function toHours(
  row: { readonly [Column in keyof HoursRow]: HoursRow[Column] | null } | undefined,
): NotificationHours {
  if (row === undefined || row.time_zone === null || row.digest_at === null) return USUAL_HOURS;
  const { quiet_from: from, quiet_until: until } = row;
  const quiet = from === null || until === null ? null : { from, until };
  return { timeZone: row.time_zone, quiet, digestAt: row.digest_at };
}

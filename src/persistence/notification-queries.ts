import type { PrincipalRow } from "./rows.js";
import { placeholders, type Sql } from "./sql.js";

/** A row of `notification_preference`; `queue` is empty for every queue that has none. */
export interface PreferenceRow {
  readonly principal_id: string;
  readonly queue: string;
  readonly mail: string;
}

/** A row of `notification_hours`, in minutes of the day. */
export interface HoursRow {
  readonly time_zone: string;
  readonly quiet_from: number | null;
  readonly quiet_until: number | null;
  readonly digest_at: number;
}

/** A member with the hours that they have set; nulls where they have not. */
export type MailMemberRow = PrincipalRow & { [Column in keyof HoursRow]: HoursRow[Column] | null };

/** The humans of a workspace who have an address. */
export async function findMailMembers(sql: Sql, workspaceId: string): Promise<MailMemberRow[]> {
  return sql.query<MailMemberRow>(
    "SELECT p.id, p.workspace_id, p.name, p.kind, p.roles, p.queues, p.email, p.created_at, p.removed_at, " +
      "h.time_zone, h.quiet_from, h.quiet_until, h.digest_at FROM principal p " +
      "LEFT JOIN notification_hours h ON h.principal_id = p.id " +
      "WHERE p.workspace_id = ? AND p.kind = 'HUMAN' AND p.removed_at IS NULL AND p.email IS NOT NULL ORDER BY p.id",
    [workspaceId],
  );
}

/** What the members of a workspace have said of some queues. */
export async function findPreferences(
  sql: Sql,
  workspaceId: string,
  queues: readonly string[],
): Promise<PreferenceRow[]> {
  return sql.query<PreferenceRow>(
    "SELECT n.principal_id, n.queue, n.mail FROM principal p JOIN notification_preference n ON n.principal_id = p.id " +
      `WHERE p.workspace_id = ? AND n.queue IN (${placeholders(queues.length)})`,
    [workspaceId, ...queues],
  );
}

/** Everything that one member has said, by queue. */
export async function findPreferencesOf(sql: Sql, principalId: string): Promise<PreferenceRow[]> {
  return sql.query<PreferenceRow>(
    "SELECT principal_id, queue, mail FROM notification_preference WHERE principal_id = ? ORDER BY queue",
    [principalId],
  );
}

/** @param mail null takes back what was said */
export async function replacePreference(
  sql: Sql,
  of: { readonly workspaceId: string; readonly principalId: string; readonly queue: string },
  mail: string | null,
): Promise<void> {
  await sql.query("DELETE FROM notification_preference WHERE principal_id = ? AND queue = ?", [
    of.principalId,
    of.queue,
  ]);
  if (mail === null) return;
  await sql.query(
    "INSERT INTO notification_preference (principal_id, queue, workspace_id, mail) VALUES (?, ?, ?, ?)",
    [of.principalId, of.queue, of.workspaceId, mail],
  );
}

export async function findHoursOf(sql: Sql, principalId: string): Promise<HoursRow | undefined> {
  const [row] = await sql.query<HoursRow>(
    "SELECT time_zone, quiet_from, quiet_until, digest_at FROM notification_hours WHERE principal_id = ?",
    [principalId],
  );
  return row;
}

export async function replaceHours(
  sql: Sql,
  of: { readonly workspaceId: string; readonly principalId: string },
  row: HoursRow,
): Promise<void> {
  await sql.query("DELETE FROM notification_hours WHERE principal_id = ?", [of.principalId]);
  await sql.query(
    "INSERT INTO notification_hours (principal_id, workspace_id, time_zone, quiet_from, quiet_until, digest_at) " +
      "VALUES (?, ?, ?, ?, ?, ?)",
    [of.principalId, of.workspaceId, row.time_zone, row.quiet_from, row.quiet_until, row.digest_at],
  );
}

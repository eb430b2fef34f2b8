import type { Actor } from "../domain/principal.js";
import { placeholders, type Sql, type SqlValue } from "./sql.js";

/** A row of `snooze`: the last that a principal said of putting a ticket aside. */
export interface SnoozeRow {
  readonly ticket_id: string;
  readonly principal_id: string;
  readonly revision: number;
  /** Milliseconds since the epoch; null once it was woken. */
  readonly snoozed_until: number | null;
}

const SELECT = "SELECT ticket_id, principal_id, revision, snoozed_until FROM snooze";

/** What each principal has put aside of each ticket, whether or not it still sleeps. */
export async function findSnoozes(
  sql: Sql,
  keys: readonly { readonly ticketId: string; readonly principalId: string }[],
): Promise<SnoozeRow[]> {
  if (keys.length === 0) return [];
  return sql.query<SnoozeRow>(
    `${SELECT} WHERE (ticket_id, principal_id) IN (${keys.map(() => "(?, ?)").join(", ")})`,
    keys.flatMap(({ ticketId, principalId }) => [ticketId, principalId]),
  );
}

/** What one principal has put aside of the tickets. Visibility must have been checked with the ticket. */
export async function findSnoozesOf(
  sql: Sql,
  { id }: Pick<Actor, "id">,
  ticketIds: readonly string[],
): Promise<SnoozeRow[]> {
  if (ticketIds.length === 0) return [];
  return sql.query<SnoozeRow>(
    `${SELECT} WHERE principal_id = ? AND ticket_id IN (${placeholders(ticketIds.length)})`,
    [id, ...ticketIds],
  );
}

/** SQL with its values, in the order of the placeholders. */
interface Part {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** The condition that a ticket `t` does not sleep for a principal (see `sleepsUntil`): one look into the primary key. */
export function isAwake(principalId: string, now: number): Part {
  return {
    text:
      "NOT EXISTS (SELECT 1 FROM snooze s WHERE s.ticket_id = t.id AND s.principal_id = ? AND s.snoozed_until > ? " +
      "AND s.revision = t.revision AND t.status = 'PENDING')",
    values: [principalId, now],
  };
}

/**
 * The tickets `t` that sleep for a principal, to be selected from. They are found from what was put aside, which is little,
 * and not by going through the tickets: SQLite keeps to the order of a cross join.
 */
export function ticketsAsleep(principalId: string, now: number): Part {
  return {
    text:
      "snooze s CROSS JOIN ticket t ON t.id = s.ticket_id AND t.revision = s.revision AND t.status = 'PENDING' " +
      "AND s.principal_id = ? AND s.snoozed_until > ?",
    values: [principalId, now],
  };
}

import { type Actor, seesEverything } from "../domain/principal.js";
import type { EventType } from "../domain/ticket-event.js";
import { EVENT_COLUMNS, type EventRow } from "./rows.js";
import { placeholders, type Sql, type SqlValue } from "./sql.js";
import { visibleTo } from "./ticket-queries.js";

const COLUMNS = EVENT_COLUMNS.map((name) => `e.${name}`).join(", ");

/** Which part of the ledger to list. */
export interface EventPage {
  /** Only events of this ticket, whose visibility the caller has checked. */
  readonly ticketId?: string;
  /** Only these types; an empty list matches nothing. */
  readonly types?: readonly EventType[];
  /** Only what follows this position, in the order of the list. */
  readonly after: number;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

/** SQL with its values, in the order of the placeholders. */
interface Part {
  readonly from: string;
  readonly where: string;
  readonly values: readonly SqlValue[];
}

/**
 * The events that the actor may see, in ledger order or backwards: auditors and admins see the whole ledger of their workspace,
 * everybody else the events of the tickets that they may see.
 */
export async function listEvents(sql: Sql, actor: Actor, page: EventPage): Promise<EventRow[]> {
  const types = page.types === undefined ? undefined : [...new Set(page.types)];
  if (types?.length === 0) return [];
  const [beyond, order] = page.newestFirst === true ? ["<", " DESC"] : [">", ""];
  const tail = `ORDER BY e.sequence${order} LIMIT ${Math.trunc(page.limit)}`;
  const parts = partsOf(actor, page, types).map(({ from, where, values }) => ({
    text: `SELECT ${COLUMNS} FROM ${from} WHERE ${where} AND e.sequence ${beyond} ? ${tail}`,
    values: [...values, page.after],
  }));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return sql.query<EventRow>(only.text, only.values);
  const union = parts.map(({ text }, at) => `SELECT * FROM (${text}) e${at}`).join(" UNION ALL ");
  return sql.query<EventRow>(
    `SELECT ${COLUMNS} FROM (${union}) e ${tail}`,
    parts.flatMap(({ values }) => values),
  );
}

function partsOf(actor: Actor, { ticketId }: EventPage, types: readonly EventType[] | undefined): Part[] {
  const typed = types === undefined ? "" : ` AND e.type IN (${placeholders(types.length)})`;
  if (ticketId !== undefined) {
    return [
      { from: "audit_event e", where: `e.ticket_id = ?${typed}`, values: [ticketId, ...(types ?? [])] },
    ];
  }
  if (!seesEverything(actor)) {
    const visible = visibleTo(actor);
    return [
      {
        from: "audit_event e JOIN ticket t ON t.id = e.ticket_id",
        where: `e.workspace_id = ? AND ${visible.text}${typed}`,
        values: [actor.workspaceId, ...visible.values, ...(types ?? [])],
      },
    ];
  }
  const workspace = { from: "audit_event e", where: "e.workspace_id = ?", values: [actor.workspaceId] };
  // One range of the index per type, so that a rare type is found without reading past all the others.
  return types === undefined
    ? [workspace]
    : types.map((type) => ({
        ...workspace,
        where: `${workspace.where} AND e.type = ?`,
        values: [actor.workspaceId, type],
      }));
}

/** The comments on the tickets, oldest first. Visibility must have been checked with the ticket. */
export async function findComments(sql: Sql, ticketIds: readonly string[]): Promise<EventRow[]> {
  if (ticketIds.length === 0) return [];
  return sql.query<EventRow>(
    `SELECT ${EVENT_COLUMNS.join(", ")} FROM audit_event WHERE ticket_id IN (${placeholders(ticketIds.length)}) ` +
      "AND type = 'COMMENTED' ORDER BY sequence",
    ticketIds,
  );
}

/** The hash of the event at that position; undefined where there is none. */
export async function findEventHash(
  sql: Sql,
  workspaceId: string,
  sequence: number,
): Promise<string | undefined> {
  const [row] = await sql.query<{ hash: string }>(
    "SELECT hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
    [workspaceId, sequence],
  );
  return row?.hash;
}

/** The revision that an event is about; undefined where there is no such event, or it is about none. */
export async function findEventRevision(
  sql: Sql,
  workspaceId: string,
  sequence: number,
): Promise<number | undefined> {
  const [row] = await sql.query<{ revision: number | null }>(
    "SELECT revision FROM audit_event WHERE workspace_id = ? AND sequence = ?",
    [workspaceId, sequence],
  );
  return row?.revision ?? undefined;
}

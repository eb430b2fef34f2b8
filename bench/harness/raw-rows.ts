import { openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { placeholders, type Sql, type SqlValue } from "../../src/persistence/sql.js";
import type { Place } from "./databases.js";

/** Statements of one transaction, with their values. */
export type RawTransaction = readonly (readonly [text: string, values: readonly SqlValue[]])[];

/** What the raw driver is asked. */
export interface RawTask {
  readonly url: string;
  /** JSON of a list of phases, each a list of transactions. */
  readonly file: string;
}

/** Seconds that each phase took. */
export interface RawResult {
  readonly seconds: readonly number[];
}

type Row = Readonly<Record<string, SqlValue>>;

/** The rows as Countersign wrote them, read back with the drivers' own hands: tickets change, so in the moment. */
export async function readRows<Result>(place: Place, read: (sql: Sql) => Promise<Result>): Promise<Result> {
  const database = await openDatabase(parseDatabaseUrl(place.environment.DATABASE_URL), 2);
  try {
    return await read(database.read);
  } finally {
    await database.close();
  }
}

/** What submitting each of the tickets wrote, while they are still as they were submitted. */
export async function submissions(sql: Sql, tickets: readonly string[]): Promise<RawTransaction[]> {
  const [ticket, proposal, event, idempotency] = await Promise.all([
    rows(sql, "ticket", "id", tickets),
    rows(sql, "proposal", "ticket_id", tickets),
    rows(sql, "audit_event", "ticket_id", tickets),
    rows(sql, "idempotency", "ticket_id", tickets),
  ]);
  return tickets.map((id) => [
    ...inserts("audit_event", event.get(id)),
    ...inserts("proposal", proposal.get(id)),
    ...inserts("ticket", ticket.get(id)),
    ...inserts("idempotency", idempotency.get(id)),
    ...heads(event.get(id)),
  ]);
}

/** What deciding each of them wrote. */
export async function decisions(sql: Sql, tickets: readonly string[]): Promise<RawTransaction[]> {
  const [ticket, event, review, decision, idempotency] = await Promise.all([
    rows(sql, "ticket", "id", tickets),
    rows(sql, "audit_event", "ticket_id", tickets, "type IN ('REVIEWED', 'DECIDED') AND"),
    rows(sql, "review", "ticket_id", tickets),
    rows(sql, "decision", "ticket_id", tickets),
    rows(sql, "idempotency", "ticket_id", tickets, "mutation = 'decideTicket' AND"),
  ]);
  return tickets.map((id) => [
    ...inserts("audit_event", event.get(id)),
    ...inserts("review", review.get(id)),
    ...inserts("decision", decision.get(id)),
    ...(ticket.get(id) ?? []).map(updated),
    ...inserts("idempotency", idempotency.get(id)),
    ...heads(event.get(id)),
  ]);
}

const AT_ONCE = 500;

/** Rows of a table by ticket. */
async function rows(
  sql: Sql,
  table: string,
  column: string,
  tickets: readonly string[],
  condition = "",
): Promise<Map<string, Row[]>> {
  const found = new Map<string, Row[]>();
  for (let from = 0; from < tickets.length; from += AT_ONCE) {
    const part = tickets.slice(from, from + AT_ONCE);
    const some = await sql.query<Row>(
      `SELECT * FROM ${table} WHERE ${condition} ${column} IN (${placeholders(part.length)})`,
      part,
    );
    for (const row of some) {
      const id = String(row[column]);
      const others = found.get(id);
      if (others === undefined) found.set(id, [row]);
      else others.push(row);
    }
  }
  return found;
}

function inserts(table: string, written: readonly Row[] = []): RawTransaction {
  return written.map((row) => [
    `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${placeholders(Object.keys(row).length)})`,
    Object.values(row),
  ]);
}

function updated(row: Row): RawTransaction[number] {
  const columns = [
    "status",
    "updated_at",
    "revision",
    "digest",
    "revision_by",
    "counted",
    "assignee_id",
    "claimed_until",
  ];
  return [
    `UPDATE ticket SET ${columns.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`,
    [...columns.map((name) => row[name] ?? null), row.id ?? null],
  ];
}

function heads(events: readonly Row[] = []): RawTransaction {
  const last = events.at(-1);
  if (last === undefined) throw new Error("a command has written no event");
  return [
    [
      "UPDATE ledger_head SET sequence = ?, hash = ?, occurred_at = ? WHERE workspace_id = ?",
      [last.sequence ?? 0, last.hash ?? "", last.occurred_at ?? 0, last.workspace_id ?? ""],
    ],
  ];
}

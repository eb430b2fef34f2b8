import type { PrincipalRef } from "../domain/principal.js";
import type { Dialect } from "./dialect.js";
import { insertRows, placeholders, type Sql } from "./sql.js";

/** That somebody has a ticket open on a server; a row of `ticket_viewer` but for the server. */
export interface ViewerRow {
  readonly ticket_id: string;
  readonly principal_id: string;
  readonly workspace_id: string;
  /** Milliseconds since the epoch, by that server's clock. */
  readonly since: number;
}

/** Somebody who has a ticket open on another server. */
export interface ViewerElsewhere extends PrincipalRef {
  readonly ticket_id: string;
  readonly since: number;
}

/** What the servers' names in `lease` begin with. A server's rows count for as long as it renews that one row. */
const SERVERS = "viewers:";

/** The name under which a server keeps its rows. */
export function viewerServer(id: string): string {
  return `${SERVERS}${id}`;
}

/** Says that the server lives, by the database's clock. */
export async function renewServer(sql: Sql, dialect: Dialect, server: string, ttlMs: number): Promise<void> {
  await sql.query(
    `INSERT INTO lease (name, holder, expires_at) VALUES (?, ?, ${dialect.now} + ${Math.trunc(ttlMs)}) ` +
      dialect.upsert(["name"], ["expires_at"]),
    [server, server],
  );
}

export async function insertViewers(
  sql: Sql,
  dialect: Dialect,
  server: string,
  rows: readonly ViewerRow[],
): Promise<void> {
  await insertRows(
    sql,
    dialect,
    "ticket_viewer",
    ["server_id", "ticket_id", "principal_id", "workspace_id", "since"],
    rows.map((row) => [server, row.ticket_id, row.principal_id, row.workspace_id, row.since]),
    { suffix: dialect.upsert(["server_id", "ticket_id", "principal_id"], ["since"]) },
  );
}

const CHUNK = 500;

export async function deleteViewers(
  sql: Sql,
  server: string,
  rows: readonly Pick<ViewerRow, "ticket_id" | "principal_id">[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += CHUNK) {
    const part = rows.slice(from, from + CHUNK);
    await sql.query(
      "DELETE FROM ticket_viewer WHERE server_id = ? AND (ticket_id, principal_id) IN " +
        `(${part.map(() => "(?, ?)").join(", ")})`,
      [server, ...part.flatMap((row) => [row.ticket_id, row.principal_id])],
    );
  }
}

/** Everything that the servers have said. */
export async function deleteServers(sql: Sql, servers: readonly string[]): Promise<void> {
  if (servers.length === 0) return;
  const list = placeholders(servers.length);
  await sql.query(`DELETE FROM ticket_viewer WHERE server_id IN (${list})`, servers);
  await sql.query(`DELETE FROM lease WHERE name IN (${list})`, servers);
}

/** Servers that have not renewed their name for that long after it lapsed. */
export async function findDeadServers(sql: Sql, dialect: Dialect, afterMs: number): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    `SELECT name FROM lease WHERE name LIKE '${SERVERS}%' AND expires_at < ${dialect.now} - ${Math.trunc(afterMs)} LIMIT 100`,
  );
  return rows.map(({ name }) => name);
}

/** Who has the tickets open on the other servers that live. */
export async function findViewersElsewhere(
  sql: Sql,
  dialect: Dialect,
  server: string,
  ticketIds: readonly string[],
): Promise<ViewerElsewhere[]> {
  const found: ViewerElsewhere[] = [];
  for (let from = 0; from < ticketIds.length; from += CHUNK) {
    const part = ticketIds.slice(from, from + CHUNK);
    const rows = await sql.query<ViewerElsewhere>(
      "SELECT v.ticket_id, v.since, p.id, p.name, p.kind FROM ticket_viewer v " +
        `JOIN lease l ON l.name = v.server_id AND l.expires_at > ${dialect.now} ` +
        "JOIN principal p ON p.id = v.principal_id AND p.workspace_id = v.workspace_id " +
        `WHERE v.ticket_id IN (${placeholders(part.length)}) AND v.server_id <> ? AND p.removed_at IS NULL`,
      [...part, server],
    );
    found.push(...rows);
  }
  return found;
}

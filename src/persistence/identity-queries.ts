import { createHash } from "node:crypto";
import type { PrincipalRow } from "./rows.js";
import { placeholders, type Sql } from "./sql.js";

/** A row of `workspace`. */
export interface WorkspaceRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
}

/** A row of `queue`. */
export interface QueueRow {
  readonly workspace_id: string;
  readonly name: string;
  readonly minimum_approvals: number;
  readonly created_at: number;
}

/** A row of `api_key`. */
export interface ApiKeyRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly principal_id: string;
  readonly name: string;
  readonly secret_hash: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

/** A key with the principal that it speaks for. */
export type KeyWithPrincipalRow = ApiKeyRow & {
  readonly principal_name: string;
  readonly kind: PrincipalRow["kind"];
  readonly roles: string;
  readonly queues: string | null;
};

const KEY_SELECT =
  "SELECT k.id, k.workspace_id, k.principal_id, k.name, k.secret_hash, k.created_at, k.expires_at, k.revoked_at, " +
  "p.name AS principal_name, p.kind, p.roles, p.queues " +
  // A key and its principal are in one workspace; where somebody moved one of them by hand, the key opens nothing.
  "FROM api_key k JOIN principal p ON p.id = k.principal_id AND p.workspace_id = k.workspace_id";

export async function findKey(sql: Sql, id: string): Promise<KeyWithPrincipalRow | undefined> {
  const [row] = await sql.query<KeyWithPrincipalRow>(`${KEY_SELECT} WHERE k.id = ?`, [id]);
  return row;
}

/** Lengths of the lists that statements are made for, so that few distinct texts are prepared. */
const LIST_SIZES = [1, 10, 50, 200];

/** Those of the keys that there are. */
export async function findKeys(sql: Sql, ids: readonly string[]): Promise<KeyWithPrincipalRow[]> {
  const found: KeyWithPrincipalRow[] = [];
  for (let from = 0; from < ids.length; ) {
    const left = ids.length - from;
    const size = LIST_SIZES.find((length) => length >= left) ?? 200;
    const part = ids.slice(from, from + size);
    // Naming the last one again changes nothing about the answer.
    while (part.length < size) part.push(part.at(-1) ?? "");
    found.push(
      ...(await sql.query<KeyWithPrincipalRow>(`${KEY_SELECT} WHERE k.id IN (${placeholders(size)})`, part)),
    );
    from += size;
  }
  return found;
}

/** The keys of a workspace, oldest first. */
export async function listKeyRows(sql: Sql, workspaceId: string): Promise<KeyWithPrincipalRow[]> {
  return sql.query<KeyWithPrincipalRow>(`${KEY_SELECT} WHERE k.workspace_id = ? ORDER BY k.id`, [
    workspaceId,
  ]);
}

export async function insertKey(sql: Sql, row: ApiKeyRow): Promise<void> {
  await sql.query(
    "INSERT INTO api_key (id, workspace_id, principal_id, name, secret_hash, created_at, expires_at, revoked_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [
      row.id,
      row.workspace_id,
      row.principal_id,
      row.name,
      row.secret_hash,
      row.created_at,
      row.expires_at,
      row.revoked_at,
    ],
  );
}

/**
 * What the record keeps of a key's secret: SHA-256 (hex) over the stored hash. Without it, who can write to the database
 * could put the hash of a secret of their own into a reviewer's row, unseen by `audit verify`.
 */
export function keyFingerprint(secretHash: string): string {
  return createHash("sha256").update(secretHash, "utf8").digest("hex");
}

/** Ends a key that has not been revoked before. */
export async function markRevoked(sql: Sql, workspaceId: string, id: string, at: number): Promise<void> {
  await sql.query(
    "UPDATE api_key SET revoked_at = ? WHERE id = ? AND workspace_id = ? AND revoked_at IS NULL",
    [at, id, workspaceId],
  );
}

const PRINCIPAL_SELECT = "SELECT id, workspace_id, name, kind, roles, queues, created_at FROM principal";

export async function findPrincipal(
  sql: Sql,
  workspaceId: string,
  id: string,
): Promise<PrincipalRow | undefined> {
  const [row] = await sql.query<PrincipalRow>(`${PRINCIPAL_SELECT} WHERE id = ? AND workspace_id = ?`, [
    id,
    workspaceId,
  ]);
  return row;
}

/** Countersign itself in that workspace: timers, and what the operator does on the command line. */
export async function findSystemPrincipal(sql: Sql, workspaceId: string): Promise<PrincipalRow | undefined> {
  const [row] = await sql.query<PrincipalRow>(
    `${PRINCIPAL_SELECT} WHERE workspace_id = ? AND kind = 'SYSTEM' ORDER BY id LIMIT 1`,
    [workspaceId],
  );
  return row;
}

/** The principals of a workspace, oldest first. */
export async function listPrincipals(sql: Sql, workspaceId: string): Promise<PrincipalRow[]> {
  return sql.query<PrincipalRow>(`${PRINCIPAL_SELECT} WHERE workspace_id = ? ORDER BY id`, [workspaceId]);
}

export async function insertPrincipal(sql: Sql, row: PrincipalRow): Promise<void> {
  await sql.query(
    "INSERT INTO principal (id, workspace_id, name, kind, roles, queues, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [row.id, row.workspace_id, row.name, row.kind, row.roles, row.queues, row.created_at],
  );
}

/** Every workspace, by name. */
export async function listWorkspaceRows(sql: Sql): Promise<WorkspaceRow[]> {
  return sql.query<WorkspaceRow>("SELECT id, name, created_at FROM workspace ORDER BY name");
}

export async function findWorkspaceRow(
  sql: Sql,
  by: "id" | "name",
  value: string,
): Promise<WorkspaceRow | undefined> {
  const [row] = await sql.query<WorkspaceRow>(`SELECT id, name, created_at FROM workspace WHERE ${by} = ?`, [
    value,
  ]);
  return row;
}

export async function insertWorkspace(sql: Sql, row: WorkspaceRow): Promise<void> {
  await sql.query("INSERT INTO workspace (id, name, created_at) VALUES (?, ?, ?)", [
    row.id,
    row.name,
    row.created_at,
  ]);
}

/** The beginning of a workspace's ledger. */
export async function insertLedgerHead(
  sql: Sql,
  workspaceId: string,
  hash: string,
  at: number,
): Promise<void> {
  await sql.query("INSERT INTO ledger_head (workspace_id, sequence, hash, occurred_at) VALUES (?, 0, ?, ?)", [
    workspaceId,
    hash,
    at,
  ]);
}

/** The queues of a workspace, by name. */
export async function listQueueRows(sql: Sql, workspaceId: string): Promise<QueueRow[]> {
  return sql.query<QueueRow>(
    "SELECT workspace_id, name, minimum_approvals, created_at FROM queue WHERE workspace_id = ? ORDER BY name",
    [workspaceId],
  );
}

export async function insertQueue(sql: Sql, row: QueueRow): Promise<void> {
  await sql.query(
    "INSERT INTO queue (workspace_id, name, minimum_approvals, created_at) VALUES (?, ?, ?, ?)",
    [row.workspace_id, row.name, row.minimum_approvals, row.created_at],
  );
}

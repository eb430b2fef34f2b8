import type { Sql } from "./sql.js";

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

export async function updateQueue(
  sql: Sql,
  workspaceId: string,
  name: string,
  minimumApprovals: number,
): Promise<void> {
  await sql.query("UPDATE queue SET minimum_approvals = ? WHERE workspace_id = ? AND name = ?", [
    minimumApprovals,
    workspaceId,
    name,
  ]);
}

export async function insertQueue(sql: Sql, row: QueueRow): Promise<void> {
  await sql.query(
    "INSERT INTO queue (workspace_id, name, minimum_approvals, created_at) VALUES (?, ?, ?, ?)",
    [row.workspace_id, row.name, row.minimum_approvals, row.created_at],
  );
}

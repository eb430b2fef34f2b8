import type { PrincipalRow } from "./rows.js";
import { placeholders, type Sql } from "./sql.js";

/** The principal that a credential stands for, as it is joined to the credential's row. */
export interface CredentialPrincipal {
  readonly principal_id: string;
  readonly workspace_id: string;
  readonly principal_name: string;
  readonly kind: PrincipalRow["kind"];
  readonly roles: string;
  readonly queues: string | null;
  /** When the principal was removed; null while it is a member. */
  readonly removed_at: number | null;
}

/** The columns of {@link CredentialPrincipal} that a join with `principal p` adds. */
export const CREDENTIAL_PRINCIPAL = "p.name AS principal_name, p.kind, p.roles, p.queues, p.removed_at";

const SELECT =
  "SELECT id, workspace_id, name, kind, roles, queues, email, created_at, removed_at FROM principal";

export async function findPrincipal(
  sql: Sql,
  workspaceId: string,
  id: string,
): Promise<PrincipalRow | undefined> {
  const [row] = await sql.query<PrincipalRow>(`${SELECT} WHERE id = ? AND workspace_id = ?`, [
    id,
    workspaceId,
  ]);
  return row;
}

/** Those of the principals who are of that workspace. */
export async function findPrincipalsById(
  sql: Sql,
  workspaceId: string,
  ids: readonly string[],
): Promise<PrincipalRow[]> {
  if (ids.length === 0) return [];
  return sql.query<PrincipalRow>(`${SELECT} WHERE workspace_id = ? AND id IN (${placeholders(ids.length)})`, [
    workspaceId,
    ...ids,
  ]);
}

/** @param email in the form that it is stored in */
export async function findPrincipalByEmail(
  sql: Sql,
  workspaceId: string,
  email: string,
): Promise<PrincipalRow | undefined> {
  const [row] = await sql.query<PrincipalRow>(`${SELECT} WHERE workspace_id = ? AND email = ?`, [
    workspaceId,
    email,
  ]);
  return row;
}

/** Countersign itself in that workspace: timers, and what the operator does on the command line. */
export async function findSystemPrincipal(sql: Sql, workspaceId: string): Promise<PrincipalRow | undefined> {
  const [row] = await sql.query<PrincipalRow>(
    `${SELECT} WHERE workspace_id = ? AND kind = 'SYSTEM' ORDER BY id LIMIT 1`,
    [workspaceId],
  );
  return row;
}

/** The principals of a workspace, oldest first, those that were removed included. */
export async function listPrincipals(sql: Sql, workspaceId: string): Promise<PrincipalRow[]> {
  return sql.query<PrincipalRow>(`${SELECT} WHERE workspace_id = ? ORDER BY id`, [workspaceId]);
}

/** Some of the agents and humans of a workspace, oldest first. */
export async function pageOfMembers(
  sql: Sql,
  workspaceId: string,
  { after, limit, removed }: { readonly after: string; readonly limit: number; readonly removed: boolean },
): Promise<PrincipalRow[]> {
  return sql.query<PrincipalRow>(
    `${SELECT} WHERE workspace_id = ? AND id > ? AND kind <> 'SYSTEM' ${removed ? "" : "AND removed_at IS NULL"} ` +
      "ORDER BY id LIMIT ?",
    [workspaceId, after, limit],
  );
}

/** One member, whose hands tickets may be in. */
export interface Holder {
  readonly workspaceId: string;
  readonly principalId: string;
}

/**
 * Humans with tickets in their hands who may not review every ticket: a list to look at, no verdict.
 * @param of only that one
 */
export async function findHolders(sql: Sql, of?: Holder): Promise<PrincipalRow[]> {
  const only = of === undefined ? "" : "workspace_id = ? AND id = ? AND ";
  return sql.query<PrincipalRow>(
    `${SELECT} p WHERE ${only}kind = 'HUMAN' ` +
      "AND (removed_at IS NOT NULL OR queues IS NOT NULL OR roles NOT LIKE '%\"REVIEWER\"%') AND EXISTS " +
      "(SELECT 1 FROM ticket t WHERE t.workspace_id = p.workspace_id AND t.assignee_id = p.id) ORDER BY id",
    of === undefined ? [] : [of.workspaceId, of.principalId],
  );
}

export async function insertPrincipal(sql: Sql, row: PrincipalRow): Promise<void> {
  await sql.query(
    "INSERT INTO principal (id, workspace_id, name, kind, roles, queues, email, created_at, removed_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [
      row.id,
      row.workspace_id,
      row.name,
      row.kind,
      row.roles,
      row.queues,
      row.email,
      row.created_at,
      row.removed_at,
    ],
  );
}

/** Makes a principal's row what it should be, but for its id, workspace, kind and birth. */
export async function updatePrincipal(sql: Sql, row: PrincipalRow): Promise<void> {
  await sql.query(
    "UPDATE principal SET name = ?, roles = ?, queues = ?, email = ?, removed_at = ? WHERE id = ? AND workspace_id = ?",
    [row.name, row.roles, row.queues, row.email, row.removed_at, row.id, row.workspace_id],
  );
}

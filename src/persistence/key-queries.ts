import { CREDENTIAL_PRINCIPAL, type CredentialPrincipal } from "./principal-queries.js";
import { placeholders, type Sql } from "./sql.js";

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
  /** The human behind an agent's key, where one is named. */
  readonly on_behalf_of: string | null;
}

/** A key with the principal that it speaks for. */
export type KeyWithPrincipalRow = ApiKeyRow & CredentialPrincipal;

const KEY_SELECT =
  "SELECT k.id, k.workspace_id, k.principal_id, k.name, k.secret_hash, k.created_at, k.expires_at, k.revoked_at, " +
  `k.on_behalf_of, ${CREDENTIAL_PRINCIPAL} ` +
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

/** The keys of a workspace, oldest first; only those of one principal where it is named. */
export async function listKeyRows(
  sql: Sql,
  workspaceId: string,
  principalId?: string,
): Promise<KeyWithPrincipalRow[]> {
  const [of, values] =
    principalId === undefined ? ["", [workspaceId]] : [" AND k.principal_id = ?", [workspaceId, principalId]];
  return sql.query<KeyWithPrincipalRow>(`${KEY_SELECT} WHERE k.workspace_id = ?${of} ORDER BY k.id`, values);
}

/** Some of the keys of a workspace, oldest first; only those of one principal where it is named. */
export async function pageOfKeyRows(
  sql: Sql,
  workspaceId: string,
  page: { readonly after: string; readonly limit: number; readonly principalId: string | undefined },
): Promise<KeyWithPrincipalRow[]> {
  const { after, limit, principalId } = page;
  const of = principalId === undefined ? "" : "AND k.principal_id = ? ";
  const values = principalId === undefined ? [] : [principalId];
  return sql.query<KeyWithPrincipalRow>(
    `${KEY_SELECT} WHERE k.workspace_id = ? ${of}AND k.id > ? ORDER BY k.id LIMIT ?`,
    [workspaceId, ...values, after, limit],
  );
}

export async function insertKey(sql: Sql, row: ApiKeyRow): Promise<void> {
  await sql.query(
    "INSERT INTO api_key (id, workspace_id, principal_id, name, secret_hash, created_at, expires_at, revoked_at, " +
      "on_behalf_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [
      row.id,
      row.workspace_id,
      row.principal_id,
      row.name,
      row.secret_hash,
      row.created_at,
      row.expires_at,
      row.revoked_at,
      row.on_behalf_of,
    ],
  );
}

/** Ends a key that has not been revoked before. */
export async function markRevoked(sql: Sql, workspaceId: string, id: string, at: number): Promise<void> {
  await sql.query(
    "UPDATE api_key SET revoked_at = ? WHERE id = ? AND workspace_id = ? AND revoked_at IS NULL",
    [at, id, workspaceId],
  );
}

/** Gives a key another end. */
export async function setKeyExpiry(sql: Sql, workspaceId: string, id: string, at: number): Promise<void> {
  await sql.query("UPDATE api_key SET expires_at = ? WHERE id = ? AND workspace_id = ?", [
    at,
    id,
    workspaceId,
  ]);
}

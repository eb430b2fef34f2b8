import { CREDENTIAL_PRINCIPAL, type CredentialPrincipal } from "./principal-queries.js";
import { placeholders, type Sql } from "./sql.js";

/** A row of `sign_in_link`. */
export interface SignInLinkRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly principal_id: string;
  readonly secret_hash: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly used_at: number | null;
}

/** A row of `session`. */
export interface SessionRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly principal_id: string;
  readonly secret_hash: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly expires_at: number;
  readonly ended_at: number | null;
}

/** A row of `external_identity`: somebody as an identity provider knows them. */
export interface ExternalIdentityRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly principal_id: string;
  readonly issuer: string;
  readonly subject: string;
  /** Of the newest claims that have been taken over, milliseconds since the epoch. */
  readonly claims_at: number;
  readonly created_at: number;
}

export type SignInLinkWithPrincipalRow = SignInLinkRow & CredentialPrincipal;
export type SessionWithPrincipalRow = SessionRow & CredentialPrincipal;
export type ExternalIdentityWithPrincipalRow = ExternalIdentityRow & CredentialPrincipal;

/** What is joined is in one workspace; where somebody moved one of them by hand, it opens nothing. */
function joined(table: string, columns: readonly string[]): string {
  const own = columns.map((column) => `s.${column}`).join(", ");
  return (
    `SELECT ${own}, ${CREDENTIAL_PRINCIPAL} FROM ${table} s ` +
    "JOIN principal p ON p.id = s.principal_id AND p.workspace_id = s.workspace_id"
  );
}

const LINK_COLUMNS = [
  "id",
  "workspace_id",
  "principal_id",
  "secret_hash",
  "created_at",
  "expires_at",
  "used_at",
] as const satisfies readonly (keyof SignInLinkRow)[];
const SESSION_COLUMNS = [
  "id",
  "workspace_id",
  "principal_id",
  "secret_hash",
  "created_at",
  "seen_at",
  "expires_at",
  "ended_at",
] as const satisfies readonly (keyof SessionRow)[];
const IDENTITY_COLUMNS = [
  "id",
  "workspace_id",
  "principal_id",
  "issuer",
  "subject",
  "claims_at",
  "created_at",
] as const satisfies readonly (keyof ExternalIdentityRow)[];

const LINK = joined("sign_in_link", LINK_COLUMNS);
const SESSION = joined("session", SESSION_COLUMNS);
const IDENTITY = joined("external_identity", IDENTITY_COLUMNS);

export async function findSignInLink(sql: Sql, id: string): Promise<SignInLinkWithPrincipalRow | undefined> {
  const [row] = await sql.query<SignInLinkWithPrincipalRow>(`${LINK} WHERE s.id = ?`, [id]);
  return row;
}

/** Adds a link; whatever the principal was sent before and did not use is void from then on. */
export async function insertSignInLink(sql: Sql, row: SignInLinkRow): Promise<void> {
  await sql.query(
    "UPDATE sign_in_link SET used_at = ? WHERE workspace_id = ? AND principal_id = ? AND used_at IS NULL",
    [row.created_at, row.workspace_id, row.principal_id],
  );
  await insert(sql, "sign_in_link", LINK_COLUMNS, row);
}

export async function markLinkUsed(sql: Sql, id: string, at: number): Promise<void> {
  await sql.query("UPDATE sign_in_link SET used_at = ? WHERE id = ? AND used_at IS NULL", [at, id]);
}

export async function findSession(sql: Sql, id: string): Promise<SessionWithPrincipalRow | undefined> {
  const [row] = await sql.query<SessionWithPrincipalRow>(`${SESSION} WHERE s.id = ?`, [id]);
  return row;
}

/** Those of the sessions that there are. */
export async function findSessions(sql: Sql, ids: readonly string[]): Promise<SessionWithPrincipalRow[]> {
  return byIds(sql, SESSION, ids);
}

/** Whether somebody has ever had a session. */
export async function hasSignedIn(sql: Sql, workspaceId: string, principalId: string): Promise<boolean> {
  const rows = await sql.query("SELECT id FROM session WHERE workspace_id = ? AND principal_id = ? LIMIT 1", [
    workspaceId,
    principalId,
  ]);
  return rows.length > 0;
}

export async function insertSession(sql: Sql, row: SessionRow): Promise<void> {
  await insert(sql, "session", SESSION_COLUMNS, row);
}

/** Notes that a session is in use; never sets the clock back. */
export async function markSeen(sql: Sql, id: string, at: number): Promise<void> {
  await sql.query("UPDATE session SET seen_at = ? WHERE id = ? AND seen_at < ?", [at, id, at]);
}

/** Ends one session. */
export async function endSession(sql: Sql, workspaceId: string, id: string, at: number): Promise<void> {
  await sql.query("UPDATE session SET ended_at = ? WHERE id = ? AND workspace_id = ? AND ended_at IS NULL", [
    at,
    id,
    workspaceId,
  ]);
}

/** Ends every session of a principal, and voids the links that they have not used. */
export async function endSessionsOf(
  sql: Sql,
  workspaceId: string,
  principalId: string,
  at: number,
): Promise<void> {
  const values = [at, workspaceId, principalId];
  await sql.query(
    "UPDATE session SET ended_at = ? WHERE workspace_id = ? AND principal_id = ? AND ended_at IS NULL",
    values,
  );
  await sql.query(
    "UPDATE sign_in_link SET used_at = ? WHERE workspace_id = ? AND principal_id = ? AND used_at IS NULL",
    values,
  );
}

export async function findExternalIdentity(
  sql: Sql,
  id: string,
): Promise<ExternalIdentityWithPrincipalRow | undefined> {
  const [row] = await sql.query<ExternalIdentityWithPrincipalRow>(`${IDENTITY} WHERE s.id = ?`, [id]);
  return row;
}

/** Those of the identities that there are. */
export async function findExternalIdentities(
  sql: Sql,
  ids: readonly string[],
): Promise<ExternalIdentityWithPrincipalRow[]> {
  return byIds(sql, IDENTITY, ids);
}

/** Whether somebody at a provider is known to be that principal. */
export async function hasExternalIdentity(
  sql: Sql,
  workspaceId: string,
  principalId: string,
): Promise<boolean> {
  const rows = await sql.query(
    "SELECT id FROM external_identity WHERE workspace_id = ? AND principal_id = ? LIMIT 1",
    [workspaceId, principalId],
  );
  return rows.length > 0;
}

/** Forgets who at a provider a principal was. */
export async function deleteExternalIdentities(
  sql: Sql,
  workspaceId: string,
  principalId: string,
): Promise<void> {
  await sql.query("DELETE FROM external_identity WHERE workspace_id = ? AND principal_id = ?", [
    workspaceId,
    principalId,
  ]);
}

export async function insertExternalIdentity(sql: Sql, row: ExternalIdentityRow): Promise<void> {
  await insert(sql, "external_identity", IDENTITY_COLUMNS, row);
}

export async function markClaims(sql: Sql, id: string, at: number): Promise<void> {
  await sql.query("UPDATE external_identity SET claims_at = ? WHERE id = ? AND claims_at < ?", [at, id, at]);
}

/** Ids in one statement: far below what either database takes as placeholders. */
const BATCH = 200;

async function byIds<Row>(sql: Sql, select: string, ids: readonly string[]): Promise<Row[]> {
  const found: Row[] = [];
  for (let from = 0; from < ids.length; from += BATCH) {
    const part = ids.slice(from, from + BATCH);
    found.push(...(await sql.query<Row>(`${select} WHERE s.id IN (${placeholders(part.length)})`, part)));
  }
  return found;
}

async function insert<Row extends object>(
  sql: Sql,
  table: string,
  columns: readonly (keyof Row & string)[],
  row: Row,
): Promise<void> {
  const values = columns.map((column) => row[column] as string | number | null);
  await sql.query(
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${placeholders(columns.length)})`,
    values,
  );
}

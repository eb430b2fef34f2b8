import type { PrincipalRef } from "../domain/principal.js";
import { placeholders, type Sql } from "./sql.js";

/** Those of the principals that belong to the workspace, by id, as they are called now. */
export async function findPrincipalRefs(
  sql: Sql,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, PrincipalRef>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<PrincipalRef>(
    `SELECT id, name, kind FROM principal WHERE id IN (${placeholders(ids.length)}) AND workspace_id = ?`,
    [...ids, workspaceId],
  );
  return new Map(rows.map(({ id, name, kind }) => [id, { id, name, kind }]));
}

import type { ChannelName } from "./delivery-queries.js";
import type { Sql } from "./sql.js";

/** A row of `endpoint`: where something is told by HTTP. */
export interface EndpointRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly channel: Extract<ChannelName, "WEBHOOK" | "SLACK" | "CALLBACK">;
  readonly name: string;
  /** Null for callbacks, which each ticket names its own of. */
  readonly url: string | null;
  /** JSON lists; null for all. */
  readonly queues: string | null;
  readonly types: string | null;
  /** Whose callbacks. */
  readonly principal_id: string | null;
  /** `whsec_…`; null where nothing is signed. */
  readonly secret: string | null;
  readonly previous_secret: string | null;
  readonly previous_until: number | null;
  readonly created_at: number;
  readonly disabled_at: number | null;
  readonly disabled_reason: string | null;
  readonly removed_at: number | null;
}

const COLUMNS = [
  "id",
  "workspace_id",
  "channel",
  "name",
  "url",
  "queues",
  "types",
  "principal_id",
  "secret",
  "previous_secret",
  "previous_until",
  "created_at",
  "disabled_at",
  "disabled_reason",
  "removed_at",
] as const satisfies readonly (keyof EndpointRow)[];

const SELECT = `SELECT ${COLUMNS.join(", ")} FROM endpoint`;

/** The endpoints of a workspace that were not removed, the oldest first. */
export async function listEndpointRows(sql: Sql, workspaceId: string): Promise<EndpointRow[]> {
  return sql.query<EndpointRow>(`${SELECT} WHERE workspace_id = ? AND removed_at IS NULL ORDER BY id`, [
    workspaceId,
  ]);
}

/** The webhooks and chats of a workspace that are on, the oldest first. */
export async function findOpenEndpoints(sql: Sql, workspaceId: string): Promise<EndpointRow[]> {
  return sql.query<EndpointRow>(
    `${SELECT} WHERE workspace_id = ? AND channel IN ('WEBHOOK', 'SLACK') AND disabled_at IS NULL AND removed_at IS NULL ORDER BY id`,
    [workspaceId],
  );
}

/** Whether a workspace has endpoints, callbacks of agents included, on or off. */
export async function hasEndpoints(sql: Sql, workspaceId: string): Promise<boolean> {
  const rows = await sql.query(
    "SELECT 1 AS one FROM endpoint WHERE workspace_id = ? AND removed_at IS NULL LIMIT 1",
    [workspaceId],
  );
  return rows.length > 0;
}

export async function findEndpointRow(
  sql: Sql,
  workspaceId: string,
  id: string,
): Promise<EndpointRow | undefined> {
  const [row] = await sql.query<EndpointRow>(`${SELECT} WHERE id = ? AND workspace_id = ?`, [
    id,
    workspaceId,
  ]);
  return row;
}

/** What signs the callbacks of an agent's tickets. */
export async function findCallbackEndpoint(
  sql: Sql,
  workspaceId: string,
  principalId: string,
): Promise<EndpointRow | undefined> {
  const [row] = await sql.query<EndpointRow>(
    `${SELECT} WHERE workspace_id = ? AND principal_id = ? AND channel = 'CALLBACK' AND removed_at IS NULL`,
    [workspaceId, principalId],
  );
  return row;
}

export async function insertEndpoint(sql: Sql, row: EndpointRow): Promise<void> {
  await sql.query(
    `INSERT INTO endpoint (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    COLUMNS.map((name) => row[name]),
  );
}

/** Makes an endpoint's row what it should be, but for what never changes. */
export async function updateEndpoint(sql: Sql, row: EndpointRow): Promise<void> {
  await sql.query(
    "UPDATE endpoint SET name = ?, url = ?, queues = ?, types = ?, secret = ?, previous_secret = ?, previous_until = ?, " +
      "disabled_at = ?, disabled_reason = ?, removed_at = ? WHERE id = ? AND workspace_id = ?",
    [
      row.name,
      row.url,
      row.queues,
      row.types,
      row.secret,
      row.previous_secret,
      row.previous_until,
      row.disabled_at,
      row.disabled_reason,
      row.removed_at,
      row.id,
      row.workspace_id,
    ],
  );
}

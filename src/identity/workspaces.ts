import { typeid } from "typeid-js";
import { badInput } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import type { PrincipalRef } from "../domain/principal.js";
import { genesisHash } from "../ledger/event-body.js";
import type { Database } from "../persistence/database.js";
import { isDuplicate } from "../persistence/database-errors.js";
import { findSystemPrincipal, insertPrincipal } from "../persistence/principal-queries.js";
import type { Sql } from "../persistence/sql.js";
import {
  findWorkspaceRow,
  insertLedgerHead,
  insertQueue,
  insertWorkspace,
  listWorkspaceRows,
} from "../persistence/workspace-queries.js";
import { requiredName } from "./names.js";

/** The wall between agencies: nothing crosses it. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The queue that every workspace has. */
export const DEFAULT_QUEUE = "default";
/** The name under which Countersign itself acts. */
export const SYSTEM_NAME = "Countersign";

/**
 * Creates a workspace with its queue `default`, an empty ledger and the principal for what Countersign itself does. The one
 * write that is not on a ledger: there is none before it.
 * @throws DomainError BAD_USER_INPUT where the name is taken or no name
 */
export async function createWorkspace(database: Database, name: string): Promise<Workspace> {
  const checked = requiredName(name, "name", LIMITS.principalName);
  try {
    return await database.transaction((sql) => insertAll(sql, database.dialect.now, checked));
  } catch (error) {
    if (isDuplicate(error)) throw badInput("name", `There is a workspace named "${checked}" already.`);
    throw error;
  }
}

async function insertAll(sql: Sql, clock: string, name: string): Promise<Workspace> {
  const [row] = await sql.query<{ now: number }>(`SELECT ${clock} AS now`);
  if (row === undefined) throw new Error("the database did not tell its time");
  const id = typeid("workspace").toString();
  const at = row.now;
  await insertWorkspace(sql, { id, name, created_at: at });
  await insertQueue(sql, { workspace_id: id, name: DEFAULT_QUEUE, minimum_approvals: 1, created_at: at });
  await insertLedgerHead(sql, id, genesisHash(id), at);
  await insertPrincipal(sql, {
    id: typeid("principal").toString(),
    workspace_id: id,
    name: SYSTEM_NAME,
    kind: "SYSTEM",
    roles: "[]",
    queues: null,
    email: null,
    created_at: at,
    removed_at: null,
  });
  return { id, name, createdAt: at };
}

/** Every workspace, by name. */
export async function listWorkspaces(sql: Sql): Promise<Workspace[]> {
  return (await listWorkspaceRows(sql)).map(toWorkspace);
}

export async function findWorkspaceByName(sql: Sql, name: string): Promise<Workspace | undefined> {
  const row = await findWorkspaceRow(sql, "name", name);
  return row === undefined ? undefined : toWorkspace(row);
}

export async function findWorkspaceById(sql: Sql, id: string): Promise<Workspace | undefined> {
  const row = await findWorkspaceRow(sql, "id", id);
  return row === undefined ? undefined : toWorkspace(row);
}

/**
 * Who stands on the record for what Countersign does by itself, or its operator on the command line.
 * @throws Error where the workspace has none: it was not created by {@link createWorkspace}
 */
export async function systemActor(sql: Sql, workspaceId: string): Promise<PrincipalRef> {
  const row = await findSystemPrincipal(sql, workspaceId);
  if (row === undefined) throw new Error(`workspace ${workspaceId} has no system principal`);
  return { id: row.id, name: row.name, kind: row.kind };
}

function toWorkspace(row: { id: string; name: string; created_at: number }): Workspace {
  return { id: row.id, name: row.name, createdAt: row.created_at };
}

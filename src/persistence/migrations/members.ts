import type { QueryRunner } from "typeorm";
import type { Dialect } from "../dialect.js";
import { ForwardMigration } from "../forward-migration.js";
import {
  addColumn,
  type Column,
  type Columns,
  createIndices,
  createTables,
  type Indices,
} from "../migration-tables.js";

/** Members with an address, sign-in links, sessions, identities at a provider, and the human behind an agent's key. */
export class Members1764100000000 extends ForwardMigration {
  readonly name = "Members1764100000000";

  protected async change(runner: QueryRunner, dialect: Dialect): Promise<void> {
    for (const [table, column] of COLUMNS) await addColumn(runner, dialect, table, column);
    await createTables(runner, dialect, TABLES);
    await createIndices(runner, INDICES);
  }
}

const COLUMNS: readonly (readonly [table: string, column: Column])[] = [
  ["principal", ["email", 254]],
  ["principal", ["removed_at", "big"]],
  ["api_key", ["on_behalf_of", "id"]],
  ["ticket", ["revision_for", "id"]],
];

const TABLES: Columns = {
  sign_in_link: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["principal_id", "id"],
    ["secret_hash", 64],
    ["created_at", "big"],
    ["expires_at", "big"],
    ["used_at", "big", "null"],
  ],
  session: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["principal_id", "id"],
    ["secret_hash", 64],
    ["created_at", "big"],
    ["seen_at", "big"],
    ["expires_at", "big"],
    ["ended_at", "big", "null"],
  ],
  external_identity: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["principal_id", "id"],
    ["issuer", "long"],
    ["subject", "long"],
    ["claims_at", "big"],
    ["created_at", "big"],
  ],
};

const INDICES: Indices = {
  principal_email: ["principal", "unique", "workspace_id", "email"],
  api_key_principal: ["api_key", "", "workspace_id", "principal_id", "id"],
  sign_in_link_principal: ["sign_in_link", "", "workspace_id", "principal_id"],
  session_principal: ["session", "", "workspace_id", "principal_id"],
  external_identity_principal: ["external_identity", "", "workspace_id", "principal_id"],
};

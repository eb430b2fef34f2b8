import type { QueryRunner } from "typeorm";
import type { Dialect } from "../dialect.js";
import { ForwardMigration } from "../forward-migration.js";
import { type Columns, createIndices, createTables, type Indices } from "../migration-tables.js";

/**
 * The first schema. It repeats the tables in its own words on purpose: a migration must stay what it was when the
 * entities move on.
 */
export class InitialSchema1764000000000 extends ForwardMigration {
  readonly name = "InitialSchema1764000000000";

  protected async change(runner: QueryRunner, dialect: Dialect): Promise<void> {
    await createTables(runner, dialect, TABLES);
    await createIndices(runner, INDICES);
    for (const [name, key] of Object.entries(APPEND_ONLY)) {
      for (const statement of triggers(dialect, name, key)) await runner.query(statement);
    }
  }
}

const TABLES: Columns = {
  workspace: [
    ["id", "id", "key"],
    ["name", 200],
    ["created_at", "big"],
  ],
  queue: [
    ["workspace_id", "id", "key"],
    ["name", "id", "key"],
    ["minimum_approvals", "int"],
    ["created_at", "big"],
  ],
  principal: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["name", 200],
    ["kind", 16],
    ["roles", 100],
    ["queues", "long", "null"],
    ["created_at", "big"],
  ],
  api_key: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["principal_id", "id"],
    ["name", 200],
    ["secret_hash", 64],
    ["created_at", "big"],
    ["expires_at", "big", "null"],
    ["revoked_at", "big", "null"],
  ],
  ticket: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["queue", "id"],
    ["status", 16],
    ["priority", "int"],
    ["approvals_required", "int"],
    ["submitted_by", "id"],
    ["submitted_at", "big"],
    ["updated_at", "big"],
    ["revision", "int"],
    ["digest", 80],
    ["revision_by", "id"],
    ["counted", "long"],
    ["assignee_id", "id", "null"],
    ["claimed_until", "big", "null"],
    ["due_at", "big"],
    ["expires_at", "big", "null"],
  ],
  proposal: [
    ["ticket_id", "id", "key"],
    ["revision", "int", "key"],
    ["workspace_id", "id"],
    ["title", 300],
    ["detail", "long", "null"],
    ["payload", "long", "null"],
    ["digest", 80],
    ["search_text", "long"],
    ["submitted_by", "id"],
    ["submitted_at", "big"],
    ["sequence", "big"],
  ],
  review: [
    ["ticket_id", "id", "key"],
    ["sequence", "big", "key"],
    ["workspace_id", "id"],
    ["revision", "int"],
    ["reviewer_id", "id"],
    ["outcome", 16],
    ["comments", "long", "null"],
    ["reviewed_at", "big"],
  ],
  review_retraction: [
    ["ticket_id", "id", "key"],
    ["review_sequence", "big", "key"],
    ["workspace_id", "id"],
    ["sequence", "big"],
    ["retracted_at", "big"],
  ],
  decision: [
    ["ticket_id", "id", "key"],
    ["revision", "int", "key"],
    ["workspace_id", "id"],
    ["status", 16],
    ["comments", "long", "null"],
    ["decided_by", "id"],
    ["decided_by_name", 200],
    ["decided_by_kind", 16],
    ["decided_at", "big"],
    ["sequence", "big"],
    ["hash", 64],
    ["receipt", "long", "null"],
  ],
  decision_read: [
    ["ticket_id", "id", "key"],
    ["principal_id", "id", "key"],
    ["revision", "int", "key"],
    ["status", 16, "key"],
  ],
  ledger_head: [
    ["workspace_id", "id", "key"],
    ["sequence", "big"],
    ["hash", 64],
    ["occurred_at", "big"],
  ],
  audit_event: [
    ["workspace_id", "id", "key"],
    ["sequence", "big", "key"],
    ["type", 32],
    ["ticket_id", "id", "null"],
    ["revision", "int", "null"],
    ["actor_id", "id"],
    ["occurred_at", "big"],
    ["body", "long"],
    ["previous_hash", 64],
    ["hash", 64],
  ],
  idempotency: [
    ["workspace_id", "id", "key"],
    ["principal_id", "id", "key"],
    ["mutation", 32, "key"],
    ["idempotency_key", 255, "key"],
    ["content_hash", 64],
    ["ticket_id", "id"],
    ["sequence", "big"],
    ["hash", 64],
    ["settled_revision", "int", "null"],
    ["created_at", "big"],
  ],
  lease: [
    ["name", "id", "key"],
    ["holder", "id"],
    ["expires_at", "big"],
  ],
};

const INDICES: Indices = {
  workspace_name: ["workspace", "unique", "name"],
  principal_workspace: ["principal", "", "workspace_id", "id"],
  api_key_workspace: ["api_key", "", "workspace_id", "id"],
  ticket_newest: ["ticket", "", "workspace_id", "submitted_at", "id"],
  ticket_status_newest: ["ticket", "", "workspace_id", "status", "submitted_at", "id"],
  ticket_status_priority: ["ticket", "", "workspace_id", "status", "priority", "submitted_at", "id"],
  ticket_status_due: ["ticket", "", "workspace_id", "status", "due_at", "id"],
  ticket_submitter: ["ticket", "", "workspace_id", "submitted_by", "submitted_at", "id"],
  ticket_assignee: ["ticket", "", "workspace_id", "assignee_id", "submitted_at", "id"],
  ticket_expiry: ["ticket", "", "status", "expires_at"],
  proposal_digest: ["proposal", "", "workspace_id", "digest"],
  audit_event_ticket: ["audit_event", "", "ticket_id", "sequence"],
  audit_event_type: ["audit_event", "", "workspace_id", "type", "sequence"],
};

const APPEND_ONLY: Readonly<Record<string, readonly string[]>> = {
  audit_event: ["workspace_id", "sequence"],
  proposal: ["ticket_id", "revision"],
  review: ["ticket_id", "sequence"],
  review_retraction: ["ticket_id", "review_sequence"],
  decision: ["ticket_id", "revision"],
};

function triggers(dialect: Dialect, table: string, key: readonly string[]): string[] {
  const message = `${table} is append-only`;
  if (dialect.name === "mysql") {
    return ["UPDATE", "DELETE"].map(
      (verb) =>
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} FOR EACH ROW ` +
        `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${message}'`,
    );
  }
  const raise = `BEGIN SELECT RAISE(ABORT, '${message}'); END`;
  const same = key.map((column) => `${column} = NEW.${column}`).join(" AND ");
  return [
    `CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} ${raise}`,
    `CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table} ${raise}`,
    // REPLACE removes the old row without running delete triggers, so an existing key (or hidden rowid) is refused first.
    `CREATE TRIGGER ${table}_no_replace BEFORE INSERT ON ${table} ` +
      `WHEN EXISTS (SELECT 1 FROM ${table} WHERE (${same}) OR rowid = NEW.rowid) ${raise}`,
  ];
}

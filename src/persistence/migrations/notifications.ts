import type { QueryRunner } from "typeorm";
import type { Dialect } from "../dialect.js";
import { ForwardMigration } from "../forward-migration.js";
import { type Columns, createIndices, createTables, type Indices } from "../migration-tables.js";

/** What tells the outside: positions, endpoints, deliveries, preferences. */
export class Notifications1764300000000 extends ForwardMigration {
  readonly name = "Notifications1764300000000";

  protected async change(runner: QueryRunner, dialect: Dialect): Promise<void> {
    await createTables(runner, dialect, TABLES);
    await createIndices(runner, INDICES);
    // What happened before there was anybody to tell is not news any more. A workspace without a position is a new one.
    await runner.query(
      "INSERT INTO follower (name, workspace_id, sequence) SELECT 'notify', workspace_id, sequence FROM ledger_head",
    );
  }
}

const TABLES: Columns = {
  follower: [
    ["name", "id", "key"],
    ["workspace_id", "id", "key"],
    ["sequence", "big"],
  ],
  endpoint: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["channel", 16],
    ["name", 200],
    ["url", "long", "null"],
    ["queues", "long", "null"],
    ["types", "long", "null"],
    ["principal_id", "id", "null"],
    ["secret", 200, "null"],
    ["previous_secret", 200, "null"],
    ["previous_until", "big", "null"],
    ["created_at", "big"],
    ["disabled_at", "big", "null"],
    ["disabled_reason", 500, "null"],
    ["removed_at", "big", "null"],
  ],
  delivery: [
    ["id", "id", "key"],
    ["workspace_id", "id"],
    ["channel", 16],
    ["target", "id"],
    ["ticket_id", "id"],
    ["sequence", "big"],
    ["reason", 16],
    ["url", "long", "null"],
    ["state", 16],
    ["attempts", "int"],
    ["due_at", "big"],
    ["created_at", "big"],
    ["problem", 500, "null"],
    ["http_status", "int", "null"],
    ["dead_at", "big", "null"],
  ],
  ticket_callback: [
    ["ticket_id", "id", "key"],
    ["workspace_id", "id"],
    ["url", "long"],
  ],
  notification_preference: [
    ["principal_id", "id", "key"],
    ["queue", "id", "key"],
    ["workspace_id", "id"],
    ["mail", 16],
  ],
  notification_hours: [
    ["principal_id", "id", "key"],
    ["workspace_id", "id"],
    ["time_zone", 64],
    ["quiet_from", "int", "null"],
    ["quiet_until", "int", "null"],
    ["digest_at", "int"],
  ],
  queue_notice: [
    ["workspace_id", "id", "key"],
    ["queue", "id", "key"],
    ["remind_minutes", "int", "null"],
    ["escalate_minutes", "int", "null"],
    ["escalate_to", "long"],
  ],
  ticket_notice: [
    ["ticket_id", "id", "key"],
    ["revision", "int", "key"],
    ["reason", 16, "key"],
    ["workspace_id", "id"],
    ["noticed_at", "big"],
  ],
};

const INDICES: Indices = {
  endpoint_workspace: ["endpoint", "", "workspace_id", "id"],
  delivery_once: ["delivery", "unique", "workspace_id", "target", "sequence", "reason"],
  delivery_due: ["delivery", "", "state", "channel", "due_at", "id"],
  delivery_lane: ["delivery", "", "target", "ticket_id", "state", "sequence"],
  delivery_dead: ["delivery", "", "workspace_id", "state", "id"],
  delivery_dead_target: ["delivery", "", "workspace_id", "state", "target", "sequence"],
};

import type { QueryRunner } from "typeorm";
import type { Dialect } from "../dialect.js";
import { ForwardMigration } from "../forward-migration.js";
import { type Columns, createIndices, createTables, type Indices } from "../migration-tables.js";

/** What reviewers have put aside, each for themselves. */
export class Snoozes1764200000000 extends ForwardMigration {
  readonly name = "Snoozes1764200000000";

  protected async change(runner: QueryRunner, dialect: Dialect): Promise<void> {
    await createTables(runner, dialect, TABLES);
    await createIndices(runner, INDICES);
  }
}

const TABLES: Columns = {
  snooze: [
    ["ticket_id", "id", "key"],
    ["principal_id", "id", "key"],
    ["workspace_id", "id"],
    ["revision", "int"],
    ["snoozed_until", "big", "null"],
    ["sequence", "big"],
  ],
};

const INDICES: Indices = {
  snooze_principal: ["snooze", "", "principal_id", "snoozed_until"],
};

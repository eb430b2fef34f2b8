import type { MigrationInterface, QueryRunner } from "typeorm";
import { withMarker } from "../migration-marker.js";
import { type Columns, createIndices, createTables, dialectOf, type Indices } from "../migration-tables.js";

/** What reviewers have put aside, each for themselves. */
export class Snoozes1764200000000 implements MigrationInterface {
  readonly name = "Snoozes1764200000000";

  async up(runner: QueryRunner): Promise<void> {
    const dialect = dialectOf(runner);
    await withMarker(runner, dialect, this.name, async () => {
      await createTables(runner, dialect, TABLES);
      await createIndices(runner, INDICES);
    });
  }

  async down(): Promise<void> {
    throw new Error("the record is append-only: restore a backup instead of migrating back");
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

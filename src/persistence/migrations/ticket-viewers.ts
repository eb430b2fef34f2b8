import type { MigrationInterface, QueryRunner } from "typeorm";
import { withMarker } from "../migration-marker.js";
import { type Columns, createIndices, createTables, dialectOf, type Indices } from "../migration-tables.js";

/** Who has which ticket open, on which server. */
export class TicketViewers1764250000000 implements MigrationInterface {
  readonly name = "TicketViewers1764250000000";

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
  ticket_viewer: [
    ["server_id", "id", "key"],
    ["ticket_id", "id", "key"],
    ["principal_id", "id", "key"],
    ["workspace_id", "id"],
    ["since", "big"],
  ],
};

const INDICES: Indices = {
  ticket_viewer_ticket: ["ticket_viewer", "", "ticket_id"],
};

import type { QueryRunner } from "typeorm";
import type { Dialect } from "../dialect.js";
import { ForwardMigration } from "../forward-migration.js";
import { type Columns, createIndices, createTables, type Indices } from "../migration-tables.js";

/** Who has which ticket open, on which server. */
export class TicketViewers1764250000000 extends ForwardMigration {
  readonly name = "TicketViewers1764250000000";

  protected async change(runner: QueryRunner, dialect: Dialect): Promise<void> {
    await createTables(runner, dialect, TABLES);
    await createIndices(runner, INDICES);
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

import type { QueryRunner } from "typeorm";
import type { Dialect } from "./dialect.js";

/** Holds the name of a migration while it runs; MySQL commits each DDL statement, so a cut-off one leaves its marker. */
export const MARKER_TABLE = "migration_in_progress";

/**
 * Runs a migration under a marker. Where it does not come to its end, the marker stays and every later start refuses
 * (see `checkSchema`), rather than working on half a schema.
 */
export async function withMarker(
  runner: QueryRunner,
  dialect: Dialect,
  name: string,
  migrate: () => Promise<void>,
): Promise<void> {
  await runner.query(
    `CREATE TABLE IF NOT EXISTS ${MARKER_TABLE} (name varchar(200) NOT NULL PRIMARY KEY) ${dialect.tableOptions}`,
  );
  await runner.query(`INSERT INTO ${MARKER_TABLE} (name) VALUES (?)`, [name]);
  await migrate();
  await runner.query(`DELETE FROM ${MARKER_TABLE} WHERE name = ?`, [name]);
}

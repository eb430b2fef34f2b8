import type { QueryRunner } from "typeorm";
import { createDataSource } from "../persistence/data-source.js";
import type { DatabaseLocation } from "../persistence/database-url.js";
import type { DialectName } from "../persistence/dialect.js";
import type { Sql } from "../persistence/sql.js";

/** How each database begins a transaction that sees one moment, without keeping writers waiting. */
const BEGIN: Readonly<Record<DialectName, readonly string[]>> = {
  sqlite: ["BEGIN"],
  mysql: [
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
  ],
};

/**
 * Reads the whole database as it is at one moment, on a connection of its own that cannot write; writers go on meanwhile.
 * The schema is not looked at, so that a record whose triggers were dropped can be read too.
 */
export async function withSnapshot<Result>(
  location: DatabaseLocation,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  const source = await createDataSource(location, { readOnly: true, poolSize: 1 }).initialize();
  const runner = source.createQueryRunner();
  try {
    for (const statement of BEGIN[location.dialect]) await runner.query(statement);
    return await work({ query: (text, values = []) => runner.query(text, [...values]) });
  } finally {
    await finish(runner);
    await source.destroy();
  }
}

async function finish(runner: QueryRunner): Promise<void> {
  // Where the connection is gone there is nothing to end.
  await runner.query("ROLLBACK").catch(() => undefined);
  await runner.release();
}

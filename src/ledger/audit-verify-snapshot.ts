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
  const { sql, close } = await openSnapshot(location);
  try {
    return await work(sql);
  } finally {
    await close();
  }
}

/** The same for work that is no one call: close it. */
export async function openSnapshot(
  location: DatabaseLocation,
): Promise<{ readonly sql: Sql; close(): Promise<void> }> {
  const source = await createDataSource(location, { readOnly: true, poolSize: 1 }).initialize();
  const runner = source.createQueryRunner();
  const close = async (): Promise<void> => {
    await finish(runner);
    await source.destroy();
  };
  try {
    for (const statement of BEGIN[location.dialect]) await runner.query(statement);
  } catch (error) {
    await close();
    throw error;
  }
  return { sql: { query: (text, values = []) => runner.query(text, [...values]) }, close };
}

async function finish(runner: QueryRunner): Promise<void> {
  // Where the connection is gone there is nothing to end.
  await runner.query("ROLLBACK").catch(() => undefined);
  await runner.release();
}

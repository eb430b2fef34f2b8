import type { Database } from "./database.js";
import { APPEND_ONLY } from "./entities.js";
import { MARKER_TABLE } from "./migration-marker.js";
import { MIGRATIONS } from "./migrations.js";
import type { Sql } from "./sql.js";

/** A schema that this program must not work on; the message says why and what to do. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

/** How the database's schema stands to this program. */
export interface SchemaState {
  /** Migrations of this program that the database has not had, oldest first. */
  readonly pending: readonly string[];
}

/**
 * Holds the database's schema against this program's migrations.
 * @throws SchemaError where it is newer than the program, half-migrated, or lacks the triggers that keep the record
 */
export async function checkSchema(database: Database): Promise<SchemaState> {
  const tables = await tableNames(database);
  const sql = writerSql(database);
  if (tables.has(MARKER_TABLE)) {
    const cut = await sql.query<{ name: string }>(`SELECT name FROM ${MARKER_TABLE}`);
    if (cut[0] !== undefined) {
      throw new SchemaError(
        `the schema is half-migrated: ${cut[0].name} was cut off. Restore the backup from before it, or finish it by hand ` +
          `and delete its row from ${MARKER_TABLE}.`,
      );
    }
  }
  const known = MIGRATIONS.map((migration) => migration.name);
  const done = tables.has("migrations")
    ? (await sql.query<{ name: string }>("SELECT name FROM migrations ORDER BY id")).map((row) => row.name)
    : [];
  const foreign = done.filter((name) => !known.includes(name));
  if (foreign.length > 0) {
    throw new SchemaError(
      `the schema is newer than this program: it has had ${foreign.join(", ")}. Run the version that made it, or a later one.`,
    );
  }
  const pending = known.filter((name) => !done.includes(name));
  if (pending.length === 0) await checkTables(database, tables);
  else if (done.length === 0 && tables.has("audit_event")) {
    throw new SchemaError(
      "the schema has tables but no record of its migrations: it is half-migrated or not Countersign's.",
    );
  }
  return { pending };
}

/**
 * Runs the migrations that the database has not had, one process at a time, and returns their names: none where another
 * process has run them meanwhile.
 * @throws SchemaError as {@link checkSchema}, or where another process takes too long; on SQLite then DomainError UNAVAILABLE
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  // A command beside a running server need not wait for its turn to write where there is nothing to run. On MySQL half of
  // another server's migration would be seen here.
  if (!database.dialect.shared && (await checkSchema(database)).pending.length === 0) return [];
  return withMigrationLock(database, async () => {
    const { pending } = await checkSchema(database);
    if (pending.length === 0) return [];
    await database.dataSource.runMigrations({ transaction: database.dialect.shared ? "each" : "none" });
    await checkSchema(database);
    return pending;
  });
}

async function checkTables(database: Database, tables: ReadonlySet<string>): Promise<void> {
  const missing = database.dataSource.entityMetadatas
    .map((entity) => entity.tableName)
    .filter((name) => !tables.has(name));
  if (missing.length > 0) throw new SchemaError(`the schema is damaged: it lacks ${missing.join(", ")}.`);
  const triggers = await triggerNames(database);
  const gone = Object.keys(APPEND_ONLY)
    .flatMap((table) => database.dialect.appendOnlyTriggers.map((verb) => `${table}_no_${verb}`))
    .filter((name) => !triggers.has(name));
  if (gone.length > 0) {
    throw new SchemaError(
      `the record is not protected: the triggers ${gone.join(", ")} are missing. Create them again (docs/operations.md) ` +
        "and run `countersign audit verify`.",
    );
  }
}

const CATALOGUE = {
  sqlite: {
    tables: "SELECT name FROM sqlite_master WHERE type = 'table'",
    triggers: "SELECT name FROM sqlite_master WHERE type = 'trigger'",
  },
  mysql: {
    tables: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
    triggers:
      "SELECT trigger_name AS name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
  },
} as const;

async function tableNames(database: Database): Promise<ReadonlySet<string>> {
  return names(database, CATALOGUE[database.dialect.name].tables);
}

async function triggerNames(database: Database): Promise<ReadonlySet<string>> {
  return names(database, CATALOGUE[database.dialect.name].triggers);
}

async function names(database: Database, statement: string): Promise<ReadonlySet<string>> {
  const rows = await writerSql(database).query<{ name: string }>(statement);
  return new Set(rows.map((row) => row.name));
}

/** Before the first migration there is no file that the reading connection could open. */
function writerSql(database: Database): Sql {
  return { query: (text, values = []) => database.dataSource.query(text, [...values]) };
}

const LOCK_SECONDS = 60;

async function withMigrationLock<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  // On SQLite the writer's lock does it, and makes one transaction of everything, on the one connection that there is.
  if (!database.dialect.shared) return database.transaction(work);
  const runner = database.dataSource.createQueryRunner();
  try {
    const rows: { locked: number | null }[] = await runner.query(
      "SELECT GET_LOCK('countersign-migrate', ?) AS locked",
      [LOCK_SECONDS],
    );
    if (Number(rows[0]?.locked) !== 1) {
      throw new SchemaError(
        `another server has been migrating for ${LOCK_SECONDS} s; start again when it is done.`,
      );
    }
    return await work();
  } finally {
    await runner.query("SELECT RELEASE_LOCK('countersign-migrate')").catch(() => undefined);
    await runner.release();
  }
}

import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { DataSource, QueryRunner } from "typeorm";
import { createDataSource } from "./data-source.js";
import { CommitUnknownError, isConflict, isUnavailable, unavailable } from "./database-errors.js";
import type { DatabaseLocation } from "./database-url.js";
import { DIALECTS, type Dialect } from "./dialect.js";
import type { Sql, SqlValue } from "./sql.js";

/** The database as everything above it sees it: committed reads, and transactions that write. */
export interface Database {
  readonly dialect: Dialect;
  /** Sees committed rows only, and never waits for a writer. */
  readonly read: Sql;
  /** TypeORM's own handle of the writing side, for migrations and schema checks. */
  readonly dataSource: DataSource;
  /**
   * Runs work in one transaction and commits it, durably, before the promise resolves; on SQLite one after the other.
   * @throws CommitUnknownError where the connection broke while the commit was under way; otherwise whatever `work`
   *   or the database throws, and then nothing was changed
   */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Bytes that one statement may have. */
  readonly maxStatementBytes: number;
  close(): Promise<void>;
}

const SQLITE_STATEMENT_BYTES = 64 * 1024 * 1024;

/** Connects. The schema is not looked at: see `checkSchema`. */
export async function openDatabase(location: DatabaseLocation, poolSize = 10): Promise<Database> {
  return location.dialect === "sqlite" ? openSqlite(location) : openMysql(location, poolSize);
}

async function openSqlite(location: DatabaseLocation): Promise<Database> {
  // Switching a new file to its write-ahead log needs it for oneself, and does not wait where another process does the same.
  const writer = await patiently(() => createDataSource(location).initialize());
  // A read-only connection of its own: the driver shares one per data source, and reads on the writer's would see
  // rows that are not committed yet.
  const reader = createDataSource(location, { readOnly: true });
  const connectReader = once(async () => {
    await reader.initialize();
    return sqlOf(reader.createQueryRunner());
  });
  const runner = writer.createQueryRunner();
  const exclusive = oneAtATime();
  return {
    dialect: DIALECTS.sqlite,
    dataSource: writer,
    maxStatementBytes: SQLITE_STATEMENT_BYTES,
    read: { query: async (text, values) => (await connectReader()).query(text, values) },
    transaction: (work) => exclusive(() => transact(runner, DIALECTS.sqlite, work)),
    close: async () => {
      await exclusive(async () => undefined);
      if (reader.isInitialized) await reader.destroy();
      await writer.destroy();
    },
  };
}

async function openMysql(location: DatabaseLocation, poolSize: number): Promise<Database> {
  const dataSource = createDataSource(location, { poolSize });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw isUnavailable(error) ? unavailable(error) : error;
  }
  await prepareSessions(dataSource);
  const [row] = await dataSource.query<{ bytes: number }[]>("SELECT @@max_allowed_packet AS bytes");
  return {
    dialect: DIALECTS.mysql,
    dataSource,
    maxStatementBytes: Number(row?.bytes ?? 1024 * 1024),
    read: {
      query: (text, values) =>
        translated(() => dataSource.query(text, values === undefined ? [] : [...values])),
    },
    transaction: async (work) => {
      const runner = dataSource.createQueryRunner();
      try {
        await translated(() => runner.connect());
        return await transact(runner, DIALECTS.mysql, work);
      } finally {
        await runner.release();
      }
    },
    close: () => dataSource.destroy(),
  };
}

/** What of mysql2's pool is used here. */
interface SessionPool {
  on(event: "connection", listener: (connection: { query(text: string): unknown }) => void): void;
}

/**
 * Session settings that the rest relies on: UTC; no gap locks (the head's lock is what orders writers); no silent
 * truncation, and the backslash escapes that the driver quotes with, whatever the server's own mode; and bounds on how long
 * a lock is waited for and, on MariaDB, held by a server that froze. Statements on a connection run in order, so on a new
 * one these come before any other.
 */
const SESSION = [
  "SET SESSION time_zone = '+00:00'",
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
  "SET SESSION innodb_lock_wait_timeout = 3 /*M!100300 , idle_transaction_timeout = 10 */",
];

async function prepareSessions(dataSource: DataSource): Promise<void> {
  const { pool } = dataSource.driver as unknown as { pool: SessionPool };
  pool.on("connection", (connection) => {
    for (const statement of SESSION) connection.query(statement);
  });
  // The connection that initialising opened is older than the listener, and the only one so far.
  const runner = dataSource.createQueryRunner();
  for (const statement of SESSION) await runner.query(statement);
  await runner.release();
}

async function transact<Result>(
  runner: QueryRunner,
  dialect: Dialect,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  await translated(() => begin(runner, dialect));
  let result: Result;
  try {
    result = await translated(() => work(sqlOf(runner)));
  } catch (error) {
    // Where the connection is gone there is nothing to roll back; the server does it.
    await runner.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
  try {
    await runner.query("COMMIT");
  } catch (error) {
    await runner.query("ROLLBACK").catch(() => undefined);
    if (isConflict(error)) throw error;
    // Whatever else the answer was, it does not prove that nothing was committed: a proxy may have lost the real one.
    throw new CommitUnknownError("the outcome of a commit is unknown", { cause: error });
  }
  return result;
}

/** How long another process that is writing is waited for, milliseconds. */
const PATIENCE_MS = 10_000;
const PATIENCE_PAUSE_MS = 20;

/**
 * Begins a transaction. SQLite's own waiting would stop this process's event loop, so where another process (the command
 * line beside the server) writes, it is waited for here.
 * @throws DomainError UNAVAILABLE where that takes too long
 */
async function begin(runner: QueryRunner, dialect: Dialect): Promise<void> {
  await patiently(() => runner.query(dialect.begin));
}

/** Tries again while another process is in the way. */
async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (Date.now() > deadline) throw unavailable(error);
      await pause(PATIENCE_PAUSE_MS);
    }
  }
}

function sqlOf(runner: QueryRunner): Sql {
  return {
    query: (text: string, values: readonly SqlValue[] = []) => runner.query(text, [...values]),
  };
}

/** Runs it, turning a broken connection into UNAVAILABLE. */
async function translated<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw isUnavailable(error) ? unavailable(error) : error;
  }
}

/** A gate that lets one task through at a time, in order. */
function oneAtATime(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task, task);
    last = run.catch(() => undefined);
    return run;
  };
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Whether the SQLite file exists already; true for a server. */
export function databaseExists(location: DatabaseLocation): boolean {
  return location.dialect !== "sqlite" || existsSync(location.path);
}

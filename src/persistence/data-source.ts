import { DataSource, type DataSourceOptions } from "typeorm";
import type { DatabaseLocation } from "./database-url.js";
import { DIALECTS } from "./dialect.js";
import { entities } from "./entities.js";
import { MIGRATIONS } from "./migrations.js";

/**
 * Milliseconds that SQLite itself waits for another process's lock. It waits with the whole event loop, so this is short;
 * the patient waiting is done where transactions begin.
 */
const SQLITE_BUSY_MS = 50;
const STATEMENT_CACHE = 500;

/** Choices that are not part of the location. */
export interface DataSourceChoices {
  /** Opens SQLite read-only, on a connection of its own. */
  readonly readOnly?: boolean;
  /** Connections of the MySQL pool. */
  readonly poolSize?: number;
}

/** TypeORM's options for a location: the same for the server, the command line and TypeORM's own CLI. */
export function dataSourceOptions(
  location: DatabaseLocation,
  choices: DataSourceChoices = {},
): DataSourceOptions {
  const shared = {
    entities: entities(DIALECTS[location.dialect]),
    migrations: [...MIGRATIONS],
    migrationsTransactionMode: "each" as const,
    synchronize: false,
    logging: false,
  };
  if (location.dialect === "sqlite") {
    return {
      ...shared,
      type: "better-sqlite3",
      database: location.path,
      readonly: choices.readOnly ?? false,
      timeout: SQLITE_BUSY_MS,
      statementCacheSize: STATEMENT_CACHE,
      prepareDatabase: choices.readOnly === true ? prepareReader : prepareWriter,
    };
  }
  return {
    ...shared,
    type: "mysql",
    url: location.url,
    charset: "utf8mb4_bin",
    timezone: "Z",
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: 10_000,
    poolSize: choices.poolSize ?? 10,
  };
}

/** A data source that is not yet connected. */
export function createDataSource(location: DatabaseLocation, choices: DataSourceChoices = {}): DataSource {
  return new DataSource(dataSourceOptions(location, choices));
}

/** What of better-sqlite3's Database is used here. */
interface Pragmas {
  pragma(text: string): unknown;
}

function prepareWriter(database: Pragmas): void {
  database.pragma("journal_mode = WAL");
  // TypeORM's enableWAL leaves this at NORMAL, which may lose the last commits with the power.
  database.pragma("synchronous = FULL");
  database.pragma("wal_autocheckpoint = 4000");
}

function prepareReader(database: Pragmas): void {
  database.pragma("query_only = ON");
  database.pragma("mmap_size = 268435456");
}

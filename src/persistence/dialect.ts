/** The databases that Countersign runs on. */
export type DialectName = "sqlite" | "mysql";

/** Everything in which the databases differ, so that no other file asks which one it is. */
export interface Dialect {
  readonly name: DialectName;
  /** TypeORM's driver name. */
  readonly driver: "better-sqlite3" | "mysql";
  /** A whole number of 32 bits or more. */
  readonly integer: "integer" | "int";
  /** A text column without a practical bound. */
  readonly longText: "text" | "longtext";
  /** Appended to CREATE TABLE so that identifiers and keys compare byte by byte. */
  readonly tableOptions: string;
  /** Begins a transaction that will write. */
  readonly begin: string;
  /** Appended to a SELECT that must lock its rows until the commit. */
  readonly forUpdate: string;
  /** The database's clock, milliseconds since the epoch, read when the statement runs. */
  readonly now: string;
  /** Turns an INSERT into an upsert on the key columns: `value(column)` names the offered value. */
  readonly upsert: (key: readonly string[], columns: readonly string[]) => string;
  /** Makes an INSERT skip rows whose key exists. */
  readonly insertIgnore: string;
  /**
   * Rows per INSERT statement for that many rows left. SQLite wants few distinct texts (each is prepared once), MySQL
   * few round trips.
   */
  readonly insertChunk: (left: number) => number;
  /** What the triggers on append-only tables refuse, as their names end. */
  readonly appendOnlyTriggers: readonly string[];
  /** Whether several servers may share the database. */
  readonly shared: boolean;
}

const SQLITE: Dialect = {
  name: "sqlite",
  driver: "better-sqlite3",
  integer: "integer",
  longText: "text",
  tableOptions: "",
  begin: "BEGIN IMMEDIATE",
  forUpdate: "",
  now: "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
  upsert: (key, columns) =>
    `ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(", ")}`,
  insertIgnore: "INSERT OR IGNORE",
  insertChunk: (left) => [64, 16, 4].find((size) => size <= left) ?? 1,
  appendOnlyTriggers: ["update", "delete", "replace"],
  shared: false,
};

const MYSQL: Dialect = {
  name: "mysql",
  driver: "mysql",
  integer: "int",
  longText: "longtext",
  tableOptions: "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
  begin: "START TRANSACTION",
  forUpdate: "FOR UPDATE",
  // SYSDATE, unlike NOW, is the time at which it is evaluated: after a lock has been waited for.
  now: "CAST(ROUND(UNIX_TIMESTAMP(SYSDATE(3)) * 1000) AS SIGNED)",
  upsert: (_, columns) =>
    `ON DUPLICATE KEY UPDATE ${columns.map((name) => `${name} = VALUES(${name})`).join(", ")}`,
  insertIgnore: "INSERT IGNORE",
  insertChunk: (left) => Math.min(left, 500),
  appendOnlyTriggers: ["update", "delete"],
  shared: true,
};

/** One row per database. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { sqlite: SQLITE, mysql: MYSQL };

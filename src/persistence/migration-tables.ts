import { type QueryRunner, Table, TableIndex } from "typeorm";
import { DIALECTS, type Dialect } from "./dialect.js";

/** One column: name, type and whether it is part of the key or may be null. */
export type Column = readonly [
  name: string,
  type: "id" | "big" | "int" | "long" | number,
  flag?: "key" | "null",
];

/** Columns by table, as a migration writes them down. */
export type Columns = Readonly<Record<string, readonly Column[]>>;

/** Indices by name. */
export type Indices = Readonly<
  Record<string, readonly [table: string, unique: "unique" | "", ...columns: string[]]>
>;

export function dialectOf(runner: QueryRunner): Dialect {
  return runner.dataSource.options.type === "mysql" ? DIALECTS.mysql : DIALECTS.sqlite;
}

/** Creates tables whose texts compare byte by byte. */
export async function createTables(runner: QueryRunner, dialect: Dialect, tables: Columns): Promise<void> {
  const collation = await binaryCollation(runner, dialect);
  for (const [name, columns] of Object.entries(tables))
    await createTable(runner, dialect, collation, name, columns);
}

export async function createIndices(runner: QueryRunner, indices: Indices): Promise<void> {
  for (const [name, [on, unique, ...columns]] of Object.entries(indices)) {
    await runner.createIndex(
      on,
      new TableIndex({ name, columnNames: columns, isUnique: unique === "unique" }),
    );
  }
}

/**
 * Adds a column that may be null, which neither database needs to rewrite the table for. TypeORM's own way would on SQLite
 * copy the table, and lose its triggers.
 */
export async function addColumn(
  runner: QueryRunner,
  dialect: Dialect,
  table: string,
  [name, type]: Column,
): Promise<void> {
  const { type: sql, length } = sqlType(dialect, type);
  await runner.query(
    `ALTER TABLE ${table} ADD COLUMN ${name} ${sql}${length === undefined ? "" : `(${length})`} NULL`,
  );
}

/**
 * A collation under which only equal bytes are equal: `utf8mb4_bin` alone would pad, so that a key and the same key with
 * a blank behind it were one. MariaDB and MySQL name theirs differently; SQLite compares bytes as it is.
 */
async function binaryCollation(runner: QueryRunner, dialect: Dialect): Promise<string | undefined> {
  if (dialect.name === "sqlite") return undefined;
  const rows: unknown[] = await runner.query("SHOW COLLATION WHERE Collation = 'utf8mb4_nopad_bin'");
  return rows.length > 0 ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
}

async function createTable(
  runner: QueryRunner,
  dialect: Dialect,
  collation: string | undefined,
  name: string,
  columns: readonly Column[],
): Promise<void> {
  const options = columns.map(([column, type, flag]) => ({
    name: column,
    ...sqlType(dialect, type),
    isPrimary: flag === "key",
    isNullable: flag === "null",
  }));
  await runner.createTable(new Table({ name, columns: options }));
  // TypeORM's Table has no collation.
  if (collation !== undefined) {
    await runner.query(`ALTER TABLE ${name} CONVERT TO CHARACTER SET utf8mb4 COLLATE ${collation}`);
  }
}

function sqlType(dialect: Dialect, type: Column[1]): { type: string; length?: string } {
  if (typeof type === "number") return { type: "varchar", length: String(type) };
  const types = {
    id: { type: "varchar", length: "64" },
    big: { type: "bigint" },
    int: { type: dialect.integer },
    long: { type: dialect.longText },
  };
  return types[type];
}

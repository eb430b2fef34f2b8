import type { Dialect } from "./dialect.js";

/** A value that both drivers bind alike. */
export type SqlValue = string | number | null;

/** Where statements run: the reading side of the database, or a transaction. Placeholders are `?`. */
export interface Sql {
  /** The rows of a SELECT; nothing of use for other statements. */
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
}

/** `?, ?, ?` for a list of that length. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}

/** How {@link insertRows} is to treat rows whose key exists. */
export interface InsertOptions {
  /** `INSERT`, or the dialect's way to skip existing keys. */
  readonly verb?: string;
  /** An upsert clause. */
  readonly suffix?: string;
}

/** Inserts rows in as few statements as the dialect likes. */
export async function insertRows(
  sql: Sql,
  dialect: Dialect,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
  { verb = "INSERT", suffix = "" }: InsertOptions = {},
): Promise<void> {
  const one = `(${placeholders(columns.length)})`;
  for (let from = 0; from < rows.length; ) {
    const part = rows.slice(from, from + dialect.insertChunk(rows.length - from));
    const values = part.map(() => one).join(", ");
    await sql.query(`${verb} INTO ${table} (${columns.join(", ")}) VALUES ${values} ${suffix}`, part.flat());
    from += part.length;
  }
}

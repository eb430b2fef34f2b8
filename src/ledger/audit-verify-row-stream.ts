import type { Sql, SqlValue } from "../persistence/sql.js";

/** Where a {@link RowStream} reads: all of it in one order, whose first column is a ticket's id. */
export interface StreamSource {
  /** `SELECT … FROM … WHERE …`, with a condition to which more can be added; its values come first. */
  readonly select: string;
  readonly values: readonly SqlValue[];
  /** Columns of the order, qualified where the SELECT needs it; together they name one row. */
  readonly order: readonly string[];
  readonly pageSize: number;
}

/**
 * A table's rows, ticket by ticket, in pages: only one page is in memory. Several of them, read side by side, are a merge
 * join that also meets the rows without a partner.
 */
export class RowStream<Row extends object> {
  #rows: readonly Row[] = [];
  #at = 0;
  #ended = false;

  constructor(
    private readonly sql: Sql,
    private readonly source: StreamSource,
  ) {}

  /** The ticket of the next row; undefined at the end. Whatever is stored there is made a text. */
  async peek(): Promise<string | undefined> {
    const row = this.#rows[this.#at] ?? ((await this.#load()) ? this.#rows[this.#at] : undefined);
    return row === undefined ? undefined : String(this.#key(row, 0));
  }

  /** Visits every row of a ticket that {@link peek} named, in order. */
  async each(ticketId: string, visit: (row: Row) => void): Promise<void> {
    do {
      for (; this.#at < this.#rows.length; this.#at += 1) {
        const row = this.#rows[this.#at];
        if (row === undefined || String(this.#key(row, 0)) !== ticketId) return;
        visit(row);
      }
    } while (await this.#load());
  }

  async #load(): Promise<boolean> {
    if (this.#ended) return false;
    const { select, values, order, pageSize } = this.source;
    const last = this.#rows.at(-1);
    const keys = last === undefined ? [] : order.map((_, index) => this.#key(last, index));
    const [from, fromValues] = last === undefined ? [`${order[0]} >= ''`, []] : beyond(order, keys);
    const text = `${select} AND ${from} ORDER BY ${order.join(", ")} LIMIT ${pageSize}`;
    this.#rows = await this.sql.query<Row>(text, [...values, ...fromValues]);
    this.#at = 0;
    this.#ended = this.#rows.length < pageSize;
    return this.#rows.length > 0;
  }

  #key(row: Row, index: number): SqlValue {
    const column = this.source.order[index] ?? "";
    return row[column.slice(column.indexOf(".") + 1) as keyof Row] as SqlValue;
  }
}

/**
 * What comes after a key of several columns. The first column's own `>=` is what both databases find the place by in the
 * index; row values would be shorter, but one of them reads the whole table for those.
 */
function beyond(order: readonly string[], keys: readonly SqlValue[]): [text: string, values: SqlValue[]] {
  const [first = "", ...rest] = order;
  const [key = null, ...others] = keys;
  if (rest.length === 0) return [`${first} > ?`, [key]];
  const [text, values] = beyond(rest, others);
  return [`${first} >= ? AND (${first} > ? OR (${text}))`, [key, key, ...values]];
}

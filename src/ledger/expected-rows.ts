import { type Findings, shown } from "./audit-verify-findings.js";

interface Expected {
  /** Of the event that called for it last. */
  readonly sequence: number;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** The rows of one table that the events call for, and what they must say. */
export class ExpectedRows {
  readonly #rows = new Map<string, Expected>();

  constructor(
    private readonly table: string,
    private readonly findings: Findings,
  ) {}

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** Takes note that an event calls for that row. */
  expect(key: string, sequence: number, columns: Expected["columns"]): void {
    this.#rows.set(key, { sequence, columns });
  }

  /** Takes note that an event changes some columns; false where no event called for the row. */
  amend(key: string, sequence: number, columns: Expected["columns"]): boolean {
    const known = this.#rows.get(key);
    if (known === undefined) return false;
    this.#rows.set(key, { sequence, columns: { ...known.columns, ...columns } });
    return true;
  }

  /** Holds a stored row against what the events say, and takes it off the list. */
  hold(key: string, row: object): void {
    const expected = this.#rows.get(key);
    if (expected === undefined) {
      this.findings.report(null, `${this.table} has the row ${shown(key)}, which no event calls for`);
      return;
    }
    this.#rows.delete(key);
    for (const [column, said] of Object.entries(expected.columns)) {
      if ((row as Readonly<Record<string, unknown>>)[column] === said) continue;
      const what = `the column ${column} of ${this.table} (${shown(key)}) is not what event ${expected.sequence} says`;
      this.findings.report(expected.sequence, what);
    }
  }

  /** Reports what is left on the list. */
  missing(): void {
    for (const [key, { sequence }] of this.#rows) {
      this.findings.report(
        sequence,
        `${this.table} lacks the row ${shown(key)} that event ${sequence} calls for`,
      );
    }
  }
}

/** The column that goes with an instant of an event, in milliseconds; null where the event names none. */
export function instantOf(text: unknown): number | null {
  return typeof text === "string" ? Date.parse(text) : null;
}

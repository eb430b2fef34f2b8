import { type Figure, figure } from "./statistics.js";

/** One line of a table: what was measured, and its figures by column. */
export interface Line {
  readonly table: string;
  /** Identifies the line within its table. */
  readonly labels: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** The column that tells how much of a CPU processes that are not ours used in the meantime. */
export const OTHERS_CPU = "others' CPU %";

/** Gathers figures, run by run. */
export class Report {
  readonly #lines = new Map<
    string,
    { table: string; labels: Readonly<Record<string, string>>; runs: Map<string, number[]> }
  >();

  /** Adds one run's values to a line; runs of the same labels make up its figures. */
  add(
    table: string,
    labels: Readonly<Record<string, string>>,
    values: Readonly<Record<string, number>>,
  ): void {
    const key = JSON.stringify([table, labels]);
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { table, labels, runs: new Map() };
      this.#lines.set(key, line);
    }
    for (const [column, value] of Object.entries(values)) {
      const runs = line.runs.get(column);
      if (runs === undefined) line.runs.set(column, [value]);
      else runs.push(value);
    }
  }

  /** Adds every run of another report. */
  addAll(other: Report): void {
    for (const { table, labels, figures } of other.lines()) {
      for (const [column, { runs }] of Object.entries(figures))
        for (const value of runs) this.add(table, labels, { [column]: value });
    }
  }

  lines(): Line[] {
    return [...this.#lines.values()].map(({ table, labels, runs }) => ({
      table,
      labels,
      figures: Object.fromEntries([...runs].map(([column, values]) => [column, figure(values)])),
    }));
  }
}

/** The tables as Markdown: medians, and where there were several runs the smallest and the largest value. */
export function tables(lines: readonly Line[]): string {
  const titles = [...new Set(lines.map((line) => line.table))];
  return titles
    .map((title) => `### ${title}\n\n${tableOf(lines.filter((line) => line.table === title))}\n`)
    .join("\n");
}

function tableOf(lines: readonly Line[]): string {
  const labels = [...new Set(lines.flatMap((line) => Object.keys(line.labels)))];
  // A column without anything in it says nothing.
  const columns = [...new Set(lines.flatMap((line) => Object.keys(line.figures)))].filter((column) =>
    lines.some((line) => (line.figures[column]?.max ?? 0) !== 0),
  );
  const rows = [
    [...labels, ...columns],
    [...labels.map(() => "---"), ...columns.map(() => "--:")],
    ...lines.map((line) => [
      ...labels.map((label) => line.labels[label] ?? ""),
      ...columns.map((column) => shown(line.figures[column])),
    ]),
  ];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function shown(taken: Figure | undefined): string {
  if (taken === undefined) return "";
  const { median, min, max, runs } = taken;
  return runs.length === 1 ? digits(median) : `${digits(median)} (${digits(min)}–${digits(max)})`;
}

/** Three significant digits, more only before the point. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : 2);
}

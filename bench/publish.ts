// Puts the figures of one or more runs into docs/benchmarks.md: `node --import tsx bench/publish.ts FILE.json …`.
// Where several files have the same line of a table, the last one's counts.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Machine } from "./harness/machine.js";
import { type Line, tables } from "./harness/report.js";

interface Recorded {
  readonly taken: string;
  readonly machine: Machine;
  readonly options: { readonly runs: number };
  readonly lines: readonly Line[];
}

const BEGIN = "<!-- figures: begin -->";
const END = "<!-- figures: end -->";
const page = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));

const records = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")) as Recorded);
const last = records.at(-1);
if (last === undefined) throw new Error("name at least one result file");

const lines = new Map<string, Line>();
for (const record of records)
  for (const line of record.lines) lines.set(JSON.stringify([line.table, line.labels]), line);

const text = readFileSync(page, "utf8");
const [before, rest] = text.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined)
  throw new Error(`docs/benchmarks.md needs ${BEGIN} and ${END}`);
const figures = `${conditions(last)}\n\n${tables([...lines.values()])}`;
writeFileSync(page, `${before}${BEGIN}\n\n${figures}\n${END}${after}`);

function conditions({ taken, machine, options }: Recorded): string {
  const { cpu, cpus, memoryGiB, os, node, sqlite, mariadb, filesystem, fsyncMicroseconds, pinning } = machine;
  return (
    `Taken on ${taken.slice(0, 10)}: ${cpu}, ${cpus} virtual CPUs, ${memoryGiB} GiB; ${os}, Node ${node}, ` +
    `SQLite ${sqlite}, MariaDB ${mariadb}; ${filesystem} on a disk that syncs 4 KiB in ` +
    `${Math.round(fsyncMicroseconds)} µs (median); ${pinning}. Medians of ${options.runs} runs, smallest and largest ` +
    "in parentheses."
  );
}

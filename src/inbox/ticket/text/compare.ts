import { diffLines, diffWordsWithSpace } from "diff";

/** A stretch of a line: there on both sides, or on this one alone. */
export interface Piece {
  readonly text: string;
  readonly changed: boolean;
}

/** A line as it stands on one side. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly pieces: readonly Piece[];
}

/** A row of a comparison, or how many lines that are the same on both sides are left out there. */
export type Row =
  | { readonly before: Line | null; readonly after: Line | null; readonly changed: boolean }
  | { readonly skipped: number /** Rows before it. */; readonly from: number };

/** Two texts, line by line. */
export interface Comparison {
  readonly rows: readonly Row[];
  readonly added: number;
  readonly removed: number;
  /** They differ too much to be matched: all of the one, then all of the other. */
  readonly unmatched: boolean;
  /** There are more rows than are shown. */
  readonly cut: boolean;
}

/** Bounds: beyond them a comparison takes longer to make, and to read, than it is of use. */
const COMPARE_LIMITS = {
  /** Lines that differ. */
  edits: 4_000,
  milliseconds: 2_000,
  /** Characters of a line that is compared word by word. */
  lineLength: 4_000,
  wordEdits: 400,
  rows: 3_000,
  /** Lines left around a change. */
  context: 3,
} as const;

type FullRow = Exclude<Row, { readonly skipped: number; readonly from: number }>;

/** Compares two texts; takes a few seconds at most. */
export function compare(before: string, after: string): Comparison {
  const parts = diffLines(ended(before), ended(after), {
    maxEditLength: COMPARE_LIMITS.edits,
    timeout: COMPARE_LIMITS.milliseconds,
  });
  const rows: FullRow[] = [];
  const count = { before: 0, after: 0 };
  const take = (removed: readonly string[], added: readonly string[]): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const [left, right] = piecesOf(removed[index], added[index]);
      rows.push({
        before: left === null ? null : { number: ++count.before, pieces: left },
        after: right === null ? null : { number: ++count.after, pieces: right },
        changed: true,
      });
    }
  };
  let removed: readonly string[] = [];
  for (const part of parts ?? wholly(before, after)) {
    const lines = linesOf(part.value);
    if (part.removed) {
      removed = lines;
      continue;
    }
    if (part.added) {
      take(removed, lines);
    } else {
      take(removed, []);
      for (const text of lines) rows.push(same(text, ++count.before, ++count.after));
    }
    removed = [];
  }
  take(removed, []);
  const shown = folded(rows);
  return {
    rows: shown.slice(0, COMPARE_LIMITS.rows),
    added: rows.filter(({ changed, after: line }) => changed && line !== null).length,
    removed: rows.filter(({ changed, before: line }) => changed && line !== null).length,
    unmatched: parts === undefined,
    cut: shown.length > COMPARE_LIMITS.rows,
  };
}

interface Part {
  readonly value: string;
  readonly removed: boolean;
  readonly added: boolean;
}

function wholly(before: string, after: string): readonly Part[] {
  return [
    { value: ended(before), removed: true, added: false },
    { value: ended(after), removed: false, added: true },
  ];
}

/** Whether a last line ends is not a change that anybody means. */
function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function same(text: string, before: number, after: number): FullRow {
  const pieces = [{ text, changed: false }];
  return { before: { number: before, pieces }, after: { number: after, pieces }, changed: false };
}

/** Two lines that stand in each other's place, with what of them is different. */
function piecesOf(
  removed: string | undefined,
  added: string | undefined,
): [readonly Piece[] | null, readonly Piece[] | null] {
  const whole = (text: string | undefined) => (text === undefined ? null : [{ text, changed: true }]);
  if (removed === undefined || added === undefined) return [whole(removed), whole(added)];
  if (removed.length + added.length > COMPARE_LIMITS.lineLength) return [whole(removed), whole(added)];
  const words = diffWordsWithSpace(removed, added, { maxEditLength: COMPARE_LIMITS.wordEdits });
  if (words === undefined) return [whole(removed), whole(added)];
  const side = (absent: "added" | "removed") =>
    words
      .filter((word) => !word[absent])
      .map(({ value, added: isAdded, removed: isRemoved }) => ({
        text: value,
        changed: isAdded || isRemoved,
      }));
  return [side("added"), side("removed")];
}

/** The rows without long stretches in which nothing changes. */
function folded(rows: readonly FullRow[]): readonly Row[] {
  const { context } = COMPARE_LIMITS;
  const near = new Uint8Array(rows.length);
  for (const [index, row] of rows.entries()) {
    if (row.changed) near.fill(1, Math.max(0, index - context), index + context + 1);
  }
  const shown: Row[] = [];
  let skipped = 0;
  for (const [index, row] of rows.entries()) {
    if (near[index] === 0) {
      skipped += 1;
      continue;
    }
    if (skipped > 0) shown.push({ skipped, from: index - skipped });
    skipped = 0;
    shown.push(row);
  }
  if (skipped > 0) shown.push({ skipped, from: rows.length - skipped });
  return shown;
}

import { diffLines, diffWordsWithSpace } from "diff";
import { LRUCache } from "lru-cache";
import type { NewsProposal } from "../news.js";
import { bytesInHtml } from "./excerpt.js";
import { MAIL_LIMITS } from "./mail-limits.js";
import { visible, whole } from "./visible-text.js";

/** A stretch of a line; what differs from the line in whose place it stands is `changed`. */
export interface ChangePiece {
  readonly text: string;
  readonly changed: boolean;
}

/** A line as a unified diff has it, or how many lines that are the same are left out there. */
export type ChangeLine =
  | { readonly sign: " " | "-" | "+"; readonly pieces: readonly ChangePiece[]; readonly more: number }
  | { readonly skipped: number };

/** What differs in one part of a proposal. */
export interface PartChanges {
  readonly part: "Title" | "Text" | "Payload";
  readonly removed: number;
  readonly added: number;
  readonly lines: readonly ChangeLine[];
  /** Too much differs to be matched in the time there is: no lines then. */
  readonly unmatched: boolean;
  /** There are more lines than are shown. */
  readonly cut: boolean;
}

const known = new LRUCache<string, readonly PartChanges[]>({ max: MAIL_LIMITS.compare.remembered });

/**
 * What a revision changes, part by part, as much as fits into a mail; parts that are the same are left out. It is the same for
 * everybody who is told, so it is found once: a proposal's digest is of all that is compared.
 */
export function changesOf(before: NewsProposal, after: NewsProposal): readonly PartChanges[] {
  const key = `${before.digest} ${after.digest}`;
  const found = known.get(key) ?? foundChanges(before, after);
  known.set(key, found);
  return found;
}

function foundChanges(before: NewsProposal, after: NewsProposal): readonly PartChanges[] {
  const limits = MAIL_LIMITS.changes;
  const room = { bytes: limits.bytes, lines: limits.lines };
  const pairs = [
    ["Title", before.title, after.title],
    ["Text", before.detail ?? "", after.detail ?? ""],
    ["Payload", prettyPayload(before.payload), prettyPayload(after.payload)],
  ] as const;
  return pairs
    .filter(([, one, other]) => one !== other)
    .map(([part, one, other]) => fitting(part, compared(visible(one), visible(other)), room));
}

/** The payload as the inbox shows it raw: its members in the order of their names, two spaces a level. */
export function prettyPayload(payload: string | null): string {
  // It is stored as canonical text, so its members are in that order.
  return payload === null ? "" : JSON.stringify(JSON.parse(payload), null, 2);
}

interface Compared {
  readonly lines: readonly ChangeLine[];
  readonly removed: number;
  readonly added: number;
}

function compared(before: string, after: string): Compared | undefined {
  const { edits, milliseconds } = MAIL_LIMITS.compare;
  const until = performance.now() + milliseconds;
  const parts = diffLines(ended(before), ended(after), { maxEditLength: edits, timeout: milliseconds });
  if (parts === undefined) return undefined;
  const lines: ChangeLine[] = [];
  const count = { removed: 0, added: 0 };
  let removed: readonly string[] = [];
  const take = (added: readonly string[]): void => {
    lines.push(...replaced(removed, added, until));
    count.removed += removed.length;
    count.added += added.length;
    removed = [];
  };
  for (const part of parts) {
    if (part.removed) {
      take([]);
      removed = linesOf(part.value);
    } else if (part.added) {
      take(linesOf(part.value));
    } else {
      take([]);
      lines.push(...linesOf(part.value).map((text) => line(" ", [{ text, changed: false }])));
    }
  }
  take([]);
  return { lines: folded(lines), ...count };
}

/** First what is removed, then what stands in its place, each with the words that differ, as far as there is time for them. */
function replaced(
  removed: readonly string[],
  added: readonly string[],
  until: number,
): readonly ChangeLine[] {
  const before: ChangeLine[] = [];
  const after: ChangeLine[] = [];
  for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
    const milliseconds = index < MAIL_LIMITS.compare.pairs ? until - performance.now() : 0;
    const [left, right] = piecesOf(removed[index], added[index], milliseconds);
    if (left !== undefined) before.push(line("-", left));
    if (right !== undefined) after.push(line("+", right));
  }
  return [...before, ...after];
}

type Pieces = readonly ChangePiece[];

function piecesOf(
  removed: string | undefined,
  added: string | undefined,
  milliseconds: number,
): readonly [Pieces | undefined, Pieces | undefined] {
  const { lineForWords, wordEdits } = MAIL_LIMITS.compare;
  const all = (text: string | undefined) => (text === undefined ? undefined : [{ text, changed: true }]);
  if (removed === undefined || added === undefined || milliseconds <= 0) return [all(removed), all(added)];
  if (removed.length + added.length > lineForWords) return [all(removed), all(added)];
  const words = diffWordsWithSpace(removed, added, { maxEditLength: wordEdits, timeout: milliseconds });
  if (words === undefined || !isMuchAlike(words, removed, added)) return [all(removed), all(added)];
  const side = (absent: "added" | "removed", own: "added" | "removed"): Pieces =>
    words.filter((word) => !word[absent]).map((word) => ({ text: word.value, changed: word[own] === true }));
  return [side("added", "removed"), side("removed", "added")];
}

/** Lines that merely stand in the same place are not compared word by word: what they share is chance. */
function isMuchAlike(
  words: readonly { value: string; added?: boolean; removed?: boolean }[],
  removed: string,
  added: string,
): boolean {
  const shared = words.filter((word) => word.added !== true && word.removed !== true);
  const length = shared.reduce((sum, { value }) => sum + value.trim().length, 0);
  return 3 * length >= Math.max(removed.length, added.length);
}

function line(sign: " " | "-" | "+", pieces: Pieces): ChangeLine {
  let left: number = MAIL_LIMITS.changes.line;
  let more = 0;
  const shown: ChangePiece[] = [];
  for (const piece of pieces) {
    const text = whole(piece.text, left);
    if (text !== "" || piece.text === "") shown.push({ ...piece, text });
    more += piece.text.length - text.length;
    left -= text.length;
  }
  return { sign, pieces: shown, more };
}

/** Without long stretches in which nothing changes. */
function folded(lines: readonly ChangeLine[]): readonly ChangeLine[] {
  const { context } = MAIL_LIMITS.compare;
  const near = new Uint8Array(lines.length);
  for (const [index, one] of lines.entries()) {
    if ("sign" in one && one.sign !== " ") near.fill(1, Math.max(0, index - context), index + context + 1);
  }
  const shown: ChangeLine[] = [];
  let same: ChangeLine[] = [];
  const leaveOut = (): void => {
    // One line takes no more room than the word that it is left out.
    shown.push(...(same.length > 1 ? [{ skipped: same.length }] : same));
    same = [];
  };
  for (const [index, one] of lines.entries()) {
    if (near[index] === 0) {
      same.push(one);
      continue;
    }
    leaveOut();
    shown.push(one);
  }
  leaveOut();
  return shown;
}

/** Of a line of HTML, what is not its text. */
const BYTES_PER_LINE = 200;
const BYTES_PER_PIECE = 110;

/** As many lines as there is room for; what they take is taken from the room. */
function fitting(
  part: PartChanges["part"],
  all: Compared | undefined,
  room: { bytes: number; lines: number },
): PartChanges {
  if (all === undefined) return { part, removed: 0, added: 0, lines: [], unmatched: true, cut: false };
  const lines: ChangeLine[] = [];
  for (const one of all.lines) {
    const bytes = BYTES_PER_LINE + ("sign" in one ? bytesOf(one.pieces) : 0);
    if (room.lines < 1 || room.bytes < bytes) break;
    room.lines -= 1;
    room.bytes -= bytes;
    lines.push(one);
  }
  const { removed, added } = all;
  return { part, removed, added, lines, unmatched: false, cut: lines.length < all.lines.length };
}

function bytesOf(pieces: Pieces): number {
  return pieces.reduce((sum, { text }) => sum + bytesInHtml(text) + BYTES_PER_PIECE, 0);
}

/** Whether a last line ends is not a change that anybody means. */
function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

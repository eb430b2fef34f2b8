/**
 * Characters that are not seen but change what is: direction marks (Trojan Source, CVE-2021-42574), invisible tags, controls. The
 * inbox writes out the same ones (a test holds the two together), so that a mail and the page show a proposal alike.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;

/** Whatever some program takes for the end of a line. */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

/** Letters that run from right to left: Hebrew, Arabic and their neighbours. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** The text with each character that nobody sees written out, as ⟦U+202E⟧; lines end in line feeds. */
export function visible(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, "\uFFFD")
    .replace(LINE_END, "\n")
    .replace(UNSEEN, (found) => {
      const code = found.codePointAt(0) ?? 0;
      return `⟦U+${code.toString(16).toUpperCase().padStart(4, "0")}⟧`;
    });
}

/** {@link visible}, on one line: for titles, names and headers. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, " ").trim();
}

/** At most so many characters, whole ones; what is cut ends in "…". */
export function shortened(text: string, characters: number): string {
  return text.length <= characters ? text : `${whole(text, characters - 1).trimEnd()}…`;
}

/** The beginning of a text, without half of a surrogate pair at its end. */
export function whole(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff && length < text.length ? length - 1 : length);
}

/** Whether it could change the order in which its surroundings are read. */
export function turnsAround(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/** For plain text: kept from changing the order of what stands around it (Unicode Standard Annex 9, isolates). */
export function isolated(text: string): string {
  return turnsAround(text) ? `\u2068${text}\u2069` : text;
}

/** A piece of a line of JSON; a member that runs from right to left is to be isolated from the one beside it. */
export interface JsonPiece {
  readonly text: string;
  readonly isolate: boolean;
}

/** Takes JSON apart, so that a key and its value cannot change places before the reader's eyes. */
export function jsonPieces(text: string): readonly JsonPiece[] {
  if (!turnsAround(text)) return [{ text, isolate: false }];
  const pieces: JsonPiece[] = [];
  let from = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"?/g)) {
    if (index > from) pieces.push({ text: text.slice(from, index), isolate: false });
    pieces.push({ text: token, isolate: turnsAround(token) });
    from = index + token.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isolate: turnsAround(text.slice(from)) });
  return pieces;
}

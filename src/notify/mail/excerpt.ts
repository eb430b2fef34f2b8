import { escaped } from "./safe-html.js";
import { visible } from "./visible-text.js";

/** The beginning of a text. */
export interface Excerpt {
  readonly text: string;
  /** Characters that are left out. */
  readonly more: number;
}

/** How much of a text is shown. */
export interface Room {
  readonly characters: number;
  /** Of UTF-8, escaped for HTML. */
  readonly bytes: number;
  readonly lines: number;
}

/** As much of a text as there is room for, with what nobody would see written out. */
export function excerpt(text: string, room: Room): Excerpt {
  const shown = visible(text);
  let taken = 0;
  let bytes = 0;
  let lines = 1;
  for (const character of shown) {
    bytes += bytesInHtml(character);
    if (character === "\n") lines += 1;
    if (taken + character.length > room.characters || bytes > room.bytes || lines > room.lines) break;
    taken += character.length;
  }
  return { text: shown.slice(0, taken), more: shown.length - taken };
}

/** How much a text takes in the mail. */
export function bytesInHtml(text: string): number {
  return Buffer.byteLength(escaped(text), "utf8");
}

import { oneLine } from "./visible-text.js";

/** A stretch of a sentence: ours, or what somebody else wrote, which must not change how the rest is read. */
export interface Word {
  readonly text: string;
  readonly theirs: boolean;
}

export type Words = readonly Word[];

/** A sentence. Texts that are put in count as others': on one line, with nothing unseen in them, and isolated. */
export function say(ours: TemplateStringsArray, ...theirs: readonly (string | number | Words)[]): Words {
  return ours.flatMap((text, index) => {
    const own = text === "" ? [] : [{ text, theirs: false }];
    const other = theirs[index];
    if (other === undefined) return own;
    if (typeof other === "number") return [...own, { text: String(other), theirs: false }];
    if (typeof other !== "string") return [...own, ...other];
    return [...own, { text: oneLine(other), theirs: true }];
  });
}

/** Words of our own that are not known before: a date, a status. */
export function ours(text: string): Words {
  return [{ text, theirs: false }];
}

/** The sentence without marks: for a subject. */
export function plainWords(words: Words): string {
  return words.map(({ text }) => text).join("");
}

/**
 * Characters that are not seen but change what is: direction marks (Trojan Source, CVE-2021-42574), invisible tags, controls.
 * The joiners U+200C and U+200D stay: scripts and emoji need them.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;

/** The text with each character that nobody sees written out, as ⟦U+202E⟧: what one reads is what one signs. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (found) => {
    const code = found.codePointAt(0) ?? 0;
    return `⟦U+${code.toString(16).toUpperCase().padStart(4, "0")}⟧`;
  });
}

/** Whether {@link visible} has something to write out. */
export function hidesSomething(text: string): boolean {
  return visible(text) !== text;
}

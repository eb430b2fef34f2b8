import type { ChangeLine, PartChanges } from "./changes.js";
import type { Letter, Section } from "./letter.js";
import type { Words } from "./say.js";
import { isolated, jsonPieces } from "./visible-text.js";

/** Longer lines have the words that changed marked, since one does not find them at a glance. */
const AT_A_GLANCE = 80;
/** Stands before every line that others wrote, so that none of them passes for one of ours. */
const QUOTED = "| ";

/** A mail as plain text. */
export function letterText(letter: Letter): string {
  const { sections } = letter;
  const notices = sections.filter(({ kind }) => kind === "notice");
  const rest = sections.filter(({ kind }) => kind !== "notice");
  const title = letter.titleIsTheirs ? isolated(letter.title) : letter.title;
  const blocks = [
    ...notices.map(sectionText),
    underlined(letter.titleIsTheirs ? `${letter.label}: ${title}` : title, "="),
    spoken(letter.place),
    ...rest.map(sectionText),
    // What clients take for the beginning of a signature.
    `-- \n${footer(letter)}`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function sectionText(section: Section): string {
  switch (section.kind) {
    case "notice":
      return `*** ${section.heading} ***\n${spoken(section.words)}`;
    case "paragraph":
      return spoken(section.words);
    case "action":
      return `${section.label}:\n${section.url}\n\n${section.note}`;
    case "facts":
      return section.facts.map(({ name, value }) => `${`${name}:`.padEnd(20)}${spoken(value)}`).join("\n");
    case "quote": {
      const { excerpt, form, heading } = section;
      return `${underlined(spoken(heading), "-")}\n${quoted(form === "json" ? jsonText(excerpt.text) : proseText(excerpt.text))}${moreCharacters(excerpt.more)}`;
    }
    case "changes":
      return [underlined(section.heading, "-"), ...section.parts.map(partText)].join("\n\n");
    case "entries": {
      const entries = section.entries.map(
        ({ title, url, about }) => `* ${isolated(title)}\n  ${spoken(about)}\n  ${url}`,
      );
      const more = section.more > 0 ? [`… and ${section.more} more in the inbox`] : [];
      return [underlined(spoken(section.heading), "-"), ...entries, ...more].join("\n\n");
    }
  }
}

function footer({ why, preferencesUrl, unsubscribeUrl }: Letter): string {
  const lines = [spoken(why), `Change what you are told: ${preferencesUrl}`];
  return [...lines, ...(unsubscribeUrl === null ? [] : [`Stop these mails: ${unsubscribeUrl}`])].join("\n");
}

function spoken(words: Words): string {
  return words.map(({ text, theirs }) => (theirs ? isolated(text) : text)).join("");
}

function underlined(text: string, by: string): string {
  return `${text}\n${by.repeat(Math.min(72, text.length))}`;
}

function quoted(text: string): string {
  return text
    .split("\n")
    .map((line) => (QUOTED + line).trimEnd())
    .join("\n");
}

/** Each line by itself, so that the mark before it stays before it. */
function proseText(text: string): string {
  return text.split("\n").map(isolated).join("\n");
}

function jsonText(text: string): string {
  return text
    .split("\n")
    .map((line) =>
      jsonPieces(line)
        .map((piece) => (piece.isolate ? isolated(piece.text) : piece.text))
        .join(""),
    )
    .join("\n");
}

function moreCharacters(more: number): string {
  return more === 0 ? "" : `\n… ${more.toLocaleString("en")} more characters in the inbox`;
}

function partText({ part, removed, added, lines, unmatched, cut }: PartChanges): string {
  if (unmatched) return `${part}: too much differs to be shown here. Compare the revisions in the inbox.`;
  const more = cut ? "\n… more changes in the inbox" : "";
  const shown = lines.map((line) => QUOTED + lineText(line, part === "Payload")).join("\n");
  return `${part}: ${removed} removed, ${added} added\n${shown}${more}`;
}

function lineText(line: ChangeLine, isJson: boolean): string {
  if ("skipped" in line) return `@@ ${line.skipped} lines are the same @@`;
  const { sign, pieces, more } = line;
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  const marks = sign === "-" ? ["[-", "-]"] : ["{+", "+}"];
  const isMarked = length > AT_A_GLANCE && pieces.some(({ changed }) => !changed);
  const text = pieces
    .map((piece) => (isMarked && piece.changed ? marks.join(piece.text) : piece.text))
    .join("");
  return `${sign} ${isJson ? jsonText(text) : isolated(text)}${more === 0 ? "" : ` … ${more.toLocaleString("en")} more characters`}`;
}

import type { ChangeLine, ChangePiece, PartChanges } from "./changes.js";
import { coloured, MONO } from "./letter-style.js";
import { html, type SafeHtml } from "./safe-html.js";
import { jsonPieces } from "./visible-text.js";

const quiet = coloured("c-quiet");
const ruled = coloured("l-line");
const skippedGround = coloured("b-raised", "c-quiet");
const LINES = { "-": coloured("b-removed"), "+": coloured("b-added"), " ": undefined } as const;
const WORDS = { "-": coloured("b-removedWord"), "+": coloured("b-addedWord") } as const;

/** What differs in one part: signs before the lines and strokes through or under the words, so that no colour is needed to read it. */
export function changesHtml({ part, removed, added, lines, unmatched, cut }: PartChanges): SafeHtml {
  if (unmatched)
    return html`<p style="margin:0 0 8px">${part}: too much differs to be shown here. Compare the revisions in the inbox.</p>`;
  const isJson = part === "Payload";
  return html`<h3 style="margin:12px 0 4px;font-size:15px;font-weight:600">${part} <span class="${quiet.classes}" style="${quiet.style};font-weight:400">${removed} removed, ${added} added</span></h3>
<div class="${ruled.classes}" style="${ruled.style};border-width:1px;border-style:solid;border-radius:6px;overflow:hidden;font:13px/1.55 ${MONO}">${lines.map((line) => lineHtml(line, isJson))}</div>${
    cut
      ? html`<p class="${quiet.classes}" style="margin:6px 0 0;font-size:14px;${quiet.style}">… more changes in the inbox</p>`
      : null
  }`;
}

function lineHtml(line: ChangeLine, isJson: boolean): SafeHtml {
  if ("skipped" in line) {
    const { classes, style } = skippedGround;
    return html`<div class="${classes}" style="${style};padding:2px 12px">${line.skipped} lines are the same</div>`;
  }
  const { sign, pieces, more } = line;
  const ground = LINES[sign];
  const rest = more === 0 ? "" : ` … ${more.toLocaleString("en")} more characters`;
  const isWhole = pieces.every(({ changed }) => changed);
  const shown = pieces.map((piece) => pieceHtml(piece, { sign, isJson, isWhole }));
  // The sign hangs before the line, however often that breaks.
  return html`<div class="${ground?.classes ?? ""}" style="${ground === undefined ? "" : `${ground.style};`}padding:0 12px 0 28px;text-indent:-16px;white-space:pre-wrap;overflow-wrap:anywhere">${sign === "-" ? "−" : sign} ${isJson ? html`${shown}` : html`<bdi>${shown}</bdi>`}${rest}</div>`;
}

interface Place {
  readonly sign: " " | "-" | "+";
  readonly isJson: boolean;
  /** The whole line is removed or added: its sign says so. */
  readonly isWhole: boolean;
}

function pieceHtml({ text, changed }: ChangePiece, { sign, isJson, isWhole }: Place): SafeHtml {
  const shown = isJson
    ? html`${jsonPieces(text).map((piece) => (piece.isolate ? html`<bdi>${piece.text}</bdi>` : html`${piece.text}`))}`
    : html`${text}`;
  if (!changed || sign === " ") return shown;
  if (isWhole)
    return sign === "-"
      ? html`<del style="text-decoration:none">${shown}</del>`
      : html`<ins style="text-decoration:none">${shown}</ins>`;
  const { classes, style } = WORDS[sign];
  return sign === "-"
    ? html`<del class="${classes}" style="${style};text-decoration:line-through">${shown}</del>`
    : html`<ins class="${classes}" style="${style};text-decoration:underline">${shown}</ins>`;
}

/** HTML that was written here; whatever else is put into it is escaped. */
export class SafeHtml {
  constructor(readonly text: string) {}
}

type Hole = string | number | SafeHtml | null | readonly (SafeHtml | null)[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as it stands in HTML, in an element or in a quoted attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** Makes HTML. Every hole is escaped unless it is SafeHtml itself; attributes have to be quoted. Nothing comes of null. */
export function html(ours: TemplateStringsArray, ...holes: readonly Hole[]): SafeHtml {
  return new SafeHtml(ours.map((text, index) => text + filled(holes[index] ?? null)).join(""));
}

function filled(hole: Hole): string {
  if (hole === null) return "";
  if (typeof hole === "string") return escaped(hole);
  if (typeof hole === "number") return String(hole);
  return hole instanceof SafeHtml ? hole.text : hole.map(filled).join("");
}

import type { Choice } from "./outcomes.js";

const KEY = "countersign.snippets";
/** Bounds of the list of one outcome. */
export const SNIPPET_LIMITS = { entries: 12, characters: 500 } as const;

const USUAL: Readonly<Record<Choice, readonly string[]>> = {
  APPROVE: ["Checked against the policy."],
  REJECT: ["Against the policy.", "A duplicate of another proposal."],
  CHANGES: ["Please give the source.", "Please narrow the scope."],
  EDIT: ["Corrected a detail."],
};

/** The reasons that one gives often; a list of this browser's. */
export function readSnippets(choice: Choice): readonly string[] {
  const kept = readAll()[choice];
  return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : USUAL[choice];
}

/** Keeps the list of one outcome. */
export function keepSnippets(choice: Choice, snippets: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readAll(), [choice]: snippets }));
  } catch {
    // A browser that keeps nothing has the usual ones.
  }
}

function readAll(): Partial<Record<Choice, readonly string[]>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? kept : {};
  } catch {
    return {};
  }
}

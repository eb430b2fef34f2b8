import { visible } from "./text/visible-text.js";

/** Bounds of what is drawn when one opens a branch. */
const TREE_LIMITS = {
  /** Members in a branch; beyond it they are grouped. */
  members: 100,
  /** Characters of a text; the raw JSON has all of it. */
  text: 2_000,
} as const;

/** A value as the tree shows it: what nobody would see written out, long lists in groups, long texts cut. */
export function displayTree(value: unknown): unknown {
  if (typeof value === "string") return shortened(visible(value));
  if (Array.isArray(value))
    return grouped(
      value.map((member, index) => [String(index), displayTree(member)]),
      value,
    );
  if (typeof value !== "object" || value === null) return value;
  return grouped(
    Object.entries(value).map(([name, member]) => [shortened(visible(name)), displayTree(member)]),
    value,
  );
}

function grouped(entries: readonly (readonly [string, unknown])[], original: object, before = 0): unknown {
  const members = Array.isArray(original)
    ? (part: typeof entries) => part.map(([, member]) => member)
    : (part: typeof entries) => Object.fromEntries(part);
  const { members: size } = TREE_LIMITS;
  if (entries.length <= size) return members(entries);
  const groups: [string, unknown][] = [];
  // A group of groups where there are many: no branch is wide.
  const width = Math.max(size, Math.ceil(entries.length / size));
  for (let start = 0; start < entries.length; start += width) {
    const part = entries.slice(start, start + width);
    const first = before + start;
    groups.push([`members ${first + 1} to ${first + part.length}`, grouped(part, original, first)]);
  }
  return Object.fromEntries(groups);
}

function shortened(text: string): string {
  const { text: most } = TREE_LIMITS;
  return text.length <= most
    ? text
    : `${text.slice(0, most)} … (${text.length - most} more characters: see the raw JSON)`;
}

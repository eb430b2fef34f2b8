/** Characters of a line: as many as one reads with ease, and more where there would be very many lines. */
const WIDTHS = [100, 400] as const;
const MANY_LINES = 1_000;

/**
 * JSON in few lines, its members in the order of their names: what fits into a line stays on one, and short members of a list share
 * lines. A field for text takes time for every line, and so does whoever looks for something in it.
 */
export function denseJson(value: unknown): string {
  const [readable, wide] = WIDTHS;
  const text = dense(value, "", readable);
  return text.split("\n").length <= MANY_LINES ? text : dense(value, "", wide);
}

function dense(value: unknown, indent: string, width: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const members = value.map((member) => dense(member, inner, width));
    if (fits(members, indent, width)) return `[${members.join(", ")}]`;
    const isPlain = value.every((member) => typeof member !== "object" || member === null);
    return broken("[", isPlain ? filled(members, indent, width) : members, "]", indent);
  }
  const members = Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}: ${dense(member, inner, width)}`);
  if (members.length === 0) return "{}";
  return fits(members, indent, width) ? `{ ${members.join(", ")} }` : broken("{", members, "}", indent);
}

function fits(members: readonly string[], indent: string, width: number): boolean {
  let taken = indent.length + 4;
  for (const member of members) {
    taken += member.length + 2;
    if (taken > width || member.includes("\n")) return false;
  }
  return true;
}

function broken(open: string, lines: readonly string[], close: string, indent: string): string {
  return `${open}\n${indent}  ${lines.join(`,\n${indent}  `)}\n${indent}${close}`;
}

/** As many members in each line as fit. */
function filled(members: readonly string[], indent: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let taken = indent.length;
  for (const member of members) {
    if (line.length > 0 && taken + member.length > width) {
      lines.push(line.join(", "));
      line = [];
      taken = indent.length;
    }
    line.push(member);
    taken += member.length + 2;
  }
  return [...lines, line.join(", ")];
}

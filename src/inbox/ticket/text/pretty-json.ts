/** JSON with its members in the order of their names (as RFC 8785 has it), two spaces a level: equal values, equal texts. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(sorted(value), null, 2) ?? "null";
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  // fromEntries defines members, so that one called __proto__ is a member like any other.
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

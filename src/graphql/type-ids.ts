/** What the ids of the API stand for. */
export type IdPrefix = "ticket" | "principal" | "workspace" | "key" | "endpoint" | "delivery";

/** A TypeID's suffix: 128 bits in Crockford's base 32, in lower case (TypeID specification 0.3). */
const SUFFIX = "[0-7][0-9a-hjkmnp-tv-z]{25}";

const PATTERNS: Readonly<Record<IdPrefix, RegExp>> = {
  ticket: new RegExp(`^ticket_${SUFFIX}$`),
  principal: new RegExp(`^principal_${SUFFIX}$`),
  workspace: new RegExp(`^workspace_${SUFFIX}$`),
  key: new RegExp(`^key_${SUFFIX}$`),
  endpoint: new RegExp(`^endpoint_${SUFFIX}$`),
  delivery: new RegExp(`^delivery_${SUFFIX}$`),
};

/**
 * Whether the text has the form of such an id. Anything else can be nobody's, so the database need not be asked; and a
 * database that ignores trailing blanks when it compares cannot take it for one either.
 */
export function isTypeId(prefix: IdPrefix, text: string): boolean {
  return PATTERNS[prefix].test(text);
}

import { GraphQLScalarType, Kind } from "graphql";

/**
 * A position in a ledger, as opaque text. Whether it can be honoured is not a matter of its form: `decodeCursor` and
 * whoever follows from it answer CURSOR_INVALID.
 */
export const GraphQLLedgerCursor = new GraphQLScalarType<string, string>({
  name: "LedgerCursor",
  description:
    "An opaque position in the workspace's ledger. Where an answer carries one (ledgerCursor), it is no later than what " +
    "that answer shows: handing it to a subscription as 'after' misses nothing.",
  serialize: (value) => {
    if (typeof value !== "string") throw new TypeError("LedgerCursor can only be written from a text");
    return value;
  },
  parseValue: (value) => text(value),
  parseLiteral: (node) => text(node.kind === Kind.STRING ? node.value : undefined),
});

function text(value: unknown): string {
  if (typeof value !== "string")
    throw new TypeError("LedgerCursor must be a text that this service handed out.");
  return value;
}

import { GraphQLScalarType } from "graphql";
import { GraphQLSafeInt as SafeInt } from "graphql-scalars";

/** A whole number that a double holds exactly. */
export const GraphQLSafeInt = new GraphQLScalarType<number, number>({
  name: "SafeInt",
  description: "An integer up to 2^53 - 1.",
  serialize: (value) => {
    if (!Number.isSafeInteger(value)) throw new TypeError("SafeInt can only be written from a safe integer");
    return value as number;
  },
  parseValue: (value) => Number(SafeInt.parseValue(value)),
  parseLiteral: (node, variables) => Number(SafeInt.parseLiteral(node, variables)),
});

import { GraphQLScalarType, Kind, type ObjectValueNode, type ValueNode } from "graphql";

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/**
 * A JSON object. Neither lists nor single values are one. A number written into the document that would not survive
 * the way into a double is refused rather than rounded; keys such as `__proto__` are data like any other.
 */
export const GraphQLJSONObject = new GraphQLScalarType<Readonly<Record<string, unknown>>>({
  name: "JSONObject",
  description: "A JSON object (RFC 8259); integers up to 2^53 - 1.",
  serialize: (value) => {
    if (!isObject(value)) throw new TypeError("JSONObject can only be written from an object");
    return value;
  },
  parseValue: (value) => {
    if (!isObject(value)) throw new TypeError("JSONObject must be a JSON object: {…}.");
    return value;
  },
  parseLiteral: (node, variables) => {
    if (node.kind !== Kind.OBJECT) throw new TypeError("JSONObject must be a JSON object: {…}.");
    return jsonObjectOf(node, variables);
  },
});

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonObjectOf(node: ObjectValueNode, variables: Variables): Record<string, unknown> {
  // Without a prototype there is no __proto__ setter: every name becomes a plain member.
  const object: Record<string, unknown> = Object.create(null);
  for (const field of node.fields) {
    const value = jsonOf(field.value, variables);
    // A variable that was not given leaves its member out, as in an input object.
    if (value !== undefined) object[field.name.value] = value;
  }
  return object;
}

function jsonOf(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      return jsonObjectOf(node, variables);
    case Kind.LIST:
      return node.values.map((item) => jsonOf(item, variables) ?? null);
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return numberOf(node.value);
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variableOf(node.name.value, variables);
    case Kind.ENUM:
      throw new TypeError(`JSON has no bare word ${node.value}; write it in quotes.`);
  }
}

function numberOf(digits: string): number {
  const value = Number(digits);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new TypeError(`${digits} is beyond 2^53 - 1, where JSON readers disagree; send it as a string.`);
  }
  return value;
}

function variableOf(name: string, variables: Variables): unknown {
  const value = variables && Object.hasOwn(variables, name) ? variables[name] : undefined;
  // Variables arrive in their own type's internal form: an instant would not be the text that was sent.
  if (value instanceof Date) {
    throw new TypeError(`$${name} is a DateTime; inside JSON use a String variable.`);
  }
  return value;
}

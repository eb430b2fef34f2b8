import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";

/** A root field, and one operation that asks it for everything it has. */
export interface GeneratedOperation {
  /** Such as `Mutation.decideTicket`. */
  readonly name: string;
  readonly kind: "query" | "mutation" | "subscription";
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Where a value stands: `decideTicket.input.ticketId`. */
export type ValueFor = (place: string, name: string, type: string) => unknown;

const DEPTH = 3;

/**
 * One operation for every root field of the schema, made from the schema itself, so that a field that is added later is
 * among them. Pages are asked for one entry, so that everything can be selected.
 * @param valueFor a value for each leaf of the input; undefined leaves it out where that is allowed
 */
export function operationsOf(schema: GraphQLSchema, valueFor: ValueFor): GeneratedOperation[] {
  const roots = [
    ["query", schema.getQueryType()],
    ["mutation", schema.getMutationType()],
    ["subscription", schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([kind, root]) =>
    Object.values(root?.getFields() ?? {}).map((field) =>
      operationOf(kind, `${root?.name}`, field, schema, valueFor),
    ),
  );
}

/** Every place of the schema's inputs where an id or another text that names something can be written, with its type. */
export function inputPlaces(schema: GraphQLSchema): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  operationsOf(schema, (place, _name, type) => {
    if (["ID", "String", "LedgerCursor"].includes(type)) places.set(place, type);
    return undefined;
  });
  return places;
}

function operationOf(
  kind: GeneratedOperation["kind"],
  root: string,
  field: GraphQLField<unknown, unknown>,
  schema: GraphQLSchema,
  valueFor: ValueFor,
): GeneratedOperation {
  const given = field.args
    .map((argument) => ({
      argument,
      value: inputValue(`${field.name}.${argument.name}`, argument, valueFor),
    }))
    .filter(({ value }) => value !== undefined);
  const declared = given.map(({ argument }) => `$${argument.name}: ${argument.type}`).join(", ");
  const passed = given.map(({ argument }) => `${argument.name}: $${argument.name}`).join(", ");
  const selection = selectionOf(field.type, schema, DEPTH);
  const text = `${kind}${declared === "" ? "" : ` (${declared})`} { ${field.name}${passed === "" ? "" : `(${passed})`} ${selection} }`;
  return {
    name: `${root}.${field.name}`,
    kind,
    text,
    variables: Object.fromEntries(given.map(({ argument, value }) => [argument.name, value])),
  };
}

function inputValue(
  place: string,
  { name, type }: GraphQLArgument | GraphQLInputField,
  valueFor: ValueFor,
): unknown {
  return leafOrTree(place, name, type, valueFor);
}

function leafOrTree(place: string, name: string, type: GraphQLInputType, valueFor: ValueFor): unknown {
  if (isNonNullType(type)) return leafOrTree(place, name, type.ofType, valueFor);
  if (isListType(type)) {
    const one = leafOrTree(place, name, type.ofType, valueFor);
    return one === undefined ? undefined : [one];
  }
  if (isInputObjectType(type)) {
    const entries = Object.values(type.getFields()).map(
      (field) => [field.name, inputValue(`${place}.${field.name}`, field, valueFor)] as const,
    );
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (isEnumType(type)) return valueFor(place, name, type.name) ?? type.getValues()[0]?.name;
  return valueFor(place, name, type.name);
}

function selectionOf(type: GraphQLOutputType, schema: GraphQLSchema, depth: number): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return "";
  if (isAbstractType(named)) {
    const parts = schema
      .getPossibleTypes(named)
      .map((possible) => `... on ${possible.name} ${selectionOf(possible, schema, depth)}`);
    return `{ __typename ${parts.join(" ")} }`;
  }
  if (!isObjectType(named)) throw new Error(`cannot select of ${String(type)}`);
  const fields = Object.values(named.getFields()).flatMap((field) => {
    const leaf = isLeafType(getNamedType(field.type));
    if (!leaf && depth <= 1) return [];
    const page = field.args.some(({ name }) => name === "first") ? "(first: 1)" : "";
    return [`${field.name}${page} ${selectionOf(field.type, schema, depth - 1)}`];
  });
  return `{ __typename ${fields.join(" ")} }`;
}

import {
  astFromValue,
  findBreakingChanges,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  print,
} from "graphql";

/** Enums that grow: whoever reads the record passes over a type of event that they do not know. */
const OPEN_ENUMS: ReadonlySet<string> = new Set(["AuditEventType"]);

type Inputs = readonly (GraphQLArgument | GraphQLInputField)[];

/**
 * What a schema breaks of a contract: everything that graphql calls a breaking change, and every other difference in what
 * the contract names. A member of the contract has exactly the contract's type, nullability, default value, arguments and
 * enum values. Additions beside its members are welcome: types, fields, input fields that may be left out, and values of
 * the enums that are open.
 */
export function contractBreaks(contract: GraphQLSchema, schema: GraphQLSchema): string[] {
  const found = new Set(findBreakingChanges(contract, schema).map(({ description }) => description));
  for (const [name, promised] of Object.entries(contract.getTypeMap())) {
    const actual = schema.getType(name);
    if (name.startsWith("__")) continue;
    if (
      (isObjectType(promised) && isObjectType(actual)) ||
      (isInterfaceType(promised) && isInterfaceType(actual))
    ) {
      for (const field of Object.values(promised.getFields())) {
        const same = actual.getFields()[field.name];
        if (same === undefined) continue;
        compare(found, `${name}.${field.name}`, String(field.type), String(same.type));
        compare(
          found,
          `the arguments of ${name}.${field.name}`,
          signatures(field.args),
          signatures(same.args),
        );
      }
    } else if (isInputObjectType(promised) && isInputObjectType(actual)) {
      const fields = Object.values(promised.getFields());
      const same = fields.flatMap((field) => actual.getFields()[field.name] ?? []);
      compareEach(found, name, fields, same);
    } else if (isEnumType(promised) && isEnumType(actual)) {
      const values = (type: typeof promised) =>
        type
          .getValues()
          .map((value) => value.name)
          .filter((value) => !OPEN_ENUMS.has(name) || promised.getValue(value) !== undefined)
          .sort()
          .join(" ");
      compare(found, `the values of ${name}`, values(promised), values(actual));
    }
  }
  return [...found];
}

function compareEach(found: Set<string>, type: string, promised: Inputs, actual: Inputs): void {
  const byName = new Map(actual.map((input) => [input.name, input]));
  for (const input of promised) {
    const same = byName.get(input.name);
    if (same !== undefined) compare(found, `${type}.${input.name}`, signature(input), signature(same));
  }
}

function compare(found: Set<string>, what: string, promised: string, actual: string): void {
  if (promised !== actual) found.add(`${what}: the contract says (${promised}), the schema (${actual}).`);
}

function signatures(inputs: Inputs): string {
  return inputs.map(signature).sort().join(", ");
}

function signature({ name, type, defaultValue }: Inputs[number]): string {
  const value = defaultValue === undefined ? undefined : astFromValue(defaultValue, type);
  return `${name}: ${type}${value ? ` = ${print(value)}` : ""}`;
}

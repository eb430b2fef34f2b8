import { GraphQLError, getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import { GUARD_LIMITS } from "../../src/graphql/guard-rule.js";
import { MAX_TOKENS, type OperationPayload, prepareOperation } from "../../src/graphql/operation.js";
import { buildApiSchema } from "../../src/graphql/schema.js";

const schema = buildApiSchema();

function codeOf(payload: OperationPayload): unknown {
  const prepared = prepareOperation(schema, payload);
  if ("document" in prepared) return undefined;
  const [error] = prepared;
  expect(error).toBeInstanceOf(GraphQLError);
  return error?.originalError instanceof DomainError ? error.originalError.code : error?.extensions.code;
}

describe("preparing an operation", () => {
  it("gives what graphql executes", () => {
    const prepared = prepareOperation(schema, {
      query: "query A { viewer { roles } } query B($id: ID!) { ticket(id: $id) { id } }",
      operationName: "B",
      variables: { id: "x" },
    });
    expect(prepared).toMatchObject({ operationName: "B", variableValues: { id: "x" } });
  });

  it("parses a document once", () => {
    const query = "{ viewer { roles } }";
    const [first, second] = [1, 2].map(() => prepareOperation(schema, { query }));
    expect(first).toHaveProperty("document");
    expect(Reflect.get(first!, "document")).toBe(Reflect.get(second!, "document"));
  });

  it("takes null for what is left out", () => {
    expect(codeOf({ query: "{ viewer { roles } }", operationName: null, variables: null })).toBeUndefined();
  });

  const refused: readonly (readonly [what: string, payload: OperationPayload, code: string])[] = [
    ["no query", {}, "BAD_REQUEST"],
    ["an empty query", { query: "" }, "BAD_REQUEST"],
    ["a query that is no text", { query: 1 }, "BAD_REQUEST"],
    ["variables that are no object", { query: "{ viewer { roles } }", variables: [] }, "BAD_REQUEST"],
    ["an operation name that is no text", { query: "{ viewer { roles } }", operationName: 1 }, "BAD_REQUEST"],
    ["a syntax error", { query: "{ viewer" }, "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", { query: "{ nonsense }" }, "GRAPHQL_VALIDATION_FAILED"],
    [
      "an unknown operation name",
      { query: "query A { viewer { roles } }", operationName: "B" },
      "OPERATION_RESOLUTION_FAILURE",
    ],
    [
      "several operations and no name",
      { query: "query A { viewer { roles } } query B { viewer { roles } }" },
      "OPERATION_RESOLUTION_FAILURE",
    ],
  ];

  it.each(refused)("refuses %s", (_what, payload, code) => {
    expect(codeOf(payload)).toBe(code);
  });

  it("counts tokens while it parses, before a huge document costs anything", () => {
    const prepared = prepareOperation(schema, {
      query: `{ ${"a ".repeat(MAX_TOKENS)} }`,
    }) as readonly GraphQLError[];
    expect(prepared[0]?.message).toMatch(/tokens/);
  });

  it("answers what clients ask a schema about itself", () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, descriptions: true, oneOf: true });
    expect(codeOf({ query })).toBeUndefined();
  });
});

/** A chain of fields that is `depth` levels deep, the last one included. */
function nested(depth: number): string {
  const pairs = Math.floor((depth - 2) / 2);
  const odd = (depth - 2) % 2 === 1;
  return `{ ticket(id: "x") ${"{ decision { ticket ".repeat(pairs)}${odd ? "{ decision { status } }" : "{ id }"}${"} }".repeat(pairs)} }`;
}

describe("the guard", () => {
  const { depth, rootFields, aliases } = GUARD_LIMITS;
  const aliased = (count: number) => Array.from({ length: count }, (_, at) => `a${at}: id`).join(" ");
  const roots = (count: number) =>
    Array.from({ length: count }, (_, at) => `r${at}: viewer { roles }`).join(" ");

  it("accepts what stays within its limits", () => {
    expect(codeOf({ query: nested(depth) })).toBeUndefined();
    expect(codeOf({ query: `{ ${roots(rootFields)} }` })).toBeUndefined();
    expect(codeOf({ query: `{ ticket(id: "x") { ${aliased(aliases)} } }` })).toBeUndefined();
  });

  it("refuses what nests deeper", () => {
    expect(codeOf({ query: nested(depth + 1) })).toBe("QUERY_TOO_COMPLEX");
  });

  it("refuses more root fields, through fragments too", () => {
    expect(codeOf({ query: `{ ${roots(rootFields + 1)} }` })).toBe("QUERY_TOO_COMPLEX");
    const half = Math.ceil((rootFields + 1) / 2);
    const query = `{ ...F ... on Query { ${roots(half)} } } fragment F on Query { ${roots(half).replaceAll(/r(\d+):/g, "s$1:")} }`;
    expect(codeOf({ query })).toBe("QUERY_TOO_COMPLEX");
  });

  it("refuses more aliases, counted as often as their fragment is spread", () => {
    expect(codeOf({ query: `{ ticket(id: "x") { ${aliased(aliases + 1)} } }` })).toBe("QUERY_TOO_COMPLEX");
    const fields = aliased(Math.ceil((aliases + 1) / 2));
    const query = `{ ticket(id: "x") { ...F decision { ticket { ...F } } } } fragment F on ReviewTicket { ${fields} }`;
    expect(codeOf({ query })).toBe("QUERY_TOO_COMPLEX");
  });

  it("measures fragments that multiply one another without unfolding them", () => {
    // Unfolded, these would be 2^40 fields: the test would not come to an end.
    const levels = 40;
    const fragments = Array.from(
      { length: levels },
      (_, at) =>
        `fragment F${at} on ReviewTicket { ${at + 1 < levels ? `...F${at + 1} ... on ReviewTicket { ...F${at + 1} }` : "a: id b: status"} }`,
    );
    expect(codeOf({ query: `{ ticket(id: "x") { ...F0 } } ${fragments.join(" ")}` })).toBe(
      "QUERY_TOO_COMPLEX",
    );
  });

  it("comes to an end with fragments that go in circles", () => {
    const query = '{ ticket(id: "x") { ...F } } fragment F on ReviewTicket { decision { ticket { ...F } } }';
    expect(codeOf({ query })).toBe("GRAPHQL_VALIDATION_FAILED");
  });
});

import { readFileSync } from "node:fs";
import { GraphQLError, getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import { GUARD_LIMITS, type GuardLimit } from "../../src/graphql/guard-limits.js";
import { type OperationPayload, prepareOperation } from "../../src/graphql/operation.js";
import { buildApiSchema } from "../../src/graphql/schema.js";

const schema = buildApiSchema();

function codeOf(payload: OperationPayload): unknown {
  const prepared = prepareOperation(schema, payload);
  if ("document" in prepared) return undefined;
  const [error] = prepared.errors;
  expect(error).toBeInstanceOf(GraphQLError);
  return error?.originalError instanceof DomainError ? error.originalError.code : error?.extensions.code;
}

/** The limit that it is over. */
function limitOf(payload: OperationPayload): unknown {
  const prepared = prepareOperation(schema, payload);
  if ("document" in prepared) return undefined;
  const cause = prepared.errors[0]?.originalError;
  if (!(cause instanceof DomainError)) return prepared.errors[0]?.message;
  expect(cause.code).toBe("QUERY_TOO_COMPLEX");
  expect(cause.details.maximum).toBe(GUARD_LIMITS[cause.details.limit as GuardLimit]);
  return cause.details.limit;
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
    expect(limitOf({ query: `{ ${"a ".repeat(GUARD_LIMITS.tokens)} }` })).toBe("tokens");
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

const times = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(" ");

describe("the guard", () => {
  const { depth, rootFields, aliases, nesting, duplicates, fragments, spreads, directivesInPlace } =
    GUARD_LIMITS;
  const aliased = (count: number) => times(count, (at) => `a${at}: id`);
  const roots = (count: number) => times(count, (at) => `r${at}: viewer { roles }`);
  const decide = (count: number) =>
    times(
      count,
      (at) =>
        `d${at}: decideTicket(input: { ticketId: "x", revision: 1, status: APPROVED }) { ledgerCursor: __typename }`,
    );
  const page = (first: string, below: string) => `tickets(first: ${first}) { edges { node { ${below} } } }`;

  const accepted: readonly (readonly [what: string, query: string])[] = [
    ["fields as deep as may be", nested(depth)],
    ["as many root fields as may be", `{ ${roots(rootFields)} }`],
    ["as many aliases as may be", `{ ticket(id: "x") { ${aliased(aliases)} } }`],
    ["a field written as often as may be", `{ viewer { ${"roles ".repeat(duplicates)} } }`],
    ["one decision", `mutation { ${decide(1)} }`],
    [
      "brackets within brackets",
      `query ($a: ${"[".repeat(nesting / 2)}ID${"]".repeat(nesting / 2)}) { viewer { roles } node(id: "x") { id } }`,
    ],
    [
      "a full page with its tickets' trails",
      `{ ${page("100", "auditTrail(first: 5) { edges { node { type } } }")} }`,
    ],
  ];
  it.each(accepted)("accepts %s", (_what, query) => {
    const limit = limitOf({ query });
    // Whatever else is wrong with it, no limit is.
    expect(Object.keys(GUARD_LIMITS)).not.toContain(limit);
  });

  const half = Math.ceil((rootFields + 1) / 2);
  const refused: readonly (readonly [what: string, query: string, limit: GuardLimit])[] = [
    [
      "a document that is too long, though it is mostly blank",
      `{ viewer { roles } }${" ".repeat(GUARD_LIMITS.characters)}`,
      "characters",
    ],
    ["one of comments", `${"#\n".repeat(GUARD_LIMITS.characters / 2)}{ viewer { roles } }`, "characters"],
    ["40,000 nested lists", `{ viewer(a: ${"[".repeat(40_000)}) { roles } }`, "nesting"],
    ["40,000 nested selections", "{a".repeat(40_000), "nesting"],
    ["lists nested one deeper than may be", `{ viewer(a: ${"[".repeat(nesting)}) { roles } }`, "nesting"],
    ["more fields than may be", `{ ${times(GUARD_LIMITS.fields + 1, (at) => `f${at}`)} }`, "fields"],
    ["a field written too often", `{ viewer { ${"roles ".repeat(duplicates + 1)} } }`, "duplicates"],
    [
      "the same, behind aliases and inline fragments",
      `{ viewer { ${"roles: id ... { roles } ".repeat(duplicates)} } }`,
      "duplicates",
    ],
    [
      "more operations than may be",
      times(GUARD_LIMITS.operations + 1, (at) => `query Q${at} { viewer { roles } }`),
      "operations",
    ],
    [
      "more fragments than may be",
      `{ viewer { roles } } ${times(fragments + 1, (at) => `fragment F${at} on Viewer { roles }`)}`,
      "fragments",
    ],
    [
      "more spreads than may be",
      `{ viewer { ${"...F ".repeat(spreads + 1)} } } fragment F on Viewer { roles }`,
      "spreads",
    ],
    [
      "more inline fragments than may be",
      `{ viewer { ${"... { __typename @skip(if: true) } ".repeat(3)} ${times(spreads, () => "... @skip(if: true) { a }")} } }`,
      "spreads",
    ],
    [
      "more directives than may be",
      `{ ${times(GUARD_LIMITS.directives + 1, (at) => `f${at} @skip(if: true)`)} }`,
      "directives",
    ],
    [
      "more directives at one place than may be",
      `{ viewer ${"@skip(if: true) ".repeat(directivesInPlace + 1)} { roles } }`,
      "directivesInPlace",
    ],
    [
      "the same on an operation",
      `query ${"@a ".repeat(directivesInPlace + 1)} { viewer { roles } }`,
      "directivesInPlace",
    ],
    [
      "the same on a variable",
      `query ($a: ID ${"@a ".repeat(directivesInPlace + 1)}) { viewer { roles } }`,
      "directivesInPlace",
    ],
    ["fields that nest deeper", nested(depth + 1), "depth"],
    ["more root fields than may be", `{ ${roots(rootFields + 1)} }`, "rootFields"],
    [
      "more root fields, through fragments",
      `{ ...F ... on Query { ${roots(half)} } } fragment F on Query { ${roots(half).replaceAll(/r(\d+):/g, "s$1:")} }`,
      "rootFields",
    ],
    [
      "a mutation of many parts",
      `mutation { ${times(6, (at) => `c${at}: claimTicket(input: { ticketId: "x" }) { ticket { id } }`)} }`,
      "mutationFields",
    ],
    ["two decisions", `mutation { ${decide(2).replaceAll("ledgerCursor: ", "")} }`, "decisions"],
    [
      "two decisions, one in a fragment",
      `mutation { ${decide(1).replaceAll("ledgerCursor: ", "")} ...F } fragment F on Mutation { e: decideTicket(input: { ticketId: "y", revision: 1, status: REJECTED }) { __typename } }`,
      "decisions",
    ],
    ["more aliases than may be", `{ ticket(id: "x") { ${aliased(aliases + 1)} } }`, "aliases"],
    [
      "more aliases, counted as often as their fragment is spread",
      `{ ticket(id: "x") { ...F decision { ticket { ...F } } } } fragment F on ReviewTicket { ${aliased(Math.ceil((aliases + 1) / 2))} }`,
      "aliases",
    ],
    [
      "long texts of a full page",
      `{ ${page("100", `proposal { ${times(30, (at) => `p${at}: payload`)} }`)} }`,
      "cost",
    ],
    [
      "a trail for each ticket of a page",
      `{ ${page("100", "auditTrail(first: 50) { edges { node { type sequence } } }")} }`,
      "cost",
    ],
    [
      "the schema many times over",
      `{ ${times(20, (at) => `s${at}: __schema { types { fields { name args { name type { name } } type { name ofType { name } } } } }`)} }`,
      "introspection",
    ],
    [
      "the schema under many names",
      `{ __schema { types { ${times(59, (at) => `f${at}: fields { name args { name type { name } } }`)} } } }`,
      "introspection",
    ],
    [
      "types of types of types",
      `{ __type(name: "A") { ${"ofType { ".repeat(25)} name ${"}".repeat(25)} } }`,
      "introspectionDepth",
    ],
  ];
  it.each(refused)("refuses %s", (_what, query, limit) => {
    expect(limitOf({ query })).toBe(limit);
  });

  it("takes the length of a page from the variables", () => {
    const query = `query ($n: Int) { ${page("$n", `proposal { ${times(30, (at) => `p${at}: payload`)} }`)} }`;
    expect(limitOf({ query, variables: { n: 5 } })).toBeUndefined();
    expect(limitOf({ query, variables: { n: 100 } })).toBe("cost");
    // And again: what was found for one value must not stand for another.
    expect(limitOf({ query, variables: { n: 5 } })).toBeUndefined();
    expect(limitOf({ query, variables: { n: 1e9 } })).toBe("cost");
    expect(limitOf({ query: query.replace("$n: Int", "$n: Int = 3") })).toBeUndefined();
    expect(limitOf({ query: query.replace("$n: Int", "$n: Int = 100") })).toBe("cost");
    expect(limitOf({ query, variables: { n: "many" } })).toBe("cost");
  });

  it("refuses variables that nest without end, before anything walks them", () => {
    const deep = JSON.parse(`${"[".repeat(40_000)}${"]".repeat(40_000)}`);
    expect(limitOf({ query: "{ viewer { roles } }", variables: { deep } })).toBe("variablesDepth");
    const asDeepAsAPayload = JSON.parse(`${'{"a":'.repeat(64)}1${"}".repeat(64)}`);
    expect(
      limitOf({ query: "{ viewer { roles } }", variables: { input: { payload: asDeepAsAPayload } } }),
    ).toBeUndefined();
  });

  it("measures fragments that multiply one another without unfolding them", () => {
    // Unfolded, these would be 2^40 fields: the test would not come to an end.
    const levels = 40;
    const chain = times(
      levels,
      (at) =>
        `fragment F${at} on ReviewTicket { ${at + 1 < levels ? `...F${at + 1} ... on ReviewTicket { ...F${at + 1} }` : "a: id b: status"} }`,
    );
    expect(codeOf({ query: `{ ticket(id: "x") { ...F0 } } ${chain}` })).toBe("QUERY_TOO_COMPLEX");
  });

  it("comes to an end with fragments that go in circles", () => {
    const query = '{ ticket(id: "x") { ...F } } fragment F on ReviewTicket { decision { ticket { ...F } } }';
    expect(codeOf({ query })).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  it("says what an operation takes: its roots, its cost, and the reading of a document that is new", () => {
    const points = (query: string) => prepareOperation(schema, { query }).points;
    expect(points("{ viewer { roles } }")).toBe(1);
    expect(points(`{ ${roots(7)} }`)).toBe(7);
    const pages = `{ ${page("100", "id status revision proposal { title payload }")} }`;
    expect(points(pages)).toBeGreaterThan(10);
    const long = `{ viewer { roles } ticket(id: "${"x".repeat(30_000)}") { id } }`;
    expect([points(long), points(long)]).toEqual([76, 2]);
    expect(points(`{ ${"nonsense ".repeat(1_000)} }`)).toBe(101);
  });

  it("is described limit by limit in docs/protocol.md", () => {
    const docs = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
    const described = Object.fromEntries(
      [...docs.matchAll(/^\| `(\w+)` +\| ([\d,]+) +\|/gm)].map(([, name, value]) => [
        name,
        Number(value?.replaceAll(",", "")),
      ]),
    );
    expect(described).toEqual(GUARD_LIMITS);
  });
});

describe("the work of refusing or accepting any document", () => {
  const hostile: readonly (readonly [what: string, query: string])[] = [
    [
      "fields that are compared with one another on three levels",
      `{ ticket(id: "x") { ${times(5, () => `decision { ${times(5, () => `ticket { ${"id ".repeat(5)} }`)} }`)} } }`,
    ],
    [
      "fields of one name on many levels",
      `{ ${times(5, () => `ticket(id: "x") { ${times(5, () => "decision { status ticket { id } }")} }`)} }`,
    ],
    [
      "fragments that are compared with one another",
      `{ ticket(id: "x") { ${times(50, (at) => `...F${at}`)} } } ${times(50, (at) => `fragment F${at} on ReviewTicket { ${times(2, (k) => `...F${(at * 7 + k + 1) % 50} id`)} id }`)}`,
    ],
    [
      "5,000 tokens of one list",
      `{ tickets(filter: { status: [${"PENDING ".repeat(4_900)}] }) { totalCount } }`,
    ],
    ["arguments that nobody knows", `{ ticket(${times(1_600, (at) => `a${at}: 1`)}) { id } }`],
    ["one argument, over and over", `{ ticket(${"id: 1 ".repeat(1_600)}) { id } }`],
    ["variables that nobody uses", `query(${times(1_200, (at) => `$v${at}: Int`)}) { viewer { roles } }`],
    ["definitions that cannot be run", `{ viewer { roles } } ${times(2_000, (at) => `scalar A${at}`)}`],
    ["nothing but comments", `${"#\n".repeat(49_000)}{ viewer { roles } }`],
    ["a block of short lines", `{ ticket(id: """${"x\n".repeat(49_000)}""") { id } }`],
    ["a mebibyte of blanks", " ".repeat(1_048_576)],
  ];
  it.each(hostile)("stays small for %s", (_what, query) => {
    const spent = [1, 2, 3, 4, 5].map((round) => {
      const before = process.cpuUsage();
      // Another text each time, so that nothing is remembered.
      prepareOperation(schema, { query: `${query} #${round}` });
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    });
    // Of several, since whatever else this process does in the meantime counts too.
    expect(Math.min(...spent)).toBeLessThan(50);
  });
});

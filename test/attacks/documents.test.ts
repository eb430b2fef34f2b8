import { afterAll, beforeAll, describe, it } from "vitest";
import { expectAlive, startTarget, type Target } from "../support/attack.js";
import { type OperationAttack, observeOperation, TRANSPORTS } from "../support/attack-operations.js";
import { databases } from "../support/databases.js";

const MANY = 40_000;
const times = (count: number, part: (index: number) => string, between = " "): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(between);
const nested = (open: string, close: string, inner = ""): string =>
  `${open.repeat(MANY)}${inner}${close.repeat(MANY)}`;

const tooComplex = (name: string, query: string, limit?: string): OperationAttack => ({
  name,
  query,
  code: "QUERY_TOO_COMPLEX",
  ...(limit === undefined ? {} : { details: { limit } }),
});
const invalid = (name: string, query: string, secretNames?: RegExp): OperationAttack => ({
  name,
  query,
  code: "GRAPHQL_VALIDATION_FAILED",
  ...(secretNames === undefined ? {} : { secretNames }),
});
const wrong = (name: string, query: string, secretNames?: RegExp): OperationAttack => ({
  ...invalid(name, query, secretNames),
  code: "BAD_USER_INPUT",
});
const unreadable = (name: string, query: string): OperationAttack => ({
  name,
  query,
  code: "GRAPHQL_PARSE_FAILED",
});

const decide = (id: string): string =>
  `decideTicket(input: { ticketId: "${id}", revision: 1, status: APPROVED }) { ticket { id } }`;
const inbox = "tickets(first: 100) { edges { node { id } } }";

const bombs: readonly OperationAttack[] = [
  tooComplex("40,000 selections within one another", nested("{a", "}"), "characters"),
  tooComplex("40,000 lists within one another", `{ ticket(id: ${nested("[", "]")}) { id } }`, "nesting"),
  tooComplex(
    "40,000 objects within one another",
    `{ tickets(filter: ${nested("{a:", "}", "1")}) { totalCount } }`,
    "characters",
  ),
  tooComplex("40,000 brackets that are never closed", "{".repeat(MANY), "nesting"),
  tooComplex(
    "40,000 brackets that close nothing, after a text that hides some",
    `{ a(b: "${"{".repeat(MANY)}") ${"{ a".repeat(200)}`,
    "nesting",
  ),
  tooComplex("a type of 40,000 lists", `query ($a: ${nested("[", "]", "Int")}) { __typename }`, "nesting"),
  tooComplex("61 aliases of one expensive field", `{ ${times(61, (at) => `a${at}: viewer { roles }`)} }`),
  tooComplex("aliases below the root", `{ viewer { ${times(61, (at) => `a${at}: roles`)} } }`, "aliases"),
  tooComplex(
    "aliases hidden in a fragment that is spread twice",
    `{ viewer { ...F ...F } } fragment F on Viewer { ${times(31, (at) => `a${at}: roles`)} }`,
    "aliases",
  ),
  tooComplex(
    "twenty pages of a hundred tickets each",
    `{ ${times(20, (at) => `a${at}: tickets(first: 100) { edges { node { id proposal { payload } } } }`)} }`,
    "cost",
  ),
  tooComplex(
    "a page whose length a variable hides",
    "query ($n: Int = 100) { tickets(first: $n) { edges { node { auditTrail(first: $n) { edges { cursor } } } } } }",
    "cost",
  ),
  tooComplex("a field a thousand times over", `{ viewer { ${"roles ".repeat(1_000)} } }`, "fields"),
  tooComplex("a field six times side by side", `{ viewer { ${"roles ".repeat(6)} } }`, "duplicates"),
  tooComplex(
    "five thousand directives at one field",
    `{ viewer { roles ${"@include(if: true) ".repeat(1_200)} } }`,
  ),
  tooComplex("directives that nobody knows", `{ viewer { roles ${"@x ".repeat(60)} } }`, "directives"),
  tooComplex(
    "five directives at one place",
    `{ viewer { roles ${"@skip(if: false) ".repeat(5)} } }`,
    "directivesInPlace",
  ),
  tooComplex(
    "a hundred fragments that nobody spreads",
    `{ __typename } ${times(100, (at) => `fragment F${at} on Viewer { roles }`)}`,
    "fragments",
  ),
  tooComplex(
    "fragments that double at each of 30 levels",
    `{ viewer { ...F0 } } ${times(30, (at) => `fragment F${at} on Viewer { ...F${at + 1} ...F${at + 1} }`)} fragment F30 on Viewer { a: roles }`,
  ),
  tooComplex(
    "three hundred spreads of one fragment",
    `{ viewer { ${"...F ".repeat(300)} } } fragment F on Viewer { roles }`,
    "spreads",
  ),
  tooComplex(
    "eleven operations, of which one is meant",
    times(11, (at) => `query Q${at} { __typename }`),
    "operations",
  ),
  tooComplex(
    "two thousand variables",
    `query (${times(2_000, (at) => `$v${at}: Int`)}) { __typename }`,
    "tokens",
  ),
  tooComplex(
    "a list of ten thousand values",
    `{ tickets(filter: { status: [${"PENDING ".repeat(10_000)}] }) { totalCount } }`,
    "tokens",
  ),
  tooComplex(
    "blanks, commas and comments without end",
    `{ __typename } ${" ,#\n".repeat(30_000)}`,
    "characters",
  ),
  tooComplex("a text of 100,000 characters", `{ ticket(id: "${"x".repeat(100_000)}") { id } }`, "characters"),
  tooComplex(
    "two decisions in one mutation",
    `mutation { a: ${decide("a")} b: ${decide("b")} }`,
    "decisions",
  ),
  tooComplex(
    "a second decision in a fragment",
    `mutation { a: ${decide("a")} ...F } fragment F on Mutation { b: ${decide("b")} }`,
    "decisions",
  ),
  tooComplex(
    "a second decision that only a variable includes",
    `mutation ($y: Boolean = true) { a: ${decide("a")} ... @include(if: $y) { b: ${decide("b")} } }`,
    "decisions",
  ),
  tooComplex(
    "six root fields of a mutation",
    `mutation { ${times(6, (at) => `a${at}: releaseTicket(input: { ticketId: "a" }) { ticket { id } }`)} }`,
    "mutationFields",
  ),
  tooComplex("21 root fields", `{ ${times(21, (at) => `a${at}: __typename`)} }`, "rootFields"),
  invalid(
    "questions about the schema, deep",
    `{ __schema { types { ${"fields { type { ".repeat(10)} name ${"} } ".repeat(10)} } } }`,
  ),
  tooComplex(
    "types within types within types",
    `{ __type(name: "Query") { ${"ofType { ".repeat(25)} name ${"} ".repeat(25)} } }`,
    "introspectionDepth",
  ),
  tooComplex(
    "the whole schema twenty times",
    `{ ${times(20, (at) => `a${at}: __schema { types { name fields { name type { name ofType { name } } args { name type { name } } } inputFields { name type { name } } enumValues { name } possibleTypes { name } } }`)} }`,
    "introspection",
  ),
];

const probes: readonly OperationAttack[] = [
  {
    name: "inline fragments as deep as brackets may nest, which cost nothing",
    query: `{ viewer { ${"... { ".repeat(98)} roles ${"} ".repeat(98)} } }`,
    code: undefined,
  },
  invalid("a fragment that spreads itself", "{ viewer { ...F } } fragment F on Viewer { roles ...F }"),
  invalid(
    "fragments that spread one another",
    "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...C } fragment C on Viewer { ...A }",
  ),
  invalid("a field that is nearly one", "{ vieer { roles } }", /viewer\b/),
  invalid("an argument that is nearly one", "{ tickets(filtr: 1) { totalCount } }", /filter\b/),
  wrong(
    "a value that is nearly one",
    "{ tickets(filter: { status: [PENDIN] }) { totalCount } }",
    /PENDING\b/,
  ),
  invalid("a type that is nearly one", "{ ... on Quer { __typename } }", /Query\b/),
  invalid("a directive that is nearly one", "{ viewer @includ(if: true) { roles } }", /@include\b/),
  wrong(
    "an input's field that is nearly one",
    'mutation { submitReview(input: { title: "x", detial: "y" }) { ticket { id } } }',
    /\bdetail\b|approvalsRequired/,
  ),
  invalid("a field of every object (__proto__)", "{ __proto__ { __typename } }"),
  invalid("a field of every object (constructor)", "{ constructor { name } hasOwnProperty }"),
  wrong("a value of every object (toString)", "{ tickets(filter: { status: [toString] }) { totalCount } }"),
  wrong("an integer of more than 32 bits", "{ tickets(first: 99999999999) { totalCount } }"),
  wrong("an integer that is a float", "{ tickets(first: 1e1) { totalCount } }"),
  invalid(
    "a subscription of two fields",
    "subscription { ticketDecided { status } ticketChanged { ticket { id } } }",
  ),
  invalid("results in parts (@defer, @stream)", "{ ... @defer { viewer { roles } } }"),
  invalid("an answer that would be two things", "{ viewer { a: roles a: __typename } }"),
  unreadable("a schema of one's own", "extend type Query { x: Int } { x }".replace("{ x }", "{")),
  invalid("a schema of one's own, well-formed", "type Query { x: Int } { __typename }"),
  unreadable("a lone surrogate, escaped", '{ ticket(id: "\\uD800") { id } }'),
  unreadable("a character beyond Unicode", '{ ticket(id: "\\u{110000}") { id } }'),
  unreadable("NUL", "{ viewer\0 { roles } }"),
  unreadable("letters that only look Latin", "{ viеwer { roles } }"),
  unreadable("markup", "<script>alert(1)</script>"),
  unreadable("a template", "{{7*7}}<%= 7*7 %>"),
  unreadable("nothing but comments", "#\n".repeat(1_000)),
  {
    name: "an operation's name that every object has",
    query: "query A { __typename } query B { __typename }",
    operationName: "__proto__",
    code: "OPERATION_RESOLUTION_FAILURE",
  },
  {
    name: "two operations without a name",
    query: "{ __typename } { viewer { roles } }",
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  { name: "an id that is SQL", query: `{ ticket(id: "' OR '1'='1' -- ") { id } }`, code: "NOT_FOUND" },
  { name: "a negative page", query: "{ tickets(first: -1) { totalCount } }", code: "BAD_USER_INPUT" },
  {
    name: "a page beyond the cap, which is capped",
    query: `{ ${inbox.replace("100", "2147483647")} }`,
    code: undefined,
  },
  {
    name: "what holds, so that refusing everything would fail here",
    query: `{ ${inbox} viewer { roles } }`,
    code: undefined,
  },
];

describe.each(databases)("documents, on $name", (kind) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(kind, { RATE_PRINCIPAL: "0", RATE_ADDRESS: "0" });
  });
  afterAll(() => target?.server.close());

  describe.each(TRANSPORTS)("over %s:", (transport) => {
    it.each([...bombs, ...probes])("$name", async (attack) => {
      await observeOperation(target, transport, attack);
      await expectAlive(target);
    });
  });
});

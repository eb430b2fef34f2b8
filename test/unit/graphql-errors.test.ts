import { buildSchema, execute, GraphQLError, type GraphQLFormattedError, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { DomainError, ERROR_CODES } from "../../src/domain/domain-error.js";
import { ERROR_TABLE } from "../../src/domain/error-table.js";
import { type ErrorLog, presentError } from "../../src/graphql/errors.js";
import { type OperationPayload, prepareOperation } from "../../src/graphql/operation.js";
import { buildApiSchema } from "../../src/graphql/schema.js";

const schema = buildApiSchema();

interface Line {
  readonly level: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
function keeping(): { readonly log: ErrorLog; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (details: object) => {
    lines.push({ level, details: details as Line["details"] });
  };
  return { lines, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

const present = (error: GraphQLError, log = keeping().log): GraphQLFormattedError =>
  presentError(error, "request-1", log);

/** What a client is shown when a resolver throws that. */
async function thrown(cause: unknown, log = keeping().log): Promise<GraphQLFormattedError> {
  const result = await execute({
    schema: buildSchema("type Query { field: String }"),
    document: parse("{ alias: field }"),
    rootValue: {
      field: () => {
        throw cause;
      },
    },
  });
  return present(result.errors![0]!, log);
}

/** What a client is shown when it sends that, which is wrong. */
async function sent(payload: OperationPayload): Promise<GraphQLFormattedError> {
  const prepared = prepareOperation(schema, payload);
  if (!("document" in prepared)) return present(prepared.errors[0]!);
  const result = await execute({ schema, ...prepared, contextValue: { actor: null } });
  return present(result.errors![0]!);
}

describe("a refusal", () => {
  it("is shown with its code, its details, where it happened, and the request id", async () => {
    const shown = await thrown(new DomainError("STALE_REVISION", "Look again.", { currentRevision: 3 }));
    expect(shown).toEqual({
      message: "Look again.",
      locations: [{ line: 1, column: 3 }],
      path: ["alias"],
      extensions: { code: "STALE_REVISION", currentRevision: 3, requestId: "request-1" },
    });
  });

  it("cannot have its code or request id overwritten by its details", async () => {
    const shown = await thrown(new DomainError("NOT_FOUND", "No.", { code: "OK", requestId: "forged" }));
    expect(shown.extensions).toEqual({ code: "NOT_FOUND", requestId: "request-1" });
  });

  it("is found however often it was wrapped", () => {
    const inner = new GraphQLError("inner", { originalError: new DomainError("FORBIDDEN", "Not you.") });
    const shown = present(
      new GraphQLError("outer", { originalError: inner, extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }),
    );
    expect(shown).toMatchObject({ message: "Not you.", extensions: { code: "FORBIDDEN" } });
  });

  it.each(ERROR_CODES)("with %s is logged at its level in the error table", async (code) => {
    const { log, lines } = keeping();
    await thrown(new DomainError(code, "x"), log);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: ERROR_TABLE[code].logLevel,
      details: { code, requestId: "request-1" },
    });
  });

  it("does not take its details into the log", async () => {
    const { log, lines } = keeping();
    await thrown(new DomainError("ALREADY_DECIDED", "x", { decision: { comments: "between us" } }), log);
    expect(JSON.stringify(lines)).not.toContain("between us");
  });
});

describe("an internal error", () => {
  it("is masked, and logged with its cause under the request id", async () => {
    const { log, lines } = keeping();
    const cause = new Error("connect to 10.0.0.7 as root failed");
    const shown = await thrown(cause, log);
    expect(shown).toMatchObject({
      message: "Internal error",
      extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "request-1" },
    });
    expect(JSON.stringify(shown)).not.toMatch(/10\.0\.0\.7|stack/);
    expect(lines).toEqual([
      {
        level: "error",
        details: { code: "INTERNAL_SERVER_ERROR", requestId: "request-1", path: "alias", err: cause },
      },
    ]);
  });

  it.each([
    ["a text", "secret"],
    ["nothing", undefined],
    ["an error that talks like graphql", new Error('Argument "x" has invalid value secret')],
    ["an error that talks like the parser", new Error("Syntax Error: secret")],
    [
      "an error with a code",
      Object.assign(new Error("secret"), { code: "NOT_FOUND", extensions: { code: "NOT_FOUND" } }),
    ],
  ])("is masked where %s was thrown", async (_what, cause) => {
    const shown = await thrown(cause);
    expect(shown).toMatchObject({ message: "Internal error", extensions: { code: "INTERNAL_SERVER_ERROR" } });
    expect(JSON.stringify(shown)).not.toContain("secret");
  });

  it("is what a null is where the schema promises none", async () => {
    const result = await execute({
      schema: buildSchema("type Query { field: String! }"),
      document: parse("{ field }"),
      rootValue: { field: null },
    });
    expect(present(result.errors![0]!).extensions).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
  });
});

describe("a bad request", () => {
  const SUBMIT = "mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ledgerCursor } }";
  const DECIDE = "mutation ($in: DecideTicketInput!) { decideTicket(input: $in) { ticket { id } } }";
  const LIST =
    "query ($filter: TicketFilter, $first: Int) { tickets(filter: $filter, first: $first) { totalCount } }";

  const inputs: readonly (readonly [what: string, payload: OperationPayload, field: string])[] = [
    ["a variable of the wrong type", { query: LIST, variables: { first: "many" } }, "first"],
    ["a variable that is missing", { query: SUBMIT }, "input"],
    ["a variable that is null", { query: SUBMIT, variables: { input: null } }, "input"],
    ["a field of the wrong type", { query: SUBMIT, variables: { input: { title: 1 } } }, "title"],
    ["a field that is missing", { query: SUBMIT, variables: { input: {} } }, "title"],
    [
      "a field that does not exist",
      { query: SUBMIT, variables: { input: { title: "x", queu: "y" } } },
      "queu",
    ],
    [
      "an enum value that does not exist",
      { query: SUBMIT, variables: { input: { title: "x", priority: "HIGHEST" } } },
      "priority",
    ],
    [
      "a time without a zone",
      { query: SUBMIT, variables: { input: { title: "x", dueAt: "2026-01-01T00:00:00" } } },
      "dueAt",
    ],
    [
      "a payload that is a list",
      { query: SUBMIT, variables: { input: { title: "x", payload: [1] } } },
      "payload",
    ],
    [
      "a field inside another one",
      {
        query: DECIDE,
        variables: { in: { ticketId: "x", revision: 1, status: "APPROVED", amendment: { title: null } } },
      },
      "amendment.title",
    ],
    [
      "a field that is missing inside another one",
      { query: DECIDE, variables: { in: { ticketId: "x", revision: 1, status: "APPROVED", amendment: {} } } },
      "amendment.title",
    ],
    [
      "an entry of a list",
      { query: LIST, variables: { filter: { status: ["PENDING", "LOST"] } } },
      "status[1]",
    ],
    ["an integer that is too large", { query: LIST, variables: { first: 2 ** 31 } }, "first"],
    [
      "a value that tries to name another field",
      { query: SUBMIT, variables: { input: { title: { 'x at "input.forged"; ': 1 } } } },
      "title",
    ],
    ["a wrong value in the document", { query: '{ tickets(first: "many") { totalCount } }' }, "first"],
    [
      "a wrong value inside an object in the document",
      { query: "{ tickets(filter: { queue: [7] }) { totalCount } }" },
      "queue",
    ],
    [
      "a field that does not exist in the document",
      { query: '{ tickets(filter: { queu: "x" }) { totalCount } }' },
      "queu",
    ],
    [
      "a field that is missing in the document",
      { query: "mutation { submitReview(input: {}) { ledgerCursor } }" },
      "title",
    ],
    [
      "a number in a payload that JSON cannot hold",
      {
        query:
          'mutation { submitReview(input: { title: "x", payload: { n: 9007199254740993 } }) { ledgerCursor } }',
      },
      "payload",
    ],
  ];

  it("with a value that only the variables make wrong is BAD_USER_INPUT and names the argument", async () => {
    const query =
      'mutation ($at: DateTime) { submitReview(input: { title: "x", payload: { at: $at } }) { ledgerCursor } }';
    const prepared = prepareOperation(schema, { query, variables: { at: "2030-01-01T00:00:00Z" } });
    if (!("document" in prepared)) throw new Error("the document is valid");
    const result = await execute({ schema, ...prepared, contextValue: { actor: null } });
    expect(present(result.errors![0]!).extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input" });
  });

  it.each(inputs)("with %s is BAD_USER_INPUT and names the field", async (_what, payload, field) => {
    expect((await sent(payload)).extensions).toEqual({
      code: "BAD_USER_INPUT",
      field,
      requestId: "request-1",
    });
  });

  const documents: readonly (readonly [what: string, query: string, code: string])[] = [
    ["a document that cannot be parsed", "{ viewer", "GRAPHQL_PARSE_FAILED"],
    ["a document that does not fit the schema", "{ tikets { totalCount } }", "GRAPHQL_VALIDATION_FAILED"],
    ["a document without a required argument", "{ decision { status } }", "GRAPHQL_VALIDATION_FAILED"],
    ["a variable that is never used", "query ($x: Int) { viewer { roles } }", "GRAPHQL_VALIDATION_FAILED"],
    [
      "a variable in a place of another type",
      "query ($x: Int) { ticket(id: $x) { id } }",
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "a variable of an unknown type",
      "query ($x: No) { ticket(id: $x) { id } }",
      "GRAPHQL_VALIDATION_FAILED",
    ],
    ["a document of too many tokens", `{ ${"a ".repeat(6_000)} }`, "QUERY_TOO_COMPLEX"],
    [
      "an operation beyond the guard's limits",
      `{ ${Array.from({ length: 30 }, (_, at) => `a${at}: viewer { roles }`).join(" ")} }`,
      "QUERY_TOO_COMPLEX",
    ],
  ];

  it.each(documents)("with %s says so in its code", async (_what, query, code) => {
    expect((await sent({ query })).extensions).toMatchObject({ code, requestId: "request-1" });
  });

  it("is classified the same where graphql itself found it, without a code", () => {
    const found: readonly (readonly [GraphQLError, string])[] = [
      [new GraphQLError("Syntax Error: Unexpected <EOF>."), "GRAPHQL_PARSE_FAILED"],
      [new GraphQLError('Cannot query field "x" on type "Query".'), "GRAPHQL_VALIDATION_FAILED"],
      [new GraphQLError('Unknown operation named "B".'), "OPERATION_RESOLUTION_FAILURE"],
      [
        new GraphQLError("Must provide operation name if query contains multiple operations."),
        "OPERATION_RESOLUTION_FAILURE",
      ],
    ];
    for (const [error, code] of found) expect(present(error).extensions).toMatchObject({ code });
  });

  it("is not told what else there is", async () => {
    for (const payload of [
      { query: "{ tiket { id } }" },
      { query: "{ tickets { totalCoun } }" },
      { query: SUBMIT, variables: { input: { title: "x", queu: "y" } } },
      { query: SUBMIT, variables: { input: { title: "x", priority: "HIG" } } },
      { query: "{ tickets(orderBy: NEWES) { totalCount } }" },
    ]) {
      expect((await sent(payload)).message).not.toMatch(/did you mean/i);
    }
  });

  it("gets an answer of bounded length, however long what it sent was", async () => {
    const shown = await sent({ query: LIST, variables: { first: "9".repeat(500_000) } });
    expect(shown.message.length).toBeLessThan(1_100);
    const payload = { text: "x".repeat(5_000), list: [] };
    const other = await sent({ query: SUBMIT, variables: { input: { title: "x", priority: payload } } });
    expect(other.message).toMatch(/^Variable "\$input" got invalid value .* … .*$/);
    expect(shown.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "first" });
  });
});

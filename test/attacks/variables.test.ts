import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAlive, startTarget, type Target } from "../support/attack.js";
import { type OperationAttack, observeOperation, TRANSPORTS } from "../support/attack-operations.js";
import { databases } from "../support/databases.js";

const SUBMIT = "mutation ($i: SubmitReviewInput!) { submitReview(input: $i) { ticket { id status } } }";
const FILTER = "query ($f: TicketFilter) { tickets(filter: $f) { totalCount } }";
const FIRST = "query ($n: Int!) { tickets(first: $n) { totalCount } }";
const TICKET = "query ($id: ID!) { ticket(id: $id) { id } }";
const AFTER = "query ($a: String!) { tickets(after: $a) { totalCount } }";
const TRAIL = "query ($a: String!) { auditTrail(after: $a) { edges { cursor } } }";
const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

const wrong = (name: string, query: string, variables: string): OperationAttack => ({
  name,
  query,
  variables,
  code: "BAD_USER_INPUT",
});
const harmless = (name: string, query: string, variables: string): OperationAttack => ({
  name,
  query,
  variables,
  code: undefined,
});
const unknown = (name: string, id: string): OperationAttack => ({
  name,
  query: TICKET,
  variables: `{"id": ${id}}`,
  code: "NOT_FOUND",
});
/** Over HTTP the body as a whole is refused for it; where it gets further, there is no such field. */
const poisoned = (name: string, query: string, variables: string): OperationAttack => ({
  name,
  query,
  variables,
  code: { HTTP: "BAD_REQUEST", "event stream": "BAD_REQUEST", WebSocket: "BAD_USER_INPUT" },
});
const submission = (fields: string): string => `{"i": {"title": "t", ${fields}}}`;

const attacks: readonly OperationAttack[] = [
  poisoned("a filter with a prototype", FILTER, '{"f": {"__proto__": {"status": ["PENDING"]}}}'),
  poisoned("a submission with a prototype", SUBMIT, submission('"__proto__": {"approvalsRequired": 0}')),
  {
    // To a parser that does not know of it, that member is one like any other: data, which the reviewer sees.
    ...poisoned(
      "a payload with a prototype",
      SUBMIT,
      submission('"payload": {"__proto__": {"polluted": true}}'),
    ),
    code: { HTTP: "BAD_REQUEST", "event stream": "BAD_REQUEST", WebSocket: undefined },
  },
  wrong("a filter with a constructor", FILTER, '{"f": {"constructor": 1}}'),
  wrong("an enum that every object has", FILTER, '{"f": {"status": ["toString"]}}'),
  wrong("an enum that is an object", FILTER, '{"f": {"status": [{"toString": "PENDING"}]}}'),
  wrong("an integer beyond 32 bits", FIRST, '{"n": 2147483648}'),
  wrong("an integer that is infinite", FIRST, '{"n": 1e400}'),
  wrong("an integer that is a fraction", FIRST, '{"n": 1.5}'),
  wrong("an integer that is a text", FIRST, '{"n": "1"}'),
  wrong("an integer that is a list", FIRST, '{"n": [1]}'),
  wrong("an integer that is true", FIRST, '{"n": true}'),
  wrong("null where there must be something", FIRST, '{"n": null}'),
  wrong("nothing where there must be something", FIRST, "{}"),
  wrong("a page of nothing", FIRST, '{"n": -2147483648}'),
  wrong("a text that is an object", SUBMIT, '{"i": {"title": {"$gt": ""}}}'),
  wrong("a text that is a list", SUBMIT, '{"i": {"title": ["a", "b"]}}'),
  wrong("an empty title", SUBMIT, '{"i": {"title": ""}}'),
  wrong("a title of 300,000 characters", SUBMIT, `{"i": {"title": "${"x".repeat(300_000)}"}}`),
  wrong("a title with half of a character", SUBMIT, '{"i": {"title": "\\ud800"}}'),
  wrong("a payload with half of a character", SUBMIT, submission('"payload": {"a": "\\udc00"}')),
  wrong("a payload that is a list", SUBMIT, submission('"payload": [1]')),
  wrong("a payload that is infinite", SUBMIT, submission('"payload": {"a": 1e400}')),
  wrong("a payload of 100 levels", SUBMIT, submission(`"payload": {"a": ${deep(100)}}`)),
  wrong("no approvals", SUBMIT, submission('"approvalsRequired": 0')),
  wrong("a million approvals", SUBMIT, submission('"approvalsRequired": 1000000')),
  wrong("a queue that is a path", SUBMIT, submission('"queue": "../../root"')),
  wrong("a queue that is SQL", SUBMIT, submission(`"queue": "default'; DROP TABLE ticket; --"`)),
  wrong("an expiry in the year 275760", SUBMIT, submission('"expiresAt": "+275760-09-13T00:00:00Z"')),
  wrong("an expiry that is no time", SUBMIT, submission('"expiresAt": "2026-13-45T99:99:99Z"')),
  wrong("an expiry that is a number", SUBMIT, submission('"expiresAt": 1e308')),
  wrong(
    "an idempotency key of 10,000 characters",
    SUBMIT,
    submission(`"idempotencyKey": "${"k".repeat(10_000)}"`),
  ),
  wrong(
    "who submitted, as an input",
    SUBMIT,
    submission('"submittedBy": "principal_01h455vb4pex5vsknk084sn02q"'),
  ),
  wrong("a cursor that is none", AFTER, '{"a": "\\u0000"}'),
  wrong(
    "a cursor that decodes to SQL",
    AFTER,
    `{"a": "${Buffer.from("1' OR '1'='1").toString("base64url")}"}`,
  ),
  wrong(
    "a cursor that decodes to JSON",
    AFTER,
    `{"a": "${Buffer.from('{"__proto__":1}').toString("base64url")}"}`,
  ),
  {
    ...wrong(
      "a cursor of the ledger that nobody was given",
      TRAIL,
      `{"a": "${Buffer.from("999999999:0000").toString("base64url")}"}`,
    ),
    code: "CURSOR_INVALID",
  },
  {
    name: "1,000 levels of variables",
    query: "{ __typename }",
    variables: `{"a": ${deep(1_000)}}`,
    code: "QUERY_TOO_COMPLEX",
    details: { limit: "variablesDepth" },
  },
  {
    name: "40,000 levels of a payload",
    query: SUBMIT,
    variables: submission(`"payload": {"a": ${deep(40_000)}}`),
    code: "QUERY_TOO_COMPLEX",
    details: { limit: "variablesDepth" },
  },
  unknown("an id that is SQL", `"' UNION SELECT 1 --"`),
  unknown("an id that is a path", '"../../../root"'),
  unknown("an id of 300,000 characters", `"${"t".repeat(300_000)}"`),
  unknown("an id with NUL", '"ticket_\\u0000"'),
  unknown("an id that is a number", "1"),
  harmless("a search for everything that SQL's LIKE would take", FILTER, '{"f": {"search": "%_\\\\%"}}'),
  harmless("a search that is SQL", FILTER, `{"f": {"search": "') OR 1=1 --"}}`),
  harmless(
    "variables that nobody asked for",
    FIRST,
    `{"n": 1, ${Array.from({ length: 5_000 }, (_, at) => `"v${at}": 1`)}}`,
  ),
  harmless("a variable twice: the last one counts", FIRST, '{"n": "x", "n": 1}'),
  harmless(
    "a title of markup and control characters",
    SUBMIT,
    '{"i": {"title": "<script>\\u202e\\u001b[2J\\r\\n</script>"}}',
  ),
];

describe.each(databases)("variables, on $name", (kind) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(kind, { RATE_PRINCIPAL: "0", RATE_ADDRESS: "0" });
  });
  afterAll(() => target?.server.close());

  describe.each(TRANSPORTS)("over %s:", (transport) => {
    it.each(attacks)("$name", async (attack) => {
      await observeOperation(target, transport, attack);
      await expectAlive(target);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });
  });

  it("leave nothing behind but what was accepted", async () => {
    const { database } = target.server.running.services;
    const rows = await database.read.query<{ title: string; payload: string | null; count: number }>(
      "SELECT title, payload, COUNT(*) AS count FROM proposal GROUP BY title, payload ORDER BY title",
      [],
    );
    const found = rows.map(({ title, payload, count }) => [title, payload, Number(count)]);
    expect(found).toEqual([
      ["<script>\u202e\u001b[2J\r\n</script>", null, 3],
      ["t", '{"__proto__":{"polluted":true}}', 1],
    ]);
  });
});

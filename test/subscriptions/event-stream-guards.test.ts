import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const DECIDED = "subscription($ticketId: ID) { ticketDecided(ticketId: $ticketId) { ticketId status } }";
const deep = `${"[".repeat(40_000)}${"]".repeat(40_000)}`;

describe("event streams", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterAll(() => server.close());
  const send = (init: RequestInit & { headers?: Record<string, string> }, query = "") =>
    fetch(`${server.url}/graphql/stream${query}`, {
      ...init,
      headers: { accept: "text/event-stream", "content-type": "application/json", ...init.headers },
    });
  const mutation = encodeURIComponent('mutation { claimTicket(input: { ticketId: "x" }) { ticket { id } } }');

  const refused: readonly (readonly [what: string, answer: () => Promise<Response>, status: number])[] = [
    ["no query", () => send({ method: "POST", body: "{}" }), 400],
    ["a batch", () => send({ method: "POST", body: "[]" }), 400],
    ["a body that is no JSON", () => send({ method: "POST", body: "{" }), 400],
    ["a text", () => send({ method: "POST", body: "{", headers: { "content-type": "text/plain" } }), 415],
    ["a body of more than 1 MiB", () => send({ method: "POST", body: " ".repeat(1_048_577) }), 413],
    [
      "another media type",
      () => send({ method: "POST", body: "{}", headers: { accept: "application/json" } }),
      406,
    ],
    ["a mutation by GET", () => send({}, `?query=${mutation}`), 405],
    ["variables that are no JSON", () => send({}, "?query={__typename}&variables={"), 400],
    [
      "a reserved stream of the other mode",
      () => fetch(`${server.url}/graphql/stream`, { method: "PUT" }),
      405,
    ],
  ];
  it.each(refused)("refuse %s as JSON, before anything is streamed", async (_what, answering, status) => {
    const answer = await answering();
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: "BAD_REQUEST", requestId: answer.headers.get("x-request-id") } }],
    });
  });

  it.each([
    ["40,000 nested brackets", `{"query": "{ viewer(a: ${deep}) { roles } }"}`],
    ["variables of as many", `{"query": "{ viewer { roles } }", "variables": {"a": ${deep}}}`],
    [
      "a subscription that is long to keep",
      JSON.stringify({ query: DECIDED, variables: { ticketId: "x".repeat(20_000) } }),
    ],
  ])("refuse %s as any other transport does", async (_what, body) => {
    const answer = await send({ method: "POST", body });
    expect(await answer.text()).toContain('"code":"QUERY_TOO_COMPLEX"');
  });

  it("run an operation for who takes other things, too", async () => {
    const answer = await send({
      method: "POST",
      body: JSON.stringify({ query: "{ __typename }" }),
      headers: { accept: "application/json;q=0.5, text/event-stream" },
    });
    expect(await answer.text()).toContain('{"data":{"__typename":"Query"}}');
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("ratelimit-remaining")).toMatch(/^\d+$/);
  });
});

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { databaseKind } from "../support/databases.js";
import type { GqlError } from "../support/graphql-client.js";
import { sendRaw, upgradeRequest } from "../support/raw-connection.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const GRAPHQL_JSON = "application/graphql-response+json";
const POLICY = "default-src 'none'; frame-ancestors 'none'";

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly GqlError[];
}

describe("HTTP", () => {
  let server: TestServer;
  let bearer: { readonly authorization: string };
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    bearer = { authorization: `Bearer ${server.keys.agent}` };
  });
  afterAll(() => server.close());

  const post = (body: unknown, headers: Record<string, string> = {}, path = "/graphql") =>
    fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const get = (query: string, headers: Record<string, string> = {}, path = "/graphql") =>
    fetch(`${server.url}${path}?${query}`, { headers });
  /** The one error of an answer, which must be JSON and say of which request it is. */
  async function errorOf(answer: Response): Promise<GqlError> {
    expect(answer.headers.get("content-type")).toMatch(/^application\/(graphql-response\+)?json\b/);
    const { data, errors } = (await answer.json()) as Body;
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    const [error] = errors ?? [];
    expect(error?.extensions.requestId).toBe(answer.headers.get("x-request-id"));
    return error!;
  }

  describe("answers what is wrong with a document", () => {
    const deep = `${"[".repeat(40_000)}${"]".repeat(40_000)}`;
    const documents: readonly (readonly [what: string, payload: object, code: string])[] = [
      ["that does not parse", { query: "{" }, "GRAPHQL_PARSE_FAILED"],
      ["that does not fit the schema", { query: "{ nope }" }, "GRAPHQL_VALIDATION_FAILED"],
      [
        "that has no such operation",
        { query: "query A { viewer { roles } }", operationName: "B" },
        "OPERATION_RESOLUTION_FAILURE",
      ],
      ["that is too complex", { query: `{ viewer { ${"roles ".repeat(501)} } }` }, "QUERY_TOO_COMPLEX"],
      ["of 40,000 nested brackets", { query: `{ viewer(a: ${deep}) { roles } }` }, "QUERY_TOO_COMPLEX"],
      [
        "whose variables cannot be coerced",
        { query: "query ($n: Int!) { tickets(first: $n) { totalCount } }", variables: { n: "x" } },
        "BAD_USER_INPUT",
      ],
    ];
    it.each(documents)(
      "%s: with 400 in GraphQL's own media type, with 200 as JSON",
      async (_what, payload, code) => {
        for (const [accept, status] of [
          [GRAPHQL_JSON, 400],
          ["application/json", 200],
          ["*/*", 200],
        ] as const) {
          const answer = await post(payload, { ...bearer, accept });
          expect([accept, answer.status]).toEqual([accept, status]);
          expect(answer.headers.get("content-type")).toContain(
            accept === "*/*" ? "application/json" : accept,
          );
          expect((await errorOf(answer)).extensions.code).toBe(code);
        }
      },
    );

    it("whose variables nest 40,000 levels deep", async () => {
      const answer = await post(`{"query": "{ viewer { roles } }", "variables": {"a": ${deep}}}`, bearer);
      expect((await errorOf(answer)).extensions).toMatchObject({
        code: "QUERY_TOO_COMPLEX",
        limit: "variablesDepth",
      });
    });

    it("with extensions that nest 40,000 levels deep, which nobody reads", async () => {
      const answer = await post(`{"query": "{ __typename }", "extensions": {"a": ${deep}}}`, bearer);
      expect(await answer.json()).toEqual({ data: { __typename: "Query" } });
    });

    it("without naming what was not asked for", async () => {
      for (const query of [
        "{ vieer { roles } }",
        "{ viewer { role } }",
        "{ tickets(filtr: 1) { totalCount } }",
        "{ tickets(filter: { status: [PENDIN] }) { totalCount } }",
        "{ tickets(filter: { statu: 1 }) { totalCount } }",
        "{ ticket(id: 1) { ...F } } fragment F on ReviewTicke { id }",
      ]) {
        const text = await (await post({ query }, bearer)).text();
        expect(text).not.toMatch(/Did you mean|viewer\b|\broles|filter\b|PENDING|ReviewTicket\b/);
      }
      const variables = await post(
        {
          query: "query ($f: TicketFilter) { tickets(filter: $f) { totalCount } }",
          variables: { f: { statu: ["PENDIN"] } },
        },
        bearer,
      );
      expect(await variables.text()).not.toMatch(/Did you mean|PENDING|\bstatus\b/);
    });
  });

  describe("refuses with a status of its own, in either media type,", () => {
    const requests: readonly (readonly [
      what: string,
      send: (accept: string) => Promise<Response>,
      status: number,
      code: string,
    ])[] = [
      ["a batch", (accept) => post([{ query: "{ __typename }" }], { accept }), 400, "BAD_REQUEST"],
      ["an empty batch", (accept) => post([], { accept }), 400, "BAD_REQUEST"],
      ["a body without a query", (accept) => post({}, { accept }), 400, "BAD_REQUEST"],
      ["a body that is a text", (accept) => post('"{ __typename }"', { accept }), 400, "BAD_REQUEST"],
      ["a body that is null", (accept) => post("null", { accept }), 400, "BAD_REQUEST"],
      ["a body that is no JSON", (accept) => post("{", { accept }), 400, "BAD_REQUEST"],
      ["no body", (accept) => post("", { accept }), 400, "BAD_REQUEST"],
      [
        "a body that poisons prototypes",
        (accept) => post('{"__proto__": {"query": "{ __typename }"}}', { accept }),
        400,
        "BAD_REQUEST",
      ],
      [
        "a persisted query",
        (accept) => post({ extensions: { persistedQuery: { version: 1, sha256Hash: "a" } } }, { accept }),
        400,
        "BAD_REQUEST",
      ],
      [
        "extensions that are no object",
        (accept) => post({ query: "{ __typename }", extensions: "x" }, { accept }),
        400,
        "BAD_REQUEST",
      ],
      [
        "variables that are a list",
        (accept) => post({ query: "{ __typename }", variables: [] }, { accept }),
        400,
        "BAD_REQUEST",
      ],
      [
        "a text",
        (accept) => post("{ __typename }", { accept, "content-type": "text/plain" }),
        415,
        "BAD_REQUEST",
      ],
      [
        "a form",
        (accept) =>
          post("query={__typename}", { accept, "content-type": "application/x-www-form-urlencoded" }),
        415,
        "BAD_REQUEST",
      ],
      [
        "a body of more than 1 MiB",
        (accept) => post({ query: "{ __typename }", variables: { a: "x".repeat(1_048_576) } }, { accept }),
        413,
        "BAD_REQUEST",
      ],
      [
        "a credential that does not hold",
        (accept) => post({ query: "{ __typename }" }, { accept, authorization: "Bearer nonsense" }),
        401,
        "UNAUTHENTICATED",
      ],
      [
        "a subscription",
        (accept) => post({ query: "subscription { ticketDecided { status } }" }, { accept }),
        400,
        "BAD_REQUEST",
      ],
      [
        "a GET that a page of another origin could send",
        (accept) => get("query={__typename}", { accept }),
        400,
        "BAD_REQUEST",
      ],
      [
        "a GET with two queries",
        (accept) => get("query={__typename}&query={a}", { accept, "apollo-require-preflight": "1" }),
        400,
        "BAD_REQUEST",
      ],
      [
        "a GET whose variables are no JSON",
        (accept) => get("query={__typename}&variables={", { accept, "apollo-require-preflight": "1" }),
        400,
        "BAD_REQUEST",
      ],
      [
        "a mutation by GET",
        (accept) =>
          get(
            `query=${encodeURIComponent('mutation { claimTicket(input: { ticketId: "x" }) { ticket { id } } }')}`,
            { accept, "apollo-require-preflight": "1" },
          ),
        405,
        "BAD_REQUEST",
      ],
      [
        "a subscription by GET",
        (accept) =>
          get(`query=${encodeURIComponent("subscription { ticketDecided { status } }")}`, {
            accept,
            "apollo-require-preflight": "1",
          }),
        400,
        "BAD_REQUEST",
      ],
    ];
    it.each(requests)("%s", async (_what, send, status, code) => {
      for (const accept of ["application/json", GRAPHQL_JSON]) {
        const answer = await send(accept);
        expect([accept, answer.status]).toEqual([accept, status]);
        expect(answer.headers.get("content-type")).toContain(accept);
        expect((await errorOf(answer)).extensions.code).toBe(code);
      }
    });

    it("what it cannot answer in a media type that is asked for", async () => {
      const answer = await post({ query: "{ __typename }" }, { accept: "text/html" });
      expect(answer.status).toBe(406);
      await errorOf(answer);
    });
  });

  it("says where a subscription would be served, and starts none", async () => {
    const answer = await post({ query: "subscription { ticketDecided { status } }" }, bearer);
    expect((await errorOf(answer)).message).toMatch(/WebSocket.*\/graphql\/stream/);
    expect(server.running.services.push.size).toBe(0);
  });

  it("serves queries by GET with the header that keeps other origins out", async () => {
    const answer = await get("query={__typename}&variables={}", { "apollo-require-preflight": "1" });
    expect(await answer.json()).toEqual({ data: { __typename: "Query" } });
  });

  it.each([
    ["GET", "/nowhere", 404, null],
    ["POST", "/playground/nothing", 404, null],
    ["GET", "/%", 400, null],
    ["GET", "/graphql/../../etc/passwd", 404, null],
    ["PUT", "/graphql", 405, "GET, POST"],
    ["DELETE", "/graphql", 405, "GET, POST"],
    ["PATCH", "/graphql/stream", 405, "GET, POST"],
    ["POST", "/healthz", 405, "GET"],
    ["OPTIONS", "/nowhere", 404, null],
    ["GET", "/hitlist", 404, null],
  ])("answers %s %s with %i as JSON", async (method, path, status, allow) => {
    const answer = await fetch(`${server.url}${path}`, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("allow")).toBe(allow);
    const { message, extensions } = await errorOf(answer);
    expect(extensions.code).toBe("BAD_REQUEST");
    expect(message).not.toMatch(/FST_|passwd|nowhere/);
  });

  it.each([
    ["what is no HTTP", "nonsense\r\n\r\n", 400],
    ["a header that does not end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    [
      "two lengths",
      "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      400,
    ],
    [
      "a length and chunks",
      "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["an upgrade elsewhere", upgradeRequest("/nope"), 404],
    ["a handshake that is none", upgradeRequest("/graphql", { "Sec-WebSocket-Key": "short" }), 400],
    ["an upgrade from another origin", upgradeRequest("/graphql", { Origin: "https://evil.example" }), 403],
    ["an upgrade from nowhere", upgradeRequest("/graphql", { Origin: "null" }), 403],
    ["an upgrade from what is no origin", upgradeRequest("/graphql", { Origin: "'; --" }), 403],
  ])("answers %s as JSON", async (_what, text, status) => {
    const answer = await sendRaw(server.running.port, text);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "content-length": String(Buffer.byteLength(answer.body)),
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const { errors } = JSON.parse(answer.body) as Body;
    expect(errors?.[0]?.extensions).toMatchObject({
      code: status === 403 ? "FORBIDDEN" : "BAD_REQUEST",
      requestId: answer.headers["x-request-id"],
    });
  });

  it("takes an upgrade from its own pages, and from who has no origin", async () => {
    for (const origin of [undefined, server.url, server.url.replace("127.0.0.1", "localhost")]) {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
        ...(origin === undefined ? {} : { origin }),
      });
      await once(socket, "open");
      socket.terminate();
    }
  });

  it.each(["/graphql", "/healthz", "/nowhere", "/.well-known/jwks.json", "/auth/token"])(
    "tells browsers to do nothing with what %s answers",
    async (path) => {
      const { headers } = await fetch(`${server.url}${path}`);
      expect(headers.get("content-security-policy")).toBe("default-src 'none';frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("strict-transport-security")).toBeNull();
      expect(headers.get("x-powered-by")).toBeNull();
    },
  );

  it("lets no page frame the playground or run a script of its own there", async () => {
    const { headers } = await fetch(`${server.url}/playground`);
    expect(headers.get("content-security-policy")).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("does not take the word of just anybody for where a request comes from", async () => {
    const before = Number((await post({ query: "{ __typename }" })).headers.get("ratelimit-remaining"));
    const after = await post({ query: "{ __typename }" }, { "x-forwarded-for": "198.51.100.7" });
    expect(Number(after.headers.get("ratelimit-remaining"))).toBeLessThan(before);
  });
});

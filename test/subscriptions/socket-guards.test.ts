import { once } from "node:events";
import { connect as connectTo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { databaseKind } from "../support/databases.js";
import { LiveClient } from "../support/live-client.js";
import { sendRaw, upgradeRequest } from "../support/raw-connection.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const DECIDED = "subscription($ticketId: ID) { ticketDecided(ticketId: $ticketId) { ticketId status } }";
const VIEWER = "{ viewer { roles } }";
const nested = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
const deep = `${"[".repeat(40_000)}${"]".repeat(40_000)}`;

interface Refusal {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

const clients: LiveClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
async function kept(opening: Promise<LiveClient>): Promise<LiveClient> {
  const client = await opening;
  clients.push(client);
  return client;
}
/** The one error that an operation ended with. */
async function refusalOf(client: LiveClient, id: string): Promise<Refusal> {
  const { type, payload } = await client.ending(id);
  expect(type).toBe("error");
  return (payload as Refusal[])[0]!;
}

describe("sockets", () => {
  let server: TestServer;
  const { submit, decide } = reviewCalls(() => server);
  beforeAll(async () => {
    // What one test floods must not be counted against the address that the next one comes from.
    server = await startTestServer(databaseKind("sqlite"), { INTROSPECTION: "off", RATE_ADDRESS: "0" });
  });
  afterAll(() => server.close());
  const connect = (key = server.keys.agent) => kept(LiveClient.connect(server.url, key));

  it("that say nothing are closed with 4408 after three seconds", async () => {
    const began = performance.now();
    const client = await kept(LiveClient.open(server.url));
    expect((await client.whenClosed()).code).toBe(4408);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("may use an id again once its operation has come to its end", async () => {
    const client = await connect();
    for (let time = 1; time <= 3; time += 1) {
      client.send({ id: "again", type: "subscribe", payload: { query: VIEWER } });
      await until(() => client.messages.filter(({ type }) => type === "complete").length === time);
      client.send({ id: "wrong", type: "subscribe", payload: { query: "{ nothing }" } });
      await until(() => client.messages.filter(({ type }) => type === "error").length === time);
    }
    expect(client.delivered("again")).toHaveLength(3);
  });

  const refused: readonly (readonly [what: string, query: string, variables: object, code: string])[] = [
    ["a document of 40,000 nested brackets", `{ viewer(a: ${deep}) { roles } }`, {}, "QUERY_TOO_COMPLEX"],
    ["variables that nest without end", VIEWER, { a: nested(1_000) }, "QUERY_TOO_COMPLEX"],
    ["fields a thousand times over", `{ viewer { ${"roles ".repeat(1_000)} } }`, {}, "QUERY_TOO_COMPLEX"],
    [
      "two decisions in one mutation",
      `mutation { ${["a", "b"].map((name) => `${name}: decideTicket(input: { ticketId: "${name}", revision: 1, status: APPROVED }) { ticket { id } }`).join(" ")} }`,
      {},
      "QUERY_TOO_COMPLEX",
    ],
    ["a subscription that is long to keep", DECIDED, { ticketId: "x".repeat(20_000) }, "QUERY_TOO_COMPLEX"],
    ["a question about the schema", "{ __schema { queryType { name } } }", {}, "FORBIDDEN"],
    ["a field that does not exist", "{ vieer { roles } }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["an empty document", "", {}, "BAD_REQUEST"],
  ];
  it.each(refused)("refuse %s alone, and serve its siblings", async (_what, query, variables, code) => {
    const client = await connect();
    const ticketId = await submit("sibling");
    const sibling = client.subscribe(DECIDED, { ticketId });
    const refusal = await refusalOf(client, client.subscribe(query, variables));
    expect(refusal.extensions).toMatchObject({ code, requestId: expect.stringContaining("/") });
    expect(refusal.message).not.toMatch(/Did you mean|viewer\b/);
    await decide(ticketId);
    await client.deliveries(sibling, 1);
    expect(client.closed).toBeUndefined();
  });

  it.each([
    ["the payload of a ping", `{"type": "ping", "payload": {"a": ${deep}}}`, "pong"],
    [
      "variables",
      `{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": {"a": ${deep}}}}`,
      "error",
    ],
    [
      "extensions",
      `{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "extensions": {"a": ${deep}}}}`,
      "complete",
    ],
  ])("survive 40,000 nested brackets in %s", async (_what, message, answered) => {
    const client = await connect();
    client.socket.send(message);
    await until(() => client.messages.some(({ type }) => type === answered));
    expect(client.closed).toBeUndefined();
  });

  it("are closed with 4400 for a message of nothing but 40,000 nested brackets", async () => {
    const client = await connect();
    client.socket.send(deep);
    expect((await client.whenClosed()).code).toBe(4400);
  });

  it("are closed with 1009 for a message of more than 1 MiB, and of more than 16 KiB from strangers", async () => {
    const client = await connect();
    client.socket.send(" ".repeat(1_048_577));
    expect((await client.whenClosed()).code).toBe(1009);
    const stranger = await kept(LiveClient.open(server.url));
    stranger.send({ type: "connection_init", payload: { Authorization: `Bearer ${"x".repeat(17_000)}` } });
    expect((await stranger.whenClosed()).code).toBe(1009);
  });

  it("are closed with 1008 for a message of very many fragments", async () => {
    const client = await connect();
    for (let fragment = 0; fragment < 2_000; fragment += 1) client.socket.send(" ", { fin: false });
    expect((await client.whenClosed()).code).toBe(1008);
  });

  it.each([
    ["messages", (client: LiveClient) => client.send({ type: "ping" })],
    ["operations that are refused", (client: LiveClient) => client.subscribe("{")],
  ])("are closed with 1008 for a flood of %s", async (_what, send) => {
    const client = await connect();
    for (let times = 0; times < 3_000 && client.closed === undefined; times += 1) send(client);
    expect(await client.whenClosed()).toEqual({ code: 1008, reason: "Too many messages" });
  });

  it("are ended for a flood of pings of the protocol below, too", async () => {
    const client = await connect();
    for (let times = 0; times < 3_000; times += 1) client.socket.ping();
    // A peer that has much of its own to send may not get to read why (ws then says 1006).
    expect([1006, 1008]).toContain((await client.whenClosed()).code);
  });

  it("are served with as many messages as a client that resumes sends at once", async () => {
    const client = await connect();
    for (let times = 0; times < 900; times += 1) client.send({ type: "ping" });
    await until(() => client.messages.filter(({ type }) => type === "pong").length === 900);
    expect(client.closed).toBeUndefined();
  });

  it("keep nothing of the credential that they were opened with", async () => {
    const client = await connect();
    client.send({ type: "connection_init", payload: { Authorization: `Bearer ${server.keys.admin}` } });
    expect((await client.whenClosed()).code).toBe(4429);
  });

  it("do not take the credential from the upgrade's own header", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
      headers: { authorization: `Bearer ${server.keys.agent}` },
    });
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "connection_init" }));
    const [code] = await once(socket, "close");
    expect(code).toBe(4403);
  });
});

describe("sockets where few are allowed", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"), {
      SUBSCRIPTIONS_PER_SOCKET: "3",
      SOCKETS_PER_PRINCIPAL: "2",
      SOCKETS_PER_ADDRESS: "60",
      RATE_PRINCIPAL: "40",
      RATE_FAILURES: "5",
      TRUSTED_PROXIES: "127.0.0.1",
    });
  });
  afterAll(() => server.close());
  const stream = (key: string, address = "198.51.100.99") =>
    fetch(`${server.url}/graphql/stream`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        authorization: `Bearer ${key}`,
        "x-forwarded-for": address,
      },
      body: JSON.stringify({ query: DECIDED }),
    });

  it("refuse the operation that is one too many, and take another when one has ended", async () => {
    const client = await kept(LiveClient.connect(server.url, server.keys.agent));
    const [first] = [1, 2, 3].map(() => client.subscribe(DECIDED));
    await until(() => server.running.services.push.size === 3);
    const over = await refusalOf(client, client.subscribe(VIEWER));
    expect(over.extensions).toMatchObject({
      code: "RATE_LIMITED",
      limit: "subscriptionsPerSocket",
      maximum: 3,
    });
    client.send({ id: first, type: "complete" });
    await until(() => server.running.services.push.size === 2);
    expect(await client.deliveries(client.subscribe(VIEWER), 1)).toEqual([{ viewer: { roles: ["AGENT"] } }]);
  });

  it("and event streams are as many for a principal as it may have", async () => {
    const first = await kept(LiveClient.connect(server.url, server.keys.reviewer));
    const second = await stream(server.keys.reviewer);
    expect(second.status).toBe(200);
    const third = await kept(LiveClient.open(server.url));
    third.send({ type: "connection_init", payload: { Authorization: `Bearer ${server.keys.reviewer}` } });
    expect((await third.whenClosed()).code).toBe(1013);
    const fourth = await stream(server.keys.reviewer);
    expect(fourth.status).toBe(429);
    expect(Number(fourth.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await fourth.json()).toMatchObject({
      errors: [
        {
          extensions: {
            code: "RATE_LIMITED",
            limit: "socketsPerPrincipal",
            maximum: 2,
            requestId: expect.any(String),
          },
        },
      ],
    });
    await second.body?.cancel();
    first.close();
    await until(async () => {
      const again = await stream(server.keys.reviewer);
      await again.body?.cancel();
      return again.status === 200;
    });
  });

  it("that have not authenticated are few for an address, others of which can still come", async () => {
    const open = (address: string) =>
      new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
        headers: { "x-forwarded-for": address },
      });
    const strangers = Array.from({ length: 50 }, () => open("198.51.100.1"));
    await Promise.all(strangers.map((socket) => once(socket, "open")));
    const refused = await sendRaw(
      server.running.port,
      upgradeRequest("/graphql", { "X-Forwarded-For": "198.51.100.1" }),
    );
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.body)).toMatchObject({
      errors: [{ extensions: { code: "RATE_LIMITED", limit: "unauthenticatedPerAddress", maximum: 50 } }],
    });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    const other = open("198.51.100.2");
    await once(other, "open");
    other.terminate();
    for (const socket of strangers) socket.terminate();
    await until(async () => {
      const again = open("198.51.100.1");
      again.on("error", () => undefined);
      const opened = await Promise.race([
        once(again, "open").then(() => true),
        once(again, "close").then(() => false),
      ]);
      again.terminate();
      return opened;
    });
  });

  it("refuse an operation beyond its principal's points alone, and serve those that run", async () => {
    const client = await kept(LiveClient.connect(server.url, server.keys.otherAgent));
    const { submit, decide } = reviewCalls(() => server);
    const ticketId = await submit("sibling", server.keys.otherAgent);
    const sibling = client.subscribe(DECIDED, { ticketId });
    const six = `{ ${Array.from({ length: 20 }, (_, at) => `a${at}: viewer { roles }`).join(" ")} }`;
    await client.deliveries(client.subscribe(six), 1);
    const over = await refusalOf(client, client.subscribe(six));
    expect(over.extensions).toMatchObject({ code: "RATE_LIMITED", retryAfter: expect.any(Number) });
    await decide(ticketId);
    await client.deliveries(sibling, 1);
  });

  it("are closed with 1013 for who comes anew after too many credentials that do not hold", async () => {
    const introduce = async (credential: string, address: string) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
        headers: { "x-forwarded-for": address },
      });
      await once(socket, "open");
      socket.send(
        JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${credential}` } }),
      );
      const end = await Promise.race([
        once(socket, "message").then(() => "ack"),
        once(socket, "close").then(([code]) => code),
      ]);
      socket.terminate();
      return end;
    };
    for (let times = 0; times < 5; times += 1)
      expect(await introduce(`guess${times}`, "198.51.100.9")).toBe(4403);
    expect(await introduce(server.keys.auditor, "198.51.100.9")).toBe(1013);
    expect((await stream(server.keys.auditor, "198.51.100.9")).status).toBe(429);
    expect(await introduce(server.keys.auditor, "198.51.100.10")).toBe("ack");
  });
});

describe("a server that is stopping", () => {
  it("refuses an upgrade with 503", async () => {
    const server = await startTestServer(databaseKind("sqlite"));
    // Sent before the server stops and finished while it does: a request's header comes in two halves.
    const text = upgradeRequest("/graphql");
    const socket = connectTo(server.running.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(text.slice(0, -2));
    await fetch(`${server.url}/healthz`);
    const held = holdOpen(server);
    const closing = server.running.close();
    socket.write(text.slice(-2));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 503 /);
    expect(String(answer)).toContain('"code":"UNAVAILABLE"');
    held();
    await closing;
    await server.close();
  });

  /** Keeps a request under way, so that stopping takes a while; gives what ends it. */
  function holdOpen(server: TestServer): () => void {
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { ledger } = server.running.services;
    void ledger
      .change({
        workspaceId: server.workspaceId,
        actor: { id: "x", name: "x", kind: "SYSTEM" } as never,
        events: [],
        write: () => gate.then(() => undefined),
      })
      .catch(() => undefined);
    return letGo;
  }
});

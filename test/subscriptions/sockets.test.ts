import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { revokeKey } from "../../src/identity/keys.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { databaseKind, databases } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const DECIDED = "subscription($ticketId: ID) { ticketDecided(ticketId: $ticketId) { ticketId status } }";
const CHANGED =
  "subscription($after: LedgerCursor) { ticketChanged(after: $after) { cursor event { type sequence data } } }";

interface Changed {
  readonly ticketChanged: {
    readonly cursor: string;
    readonly event: { readonly type: string; readonly sequence: number };
  };
}

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)("sockets, on $name", (kind) => {
  let server: TestServer;
  const clients: LiveClient[] = [];
  const { submit, decide, comment, ledgerCursor } = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(kind, { SLOW_CONSUMER_SECONDS: "1", RATE_PRINCIPAL: "0" });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => server.close());

  const kept = async (opening: Promise<LiveClient>): Promise<LiveClient> => {
    const client = await opening;
    clients.push(client);
    return client;
  };

  it.sequential.each([
    ["no credential", undefined],
    ["an empty payload", {}],
    ["a key that is none", { Authorization: "Bearer csk_nonsense" }],
    ["something else than a bearer", { Authorization: "Basic abc" }],
    ["a number", { Authorization: 5 }],
  ])("are closed with 4403 for who introduces itself with %s", async (_, payload) => {
    const client = await kept(LiveClient.open(server.url));
    client.send({ type: "connection_init", ...(payload === undefined ? {} : { payload }) });
    expect((await client.whenClosed()).code).toBe(4403);
  });

  it.sequential("are closed with 4401 for who subscribes before it was acknowledged", async () => {
    const client = await kept(LiveClient.open(server.url));
    client.subscribe(DECIDED);
    expect((await client.whenClosed()).code).toBe(4401);
  });

  it.sequential.each([
    ["no JSON", "{", 4400],
    ["an unknown type", '{"type":"hello"}', 4400],
    ["no message at all", "null", 4400],
  ])("are closed with graphql-ws's own code for %s", async (_, text, code) => {
    const client = await kept(LiveClient.connect(server.url, server.keys.agent));
    client.socket.send(text);
    expect((await client.whenClosed()).code).toBe(code);
  });

  it.sequential("are not opened anywhere else, nor with the retired protocol", async () => {
    const elsewhere = await kept(
      LiveClient.open(`${server.url}/nowhere`.replace("/nowhere/graphql", "/nowhere")),
    );
    await elsewhere.whenClosed();
    const retired = await kept(LiveClient.open(server.url, "graphql-ws"));
    expect([1006, 4406]).toContain((await retired.whenClosed()).code);
  });

  it.sequential("take a short-lived token as well as a key, and queries and mutations as well as subscriptions", async () => {
    const answer = await fetch(`${server.url}/auth/token`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.keys.agent}` },
    });
    const { token } = (await answer.json()) as { token: string };
    const client = await kept(LiveClient.connect(server.url, token));
    const viewer = client.subscribe("{ viewer { roles } }");
    expect((await client.deliveries(viewer, 1))[0]).toEqual({ viewer: { roles: ["AGENT"] } });
    const submitted = client.subscribe(
      'mutation { submitReview(input: {title: "over the socket"}) { ticket { status } } }',
    );
    expect((await client.deliveries(submitted, 1))[0]).toEqual({
      submitReview: { ticket: { status: "PENDING" } },
    });
  });

  it.sequential.each([
    ["a syntax error", "subscription {", {}, "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", "{ nope }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["a document without an operation", "fragment F on Query { __typename }", {}, undefined],
    ["a variable of the wrong type", DECIDED, { ticketId: { a: 1 } }, "BAD_USER_INPUT"],
  ])("answer %s to that operation alone", async (_, query, variables, code) => {
    const client = await kept(LiveClient.connect(server.url, server.keys.agent));
    const ticketId = await submit("sibling");
    const sibling = client.subscribe(DECIDED, { ticketId });
    const id = client.subscribe(query, variables);
    await client.ending(id);
    const text = JSON.stringify(client.messages.filter((message) => message.id === id));
    if (code !== undefined) expect(text).toContain(code);
    expect(text).not.toMatch(/Did you mean|node_modules|at .*\.ts/);
    await decide(ticketId);
    await client.deliveries(sibling, 1);
  });

  it.sequential("end within five seconds of their key's revocation, and nothing passes after that", async () => {
    const doomed = await server.principal("Doomed", "AGENT", ["AGENT"]);
    const client = await kept(LiveClient.connect(server.url, doomed.key));
    const id = client.subscribe(DECIDED);
    const ticketId = await submit("by the doomed", doomed.key);
    const { ledger, database } = server.running.services;
    const revokedAt = Date.now();
    await revokeKey(ledger, {
      workspaceId: server.workspaceId,
      keyId: doomed.keyId,
      actor: await systemActor(database.read, server.workspaceId),
    });
    expect((await client.whenClosed()).code).toBe(4403);
    expect(Date.now() - revokedAt).toBeLessThan(5_000);
    await decide(ticketId);
    expect(client.delivered(id)).toEqual([]);
    await until(
      async () => (await gql(server.url, doomed.key, "{ viewer { roles } }")).code === "UNAUTHENTICATED",
    );
  });

  it.sequential("end within five seconds of their key's expiry", async () => {
    const expiresAt = Date.now() + 1_500;
    const brief = await server.principal("Brief", "AGENT", ["AGENT"], { expiresAt });
    const client = await kept(LiveClient.connect(server.url, brief.key));
    client.subscribe(DECIDED);
    expect((await client.whenClosed()).code).toBe(4403);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
    expect(Date.now() - expiresAt).toBeLessThan(5_000);
  });

  it.sequential("that do not read are ended, hold no queue in the server, and resume from their cursor", {
    timeout: 60_000,
  }, async () => {
    const after = await ledgerCursor();
    const ticketId = await submit("talked about");
    const slow = await kept(LiveClient.connect(server.url, server.keys.agent));
    const id = slow.subscribe(CHANGED, { after });
    await slow.deliveries(id, 1);
    slow.socket.pause();
    const body = "x".repeat(20_000);
    for (let index = 0; index < 600; index += 50) {
      await Promise.all(Array.from({ length: 50 }, () => comment(ticketId, body)));
    }
    await until(() => server.running.services.push.size === 0, {
      timeoutMs: 20_000,
      what: "the slow one's end",
    });
    slow.socket.resume();
    await slow.whenClosed(20_000);
    const read = slow.delivered<Changed>(id).map(({ data }) => data?.ticketChanged);
    expect(read.length).toBeLessThan(601);

    const resumed = await kept(LiveClient.connect(server.url, server.keys.agent));
    const rest = resumed.subscribe(CHANGED, { after: read.at(-1)?.cursor });
    const missing = await resumed.deliveries<Changed>(rest, 601 - read.length);
    const sequences = [
      ...read.map((each) => each?.event.sequence),
      ...missing.map((each) => each.ticketChanged.event.sequence),
    ];
    expect(sequences).toHaveLength(601);
    expect(new Set(sequences).size).toBe(601);
    expect([...sequences].sort((a, b) => Number(a) - Number(b))).toEqual(sequences);
  });
});

describe("a server that shuts down", () => {
  it.sequential("answers what it has accepted, and closes its sockets with 1001", async () => {
    const server = await startTestServer(databaseKind("sqlite"));
    const { submit } = reviewCalls(() => server);
    await submit("before");
    const client = await LiveClient.connect(server.url, server.keys.agent);
    client.subscribe(DECIDED);
    // Holds the ledger, so that the requests are under way when the server is told to stop.
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { ledger, database } = server.running.services;
    const actor = await systemActor(database.read, server.workspaceId);
    const held = ledger.change({
      workspaceId: server.workspaceId,
      actor,
      events: [],
      write: () => gate.then(() => undefined),
    });
    const running = Array.from({ length: 20 }, (_, index) => submit(`during ${index}`));
    await until(() => server.running.inFlight() === 20, { what: "the requests" });
    const closing = server.running.close();
    letGo();
    await held;
    const ended = await Promise.allSettled(running);
    expect(ended.filter((one) => one.status === "fulfilled")).toHaveLength(20);
    expect((await client.whenClosed()).code).toBe(1001);
    await closing;
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
    await server.close();
  });
});

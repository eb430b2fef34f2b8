import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { databaseKind, databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { type Refusal, type RestAnswer, type RestRequest, rest, signOff, submitOver } from "./rest-client.js";

const NO_TICKET = "ticket_01m83gt4mheh0r2rvt70rjp1fe";

/** Asks and does not wait for the answer. */
function waiting(
  server: TestServer,
  key: string,
  id: string,
  { seconds = 60, ...request }: RestRequest & { seconds?: number } = {},
) {
  return rest(server.url, key, "GET", `/hitl/tickets/${id}?wait=${seconds}`, request);
}

const waiters = (server: TestServer, count: number) =>
  until(() => server.running.services.push.size === count, { what: `${count} to wait` });

describe.each(databases)("waiting for a decision over REST, on $name,", (kind) => {
  let server: TestServer;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind, { EXPIRY_SECONDS: "1" });
    ({ keys } = server);
  });
  afterAll(() => server?.close());

  it("is answered as soon as the ticket is settled, and by nothing else that happens to it", async () => {
    const ticket = await submitOver(server.url, keys.agent);
    const asked = waiting(server, keys.agent, ticket.id);
    let answered = false;
    void asked.then(() => {
      answered = true;
    });
    await waiters(server, 1);
    await rest(server.url, keys.reviewer, "POST", `/hitl/tickets/${ticket.id}/claim`);
    const remark = { body: { body: "Looking at it." } };
    await rest(server.url, keys.reviewer, "POST", `/hitl/tickets/${ticket.id}/comments`, remark);
    await submitOver(server.url, keys.agent).then((other) => signOff(server.url, keys.reviewer, other));
    expect([answered, server.running.services.push.size]).toEqual([false, 1]);
    const began = performance.now();
    const signed = await signOff(server.url, keys.reviewer, ticket, { comments: "Looks good" });
    const { status, body } = await asked;
    expect(performance.now() - began).toBeLessThan(2_000);
    expect([status, body]).toEqual([200, signed.body]);
    await waiters(server, 0);
  });

  it.each<[string, (id: string) => Promise<unknown>, string]>([
    [
      "asked to be changed",
      (id) =>
        signOff(
          server.url,
          keys.reviewer,
          { id, revision: 1 },
          { status: "needs_changes", comments: "More" },
        ),
      "needs_changes",
    ],
    [
      "rejected",
      (id) => signOff(server.url, keys.reviewer, { id, revision: 1 }, { status: "rejected" }),
      "rejected",
    ],
    [
      "withdrawn",
      (id) => rest(server.url, keys.agent, "POST", `/hitl/tickets/${id}/withdrawal`),
      "withdrawn",
    ],
  ])("is answered when it is %s", async (_, settle, status) => {
    const { id } = await submitOver(server.url, keys.agent);
    const asked = waiting(server, keys.agent, id);
    await waiters(server, 1);
    await settle(id);
    expect((await asked).body.status).toBe(status);
  });

  it("is answered when the deadline has passed", async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const { id } = await submitOver(server.url, keys.agent, { expiresAt });
    expect((await waiting(server, keys.agent, id)).body.status).toBe("expired");
  });

  it("is answered at once where it is settled already, and when the time is over where it is not", async () => {
    const [settled, pending] = [
      await submitOver(server.url, keys.agent),
      await submitOver(server.url, keys.agent),
    ];
    await signOff(server.url, keys.reviewer, settled);
    expect((await waiting(server, keys.agent, settled.id)).body.status).toBe("approved");
    const began = performance.now();
    const { status, body } = await waiting(server, keys.agent, pending.id, { seconds: 1 });
    expect([status, body]).toEqual([200, pending]);
    expect(performance.now() - began).toBeGreaterThan(950);
    await waiters(server, 0);
  });

  it("does not outlast its time where the clock is set back meanwhile", async () => {
    const { id } = await submitOver(server.url, keys.agent);
    const asked = waiting(server, keys.agent, id, { seconds: 1 });
    await waiters(server, 1);
    const now = Date.now.bind(Date);
    const setBack = vi.spyOn(Date, "now").mockImplementation(() => now() - 60_000);
    try {
      const began = performance.now();
      expect((await asked).body.status).toBe("pending");
      expect(performance.now() - began).toBeLessThan(3_000);
    } finally {
      setBack.mockRestore();
    }
  });

  it("holds If-None-Match against what there is when the answer is due", async () => {
    const ticket = await submitOver(server.url, keys.agent);
    const first = await waiting(server, keys.agent, ticket.id, { seconds: 0 });
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    const same = await waiting(server, keys.agent, ticket.id, { seconds: 1, headers });
    expect([same.status, same.text]).toEqual([304, ""]);
    const asked = waiting(server, keys.agent, ticket.id, { headers });
    await waiters(server, 1);
    await signOff(server.url, keys.reviewer, ticket);
    const settled = await asked;
    expect([settled.status, settled.body.status]).toEqual([200, "approved"]);
    const again = { "if-none-match": settled.headers.get("etag") ?? "" };
    expect((await waiting(server, keys.agent, ticket.id, { headers: again })).status).toBe(304);
  });

  it("gives its place back when the client goes away", async () => {
    const { id } = await submitOver(server.url, keys.agent);
    const leaving = new AbortController();
    const asked = waiting(server, keys.agent, id, { signal: leaving.signal }).catch(
      (error: Error) => error.name,
    );
    await waiters(server, 1);
    leaving.abort();
    expect(await asked).toBe("AbortError");
    await waiters(server, 0);
    await until(() => server.running.inFlight() === 0);
  });

  it("ends with the credential, within five seconds and with 401", async () => {
    const expiring = await server.principal("Brief", "AGENT", ["AGENT"], { expiresAt: Date.now() + 2_000 });
    const revoked = await server.principal("Revoked", "AGENT", ["AGENT"]);
    const asked: Promise<RestAnswer>[] = [];
    for (const { key } of [expiring, revoked]) {
      const { id } = await submitOver(server.url, key);
      asked.push(waiting(server, key, id));
    }
    await waiters(server, 2);
    const began = performance.now();
    await gqlData(
      server.url,
      keys.admin,
      "mutation ($id: ID!) { revokeApiKey(input: { keyId: $id }) { apiKey { id } } }",
      { id: revoked.keyId },
    );
    for (const { status, body } of await Promise.all(asked))
      expect([status, (body as unknown as Refusal).code]).toEqual([401, "UNAUTHENTICATED"]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("is refused at once where there is no such ticket, or the seconds are none", async () => {
    const foreign = await submitOver(server.url, keys.foreignAgent);
    for (const id of [NO_TICKET, foreign.id, "ticket_x"])
      expect((await waiting(server, keys.agent, id)).status).toBe(404);
    const { id } = await submitOver(server.url, keys.agent);
    for (const wait of ["-1", "61", "1.5", "x", "", "0x1", "1e1", "1&wait=2", "9".repeat(30)]) {
      const { status, body } = await rest<Refusal>(
        server.url,
        keys.agent,
        "GET",
        `/hitl/tickets/${id}?wait=${wait}`,
      );
      expect([wait, status, body.code, body["field"]]).toEqual([wait, 400, "BAD_USER_INPUT", "wait"]);
    }
  });

  it("is answered as the ticket stands where the server stops, and goes on with the next one", async () => {
    const { id } = await submitOver(server.url, keys.agent);
    const asked = waiting(server, keys.agent, id);
    await waiters(server, 1);
    const began = performance.now();
    const restarted = server.restart();
    const { status, body } = await asked;
    expect([status, body.status]).toEqual([200, "pending"]);
    expect(performance.now() - began).toBeLessThan(3_000);
    await restarted;
    const again = waiting(server, keys.agent, id);
    await waiters(server, 1);
    await signOff(server.url, keys.reviewer, { id, revision: 1 });
    expect((await again).body.status).toBe("approved");
  });
});

describe("many who wait over REST", () => {
  it("cost no query while they wait, and are answered when theirs is settled", async () => {
    const server = await startTestServer(databaseKind("sqlite"), { RATE_ADDRESS: "0" });
    try {
      const [first, second] = [
        await submitOver(server.url, server.keys.agent),
        await submitOver(server.url, server.keys.agent),
      ];
      const of = (id: string) => Array.from({ length: 250 }, () => waiting(server, server.keys.agent, id));
      const asked = [of(first.id), of(second.id)];
      await waiters(server, 500);
      const { read } = server.running.services.database;
      const query = read.query.bind(read);
      let lastAsked = performance.now();
      read.query = (text: string, values) => {
        if (/FROM ticket t .*submitted_by = /.test(text)) lastAsked = performance.now();
        return query(text, values);
      };
      // The last look of the last who came; whoever polled would never be silent for that long.
      await until(() => performance.now() - lastAsked > 2_000);
      read.query = query;
      await signOff(server.url, server.keys.reviewer, first);
      const answers = await Promise.all(asked[0] ?? []);
      expect(new Set(answers.map(({ body }) => body.status))).toEqual(new Set(["approved"]));
      await waiters(server, 250);
      await signOff(server.url, server.keys.reviewer, second, { status: "rejected" });
      for (const { body } of await Promise.all(asked[1] ?? [])) expect(body.status).toBe("rejected");
      await waiters(server, 0);
    } finally {
      await server.close();
    }
  });

  it("are as many of one principal as may have streams open", async () => {
    const server = await startTestServer(databaseKind("sqlite"), { SOCKETS_PER_PRINCIPAL: "2" });
    try {
      const { id } = await submitOver(server.url, server.keys.agent);
      const leaving = new AbortController();
      const gone = waiting(server, server.keys.agent, id, { signal: leaving.signal }).catch(() => "gone");
      const staying = waiting(server, server.keys.agent, id);
      await waiters(server, 2);
      const over = await waiting(server, server.keys.agent, id);
      expect([over.status, over.body]).toMatchObject([
        429,
        { code: "RATE_LIMITED", limit: "socketsPerPrincipal" },
      ]);
      expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
      // Who does not wait needs no place, and others have their own.
      expect((await waiting(server, server.keys.agent, id, { seconds: 0 })).status).toBe(200);
      const others = waiting(server, server.keys.auditor, id);
      await waiters(server, 3);
      leaving.abort();
      expect(await gone).toBe("gone");
      await waiters(server, 2);
      const third = waiting(server, server.keys.agent, id);
      await waiters(server, 3);
      await signOff(server.url, server.keys.reviewer, { id, revision: 1 });
      for (const { body } of await Promise.all([staying, others, third]))
        expect(body.status).toBe("approved");
    } finally {
      await server.close();
    }
  });
});

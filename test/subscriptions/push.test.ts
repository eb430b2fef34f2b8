import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLog } from "../../src/server/log.js";
import { readSettings } from "../../src/server/settings.js";
import { type RunningServer, startServer } from "../../src/server/start-server.js";
import { databases } from "../support/databases.js";
import { LiveClient, reuseOneId } from "../support/live-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, TEST_SIGNING_KEY, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

interface Decided {
  readonly ticketDecided: {
    readonly ticketId: string;
    readonly status: string;
    readonly revision: number;
    readonly cursor: string;
    readonly proposal: { readonly title: string };
    readonly ticket: { readonly status: string; readonly revision: number };
  };
}

const DECIDED = `subscription($ticketId: ID, $queue: String, $after: LedgerCursor) {
  ticketDecided(ticketId: $ticketId, queue: $queue, after: $after) {
    ticketId status revision cursor proposal { title } ticket { status revision }
  }
}`;

describe.each(databases)("ticketDecided over graphql-transport-ws, on $name", (kind) => {
  let server: TestServer;
  let second: RunningServer | undefined;
  const clients: LiveClient[] = [];
  const { submit, decide, ledgerCursor } = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(kind);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await second?.close();
    await server.close();
  });

  async function connect(key = server.keys.agent, url = server.url): Promise<LiveClient> {
    const client = await LiveClient.connect(url, key);
    clients.push(client);
    return client;
  }

  it("is pushed to the agent that waits, which is then told that nothing follows", async () => {
    const ticketId = await submit("waited for");
    const client = await connect();
    const id = client.subscribe(DECIDED, { ticketId });
    await decide(ticketId);
    const [first] = await client.deliveries<Decided>(id, 1);
    expect(first?.ticketDecided).toMatchObject({
      ticketId,
      status: "APPROVED",
      proposal: { title: "waited for" },
    });
    expect(await client.ending(id)).toMatchObject({ type: "complete" });
  });

  it("is delivered at once to who subscribes late", async () => {
    const ticketId = await submit("late");
    await decide(ticketId, { status: "REJECTED" });
    const client = await connect();
    expect(
      (await client.deliveries<Decided>(client.subscribe(DECIDED, { ticketId }), 1))[0]?.ticketDecided.status,
    ).toBe("REJECTED");
  });

  it("replays decisions as they were, with the ticket as it is now", async () => {
    const after = await ledgerCursor();
    const ticketId = await submit("first text");
    await decide(ticketId, { status: "NEEDS_CHANGES", comments: "more" });
    await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${server.keys.agent}` },
      body: JSON.stringify({
        query:
          "mutation($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ticket { revision } } }",
        variables: { input: { ticketId, title: "second text" } },
      }),
    });
    const client = await connect();
    const id = client.subscribe(DECIDED, { ticketId, after });
    const [old] = await client.deliveries<Decided>(id, 1);
    expect(old?.ticketDecided).toMatchObject({
      status: "NEEDS_CHANGES",
      revision: 1,
      proposal: { title: "first text" },
      ticket: { status: "PENDING", revision: 2 },
    });
    await decide(ticketId, { revision: 2 });
    const [, last] = await client.deliveries<Decided>(id, 2);
    expect(last?.ticketDecided).toMatchObject({
      status: "APPROVED",
      revision: 2,
      ticket: { status: "APPROVED" },
    });
  });

  it("is resumed from the last cursor after the connection was lost, without loss or doubling", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await submit(`cut ${index}`));
    let after = await ledgerCursor();
    const seen: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const client = await connect();
      const id = client.subscribe(DECIDED, { after });
      for (const ticketId of ids.slice(round * 3, round * 3 + 3)) await decide(ticketId);
      // The last one of each round but the last is left unread: the next round has to deliver it.
      const count = round < 3 ? 2 + (round > 0 ? 1 : 0) : 12 - seen.length;
      for (const { ticketDecided } of (await client.deliveries<Decided>(id, count)).slice(0, count)) {
        seen.push(ticketDecided.ticketId);
        after = ticketDecided.cursor;
      }
      client.close();
    }
    expect(seen).toEqual(ids);
  });

  it.each([
    ["decisions", DECIDED],
    ["changes", "subscription($ticketId: ID) { ticketChanged(ticketId: $ticketId) { cursor } }"],
  ])("leaves nothing behind of %s that were begun under one id again and again", async (_, query) => {
    const { push } = server.running.services;
    await until(() => push.size === 0);
    const ticketId = await submit("one id");
    for (let round = 0; round < 5; round += 1) {
      const client = await connect();
      reuseOneId(client, query, { ticketId });
      client.subscribe(query, { ticketId });
      await until(() => push.size === 1);
      client.close();
      await until(() => push.size === 0);
    }
  });

  it("is pushed, and resumed, by another server over the same database", async () => {
    second ??= await startServer(
      readSettings({
        PORT: "0",
        DATABASE_URL: server.testDatabase.url,
        DATA_DIR: server.dataDir,
        SIGNING_KEY: TEST_SIGNING_KEY,
        LOG_LEVEL: "silent",
        LEDGER_POLL_MS: "50",
      }),
      { log: createLog("silent") },
    );
    const after = await ledgerCursor();
    const [one, two] = [await submit("here"), await submit("there")];
    const client = await connect(server.keys.agent, second.url);
    const id = client.subscribe(DECIDED, { ticketId: one });
    await decide(one);
    expect((await client.deliveries<Decided>(id, 1))[0]?.ticketDecided.ticketId).toBe(one);
    await decide(two);
    const resumed = client.subscribe(DECIDED, { after });
    expect((await client.deliveries<Decided>(resumed, 2)).map((each) => each.ticketDecided.ticketId)).toEqual(
      [one, two],
    );
  });

  it("reaches everybody whom a queue concerns, and nobody else", async () => {
    const reviewer = await connect(server.keys.reviewer);
    const auditor = await connect(server.keys.auditor);
    const stranger = await connect(server.keys.otherAgent);
    const foreign = await connect(server.keys.foreignReviewer);
    const listening = [reviewer, auditor, stranger, foreign].map((client) =>
      client.subscribe(DECIDED, { queue: "default" }),
    );
    // Subscribing is not acknowledged, but messages of one socket are handled in order of arrival.
    const ready = [reviewer, auditor, stranger, foreign].map((client) =>
      client.subscribe("{ viewer { ledgerCursor } }"),
    );
    await Promise.all(
      [reviewer, auditor, stranger, foreign].map((client, index) => client.deliveries(ready[index] ?? "", 1)),
    );
    const own = await submit("of the stranger", server.keys.otherAgent);
    const ticketId = await submit("of the agent");
    await decide(ticketId);
    await decide(own);
    expect(
      (await reviewer.deliveries<Decided>(listening[0] ?? "", 2)).map((each) => each.ticketDecided.ticketId),
    ).toEqual([ticketId, own]);
    await auditor.deliveries(listening[1] ?? "", 2);
    expect(
      (await stranger.deliveries<Decided>(listening[2] ?? "", 1)).map((each) => each.ticketDecided.ticketId),
    ).toEqual([own]);
    expect(foreign.delivered(listening[3] ?? "")).toEqual([]);
  });

  it.each([
    ["a ticket of another workspace", "foreignAgent", {}, "NOT_FOUND"],
    ["a ticket of another agent", "otherAgent", {}, "NOT_FOUND"],
    ["a queue that does not exist", "agent", { ticketId: null, queue: "nowhere" }, "BAD_USER_INPUT"],
    ["a cursor that is none", "agent", { after: "nonsense" }, "CURSOR_INVALID"],
    ["an empty cursor", "agent", { after: "" }, "CURSOR_INVALID"],
  ] as const)("refuses %s, and the socket's other operations live on", async (_, who, variables, code) => {
    const ticketId = await submit("refused");
    const client = await connect(server.keys[who]);
    const sibling = client.subscribe(DECIDED, {});
    const id = client.subscribe(DECIDED, { ticketId, ...variables });
    await client.ending(id);
    const said = client.messages.find((message) => message.id === id);
    const errors = (said?.type === "error" ? said.payload : client.delivered(id)[0]?.errors) as {
      extensions: { code: string; requestId: string };
    }[];
    expect(errors[0]?.extensions).toMatchObject({ code, requestId: expect.stringMatching(/./) });
    if (who === "agent") {
      await decide(ticketId);
      expect((await client.deliveries<Decided>(sibling, 1))[0]?.ticketDecided.ticketId).toBe(ticketId);
    }
    expect(client.closed).toBeUndefined();
  });

  it("refuses a cursor of a ledger that was restored, rather than going on in silence", async () => {
    const foreign = await ledgerCursor(server.keys.foreignAgent);
    const client = await connect();
    const id = client.subscribe(DECIDED, { after: foreign });
    await client.ending(id);
    expect(JSON.stringify(client.messages)).toContain("CURSOR_INVALID");
  });
});

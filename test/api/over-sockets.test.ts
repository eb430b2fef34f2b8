import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { type GqlError, gql } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { run, submit } from "./tickets.js";

const CHANGED = `subscription ($ticketId: ID, $queue: String, $after: LedgerCursor) {
  ticketChanged(ticketId: $ticketId, queue: $queue, after: $after) {
    cursor
    event { sequence cursor type revision actor { name kind } data }
    ticket {
      status revision assignee { name } viewerCanDecide viewerCannotDecideReasons
      proposal { title } reviews { outcome reviewer { name } } comments { body } decision { status }
    }
  }
}`;

interface Changed {
  readonly ticketChanged: {
    readonly cursor: string;
    readonly event: {
      readonly cursor: string;
      readonly sequence: number;
      readonly type: string;
      readonly actor: { readonly name: string };
    };
    readonly ticket: Readonly<Record<string, unknown>>;
  };
}

describe.each(databases)("the API over sockets, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  const clients: LiveClient[] = [];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => server?.close());

  async function connect(key: string): Promise<LiveClient> {
    const client = await LiveClient.connect(url, key);
    clients.push(client);
    return client;
  }

  it("shows each change with the ticket as it is by then, however long the subscription has been open", async () => {
    const { id } = await submit(url, keys.agent, { title: "One", approvalsRequired: 2 });
    const client = await connect(keys.reviewer2);
    const changes = client.subscribe(CHANGED, { ticketId: id });
    const next = async (count: number) =>
      (await client.deliveries<Changed>(changes, count))[count - 1]?.ticketChanged;

    await run(url, keys.reviewer, "claimTicket", { ticketId: id });
    expect(await next(1)).toMatchObject({
      event: { type: "CLAIMED", revision: 1, actor: { name: "First reviewer", kind: "HUMAN" } },
      ticket: {
        status: "PENDING",
        assignee: { name: "First reviewer" },
        viewerCannotDecideReasons: ["CLAIMED_BY_ANOTHER"],
      },
    });
    await run(url, keys.reviewer, "commentOnTicket", { ticketId: id, body: "Hm" });
    expect(await next(2)).toMatchObject({
      event: { type: "COMMENTED", data: { body: "Hm" } },
      ticket: { comments: [{ body: "Hm" }] },
    });
    await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 1, status: "APPROVED" });
    expect(await next(3)).toMatchObject({
      event: { type: "REVIEWED" },
      ticket: {
        assignee: null,
        viewerCanDecide: true,
        reviews: [{ outcome: "APPROVED", reviewer: { name: "First reviewer" } }],
      },
    });
    await run(url, keys.agent, "resubmitReview", { ticketId: id, title: "Two" });
    expect(await next(4)).toMatchObject({
      event: { type: "RESUBMITTED", revision: 2 },
      ticket: { revision: 2, proposal: { title: "Two" }, decision: { status: "PENDING" } },
    });
    await run(url, keys.agent, "withdrawReview", { ticketId: id });
    const last = await next(5);
    expect(last).toMatchObject({
      event: { type: "WITHDRAWN" },
      ticket: { status: "WITHDRAWN", decision: { status: "WITHDRAWN" } },
    });
    expect(last?.cursor).toBe(last?.event.cursor);
  });

  it("shows a replayed change with the ticket as of now, and resumes from any change's cursor", async () => {
    const { id } = await submit(url, keys.agent);
    await run(url, keys.reviewer, "claimTicket", { ticketId: id });
    await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 1, status: "REJECTED" });
    const client = await connect(keys.agent);
    const { data } = await gql<{ auditTrail: { edges: { cursor: string }[] } }>(
      url,
      keys.agent,
      `{ auditTrail(ticketId: "${id}", first: 1) { edges { cursor } } }`,
    );
    const after = data?.auditTrail.edges[0]?.cursor;
    const changes = await client.deliveries<Changed>(client.subscribe(CHANGED, { ticketId: id, after }), 3);
    expect(changes.map(({ ticketChanged }) => ticketChanged.event.type)).toEqual([
      "CLAIMED",
      "REVIEWED",
      "DECIDED",
    ]);
    expect(changes.map(({ ticketChanged }) => ticketChanged.ticket.status)).toEqual([
      "REJECTED",
      "REJECTED",
      "REJECTED",
    ]);
    const from = changes[1]?.ticketChanged.cursor;
    const [rest] = await client.deliveries<Changed>(
      client.subscribe(CHANGED, { ticketId: id, after: from }),
      1,
    );
    expect(rest).toEqual(changes[2]);
  });

  it("refuses with the same words as over HTTP", async () => {
    const hidden = await submit(url, keys.otherAgent);
    const client = await connect(keys.agent);
    const sent: readonly (readonly [query: string, variables?: Record<string, unknown>])[] = [
      ["{ viewer { roles }"],
      ["{ nonsense }"],
      ["{ decision { status } }"],
      [`{ ${Array.from({ length: 21 }, (_, at) => `a${at}: viewer { roles }`).join(" ")} }`],
      [`{ ${"a ".repeat(6_000)} }`],
      ["query ($first: Int) { tickets(first: $first) { totalCount } }", { first: "many" }],
      ["query ($first: Int) { tickets(first: $first) { totalCount } }", { first: 0 }],
      ["{ tickets(filter: { status: LOST }) { totalCount } }"],
      ["query ($id: ID!) { ticket(id: $id) { id } }", { id: hidden.id }],
      ["mutation ($id: ID!) { claimTicket(input: { ticketId: $id }) { ticket { id } } }", { id: hidden.id }],
      ['mutation { submitReview(input: { title: "" }) { ledgerCursor } }'],
      ["query A { viewer { roles } } query B { viewer { roles } }"],
    ];
    for (const [query, variables = {}] of sent) {
      const overHttp = await gql(url, keys.agent, query, variables);
      const id = client.subscribe(query, variables);
      const { type, payload } = await client.ending(id);
      const errors =
        type === "error"
          ? (payload as GqlError[])
          : (client.delivered(id)[0]?.errors as unknown as GqlError[]);
      expect(shown(errors), query.slice(0, 80)).toEqual(shown(overHttp.errors));
    }
  });
});

/** What a client can act on; what Apollo says of an operation that cannot be chosen is its own. */
function shown(errors: readonly GqlError[]): unknown {
  return errors.map(({ message, path, extensions: { requestId, ...extensions } }) => {
    expect(requestId).toEqual(expect.any(String));
    return extensions.code === "OPERATION_RESOLUTION_FAILURE"
      ? { extensions }
      : { message, path, extensions };
  });
}

import { createClient } from "graphql-sse";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { revokeKey } from "../../src/identity/keys.js";
import { changeMember } from "../../src/identity/members.js";
import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { databases } from "../support/databases.js";
import { LiveClient, reuseOneId } from "../support/live-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestPrincipal, type TestServer } from "../support/test-server.js";
import { type SeenViewers, TICKET_VIEWERS, TicketWindow } from "../support/ticket-window.js";
import { until } from "../support/until.js";

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)("who has a ticket open, on $name", { timeout: 60_000 }, (kind) => {
  let server: TestServer;
  let ana: TestPrincipal;
  let ben: TestPrincipal;
  const windows: TicketWindow[] = [];
  const calls = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(kind);
    ana = await server.principal("Ana", "HUMAN", ["REVIEWER"]);
    ben = await server.principal("Ben", "HUMAN", ["REVIEWER"]);
    const { ledger } = server.running.services;
    await createQueue(ledger, { ...(await scope()), name: "loans", minimumApprovals: 1 });
  });
  afterEach(async () => {
    for (const window of windows.splice(0)) window.cut();
    await until(() => open() === 0, { what: "every ticket to be closed" });
  });
  afterAll(() => server?.close());

  const scope = async () => ({
    workspaceId: server.workspaceId,
    actor: await systemActor(server.running.services.database.read, server.workspaceId),
  });
  const open = () => server.running.services.presence.size;
  const kept = (window: TicketWindow): TicketWindow => {
    windows.push(window);
    return window;
  };
  const opens = async (key: string, ticketId: unknown) =>
    kept(await TicketWindow.open(server.url, key, ticketId));
  const refusalOf = async (key: string, ticketId: unknown) => (await opens(key, ticketId)).refusal();
  const head = async () => {
    const [row] = await server.running.services.database.read.query<{ sequence: number }>(
      "SELECT sequence FROM ledger_head WHERE workspace_id = ?",
      [server.workspaceId],
    );
    return row?.sequence;
  };

  it.sequential("is said at once, oneself included, and again when somebody comes or goes", async () => {
    const ticketId = await calls.submit("two people");
    const anas = await opens(ana.key, ticketId);
    const alone = await anas.shows("Ana");
    expect(alone).toMatchObject({ ticketId, count: 1, viewers: [{ principal: { id: ana.principalId } }] });
    expect(Math.abs(Date.parse(alone.viewers[0]?.since ?? "") - Date.now())).toBeLessThan(10_000);
    const bens = await opens(ben.key, ticketId);
    expect((await bens.shows("Ana", "Ben")).viewers.map(({ principal }) => principal.name)).toEqual([
      "Ana",
      "Ben",
    ]);
    expect(bens.messages).toHaveLength(1);
    expect((await anas.shows("Ana", "Ben")).count).toBe(2);
    bens.leave();
    await anas.shows("Ana");
    const again = await opens(ben.key, ticketId);
    await anas.shows("Ana", "Ben");
    again.cut();
    await anas.shows("Ana");
    expect(anas.messages.map(({ count }) => count)).toEqual([1, 2, 1, 2, 1]);
  });

  it.sequential("is of one ticket, and not of those beside it", async () => {
    const [one, other] = [await calls.submit("one"), await calls.submit("other")];
    const anas = await opens(ana.key, one);
    const bens = await opens(ben.key, other);
    await bens.shows("Ben");
    const both = TicketWindow.on(bens.client, one);
    await anas.shows("Ana", "Ben");
    await both.shows("Ana", "Ben");
    expect(bens.names).toEqual(["Ben"]);
  });

  it.sequential("names a person once, since their earliest window, until the last of them is closed", async () => {
    const ticketId = await calls.submit("two tabs");
    const bens = await opens(ben.key, ticketId);
    await bens.shows("Ben");
    const first = await opens(ana.key, ticketId);
    const { viewers } = await first.shows("Ana", "Ben");
    await bens.shows("Ana", "Ben");
    const second = await opens(ana.key, ticketId);
    const third = TicketWindow.on(second.client, ticketId);
    for (const window of [second, third]) expect((await window.shows("Ana", "Ben")).viewers).toEqual(viewers);
    first.cut();
    third.leave();
    const auditor = await opens(server.keys.auditor, ticketId);
    expect((await auditor.shows("Ana", "Auditor", "Ben")).viewers.slice(0, 2)).toEqual(viewers);
    await bens.shows("Ana", "Auditor", "Ben");
    second.cut();
    await bens.shows("Auditor", "Ben");
    // Of Ana's three tabs one coming and one going was told.
    expect(bens.messages.map(({ count }) => count)).toEqual([1, 2, 3, 2]);
  });

  it.sequential("is told over an event stream as well, which is a window too", async () => {
    const ticketId = await calls.submit("streamed");
    const anas = await opens(ana.key, ticketId);
    await anas.shows("Ana");
    const stream = createClient({
      url: `${server.url}/graphql/stream`,
      headers: { authorization: `Bearer ${ben.key}` },
      retryAttempts: 0,
    }).iterate<{ ticketViewers: SeenViewers }>({ query: TICKET_VIEWERS, variables: { ticketId } });
    const next = async () => (await stream.next()).value?.data?.ticketViewers.count;
    expect(await next()).toBe(2);
    await anas.shows("Ana", "Ben");
    await opens(server.keys.admin, ticketId);
    expect(await next()).toBe(3);
    await stream.return?.();
    await anas.shows("Admin", "Ana");
  });

  it.sequential("is no agent's business, be it the submitter or one that audits", async () => {
    const ticketId = await calls.submit("an agent asks");
    expect(await refusalOf(server.keys.agent, ticketId)).toBe("FORBIDDEN");
    const machine = await server.principal("Audit machine", "AGENT", ["AGENT", "AUDITOR"]);
    expect(await refusalOf(machine.key, ticketId)).toBe("FORBIDDEN");
    expect(await refusalOf(server.keys.otherAgent, ticketId)).toBe("NOT_FOUND");
    expect(open()).toBe(0);
  });

  it.sequential("is for whose desk the ticket is on: not for a human who only submitted it", async () => {
    const human = await server.principal("Submitting human", "HUMAN", ["AGENT"]);
    const own = await calls.submit("by a human", human.key);
    expect(await refusalOf(human.key, own)).toBe("FORBIDDEN");
    const lender = await server.principal("Lender", "HUMAN", ["REVIEWER"], { queues: ["loans"] });
    expect(await refusalOf(lender.key, own)).toBe("NOT_FOUND");
    const loan = await calls.submit("a loan", server.keys.agent, { queue: "loans" });
    await (await opens(lender.key, loan)).shows("Lender");
    await (await opens(server.keys.auditor, loan)).shows("Auditor", "Lender");
    await (await opens(server.keys.admin, loan)).shows("Admin", "Auditor", "Lender");
  });

  it.sequential("does not tell another workspace's ticket from one that does not exist", async () => {
    const ticketId = await calls.submit("behind the wall");
    const nowhere = `ticket_${"0".repeat(26)}`;
    for (const id of [ticketId, nowhere, ana.principalId, "", " ", `${ticketId} `, "x".repeat(9_000), 7]) {
      expect(await refusalOf(server.keys.foreignReviewer, id)).toBe("NOT_FOUND");
    }
    expect(await refusalOf(server.keys.foreignAgent, ticketId)).toBe("NOT_FOUND");
    expect(open()).toBe(0);
  });

  it.sequential.each([[null], [undefined], [true], [["a", "b"]], [{ id: "a" }], [1.5]])(
    "refuses %j for a ticket's id",
    async (wrong) => {
      expect(await refusalOf(ana.key, wrong)).toBe("BAD_USER_INPUT");
      expect(open()).toBe(0);
    },
  );

  it.sequential("has no cursor to go on from", async () => {
    const client = await LiveClient.connect(server.url, ana.key);
    const id = client.subscribe('subscription { ticketViewers(ticketId: "x", after: "1.a") { count } }');
    const { payload } = await client.ending(id);
    expect(payload).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
    client.close();
  });

  it.sequential("ends with the credential, and whoever had it is gone for the others", async () => {
    const ticketId = await calls.submit("revoked");
    const anas = await opens(ana.key, ticketId);
    const leaving = await server.principal("Leaving", "HUMAN", ["REVIEWER"]);
    const theirs = await opens(leaving.key, ticketId);
    await anas.shows("Ana", "Leaving");
    await revokeKey(server.running.services.ledger, { ...(await scope()), keyId: leaving.keyId });
    await anas.shows("Ana");
    expect((await theirs.client.whenClosed()).code).toBe(4403);
  });

  it.sequential("ends for who loses the queue, and stays closed", async () => {
    const ticketId = await calls.submit("moved");
    const anas = await opens(ana.key, ticketId);
    const moving = await server.principal("Moving", "HUMAN", ["REVIEWER"]);
    const theirs = await opens(moving.key, ticketId);
    await anas.shows("Ana", "Moving");
    await changeMember(server.running.services.ledger, {
      ...(await scope()),
      principalId: moving.principalId,
      queues: ["loans"],
    });
    await theirs.client.whenClosed();
    await anas.shows("Ana");
    // The server may remember for a moment what the key was good for; such a window ends by itself.
    await until(
      async () => {
        const again = await opens(moving.key, ticketId);
        const closed = again.client.whenClosed().then(() => undefined);
        return (await Promise.race([again.refusal(), closed])) === "NOT_FOUND";
      },
      { what: "the refusal", timeoutMs: 20_000 },
    );
  });

  it.sequential("does not stay with a socket that is gone, whatever it did with its operations' ids", async () => {
    const ticketId = await calls.submit("one id for all");
    const anas = await opens(ana.key, ticketId);
    await anas.shows("Ana");
    const client = await LiveClient.connect(server.url, ben.key);
    reuseOneId(client, TICKET_VIEWERS, { ticketId });
    client.subscribe(TICKET_VIEWERS, { ticketId });
    await anas.shows("Ana", "Ben");
    client.close();
    await anas.shows("Ana");
  });

  it.sequential("is on nobody's record and wakes no agent", async () => {
    const ticketId = await calls.submit("unrecorded");
    const agent = await LiveClient.connect(server.url, server.keys.agent);
    const changes = agent.subscribe("subscription { ticketChanged { event { type } } }");
    await until(() => server.running.services.push.size === 1);
    const before = await head();
    const anas = await opens(ana.key, ticketId);
    const bens = await opens(ben.key, ticketId);
    await anas.shows("Ana", "Ben");
    bens.cut();
    await anas.shows("Ana");
    expect(await head()).toBe(before);
    await calls.decide(ticketId, {});
    const told = await agent.deliveries<{ ticketChanged: { event: { type: string } } }>(changes, 2);
    expect(told.map(({ ticketChanged }) => ticketChanged.event.type)).toEqual(["REVIEWED", "DECIDED"]);
    agent.close();
  });
});

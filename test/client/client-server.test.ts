import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HitlClient, type SettledDecision, type Ticket } from "../../src/client/hitl-client.js";
import { databases } from "../support/databases.js";
import { startTestServer, type TestPrincipal, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { type CuttableProxy, startProxy } from "./cuttable-proxy.js";

const PROPOSAL = { title: "Expand loan term to 7 years", detail: "From 5 to 7.", payload: { years: 7 } };

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)("the SDK with the server, on $name", (kind) => {
  let server: TestServer;
  let proxy: CuttableProxy;
  /** Of each test its own, who sees nothing of the others' tickets. */
  let own: TestPrincipal;
  let agent: HitlClient;
  let reviewer: HitlClient;
  let clients: HitlClient[];

  function clientOf(apiKey: string): HitlClient {
    const client = new HitlClient({ coreUrl: proxy.url, apiKey, retry: { baseMs: 20, capMs: 200 } });
    clients.push(client);
    return client;
  }

  /** What the agent has in the reviewer's inbox, as soon as something waits in it. */
  async function inbox(count = 1): Promise<readonly Ticket[]> {
    const pending = async (): Promise<readonly Ticket[] | undefined> => {
      const { tickets } = await reviewer.tickets({
        filter: { status: ["PENDING"], submittedById: own.principalId },
        orderBy: "OLDEST",
      });
      return tickets.length >= count ? tickets : undefined;
    };
    return await until(pending, { what: `${count} pending tickets` });
  }

  beforeAll(async () => {
    server = await startTestServer(kind);
    proxy = await startProxy(server.url);
  });
  beforeEach(async () => {
    clients = [];
    own = await server.principal("Agent of one test", "AGENT", ["AGENT"]);
    agent = clientOf(own.key);
    reviewer = clientOf(server.keys.reviewer);
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await until(() => server.running.services.push.size === 0, { what: "nobody to wait any more" });
  });
  afterAll(async () => {
    await proxy?.close();
    await server?.close();
  });

  test.sequential("an agent submits, waits, and is pushed what the reviewer decides", async () => {
    const ticket = await agent.submitForReview(PROPOSAL, { priority: "HIGH" });
    expect(ticket).toMatchObject({ status: "PENDING", revision: 1, queue: "default", priority: "HIGH" });
    const waiting = agent.waitForDecision(ticket.id);
    const [seen] = await inbox();
    expect(seen).toMatchObject({ id: ticket.id, proposal: PROPOSAL });
    expect(await reviewer.ticket(ticket.id)).toMatchObject({ viewerCanDecide: true, reviews: [] });
    await reviewer.comment(ticket.id, "I am looking at it.");
    const verdict = { revision: 1, status: "APPROVED", comments: "Looks good" } as const;
    expect(await reviewer.decide(ticket.id, verdict)).toMatchObject({ status: "APPROVED" });
    const decision = await waiting;
    expect(decision).toMatchObject({
      ticketId: ticket.id,
      status: "APPROVED",
      comments: "Looks good",
      decidedBy: { kind: "HUMAN" },
      proposal: PROPOSAL,
      receipt: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    expect(await agent.getDecision(ticket.id)).toEqual(decision);
    expect(await agent.waitForDecision(ticket.id)).toEqual(decision);
  });

  test.sequential("a review that is approved with edits gives the edited proposal", async () => {
    const reviewing = agent.review(PROPOSAL);
    const [ticket] = await inbox();
    const amendment = { title: PROPOSAL.title, payload: { years: 6 } };
    await reviewer.decide(ticket!.id, { revision: 1, status: "APPROVED", amendment });
    const result = await reviewing;
    expect(result).toMatchObject({ status: "APPROVED", amended: true, revision: 2 });
    expect(result.proposal).toMatchObject({ ...amendment, detail: null, submittedBy: { kind: "HUMAN" } });
  });

  test.sequential("a review that needs changes goes on with the next revision", async () => {
    const reviewing = agent.review(PROPOSAL);
    const [first] = await inbox();
    await reviewer.decide(first!.id, { revision: 1, status: "NEEDS_CHANGES", comments: "at most 6" });
    const result = await reviewing;
    expect(result).toMatchObject({ status: "NEEDS_CHANGES", comments: "at most 6", revision: 1 });
    const again = agent.reviewAgain(result.ticketId, { title: "6 years" }, { revision: 1 });
    const [second] = await inbox();
    expect(second).toMatchObject({ id: result.ticketId, revision: 2 });
    await reviewer.decide(second!.id, { revision: 2, status: "APPROVED" });
    expect(await again).toMatchObject({ status: "APPROVED", amended: false, revision: 2 });
    expect((await agent.ticket(result.ticketId)).proposals).toHaveLength(2);
  });

  test.sequential("resubmitting an answer to another revision is refused, naming the current one", async () => {
    const { id } = await agent.submitForReview(PROPOSAL);
    await agent.resubmit(id, { title: "second" }, { revision: 1 });
    await expect(agent.resubmit(id, { title: "third" }, { revision: 1 })).rejects.toMatchObject({
      name: "StaleRevisionError",
      currentRevision: 2,
    });
  });

  test.sequential("a ticket that is withdrawn ends the wait, and cannot be decided any more", async () => {
    const { id } = await agent.submitForReview(PROPOSAL);
    const waiting = agent.waitForDecision(id);
    expect(await agent.withdraw(id, { reason: "superseded" })).toMatchObject({ status: "WITHDRAWN" });
    expect(await waiting).toMatchObject({ status: "WITHDRAWN", receipt: null });
    await expect(reviewer.decide(id, { revision: 1, status: "APPROVED" })).rejects.toMatchObject({
      code: expect.stringMatching(/^(ALREADY_DECIDED|NOT_PENDING)$/),
    });
  });

  test.sequential("of two reviewers who decide at once, one wins and the other is told who", async () => {
    const { id } = await agent.submitForReview(PROPOSAL);
    const second = clientOf(server.keys.reviewer2);
    const outcomes = await Promise.allSettled([
      reviewer.decide(id, { revision: 1, status: "APPROVED" }),
      second.decide(id, { revision: 1, status: "REJECTED" }),
    ]);
    const lost = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    const { status, decidedBy } = await agent.getDecision(id);
    expect(lost).toEqual([
      expect.objectContaining({
        name: "AlreadyDecidedError",
        decision: expect.objectContaining({
          status,
          decidedBy: expect.objectContaining({ id: decidedBy?.id }),
        }),
      }),
    ]);
  });

  test.sequential("one idempotency key makes one ticket, and no other", async () => {
    const options = { idempotencyKey: "expand-loan-term" };
    const first = await agent.submitForReview(PROPOSAL, options);
    expect((await agent.submitForReview(PROPOSAL, options)).id).toBe(first.id);
    await expect(agent.submitForReview({ title: "other" }, options)).rejects.toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
  });

  test.sequential("a wait goes on through a restart of the server", async () => {
    const { id } = await agent.submitForReview(PROPOSAL);
    const waiting = agent.waitForDecision(id);
    // A server that was never reached is given up on; one that was is waited for.
    await until(() => server.running.services.push.size > 0);
    await server.restart();
    await reviewer.decide(id, { revision: 1, status: "REJECTED", comments: "no" });
    expect(await waiting).toMatchObject({ status: "REJECTED", comments: "no" });
  });

  test.sequential("the stream of decisions goes on through cuts and a restart, each decision once and in order", async () => {
    const { ledgerCursor: after } = await agent.viewer();
    const stream = agent.decisions({ after, bufferSize: 3 });
    const read: SettledDecision[] = [];
    const reading = (async () => {
      for await (const decision of stream) if (read.push(decision) === 12) return;
    })();
    const decided: string[] = [];
    for (let round = 0; round < 12; round++) {
      const { id } = await agent.submitForReview({ title: `proposal ${round}` });
      if (round === 6) await server.restart();
      else if (round % 3 === 2) proxy.cut();
      await reviewer.decide(id, { revision: 1, status: round % 2 === 0 ? "APPROVED" : "REJECTED" });
      decided.push(id);
    }
    await reading;
    expect(read.map((decision) => decision.ticketId)).toEqual(decided);
    const rest = agent.decisions({ after: read[8]!.cursor });
    expect((await rest.next()).value).toEqual(read[9]);
    await rest.return();
  });

  test.sequential("a cursor that is not from this ledger is refused", async () => {
    await expect(agent.decisions({ after: "bm9uc2Vuc2U" }).next()).rejects.toMatchObject({
      name: "CursorInvalidError",
    });
  });

  test.sequential("another agent's ticket is not there, whichever way one asks", async () => {
    const { id } = await agent.submitForReview(PROPOSAL);
    const stranger = clientOf(server.keys.otherAgent);
    const attempts = [
      stranger.getDecision(id),
      stranger.ticket(id),
      stranger.waitForDecision(id),
      stranger.withdraw(id),
      stranger.resubmit(id, PROPOSAL),
    ];
    for (const attempt of await Promise.allSettled(attempts)) {
      expect(attempt).toMatchObject({ status: "rejected", reason: { code: "NOT_FOUND" } });
    }
  });

  test.sequential("a key that is not known is refused, over HTTP and over the WebSocket", async () => {
    const unknown = clientOf("csk_00000000000000000000000000_unknown");
    await expect(unknown.viewer()).rejects.toMatchObject({ name: "UnauthenticatedError" });
    await expect(unknown.waitForDecision("ticket_0")).rejects.toMatchObject({ name: "UnauthenticatedError" });
  });

  test.sequential("a wait whose key expires ends with UNAUTHENTICATED", async () => {
    const expiresAt = Date.now() + 2_000;
    const { key } = await server.principal("Short-lived agent", "AGENT", ["AGENT"], { expiresAt });
    const shortLived = clientOf(key);
    const { id } = await shortLived.submitForReview(PROPOSAL);
    await expect(shortLived.waitForDecision(id)).rejects.toMatchObject({
      name: "UnauthenticatedError",
      details: { ticketId: id },
    });
  });

  test.sequential("a function may give short-lived tokens instead of the key", async () => {
    let exchanges = 0;
    const byToken = new HitlClient({
      coreUrl: proxy.url,
      apiKey: async () => {
        exchanges++;
        const authorization = `Bearer ${own.key}`;
        const response = await fetch(`${server.url}/auth/token`, {
          method: "POST",
          headers: { authorization },
        });
        return ((await response.json()) as { token: string }).token;
      },
    });
    clients.push(byToken);
    const reviewing = byToken.review(PROPOSAL);
    const [ticket] = await inbox();
    await reviewer.decide(ticket!.id, { revision: 1, status: "REJECTED" });
    expect(await reviewing).toMatchObject({ status: "REJECTED" });
    expect(exchanges).toBe(2);
  });
});

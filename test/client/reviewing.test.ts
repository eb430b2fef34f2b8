import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HitlClient } from "../../src/client/hitl-client.js";
import { ScriptedServer } from "../support/scripted-server.js";
import { AGENT_KEY } from "../support/scripted-tickets.js";
import { until } from "../support/until.js";

const PROPOSAL = { title: "Expand loan term to 7 years", payload: { years: 7 } };

let server: ScriptedServer;
let client: HitlClient;

/** Until the client waits on the server, for the n-th time. */
const waits = (n = 1): Promise<unknown> =>
  until(() => server.requests("TicketDecided").length >= n, { what: `subscription ${n}` });

beforeEach(async () => {
  server = await ScriptedServer.start();
  client = new HitlClient({ coreUrl: server.url, apiKey: AGENT_KEY });
});

afterEach(async () => {
  await client.close();
  await server.kill();
});

describe("a review", () => {
  test("that is approved with edits gives exactly what was approved", async () => {
    const reviewing = client.review(PROPOSAL);
    await waits();
    const amendment = { title: PROPOSAL.title, payload: { years: 6 } };
    server.decide("ticket_1", "APPROVED", { amendment, comments: "six will do" });
    const result = await reviewing;
    expect(result).toMatchObject({ status: "APPROVED", amended: true, revision: 2 });
    expect(result.proposal).toMatchObject({ ...amendment, submittedBy: { name: "Policy analyst" } });
    expect(result.ticket).toMatchObject({ id: "ticket_1", status: "APPROVED", revision: 2 });
    expect(result.receipt).toEqual(expect.any(String));
  });

  test("that is approved as it stands says so", async () => {
    const reviewing = client.review(PROPOSAL);
    await waits();
    server.decide("ticket_1", "APPROVED");
    expect(await reviewing).toMatchObject({ status: "APPROVED", amended: false, proposal: PROPOSAL });
  });

  test("that needs changes gives the comments and the ticket, and goes on with the revised proposal", async () => {
    const reviewing = client.review(PROPOSAL);
    await waits();
    server.decide("ticket_1", "NEEDS_CHANGES", { comments: "at most 6 years" });
    const first = await reviewing;
    expect(first).toMatchObject({
      status: "NEEDS_CHANGES",
      comments: "at most 6 years",
      ticketId: "ticket_1",
    });
    expect(first.ticket).toMatchObject({ status: "NEEDS_CHANGES", revision: 1 });
    const again = client.reviewAgain(first.ticketId, { title: "6 years" }, { revision: first.revision });
    await waits(2);
    server.decide("ticket_1", "APPROVED");
    expect(await again).toMatchObject({ status: "APPROVED", revision: 2, proposal: { title: "6 years" } });
  });

  test.each(["REJECTED", "EXPIRED", "WITHDRAWN"])("may end with %s", async (status) => {
    const reviewing = client.review(PROPOSAL);
    await waits();
    server.decide("ticket_1", status);
    expect(await reviewing).toMatchObject({ status, comments: null });
  });

  test("that was submitted and decided before, under the same key, ends at once", async () => {
    await client.submitForReview(PROPOSAL, { idempotencyKey: "mine" });
    server.decide("ticket_1", "APPROVED");
    expect(await client.review(PROPOSAL, { idempotencyKey: "mine" })).toMatchObject({ status: "APPROVED" });
  });

  test("that takes too long says which ticket to go on waiting for", async () => {
    await expect(client.review(PROPOSAL, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "TIMEOUT",
      details: { ticketId: "ticket_1" },
    });
  });

  test("whose client is closed meanwhile says so, and which ticket it was about", async () => {
    const settled = expect(client.review(PROPOSAL, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: "CLIENT_CLOSED",
      details: { ticketId: "ticket_1" },
    });
    await waits();
    await client.close();
    await settled;
  });

  test("that is withdrawn meanwhile ends as WITHDRAWN", async () => {
    const reviewing = client.review(PROPOSAL);
    await waits();
    await client.withdraw("ticket_1", { reason: "superseded" });
    expect(await reviewing).toMatchObject({ status: "WITHDRAWN" });
  });
});

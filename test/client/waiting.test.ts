import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HitlClient, type HitlClientOptions } from "../../src/client/hitl-client.js";
import { ScriptedServer } from "../support/scripted-server.js";
import { AGENT_KEY } from "../support/scripted-tickets.js";
import { until } from "../support/until.js";

const PROPOSAL = { title: "Expand loan term to 7 years", payload: { years: 7 } };

let server: ScriptedServer;
const clients: HitlClient[] = [];

function clientWith(options: Partial<HitlClientOptions> = {}): HitlClient {
  const retry = { baseMs: 1, capMs: 20, ...options.retry };
  const client = new HitlClient({ coreUrl: server.url, apiKey: AGENT_KEY, ...options, retry });
  clients.push(client);
  return client;
}

async function submitted(client: HitlClient): Promise<string> {
  return (await client.submitForReview(PROPOSAL)).id;
}

const subscriptions = (): number => server.requests("TicketDecided").length;

/** Until the client waits on the server, for the n-th time. */
const waits = (n = 1): Promise<unknown> => until(() => subscriptions() >= n, { what: `subscription ${n}` });

beforeEach(async () => {
  server = await ScriptedServer.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.kill();
});

describe("waiting for a decision", () => {
  test("ends with the decision as soon as it is made, and leaves no socket open", async () => {
    const client = clientWith();
    const id = await submitted(client);
    const waiting = client.waitForDecision(id);
    await waits();
    server.decide(id, "APPROVED", { comments: "Looks good" });
    expect(await waiting).toMatchObject({
      ticketId: id,
      status: "APPROVED",
      comments: "Looks good",
      decidedBy: { name: "Policy analyst" },
      proposal: PROPOSAL,
    });
    await until(() => server.openSockets === 0);
  });

  test("answers at once when it was made before", async () => {
    const client = clientWith();
    const id = await submitted(client);
    server.decide(id, "REJECTED");
    expect(await client.waitForDecision(id)).toMatchObject({ status: "REJECTED" });
  });

  test("hears only of its own ticket, over one socket for all", async () => {
    const client = clientWith();
    const ids = await Promise.all(Array.from({ length: 20 }, () => submitted(client)));
    const waiting = ids.map((id) => client.waitForDecision(id));
    await waits(20);
    for (const id of ids) server.decide(id, "APPROVED", { comments: id });
    const decisions = await Promise.all(waiting);
    expect(decisions.map((decision) => decision.comments)).toEqual(ids);
    expect(server.socketsOpened).toBe(1);
  });

  test.each(["stop", "kill"] as const)("survives a restart of the server (%s)", async (way) => {
    const client = clientWith();
    const id = await submitted(client);
    const waiting = client.waitForDecision(id);
    await waits();
    await server[way]();
    await server.start();
    await waits(2);
    server.decide(id, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED" });
  });

  test("finds what was decided while the server was gone, however long that was", async () => {
    let retries = 0;
    const client = clientWith({ retry: { attempts: 2 }, onRetry: () => retries++ });
    const id = await submitted(client);
    const waiting = client.waitForDecision(id);
    await waits();
    await server.kill();
    await until(() => retries > 6);
    server.decide(id, "REJECTED");
    await server.start();
    expect(await waiting).toMatchObject({ status: "REJECTED" });
  });

  test("survives broken connections, again and again", async () => {
    const client = clientWith();
    const id = await submitted(client);
    const waiting = client.waitForDecision(id);
    for (let cut = 1; cut <= 5; cut++) {
      await waits(cut);
      server.cutWebSockets();
    }
    await waits(6);
    server.decide(id, "EXPIRED");
    expect(await waiting).toMatchObject({ status: "EXPIRED" });
  });

  test.each([1000, 1001, 1012, 1013, 4408, 4500])("comes back after close code %i", async (code) => {
    const client = clientWith();
    const id = await submitted(client);
    const waiting = client.waitForDecision(id);
    await waits();
    server.closeWebSockets(code);
    await waits(2);
    server.decide(id, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED" });
  });

  test("notices a connection that is open but dead", async () => {
    const client = clientWith({ heartbeatMs: 50 });
    const id = await submitted(client);
    const waiting = client.waitForDecision(id);
    await waits();
    server.freezeSockets();
    server.decide(id, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED" });
  });

  test("keeps a quiet connection that lives", async () => {
    const client = clientWith({ heartbeatMs: 20 });
    const id = await submitted(client);
    await expect(client.waitForDecision(id, { timeoutMs: 300 })).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(server.socketsOpened).toBe(1);
  });

  test("subscribes again when the server ends the subscription, or is UNAVAILABLE for it", async () => {
    server.subscriptionFaults.push({ completes: true }, { code: "UNAVAILABLE" }, { completes: true });
    const client = clientWith();
    const id = await submitted(client);
    const waiting = client.waitForDecision(id);
    await waits(4);
    server.decide(id, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED" });
  });

  test("takes a decision on an earlier revision for no answer, where a later one is asked for", async () => {
    const client = clientWith();
    const id = await submitted(client);
    server.decide(id, "NEEDS_CHANGES");
    const waiting = client.waitForDecision(id, { revision: 2 });
    await waits();
    await client.resubmit(id, { title: "Expand loan term to 6 years" });
    server.decide(id, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED", revision: 2 });
  });

  test("counts only what was settled after the given cursor", async () => {
    const client = clientWith();
    const id = await submitted(client);
    server.decide(id, "NEEDS_CHANGES");
    const { ledgerCursor: after } = await client.viewer();
    const waiting = client.waitForDecision(id, { after });
    await waits();
    server.cutWebSockets();
    server.decide(id, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED" });
  });
});

describe("waiting ends without a decision", () => {
  test("with TIMEOUT, naming the ticket, and the socket closes", async () => {
    const client = clientWith();
    const ticketId = await submitted(client);
    await expect(client.waitForDecision(ticketId, { timeoutMs: 50 })).rejects.toMatchObject({
      name: "TimeoutError",
      code: "TIMEOUT",
      details: { ticketId },
    });
    await until(() => server.openSockets === 0);
  });

  test("with ABORTED when its signal is, and others go on waiting", async () => {
    const client = clientWith();
    const ticketId = await submitted(client);
    const controller = new AbortController();
    const aborted = client.waitForDecision(ticketId, { signal: controller.signal });
    const settled = expect(aborted).rejects.toMatchObject({ name: "AbortError", details: { ticketId } });
    const other = client.waitForDecision(ticketId);
    await waits(2);
    controller.abort();
    await settled;
    server.decide(ticketId, "APPROVED");
    expect(await other).toMatchObject({ status: "APPROVED" });
    expect(server.socketsOpened).toBe(1);
  });

  test("with CLIENT_CLOSED when the client is closed", async () => {
    const client = clientWith();
    const id = await submitted(client);
    const settled = expect(client.waitForDecision(id)).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
    await waits();
    await client.close();
    await settled;
    await until(() => server.openSockets === 0);
  });

  test("with NOT_FOUND for a ticket that is not there", async () => {
    await expect(clientWith().waitForDecision("ticket_0")).rejects.toMatchObject({ name: "NotFoundError" });
    await until(() => server.openSockets === 0);
  });

  test("with CURSOR_INVALID for a cursor that is not from here", async () => {
    const client = clientWith();
    const id = await submitted(client);
    const { ledgerCursor: after } = await client.viewer();
    server.restoreBackup();
    await expect(client.waitForDecision(id, { after })).rejects.toMatchObject({ code: "CURSOR_INVALID" });
  });

  test.each([4401, 4403])("with UNAUTHENTICATED, at once, after close code %i", async (code) => {
    server.refuseSocketsWith = code;
    await expect(clientWith().waitForDecision("ticket_1")).rejects.toMatchObject({
      name: "UnauthenticatedError",
      details: { closeCode: code },
    });
    expect(server.socketsOpened).toBe(1);
  });

  test("with UNAUTHENTICATED when its key is revoked meanwhile", async () => {
    const client = clientWith();
    const id = await submitted(client);
    const settled = expect(client.waitForDecision(id)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await waits();
    server.keys.delete(AGENT_KEY);
    server.closeWebSockets(4403);
    await settled;
    expect(server.socketsOpened).toBe(2);
  });

  test("with UNAUTHENTICATED when its credential is accepted and ended over and over", async () => {
    const client = clientWith();
    const id = await submitted(client);
    let over = false;
    const waiting = client.waitForDecision(id).finally(() => {
      over = true;
    });
    const settled = expect(waiting).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await until(() => {
      server.closeWebSockets(4403);
      return over;
    });
    await settled;
    expect(server.socketsOpened).toBeLessThan(10);
  });

  test("with BAD_RESPONSE where the server does not understand", async () => {
    server.refuseSocketsWith = 4406;
    await expect(clientWith().waitForDecision("ticket_1")).rejects.toMatchObject({ code: "BAD_RESPONSE" });
    expect(server.socketsOpened).toBe(1);
  });

  test("with NETWORK where the server was never reached", async () => {
    const client = clientWith({ retry: { attempts: 3 } });
    await server.kill();
    const settled = expect(client.waitForDecision("ticket_1")).rejects.toMatchObject({
      name: "ConnectionError",
      code: "NETWORK",
      details: { ticketId: "ticket_1" },
    });
    await settled;
  });

  test("with NETWORK where nobody answers the handshake", async () => {
    server.ignoresHandshakes = true;
    const client = clientWith({ retry: { attempts: 2 }, requestTimeoutMs: 100 });
    await expect(client.waitForDecision("ticket_1")).rejects.toMatchObject({ code: "NETWORK" });
  });

  const wrong: [string, unknown][] = [
    ["no data", {}],
    ["data that is null", { data: null }],
    ["a decision that is a number", { data: { ticketDecided: 7 } }],
    ["a decision without cursor", { data: { ticketDecided: { status: "APPROVED", ticketId: "ticket_1" } } }],
    [
      "a status that is no text",
      { data: { ticketDecided: { status: 1, ticketId: "ticket_1", cursor: "c" } } },
    ],
  ];
  test.each(wrong)("with BAD_RESPONSE where the server pushes %s", async (_name, result) => {
    const client = clientWith();
    const id = await submitted(client);
    server.decide(id, "APPROVED");
    server.garble = () => result;
    await expect(client.waitForDecision(id)).rejects.toMatchObject({ code: "BAD_RESPONSE" });
    await until(() => server.openSockets === 0);
  });

  test("rather than with another ticket's", async () => {
    const client = clientWith();
    const id = await submitted(client);
    const other = { ticketId: "ticket_0", status: "APPROVED", revision: 1, cursor: "c" };
    server.garble = () => ({ data: { ticketDecided: other } });
    server.decide(id, "APPROVED");
    await expect(client.waitForDecision(id, { timeoutMs: 100 })).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  test.each([-1, Number.NaN, "5" as unknown as number])(
    "with BAD_USER_INPUT for timeoutMs %j",
    async (timeoutMs) => {
      await expect(clientWith().waitForDecision("ticket_1", { timeoutMs })).rejects.toMatchObject({
        code: "BAD_USER_INPUT",
      });
    },
  );

  test("not before its time, when that is longer than timers can be", async () => {
    const client = clientWith();
    const id = await submitted(client);
    const waiting = client.waitForDecision(id, { timeoutMs: 90 * 24 * 3_600_000 });
    await waits();
    server.decide(id, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED" });
  });
});

describe("a token that expires", () => {
  test("is replaced by the next one, and the wait goes on", async () => {
    let asked = 0;
    const client = clientWith({ apiKey: () => `token-${++asked}` });
    for (const key of ["token-1", "token-2"]) server.keys.add(key);
    const [id] = server.approveMany(1);
    const { ledgerCursor: after } = await clientWith().viewer();
    const waiting = client.waitForDecision(id!, { after });
    await waits();
    server.keys.delete("token-1");
    server.closeWebSockets(4403);
    await waits(2);
    server.decide(id!, "APPROVED");
    expect(await waiting).toMatchObject({ status: "APPROVED" });
    expect(asked).toBe(2);
  });
});

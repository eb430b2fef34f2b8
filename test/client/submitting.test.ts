import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HitlClient, type HitlClientOptions, type RetryNotice } from "../../src/client/hitl-client.js";
import { type HttpFault, ScriptedServer } from "../support/scripted-server.js";
import { AGENT_KEY, REVIEWER_KEY } from "../support/scripted-tickets.js";
import { until } from "../support/until.js";

const PROPOSAL = { title: "Expand loan term to 7 years", payload: { years: 7 } };
const QUICK = { baseMs: 1, capMs: 5 };

let server: ScriptedServer;
const clients: HitlClient[] = [];

function clientWith(options: Partial<HitlClientOptions> = {}): HitlClient {
  const client = new HitlClient({ coreUrl: server.url, apiKey: AGENT_KEY, retry: QUICK, ...options });
  clients.push(client);
  return client;
}

const keysSent = (): unknown[] =>
  server.requests("SubmitReview").map((request) => request.variables.input?.idempotencyKey);

beforeEach(async () => {
  server = await ScriptedServer.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.kill();
});

describe("submitting", () => {
  test("gives the ticket, and the position from which nothing about it is missed", async () => {
    const ticket = await clientWith().submitForReview(PROPOSAL, {
      queue: "loans",
      priority: "HIGH",
      approvalsRequired: 2,
      dueAt: new Date("2030-01-01T00:00:00Z"),
      expiresAt: "2030-02-01T00:00:00.000Z",
    });
    expect(ticket).toMatchObject({ status: "PENDING", revision: 1, queue: "loans", priority: "HIGH" });
    expect(ticket.proposal).toMatchObject({ ...PROPOSAL, detail: null });
    expect(ticket.ledgerCursor).toEqual(expect.any(String));
    expect(server.requests("SubmitReview")[0]?.variables.input).toMatchObject({
      dueAt: "2030-01-01T00:00:00.000Z",
      expiresAt: "2030-02-01T00:00:00.000Z",
      approvalsRequired: 2,
    });
  });

  const passing: [string, HttpFault][] = [
    ["a proxy that answers 502", { status: 502 }],
    ["a proxy that answers 503", { status: 503, headers: { "retry-after": "0" } }],
    ["a proxy that answers 504", { status: 504 }],
    ["a proxy that answers 429", { status: 429 }],
    ["UNAVAILABLE", { code: "UNAVAILABLE" }],
    ["RATE_LIMITED", { code: "RATE_LIMITED", extensions: { retryAfter: 0.01 } }],
    ["a connection that broke before the work was done", { breaks: "before" }],
    ["a connection that broke after the work was done", { breaks: "after" }],
    ["a server that did the work and fell silent", { hangs: true }],
  ];
  test.each(passing)("survives %s, under one idempotency key", async (_name, fault) => {
    server.httpFaults.push(fault, fault);
    const notices: RetryNotice[] = [];
    const client = clientWith({ requestTimeoutMs: 300, onRetry: (notice) => notices.push(notice) });
    const ticket = await client.submitForReview(PROPOSAL);
    expect(ticket.id).toBe("ticket_1");
    expect(keysSent()).toHaveLength(3);
    expect(new Set(keysSent()).size).toBe(1);
    expect(keysSent()[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(notices.map((notice) => notice.failures)).toEqual([1, 2]);
  });

  test("makes another key for another call, and uses the caller's own where there is one", async () => {
    const client = clientWith();
    await client.submitForReview(PROPOSAL);
    await client.submitForReview(PROPOSAL);
    await client.submitForReview(PROPOSAL, { idempotencyKey: "mine" });
    expect(new Set(keysSent()).size).toBe(3);
    expect(keysSent()[2]).toBe("mine");
  });

  test("gives up after so many tries, and says under which key to go on", async () => {
    server.httpFaults.push({ breaks: "after" }, { status: 503 }, { status: 503 });
    const client = clientWith({ retry: { ...QUICK, attempts: 3 } });
    const error = await client.submitForReview(PROPOSAL).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "UNAVAILABLE", details: { idempotencyKey: keysSent()[0] } });
    expect(keysSent()).toHaveLength(3);
    const idempotencyKey = String(keysSent()[0]);
    expect(await client.submitForReview(PROPOSAL, { idempotencyKey })).toMatchObject({ id: "ticket_1" });
  });

  test("waits as long as the server asks for", async () => {
    server.httpFaults.push({ code: "RATE_LIMITED", extensions: { retryAfter: 0.3 } });
    const begun = performance.now();
    await clientWith().submitForReview(PROPOSAL);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
  });

  test("reads Retry-After as seconds and as a date", async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    for (const header of ["3600", date]) {
      server.httpFaults.push({ status: 503, headers: { "retry-after": header } });
      const error = await clientWith()
        .submitForReview(PROPOSAL)
        .catch((caught: unknown) => caught);
      const { retryAfter } = (error as { details: { retryAfter: number } }).details;
      expect(retryAfter).toBeGreaterThan(3_590);
      expect(retryAfter).toBeLessThanOrEqual(3_600);
    }
    expect(keysSent()).toHaveLength(2);
  });

  test.each(["BAD_USER_INPUT", "FORBIDDEN", "IDEMPOTENCY_CONFLICT", "INTERNAL_SERVER_ERROR"])(
    "does not try again after %s",
    async (code) => {
      server.httpFaults.push({ code, extensions: { field: "queue" } });
      await expect(clientWith().submitForReview(PROPOSAL)).rejects.toMatchObject({
        code,
        requestId: "request-1",
        details: { field: "queue" },
      });
      expect(keysSent()).toHaveLength(1);
    },
  );

  const foreign: [string, HttpFault][] = [
    ["a web page", { status: 200 }],
    ["404", { status: 404 }],
    ["a redirect", { status: 307, headers: { location: "/elsewhere" } }],
    ["JSON of another kind", { status: 200, body: "[1]" }],
    ["data of another shape", { status: 200, body: '{"data":{"submitReview":42}}' }],
    ["data that is null", { status: 200, body: '{"data":null}' }],
  ];
  test.each(foreign)("tells of a server that answers with %s", async (_name, fault) => {
    server.httpFaults.push(fault);
    await expect(clientWith().submitForReview(PROPOSAL)).rejects.toMatchObject({ code: "BAD_RESPONSE" });
    expect(keysSent()).toHaveLength(1);
  });

  test("refuses, before anything is sent, what JSON would change or cannot carry", async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const payload of [{ a: Number.NaN }, { a: [Number.POSITIVE_INFINITY] }, { a: 1n }, cycle]) {
      await expect(clientWith().submitForReview({ title: "x", payload })).rejects.toMatchObject({
        code: "BAD_USER_INPUT",
      });
    }
    expect(server.seen).toEqual([]);
  });

  test("works below a path prefix, given with a slash", async () => {
    await expect(
      clientWith({ coreUrl: `${server.url}/some/prefix/` }).submitForReview(PROPOSAL),
    ).resolves.toMatchObject({ id: "ticket_1" });
  });
});

describe("a call that ends early", () => {
  test("rejects with ABORTED while it waits for an answer", async () => {
    server.httpFaults.push({ hangs: true });
    const controller = new AbortController();
    const client = clientWith({ retry: { ...QUICK, attempts: 1 } });
    const call = client.submitForReview(PROPOSAL, { signal: controller.signal });
    const settled = expect(call).rejects.toMatchObject({
      name: "AbortError",
      code: "ABORTED",
      cause: "enough",
    });
    await until(() => keysSent().length === 1);
    controller.abort("enough");
    await settled;
  });

  test("rejects with ABORTED while it pauses between two tries", async () => {
    server.httpFaults.push({ code: "UNAVAILABLE", extensions: { retryAfter: 60 } });
    const controller = new AbortController();
    const onRetry = (): void => controller.abort();
    await expect(
      clientWith({ onRetry }).submitForReview(PROPOSAL, { signal: controller.signal }),
    ).rejects.toMatchObject({ code: "ABORTED" });
  });

  test("sends nothing when the signal was aborted before", async () => {
    await expect(
      clientWith().submitForReview(PROPOSAL, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "ABORTED" });
    expect(server.seen).toEqual([]);
  });

  test("rejects with TIMEOUT where the signal is a time limit", async () => {
    server.httpFaults.push({ hangs: true });
    await expect(
      clientWith().submitForReview(PROPOSAL, { signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ name: "TimeoutError", code: "TIMEOUT" });
  });

  test("rejects with CLIENT_CLOSED when the client is closed, then and afterwards", async () => {
    server.httpFaults.push({ hangs: true });
    const client = clientWith();
    const settled = expect(client.submitForReview(PROPOSAL)).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
    await until(() => keysSent().length === 1);
    await client.close();
    await settled;
    await expect(client.viewer()).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  });
});

describe("the API key", () => {
  test("is asked for anew with every request, where it comes from a function", async () => {
    server.httpFaults.push({ status: 503 });
    server.keys.add("token-2");
    let asked = 0;
    const client = clientWith({ apiKey: async () => `token-${++asked}` });
    await expect(client.viewer()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.seen.map((request) => request.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  test("is asked for again where its function fails", async () => {
    let asked = 0;
    const client = clientWith({
      apiKey: () => (++asked === 1 ? Promise.reject(new Error("vault sealed")) : AGENT_KEY),
    });
    await expect(client.viewer()).resolves.toMatchObject({ principal: { name: "Loan agent" } });
  });

  test("that is wrong is UNAUTHENTICATED, at once", async () => {
    await expect(clientWith({ apiKey: "csk_wrong" }).viewer()).rejects.toMatchObject({
      name: "UnauthenticatedError",
    });
    expect(server.seen).toHaveLength(1);
  });

  test("stands in no error, whatever goes wrong, and not in the client", async () => {
    const apiKey = "csk_very-secret";
    const errors: unknown[] = [];
    const fail = async (options: Partial<HitlClientOptions>, fault?: HttpFault): Promise<void> => {
      const client = clientWith({
        retry: { ...QUICK, attempts: 1 },
        requestTimeoutMs: 200,
        apiKey,
        ...options,
      });
      if (fault !== undefined) server.httpFaults.push(fault);
      errors.push(await client.viewer().then(inspect, (error: unknown) => error));
      errors.push(await client.waitForDecision("ticket_1").then(inspect, (error: unknown) => error));
      expect(inspect(client, { depth: 20, showHidden: true })).not.toContain("very-secret");
    };
    await fail({});
    await fail({}, { breaks: "before" });
    await fail({}, { hangs: true });
    await fail({}, { status: 503 });
    await fail({ coreUrl: "http://127.0.0.1:1" });
    await fail({ apiKey: () => `${apiKey}\nx` });
    expect(errors).toHaveLength(12);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("very-secret");
    }
  });
});

describe("the small helpers", () => {
  test("decide, and tell whoever comes too late which decision won", async () => {
    const reviewer = clientWith({ apiKey: REVIEWER_KEY });
    const { id } = await clientWith().submitForReview(PROPOSAL);
    const verdict = { revision: 1, status: "REJECTED", comments: "too long" } as const;
    expect(await reviewer.decide(id, verdict)).toMatchObject({ status: "REJECTED", comments: "too long" });
    await expect(reviewer.decide(id, verdict)).rejects.toMatchObject({
      name: "AlreadyDecidedError",
      decision: { status: "REJECTED", decidedBy: { name: "Policy analyst" } },
    });
    expect(await reviewer.getDecision(id)).toMatchObject({ status: "REJECTED", ticketId: id });
  });

  test("list tickets, and count them only where that is asked for", async () => {
    const client = clientWith();
    const { id } = await client.submitForReview(PROPOSAL);
    await client.submitForReview(PROPOSAL);
    server.decide(id, "APPROVED");
    const page = await client.tickets({ filter: { status: ["APPROVED"] }, withTotalCount: true });
    expect(page).toMatchObject({ tickets: [{ id }], hasNextPage: false, endCursor: null, totalCount: 2 });
    expect((await client.tickets()).totalCount).toBeUndefined();
  });

  test("comment on a ticket, once", async () => {
    const client = clientWith();
    const { id } = await client.submitForReview(PROPOSAL);
    server.httpFaults.push({ breaks: "after" });
    expect(await client.comment(id, "See the annex.")).toMatchObject({ id, status: "PENDING" });
    const keys = server.requests("CommentOnTicket").map(({ variables }) => variables.input?.idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test("show a ticket with all that belongs to it, or that there is none", async () => {
    const client = clientWith();
    const { id } = await client.submitForReview(PROPOSAL);
    expect(await client.ticket(id)).toMatchObject({ id, decision: { status: "PENDING" }, reviews: [] });
    await expect(client.ticket("ticket_0")).rejects.toMatchObject({ name: "NotFoundError" });
  });
});

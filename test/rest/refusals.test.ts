import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, viewerId } from "../api/members.js";
import { ticketOf } from "../api/tickets.js";
import { databases } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { type Refusal, type RestAnswer, rest, signOff, submitOver, type Ticket } from "./rest-client.js";

const NO_TICKET = "ticket_01m83gt4mheh0r2rvt70rjp1fe";

/** Fails unless the answer is a refusal to the letter of RFC 9457. */
function refused(answer: RestAnswer<unknown>, status: number, code: string, field?: string): Refusal {
  const body = answer.body as Refusal;
  expect([answer.status, body.code, body["field"]], answer.text).toEqual([status, code, field]);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(body).toMatchObject({
    type: `urn:countersign:error:${code}`,
    title: expect.any(String),
    status,
    requestId: answer.headers.get("x-request-id"),
  });
  expect(body.detail.length).toBeGreaterThan(10);
  expect(body.detail.length).toBeLessThan(500);
  return body;
}

describe.each(databases)("what REST refuses, on $name,", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  let head: () => Promise<number>;
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
    const { services } = server.running;
    head = async () => (await services.graphql.head(server.workspaceId)).sequence;
  });
  afterAll(() => server?.close());

  const submit = (body: unknown, key = keys.agent) =>
    rest<unknown>(url, key, "POST", "/hitl/tickets", { body });
  const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "body"],
    ["null", null, "body"],
    ["a list", [{ title: "x" }], "body"],
    ["a text", '"x"', "body"],
    ["no title", {}, "title"],
    ["a title that is none", { title: 7 }, "title"],
    ["a title of null", { title: null }, "title"],
    ["an empty title", { title: " \n" }, "title"],
    ["a title that is too long", { title: "x".repeat(301) }, "title"],
    ["a title with half a character", '{"title": "\\ud800"}', "title"],
    ["a detail that is too long", { title: "x", detail: "x".repeat(100_001) }, "detail"],
    ["a payload that is a list", { title: "x", payload: [] }, "payload"],
    ["a payload that is a text", { title: "x", payload: "{}" }, "payload"],
    ["a payload that is too deep", { title: "x", payload: deep(64) }, "payload"],
    [
      "a payload that is much too deep",
      `{"title":"x","payload":${'{"a":'.repeat(20_000)}1${"}".repeat(20_001)}`,
      "payload",
    ],
    ["a payload that is too large", { title: "x", payload: { a: "x".repeat(262_144) } }, "payload"],
    ["a number beyond 2^53 - 1", '{"title":"x","payload":{"n":9007199254740993}}', "payload"],
    ["a number beyond all", '{"title":"x","payload":{"n":1e999}}', "payload"],
    ["half a character as a name", '{"title":"x","payload":{"\\udc00":1}}', "payload"],
    ["an unknown member", { title: "x", approvedBy: "me" }, "approvedBy"],
    ["a decision", { title: "x", status: "approved" }, "status"],
    ["a member with a long name", { title: "x", ["y".repeat(5_000)]: 1 }, `${"y".repeat(100)}…`],
    ["a queue that is not there", { title: "x", queue: "nowhere" }, "queue"],
    ["a priority that is none", { title: "x", priority: "soon" }, "priority"],
    ["no approvals at all", { title: "x", approvalsRequired: 0 }, "approvalsRequired"],
    ["too many approvals", { title: "x", approvalsRequired: 21 }, "approvalsRequired"],
    ["half an approval", { title: "x", approvalsRequired: 1.5 }, "approvalsRequired"],
    ["approvals as a text", { title: "x", approvalsRequired: "2" }, "approvalsRequired"],
    ["a time without a zone", { title: "x", dueAt: "2030-01-01T00:00:00" }, "dueAt"],
    ["a day that there is not", { title: "x", expiresAt: "2030-02-30T00:00:00Z" }, "expiresAt"],
    ["a deadline that has passed", { title: "x", expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
  ])("%s as a submission, naming the field and changing nothing", async (_, body, field) => {
    const before = await head();
    refused(await submit(body), 400, "BAD_USER_INPUT", field);
    expect(await head()).toBe(before);
  });

  it.each<[string, string, string | undefined, number, string]>([
    ["what is no JSON", "{", "application/json", 400, "BAD_REQUEST"],
    [
      "a name that would be a prototype",
      '{"title":"x","payload":{"__proto__":{"a":1}}}',
      "application/json",
      400,
      "BAD_REQUEST",
    ],
    ["a form", "title=x", "application/x-www-form-urlencoded", 415, "BAD_REQUEST"],
    ["plain text", "{}", "text/plain", 415, "BAD_REQUEST"],
    [
      "more than a mebibyte",
      JSON.stringify({ title: "x".repeat(1_100_000) }),
      "application/json",
      413,
      "BAD_REQUEST",
    ],
  ])("%s", async (_, body, type, status, code) => {
    const headers = { "content-type": type ?? "" };
    refused(await rest(url, keys.agent, "POST", "/hitl/tickets", { body, headers }), status, code);
  });

  it("who does not say who they are, before anything of theirs is read", async () => {
    for (const key of [null, `${keys.agent}x`, "guess"]) {
      const answer = await rest(url, key, "POST", "/hitl/tickets", { body: "{" });
      refused(answer, 401, "UNAUTHENTICATED");
      expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    }
    const basic = { headers: { authorization: `Basic ${btoa(keys.agent)}` } };
    refused(await rest(url, null, "GET", "/hitl/tickets", basic), 401, "UNAUTHENTICATED");
  });

  it("who may not, and puts that on record under the route's name", async () => {
    const ticket = await submitOver(url, keys.agent);
    expect(refused(await submit({ title: "x" }, keys.reviewer), 403, "FORBIDDEN")).toMatchObject({
      requiredRole: "AGENT",
    });
    refused(await signOff(url, keys.agent, ticket), 403, "FORBIDDEN");
    refused(await signOff(url, keys.auditor, ticket), 403, "FORBIDDEN");
    refused(await signOff(url, keys.otherAgent, ticket), 404, "NOT_FOUND");
    const id = await viewerId(url, keys.otherAgent);
    const denials = await until(async () => {
      const all = await eventsOf(server, "ACCESS_DENIED");
      return all.some(({ actor }) => actor.id === id) && all;
    });
    expect(denials.map(({ data }) => [data["code"], data["operation"]])).toEqual(
      expect.arrayContaining([
        ["FORBIDDEN", "POST /hitl/tickets"],
        ["FORBIDDEN", "POST /hitl/tickets/:id/reviews"],
        ["NOT_FOUND", "POST /hitl/tickets/:id/reviews"],
      ]),
    );
    expect((await ticketOf(url, keys.agent, ticket.id)).status).toBe("PENDING");
  });

  it("other workspaces' tickets and what there never was, on every route and in the same words", async () => {
    const foreign = await submitOver(url, keys.foreignAgent);
    const routes: readonly [method: string, path: string, body?: object][] = [
      ["GET", ""],
      ["GET", "?wait=5"],
      ["GET", "/events"],
      ["POST", "/revisions", { title: "x" }],
      ["POST", "/revisions", { title: "" }],
      ["POST", "/withdrawal"],
      ["POST", "/reviews", { revision: 1, status: "approved" }],
      ["POST", "/reviews", { revision: 1, status: "needs_changes" }],
      ["POST", "/claim"],
      ["DELETE", "/claim"],
      ["POST", "/comments", { body: "x" }],
    ];
    for (const [method, path, body] of routes) {
      for (const key of [keys.agent, keys.reviewer, keys.admin]) {
        const answers = [];
        for (const id of [foreign.id, NO_TICKET, "ticket_x", "%00", "..%2f"]) {
          const answer = await rest(url, key, method, `/hitl/tickets/${id}${path}`, body ? { body } : {});
          const { requestId: _, ...said } = refused(answer, 404, "NOT_FOUND");
          answers.push(JSON.stringify(said));
        }
        expect(new Set(answers).size, `${method} ${path}`).toBe(1);
      }
    }
    expect((await ticketOf(url, keys.foreignAgent, foreign.id)).updatedAt).toBe(foreign.updatedAt);
  });

  it("a word on another revision than the current one, with the revision that it is", async () => {
    const { id } = await submitOver(url, keys.agent);
    await rest(url, keys.agent, "POST", `/hitl/tickets/${id}/revisions`, { body: { title: "Second" } });
    const stale = refused(await signOff(url, keys.reviewer, { id, revision: 1 }), 409, "STALE_REVISION");
    expect(stale).toMatchObject({ currentRevision: 2 });
    const path = `/hitl/tickets/${id}/revisions`;
    const answers = await rest(url, keys.agent, "POST", path, { body: { title: "Third", revision: 1 } });
    expect(refused(answers, 409, "STALE_REVISION")).toMatchObject({ currentRevision: 2 });
  });

  it("a word that is none: of no revision, no status, or with members that it has not", async () => {
    const { id } = await submitOver(url, keys.agent);
    const path = `/hitl/tickets/${id}/reviews`;
    for (const [body, field] of [
      [{ status: "approved" }, "revision"],
      [{ revision: "1", status: "approved" }, "revision"],
      [{ revision: 0, status: "approved" }, "revision"],
      [{ revision: 3_000_000_000, status: "approved" }, "revision"],
      [{ revision: 1 }, "status"],
      [{ revision: 1, status: "expired" }, "status"],
      [{ revision: 1, status: true }, "status"],
      [{ revision: 1, status: "needs_changes" }, "comments"],
      [{ revision: 1, status: "approved", reviewer: "somebody" }, "reviewer"],
      [{ revision: 1, status: "approved", amendment: { title: "x", queue: "default" } }, "amendment.queue"],
      [{ revision: 1, status: "approved", amendment: {} }, "amendment.title"],
      [
        { revision: 1, status: "approved", amendment: { title: "x", payload: { n: 2 ** 60 } } },
        "amendment.payload",
      ],
      [{ revision: 1, status: "rejected", amendment: { title: "x" } }, "amendment"],
    ] as const) {
      refused(await rest(url, keys.reviewer, "POST", path, { body }), 400, "BAD_USER_INPUT", field);
    }
    const claim = await rest(url, keys.reviewer, "POST", `/hitl/tickets/${id}/claim`, {
      body: { minutes: 5 },
    });
    refused(claim, 400, "BAD_USER_INPUT", "minutes");
    expect((await ticketOf(url, keys.reviewer, id)).status).toBe("PENDING");
  });

  it("everybody but one of those who decide at once, and tells them the decision that won", async () => {
    const ticket = await submitOver(url, keys.agent);
    const others = await Promise.all(
      Array.from({ length: 4 }, (_, at) => server.principal(`Reviewer ${at}`, "HUMAN", ["REVIEWER"])),
    );
    const words = ["approved", "rejected", "approved", "rejected"];
    const answers = await Promise.all(
      others.map(({ key }, at) => signOff(url, key, ticket, { status: words[at], comments: `by ${at}` })),
    );
    const [winner, ...rest1] = answers.filter(({ status }) => status === 200);
    expect(rest1).toEqual([]);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      const { decision } = refused(answer, 409, "ALREADY_DECIDED") as unknown as {
        decision: Record<string, unknown>;
      };
      const won = winner?.body as Ticket;
      expect(decision).toMatchObject({
        status: won.status.toUpperCase(),
        revision: 1,
        comments: won.comments,
        decidedBy: { id: won.decidedBy?.id },
        cursor: won.cursor,
      });
    }
    refused(
      await rest(url, keys.agent, "POST", `/hitl/tickets/${ticket.id}/withdrawal`),
      409,
      "ALREADY_DECIDED",
    );
  });

  it("what others hold, and what one submitted oneself", async () => {
    const { id } = await submitOver(url, keys.agent);
    await rest(url, keys.reviewer, "POST", `/hitl/tickets/${id}/claim`);
    const held = await rest(url, keys.reviewer2, "POST", `/hitl/tickets/${id}/claim`);
    expect(refused(held, 409, "CLAIMED_BY_ANOTHER")).toMatchObject({ assignee: { name: "First reviewer" } });
  });

  it("unknown words in a URL, and cursors that are none or another ledger's", async () => {
    const ticket = await submitOver(url, keys.agent);
    const foreign = await submitOver(url, keys.foreignAgent);
    const events = (id: string, key: string, query: string) =>
      rest<{ events: { cursor: string }[] }>(url, key, "GET", `/hitl/tickets/${id}/events?${query}`);
    const theirs = (await events(foreign.id, keys.foreignAgent, "")).body.events[0]?.cursor ?? "";
    for (const after of ["x", theirs, "%F0%9F%94%8F"])
      refused(await events(ticket.id, keys.agent, `after=${after}`), 409, "CURSOR_INVALID");
    const list = (query: string) => rest(url, keys.agent, "GET", `/hitl/tickets?${query}`);
    for (const [query, field] of [
      ["first=0", "first"],
      ["first=-1", "first"],
      ["first=x", "first"],
      ["status=open", "status"],
      ["status=", "status"],
      ["after=x", "after"],
      ["after=x&after=y", "after"],
      ["assignee=me", "assignee"],
      [Array.from({ length: 101 }, () => "queue=x").join("&"), "queue"],
    ] as const) {
      refused(await list(query), 400, "BAD_USER_INPUT", field);
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { makeQueue } from "../api/tickets.js";
import { BrowserLike } from "../support/browser-like.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { type Refusal, type RestAnswer, rest, signOff, submitOver, type Ticket } from "./rest-client.js";

const APP = "https://app.example";

interface Page {
  readonly tickets: readonly Ticket[];
  readonly next: string | null;
}

describe("REST as HTTP", () => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"), { ALLOWED_ORIGINS: APP });
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const read = (id: string, headers = {}, method = "GET") =>
    rest(url, keys.agent, method, `/hitl/tickets/${id}`, { headers });

  it("names each state of a ticket with an ETag, and says 304 where it is known", async () => {
    const ticket = await submitOver(url, keys.agent);
    const first = await read(ticket.id);
    const tag = first.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[\w-]{32}"$/);
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    for (const known of [tag, `"x", ${tag}`, `W/${tag}`, "*"]) {
      const same = await read(ticket.id, { "if-none-match": known });
      expect([same.status, same.text, same.headers.get("etag")]).toEqual([304, "", tag]);
    }
    for (const other of ['"x"', tag.slice(1, -1), ""])
      expect((await read(ticket.id, { "if-none-match": other })).status).toBe(200);
    const tags = new Set([tag]);
    const moves: (() => Promise<unknown>)[] = [
      () => rest(url, keys.reviewer, "POST", `/hitl/tickets/${ticket.id}/claim`),
      () =>
        rest(url, keys.agent, "POST", `/hitl/tickets/${ticket.id}/revisions`, { body: { title: "Second" } }),
      () => signOff(url, keys.reviewer, { id: ticket.id, revision: 2 }),
    ];
    for (const move of moves) {
      await move();
      const changed = await read(ticket.id, { "if-none-match": [...tags].join(", ") });
      expect(changed.status).toBe(200);
      tags.add(changed.headers.get("etag") ?? "");
    }
    expect(tags.size).toBe(4);
  });

  it("keeps what is known of a ticket from who may not see it any more, whatever tag they bring", async () => {
    const ticket = await submitOver(url, keys.agent);
    const tag = (await read(ticket.id)).headers.get("etag") ?? "";
    for (const key of [keys.otherAgent, keys.foreignAgent]) {
      const headers = { "if-none-match": tag };
      expect((await rest(url, key, "GET", `/hitl/tickets/${ticket.id}`, { headers })).status).toBe(404);
    }
    const nobody = { headers: { "if-none-match": "*" } };
    expect((await rest(url, null, "GET", `/hitl/tickets/${ticket.id}`, nobody)).status).toBe(401);
  });

  it("answers HEAD like GET without the body", async () => {
    const { id } = await submitOver(url, keys.agent);
    const [got, headed] = [await read(id), await read(id, {}, "HEAD")];
    expect([headed.status, headed.text]).toEqual([200, ""]);
    for (const name of ["etag", "content-type", "content-length"])
      expect(headed.headers.get(name), name).toBe(got.headers.get(name));
    expect((await rest(url, null, "HEAD", "/hitl/tickets")).status).toBe(401);
  });

  it.each([
    ["PUT", "/hitl/tickets", "GET, HEAD, POST"],
    ["DELETE", "/hitl/tickets/ticket_x", "GET, HEAD"],
    ["GET", "/hitl/tickets/ticket_x/reviews", "POST"],
    ["PUT", "/hitl/tickets/ticket_x/claim", "POST, DELETE"],
    ["GET", "/events", "POST"],
    ["POST", "/openapi.json", "GET, HEAD"],
    ["GET", "/auth/token", "POST"],
  ])("answers %s %s with what it takes", async (method, path, allow) => {
    const { status, headers, body } = await rest<Refusal>(url, keys.agent, method, path);
    expect([status, headers.get("allow"), body.code]).toEqual([405, allow, "BAD_REQUEST"]);
    expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
    const options = await rest(url, null, "OPTIONS", path);
    expect([options.status, options.headers.get("allow")]).toEqual([204, `${allow}, OPTIONS`]);
  });

  it("reads a key's JSON as strictly as everything else, and an empty body as none", async () => {
    const post = (body: string) =>
      fetch(`${url}/auth/token`, { method: "POST", body, headers: { "content-type": "application/json" } });
    const { agent } = keys;
    for (const body of [
      '{"__proto__": {"apiKey": "KEY"}}',
      '{"apiKey": "KEY", "constructor": {"prototype": {}}}',
      "{",
    ]) {
      const answer = await post(body.replace("KEY", agent));
      const { code } = (await answer.json()) as Refusal;
      expect([body, answer.status, code]).toEqual([body, 400, "BAD_USER_INPUT"]);
    }
    expect((await post(" ")).status).toBe(401);
    expect((await post(JSON.stringify({ apiKey: agent }))).status).toBe(200);
  });

  it.each(["/hitl", "/hitl/nothing", "/hitl/tickets/x/y/z", "/hitl/tickets/%ff"])(
    "answers %s with problem details, as everything of the facade",
    async (path) => {
      const { status, headers, body } = await rest<Refusal>(url, keys.agent, "GET", path);
      expect([path, [400, 404].includes(status), body.status]).toEqual([path, true, status]);
      expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
    },
  );

  it("is for pages of the list of origins, and says what they may read", async () => {
    const asked = (origin: string, path = "/hitl/tickets/ticket_x/claim") =>
      rest(url, null, "OPTIONS", path, {
        headers: {
          origin,
          "access-control-request-method": "DELETE",
          "access-control-request-headers": "authorization,idempotency-key,if-none-match",
        },
      });
    for (const path of ["/hitl/tickets", "/hitl/tickets/ticket_x", "/events", "/openapi.json"]) {
      const { status, headers } = await asked(APP, path);
      expect([status, headers.get("access-control-allow-origin")]).toEqual([204, APP]);
      expect(headers.get("access-control-allow-headers")).toContain("idempotency-key");
      expect(headers.get("access-control-allow-methods")).toContain("DELETE");
    }
    for (const origin of ["https://evil.example", "null"]) {
      const { status, headers } = await asked(origin);
      expect([status, headers.get("access-control-allow-origin")]).toEqual([403, null]);
    }
    const { id } = await submitOver(url, keys.agent);
    const exposed = (await read(id, { origin: APP })).headers.get("access-control-expose-headers");
    for (const name of ["ETag", "Location", "Link", "Retry-After"]) expect(exposed).toContain(name);
  });

  it("takes a session from the server's own pages, and from no others", async () => {
    const { services } = server.running;
    const actor = await systemActor(services.database.read, server.workspaceId);
    const { link } = await inviteMember(services.ledger, {
      workspaceId: server.workspaceId,
      actor,
      email: "browser@example.org",
      name: "Browser",
      roles: ["REVIEWER"],
      queues: null,
    });
    const browser = new BrowserLike(url);
    await browser.submit("/sign-in", { link: link.text });
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const ticket = await submitOver(url, keys.agent);
    const path = `/hitl/tickets/${ticket.id}`;
    const as = (headers: Record<string, string>, method = "GET", where = path) =>
      rest<Refusal>(url, null, method, where, { headers: { cookie, ...headers } });
    for (const headers of [{ origin: url }, { "sec-fetch-site": "same-origin" }, { origin: APP }])
      expect((await as(headers)).status).toBe(200);
    for (const headers of [{}, { origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }])
      for (const method of ["GET", "POST", "DELETE"])
        expect((await as(headers, method, `${path}${method === "GET" ? "" : "/claim"}`)).body.code).toBe(
          "FORBIDDEN",
        );
    expect((await read(ticket.id)).body.assignee).toBeNull();
  });

  it("lists what the caller may see, in pages that a Link leads through", async () => {
    await makeQueue(server, "lists");
    const made: string[] = [];
    for (let at = 0; at < 5; at += 1)
      made.unshift((await submitOver(url, keys.agent, { queue: "lists", title: `Ticket ${at}` })).id);
    await signOff(url, keys.reviewer, { id: made[0] ?? "", revision: 1 }, { status: "rejected" });
    const list = (query: string, key = keys.agent) => rest<Page>(url, key, "GET", `/hitl/tickets${query}`);
    const seen: string[] = [];
    let next: string | undefined = "?queue=lists&first=2";
    for (let pages = 0; next !== undefined; pages += 1) {
      expect(pages).toBeLessThan(4);
      const { body, headers }: RestAnswer<Page> = await list(next);
      seen.push(...body.tickets.map(({ id }) => id));
      next = /^<\/hitl\/tickets(\?[^>]+)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1];
      expect(next === undefined).toBe(body.next === null);
    }
    expect(seen).toEqual(made);
    const pending = await list("?queue=lists&status=pending&status=Approved");
    expect(pending.body.tickets.map(({ id }) => id)).toEqual(made.slice(1));
    expect((await list("?queue=nowhere")).body).toEqual({ tickets: [], next: null });
    for (const key of [keys.otherAgent, keys.foreignReviewer])
      expect((await list("?queue=lists", key)).body.tickets).toEqual([]);
    const [first] = (await list("?queue=lists&first=1", keys.auditor)).body.tickets;
    expect(first).toEqual((await read(made[0] ?? "")).body);
  });

  it("leads through a ticket's events in pages, and on from the last one", async () => {
    const ticket = await submitOver(url, keys.agent);
    const path = `/hitl/tickets/${ticket.id}/events`;
    interface Events {
      readonly events: readonly { sequence: number; cursor: string; type: string; actor: { kind: string } }[];
      readonly next: string | null;
    }
    const page = (query: string) => rest<Events>(url, keys.agent, "GET", `${path}${query}`);
    await rest(url, keys.reviewer, "POST", `/hitl/tickets/${ticket.id}/claim`);
    const first = await page("?first=1");
    expect(first.body).toMatchObject({
      events: [{ type: "SUBMITTED", actor: { kind: "agent" } }],
      next: expect.any(String),
    });
    expect(first.headers.get("link")).toBe(`<${path}?first=1&after=${first.body.next}>; rel="next"`);
    const second = await page(`?after=${first.body.next}`);
    expect(second.body).toMatchObject({ events: [{ type: "CLAIMED" }], next: null });
    expect(second.headers.get("link")).toBeNull();
    await rest(url, keys.reviewer, "DELETE", `/hitl/tickets/${ticket.id}/claim`);
    const third = await page(`?after=${second.body.events[0]?.cursor}`);
    expect(third.body.events.map(({ type }) => type)).toEqual(["RELEASED"]);
  });

  it("charges as GraphQL does, answers by their size too, and refuses who has spent it", async () => {
    const small = await startTestServer(databaseKind("sqlite"), {
      RATE_PRINCIPAL: "100",
      RATE_FAILURES: "3",
    });
    try {
      const { id } = await submitOver(small.url, small.keys.agent, { detail: "x".repeat(60_000) });
      const ask = (path: string) => rest<Refusal>(small.url, small.keys.agent, "GET", `/hitl/tickets${path}`);
      const left = ({ headers }: RestAnswer<unknown>) => Number(headers.get("ratelimit-remaining"));
      const one = await ask(`/${id}`);
      expect(one.headers.get("ratelimit-policy")).toBe("100;w=60");
      const two = await ask(`/${id}`);
      // Two points for what is asked of one ticket, and three for 60,000 characters of the answer before.
      expect(left(one) - left(two)).toBe(5);
      // What is refused for its form costs a point, too.
      expect(left(two) - left(await ask("?first=x"))).toBe(4);
      const page = await ask("?first=20");
      expect(left(two) - left(page)).toBeGreaterThan(20);
      const over = await until(async () => {
        const answer = await ask("?first=100");
        return answer.status === 429 && answer;
      });
      expect(over.body).toMatchObject({ code: "RATE_LIMITED", retryAfter: expect.any(Number) });
      expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await rest(small.url, small.keys.reviewer, "GET", `/hitl/tickets/${id}`)).status).toBe(200);
      for (let times = 0; times < 3; times += 1)
        expect((await rest(small.url, "guess", "GET", "/hitl/tickets")).status).toBe(401);
      expect((await rest(small.url, "another", "GET", "/hitl/tickets")).status).toBe(429);
    } finally {
      await small.close();
    }
  });
});

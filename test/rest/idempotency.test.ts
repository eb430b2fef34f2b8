import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt, type Ticket as GqlTicket, MUTATIONS, SUBMIT } from "../api/tickets.js";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { rest, submitOver } from "./rest-client.js";

describe.each(databases)("an idempotency key over REST, on $name,", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const post = (path: string, idempotencyKey: string, body: unknown, key = keys.agent) =>
    rest(url, key, "POST", `/hitl/tickets${path}`, { body, headers: { "idempotency-key": idempotencyKey } });
  const head = async () => (await server.running.services.graphql.head(server.workspaceId)).sequence;

  it("submits once, however often and however many at once repeat it", async () => {
    const body = { title: "Once", payload: { years: 7 }, dueAt: "2030-01-01T00:00:00Z" };
    const before = await head();
    const together = await Promise.all(Array.from({ length: 5 }, () => post("", "once", body)));
    // The same content, written in another way.
    together.push(await post("", "once", { ...body, dueAt: "2030-01-01T01:00:00.000+01:00", detail: null }));
    expect(new Set(together.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(together.map(({ body: { id } }) => id)).size).toBe(1);
    expect(together.filter(({ headers }) => headers.get("idempotent-replayed") === null)).toHaveLength(1);
    expect(await head()).toBe(before + 1);
  });

  it("is the same over GraphQL, in both directions", async () => {
    const input = { title: "Either way", payload: { years: 7 } };
    const overRest = await post("", "either-1", input);
    const { submitReview } = await gqlData<{ submitReview: { ticket: GqlTicket } }>(url, keys.agent, SUBMIT, {
      input: { ...input, idempotencyKey: "either-1" },
    });
    expect(submitReview.ticket.id).toBe(overRest.body.id);
    const overGraphql = await gqlData<{ submitReview: { ticket: GqlTicket } }>(url, keys.agent, SUBMIT, {
      input: { ...input, idempotencyKey: "either-2" },
    });
    const again = await post("", "either-2", input);
    expect([again.body.id, again.headers.get("idempotent-replayed")]).toEqual([
      overGraphql.submitReview.ticket.id,
      "true",
    ]);
    const conflict = await gql(url, keys.agent, SUBMIT, {
      input: { title: "Else", idempotencyKey: "either-1" },
    });
    expect(conflict.code).toBe("IDEMPOTENCY_CONFLICT");
  });

  it("decides, resubmits, remarks and withdraws once", async () => {
    const { id } = await submitOver(url, keys.agent);
    const twice = async (path: string, body: object, key: string) => {
      const [first, second] = [
        await post(`/${id}/${path}`, `${path} of ${id}`, body, key),
        await post(`/${id}/${path}`, `${path} of ${id}`, body, key),
      ];
      expect([first.status, second.status, second.headers.get("idempotent-replayed")]).toEqual([
        first.status,
        first.status,
        "true",
      ]);
      expect(first.status).toBeLessThan(300);
    };
    await twice("comments", { body: "Once." }, keys.reviewer);
    await twice("reviews", { revision: 1, status: "needs_changes", comments: "More" }, keys.reviewer);
    await twice("revisions", { title: "Second", revision: 1 }, keys.agent);
    await twice("withdrawal", { reason: "Done with it" }, keys.agent);
    const { body } = await rest<{ events: { type: string }[] }>(
      url,
      keys.agent,
      "GET",
      `/hitl/tickets/${id}/events`,
    );
    expect(body.events.map(({ type }) => type)).toEqual([
      "SUBMITTED",
      "COMMENTED",
      "REVIEWED",
      "DECIDED",
      "RESUBMITTED",
      "WITHDRAWN",
    ]);
    const same = await attempt(url, keys.agent, "withdrawReview", {
      ticketId: id,
      reason: "Done with it",
      idempotencyKey: `withdrawal of ${id}`,
    });
    expect([same.code, MUTATIONS.withdrawReview.length > 0]).toEqual([undefined, true]);
  });

  it("is refused with another content, and is nobody else's", async () => {
    await post("", "taken", { title: "First" });
    const other = await post("", "taken", { title: "Second" });
    expect([other.status, other.body]).toMatchObject([409, { code: "IDEMPOTENCY_CONFLICT" }]);
    for (const key of [keys.otherAgent, keys.foreignAgent]) {
      const theirs = await post("", "taken", { title: "Second" }, key);
      expect([theirs.status, theirs.headers.get("idempotent-replayed")]).toEqual([201, null]);
    }
  });

  it("is refused where it is empty, too long, or can be read in several ways", async () => {
    const before = await head();
    for (const key of ["", " ", "x".repeat(256), "caf\u00e9", "a\tb"]) {
      const { status, body } = await post("", key, { title: "x" });
      expect([key, status, body]).toMatchObject([key, 400, { code: "BAD_USER_INPUT" }]);
    }
    expect(await head()).toBe(before);
  });
});

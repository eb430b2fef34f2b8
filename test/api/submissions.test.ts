import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { makeQueue, run, SUBMIT, submit, submitted, TICKET } from "./tickets.js";

const sha256 = (text: string) => `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;

describe.each(databases)("submitting, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
    await makeQueue(server, "legal", 2);
  });
  afterAll(() => server?.close());

  const refused = (input: Record<string, unknown>, key: string | null = keys.agent) =>
    gql(url, key, SUBMIT, { input });

  describe("a proposal", () => {
    it("becomes a pending ticket with the defaults of the schema", async () => {
      const ticket = await submit(url, keys.agent, { title: "A title" });
      expect(ticket).toMatchObject({
        queue: "default",
        status: "PENDING",
        priority: "NORMAL",
        revision: 1,
        approvalsRequired: 1,
        dueAt: null,
        expiresAt: null,
        assignee: null,
        submittedBy: { name: "First agent", kind: "AGENT" },
        proposal: { revision: 1, title: "A title", detail: null, payload: null },
        decision: {
          ticketId: ticket.id,
          revision: 1,
          status: "PENDING",
          decidedBy: null,
          decidedAt: null,
          cursor: null,
          receipt: null,
        },
      });
      expect(ticket.id).toMatch(/^ticket_[0-9a-z]{26}$/);
      expect(ticket.submittedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    it("takes null for an option that is left out", async () => {
      const input = {
        detail: null,
        payload: null,
        queue: null,
        priority: null,
        dueAt: null,
        expiresAt: null,
      };
      const ticket = await submit(url, keys.agent, {
        ...input,
        approvalsRequired: null,
        idempotencyKey: null,
      });
      expect(ticket).toMatchObject({
        queue: "default",
        priority: "NORMAL",
        approvalsRequired: 1,
        dueAt: null,
      });
    });

    it("keeps what it was given, to the character, and has the digest that anybody can compute", async () => {
      const payload = {
        "é\u2028": ["\u0000", '"', "\\", "💶", 1e-7, -0, 9_007_199_254_740_991],
        nested: { b: [], a: {} },
      };
      const ticket = await submit(url, keys.agent, {
        title: "Ünïcode 💶",
        detail: "line\r\nline\u0000",
        payload,
      });
      const { proposal } = ticket;
      expect(proposal).toMatchObject({ title: "Ünïcode 💶", detail: "line\r\nline\u0000" });
      expect(JSON.stringify(proposal.payload?.nested)).toBe('{"a":{},"b":[]}');
      expect(proposal.payload).toEqual({
        ...payload,
        "é\u2028": payload["é\u2028"].map((part) => (part === 0 ? 0 : part)),
      });
      const canonical =
        '{"detail":"line\\r\\nline\\u0000","payload":{"nested":{"a":{},"b":[]},"é\u2028":["\\u0000","\\"","\\\\","💶",1e-7,0,9007199254740991]},"title":"Ünïcode 💶"}';
      expect(proposal.digest).toBe(sha256(canonical));
    });

    it("has null in its digest for what is absent", async () => {
      const { proposal } = await submit(url, keys.agent, { title: "Only" });
      expect(proposal.digest).toBe(sha256('{"detail":null,"payload":null,"title":"Only"}'));
    });

    it("may be written into the document itself", async () => {
      const source = `mutation { submitReview(input: { title: "x", priority: URGENT, payload: { n: 1.5, __proto__: { a: [null] } }, dueAt: "2030-01-01T01:00:00+01:00" }) { ticket { ${TICKET} } } }`;
      const { data, errors } = await gql<{ submitReview: { ticket: Record<string, unknown> } }>(
        url,
        keys.agent,
        source,
      );
      expect(errors).toEqual([]);
      expect(data?.submitReview.ticket).toMatchObject({
        priority: "URGENT",
        dueAt: "2030-01-01T00:00:00.000Z",
      });
      expect(JSON.stringify(data)).toContain('"payload":{"__proto__":{"a":[null]},"n":1.5}');
    });

    it("needs as many approvals as its queue wants at least, and more where it asks for more", async () => {
      expect(await submit(url, keys.agent, { queue: "legal" })).toMatchObject({
        queue: "legal",
        approvalsRequired: 2,
      });
      expect(await submit(url, keys.agent, { queue: "legal", approvalsRequired: 3 })).toMatchObject({
        approvalsRequired: 3,
      });
    });

    it("may expire, and says when", async () => {
      const expiresAt = "2099-12-31T23:59:59.999Z";
      expect(await submit(url, keys.agent, { expiresAt, dueAt: "2001-01-01T00:00:00Z" })).toMatchObject({
        expiresAt,
        dueAt: "2001-01-01T00:00:00.000Z",
      });
    });
  });

  describe("what is refused", () => {
    const bad: readonly (readonly [what: string, input: Record<string, unknown>, field: string])[] = [
      ["an empty title", { title: "" }, "title"],
      ["a blank title", { title: " \n\t" }, "title"],
      ["a title that is too long", { title: "x".repeat(301) }, "title"],
      ["a title with half a character", { title: "x\ud800" }, "title"],
      ["a title that is a number", { title: 7 }, "title"],
      ["no title", {}, "title"],
      ["a detail that is too long", { title: "x", detail: "x".repeat(100_001) }, "detail"],
      ["a payload that is too large", { title: "x", payload: { text: "é".repeat(140_000) } }, "payload"],
      [
        "a payload that is nested too deeply",
        { title: "x", payload: JSON.parse(`${'{"a":'.repeat(70)}1${"}".repeat(70)}`) },
        "payload",
      ],
      ["a payload that is a list", { title: "x", payload: [] }, "payload"],
      ["a payload that is a text", { title: "x", payload: "{}" }, "payload"],
      ["a payload with half a character", { title: "x", payload: { a: ["\udc00"] } }, "payload"],
      ["a payload with half a character in a key", { title: "x", payload: { "\udc00": 1 } }, "payload"],
      ["a payload with a number beyond 2^53", { title: "x", payload: { n: 2 ** 53 } }, "payload"],
      ["an unknown queue", { title: "x", queue: "nowhere" }, "queue"],
      ["a queue in other letters", { title: "x", queue: "Default" }, "queue"],
      ["an empty queue", { title: "x", queue: "" }, "queue"],
      ["an unknown priority", { title: "x", priority: "HIGHEST" }, "priority"],
      ["no approvals", { title: "x", approvalsRequired: 0 }, "approvalsRequired"],
      ["too many approvals", { title: "x", approvalsRequired: 21 }, "approvalsRequired"],
      ["half an approval", { title: "x", approvalsRequired: 1.5 }, "approvalsRequired"],
      ["a deadline that has passed", { title: "x", expiresAt: "2001-01-01T00:00:00Z" }, "expiresAt"],
      ["a time without a zone", { title: "x", dueAt: "2030-01-01T00:00:00" }, "dueAt"],
      ["a day that does not exist", { title: "x", dueAt: "2030-02-30T00:00:00Z" }, "dueAt"],
      ["an empty idempotency key", { title: "x", idempotencyKey: "" }, "idempotencyKey"],
      [
        "an idempotency key that is too long",
        { title: "x", idempotencyKey: "k".repeat(256) },
        "idempotencyKey",
      ],
      ["a field that does not exist", { title: "x", submittedBy: "somebody else" }, "submittedBy"],
    ];

    it.each(bad)("is %s", async (_what, input, field) => {
      const { errors, data } = await refused(input);
      expect(errors.map(({ extensions }) => extensions)).toEqual([
        { code: "BAD_USER_INPUT", field, requestId: expect.any(String) },
      ]);
      expect(data ?? null).toBeNull();
    });

    it("is everybody who is no agent, whatever they send", async () => {
      for (const key of [keys.reviewer, keys.auditor, keys.admin]) {
        expect((await refused({ title: "" }, key)).code).toBe("FORBIDDEN");
      }
      expect((await refused({ title: "x" }, null)).code).toBe("UNAUTHENTICATED");
    });

    it("leaves nothing behind", async () => {
      const total =
        "{ tickets { totalCount } auditTrail(types: [SUBMITTED], first: 100) { edges { cursor } } }";
      const before = await gql(url, keys.auditor, total);
      for (const [, input] of bad) await refused(input);
      expect((await gql(url, keys.auditor, total)).data).toEqual(before.data);
    });
  });

  describe("an idempotency key", () => {
    it("makes a repeated submission answer with the first ticket as it is now", async () => {
      const input = { title: "Once", payload: { a: 1, b: [2] }, idempotencyKey: "once" };
      const first = await submitted(url, keys.agent, input);
      await run(url, keys.reviewer, "decideTicket", {
        ticketId: first.ticket.id,
        revision: 1,
        status: "REJECTED",
      });
      const again = await submitted(url, keys.agent, input);
      expect(again.ticket).toMatchObject({ id: first.ticket.id, status: "REJECTED" });
      expect(again.ledgerCursor).toBe(first.ledgerCursor);
    });

    it("takes what means the same for the same", async () => {
      const id = async (input: Record<string, unknown>) =>
        (await submit(url, keys.agent, { title: "Same", idempotencyKey: "same", ...input })).id;
      const first = await id({ payload: { a: 1, b: { c: 2, d: 3 } }, dueAt: "2030-01-01T01:00:00+01:00" });
      expect(await id({ payload: { b: { d: 3, c: 2.0 }, a: 1 }, dueAt: "2030-01-01T00:00:00.000Z" })).toBe(
        first,
      );
      const spelt = {
        queue: "default",
        priority: "NORMAL",
        approvalsRequired: 1,
        detail: null,
        expiresAt: null,
      };
      expect(
        await id({ payload: { a: 1, b: { c: 2, d: 3 } }, dueAt: "2030-01-01T00:00:00Z", ...spelt }),
      ).toBe(first);
    });

    it("is refused with another content", async () => {
      const input = { title: "Mine", idempotencyKey: "conflict" };
      await submit(url, keys.agent, input);
      for (const other of [
        { title: "Other" },
        { detail: "" },
        { payload: {} },
        { priority: "HIGH" },
        { approvalsRequired: 2 },
      ]) {
        expect((await refused({ ...input, ...other })).code).toBe("IDEMPOTENCY_CONFLICT");
      }
    });

    it("belongs to who uses it, and to the mutation", async () => {
      const input = { title: "Shared", idempotencyKey: "shared" };
      const mine = await submit(url, keys.agent, input);
      expect((await submit(url, keys.otherAgent, input)).id).not.toBe(mine.id);
      expect((await submit(url, keys.foreignAgent, input)).id).not.toBe(mine.id);
      const { ticket } = await run(url, keys.agent, "commentOnTicket", {
        ticketId: mine.id,
        body: "x",
        idempotencyKey: "shared",
      });
      expect(ticket.id).toBe(mine.id);
    });

    it("compares byte by byte", async () => {
      const ids = new Set<string>();
      for (const idempotencyKey of ["key", "KEY", "kéy", "ke\u0301y", "key\u200b", "key "]) {
        ids.add((await submit(url, keys.agent, { title: "Bytes", idempotencyKey })).id);
      }
      expect(ids.size).toBe(6);
    });

    it("makes one ticket of many submissions at once", async () => {
      const tickets = await Promise.all(
        Array.from({ length: 30 }, () => submit(url, keys.agent, { title: "Race", idempotencyKey: "race" })),
      );
      expect(new Set(tickets.map(({ id }) => id)).size).toBe(1);
    });

    it("is free again for a submission that was refused", async () => {
      expect((await refused({ title: "x", queue: "nowhere", idempotencyKey: "free" })).code).toBe(
        "BAD_USER_INPUT",
      );
      expect(await submit(url, keys.agent, { title: "x", idempotencyKey: "free" })).toMatchObject({
        status: "PENDING",
      });
    });
  });
});

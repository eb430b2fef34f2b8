import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attempt, run, submit, ticketOf } from "./tickets.js";

describe.each(databases)("what becomes of a submission, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  describe("a new revision", () => {
    it("follows while the ticket is pending, and voids what was approved", async () => {
      const { id } = await submit(url, keys.agent, { title: "One", approvalsRequired: 2 });
      await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 1, status: "APPROVED" });
      const { ticket, ledgerCursor } = await run(url, keys.agent, "resubmitReview", {
        ticketId: id,
        title: "Two",
        payload: { n: 2 },
      });
      expect(ticket).toMatchObject({
        revision: 2,
        status: "PENDING",
        proposal: { revision: 2, title: "Two", payload: { n: 2 } },
      });
      expect(ledgerCursor).toEqual(expect.any(String));
      await run(url, keys.reviewer2, "decideTicket", { ticketId: id, revision: 2, status: "APPROVED" });
      expect((await ticketOf(url, keys.agent, id)).status).toBe("PENDING");
      await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 2, status: "APPROVED" });
      expect((await ticketOf(url, keys.agent, id)).status).toBe("APPROVED");
    });

    it("follows NEEDS_CHANGES, and the earlier one stays readable", async () => {
      const { id } = await submit(url, keys.agent, { title: "One" });
      await run(url, keys.reviewer, "decideTicket", {
        ticketId: id,
        revision: 1,
        status: "NEEDS_CHANGES",
        comments: "Shorter",
      });
      await run(url, keys.agent, "resubmitReview", { ticketId: id, revision: 1, title: "Two" });
      const { data } = await gql(
        url,
        keys.reviewer,
        `query ($id: ID!) { ticket(id: $id) { status proposals { revision title } reviews { revision outcome comments reviewer { name } } } }`,
        { id },
      );
      expect(data?.ticket).toEqual({
        status: "PENDING",
        proposals: [
          { revision: 1, title: "One" },
          { revision: 2, title: "Two" },
        ],
        reviews: [
          {
            revision: 1,
            outcome: "NEEDS_CHANGES",
            comments: "Shorter",
            reviewer: { name: "First reviewer" },
          },
        ],
      });
    });

    it("is refused where another came in between", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.agent, "resubmitReview", { ticketId: id, title: "Two" });
      const { errors } = await attempt(url, keys.agent, "resubmitReview", {
        ticketId: id,
        revision: 1,
        title: "Late",
      });
      expect(errors[0]?.extensions).toMatchObject({ code: "STALE_REVISION", currentRevision: 2 });
    });

    it("is made once under one idempotency key", async () => {
      const { id } = await submit(url, keys.agent);
      const input = { ticketId: id, title: "Two", idempotencyKey: "two" };
      const first = await run(url, keys.agent, "resubmitReview", input);
      const again = await run(url, keys.agent, "resubmitReview", input);
      expect(again).toMatchObject({ ticket: { revision: 2 }, ledgerCursor: first.ledgerCursor });
      const other = await attempt(url, keys.agent, "resubmitReview", { ...input, title: "Three" });
      expect(other.code).toBe("IDEMPOTENCY_CONFLICT");
    });

    it("is for the submitter alone", async () => {
      const { id } = await submit(url, keys.agent);
      expect((await attempt(url, keys.reviewer, "resubmitReview", { ticketId: id, title: "x" })).code).toBe(
        "FORBIDDEN",
      );
      expect((await attempt(url, keys.otherAgent, "resubmitReview", { ticketId: id, title: "x" })).code).toBe(
        "NOT_FOUND",
      );
    });

    it("is checked like the first one", async () => {
      const { id } = await submit(url, keys.agent);
      for (const [input, field] of [
        [{ title: " " }, "title"],
        [{ title: "x", payload: { n: 1e300 } }, "payload"],
        [{ title: "x", idempotencyKey: "" }, "idempotencyKey"],
      ] as const) {
        const { errors } = await attempt(url, keys.agent, "resubmitReview", { ticketId: id, ...input });
        expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
      }
    });
  });

  describe("withdrawing", () => {
    it("ends the ticket, with the reason as its decision's comments", async () => {
      const { id } = await submit(url, keys.agent);
      const { ticket } = await run(url, keys.agent, "withdrawReview", { ticketId: id, reason: "Outdated" });
      expect(ticket).toMatchObject({
        status: "WITHDRAWN",
        decision: {
          status: "WITHDRAWN",
          comments: "Outdated",
          decidedBy: { name: "First agent", kind: "AGENT" },
          receipt: null,
        },
      });
      expect(ticket.decision.cursor).toEqual(expect.any(String));
    });

    it("happens once: then the ticket is not pending, and the refusal says what it is", async () => {
      const { id } = await submit(url, keys.agent);
      const { ticket } = await run(url, keys.agent, "withdrawReview", { ticketId: id, idempotencyKey: "w" });
      const { errors } = await attempt(url, keys.agent, "withdrawReview", { ticketId: id });
      expect(errors[0]?.extensions).toMatchObject({
        code: "NOT_PENDING",
        decision: {
          status: "WITHDRAWN",
          revision: 1,
          decidedBy: { name: "First agent" },
          cursor: ticket.decision.cursor,
        },
      });
      const again = await run(url, keys.agent, "withdrawReview", { ticketId: id, idempotencyKey: "w" });
      expect(again.ticket.status).toBe("WITHDRAWN");
    });

    it("is for the submitter alone, with a reason of bounded length", async () => {
      const { id } = await submit(url, keys.agent);
      expect((await attempt(url, keys.reviewer, "withdrawReview", { ticketId: id })).code).toBe("FORBIDDEN");
      const { errors } = await attempt(url, keys.agent, "withdrawReview", {
        ticketId: id,
        reason: "x".repeat(5_001),
      });
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "reason" });
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attempt, makeQueue, run, submit, ticketOf } from "./tickets.js";

const REASONS = "query ($id: ID!) { ticket(id: $id) { viewerCanDecide viewerCannotDecideReasons } }";

describe.each(databases)("handing tickets over, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const codeOf = async (...args: Parameters<typeof attempt>) => (await attempt(...args)).code;

  describe("claiming", () => {
    it("puts a ticket into the viewer's hands, and others see whose", async () => {
      const { id } = await submit(url, keys.agent);
      const { ticket } = await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      expect(ticket.assignee).toMatchObject({ name: "First reviewer" });
      expect((await ticketOf(url, keys.agent, id)).assignee).toEqual(ticket.assignee);
      expect(await codeOf(url, keys.reviewer2, "claimTicket", { ticketId: id })).toBe("CLAIMED_BY_ANOTHER");
      expect(await codeOf(url, keys.reviewer2, "releaseTicket", { ticketId: id })).toBe("CLAIMED_BY_ANOTHER");
    });

    it("may be repeated by its holder, and ends with the holder's review", async () => {
      const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
      await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      const { ticket } = await run(url, keys.reviewer, "decideTicket", {
        ticketId: id,
        revision: 1,
        status: "APPROVED",
      });
      expect(ticket).toMatchObject({ status: "PENDING", assignee: null });
    });

    it("is for those who can decide", async () => {
      const { id } = await submit(url, keys.agent);
      for (const key of [keys.agent, keys.auditor, keys.admin]) {
        expect(await codeOf(url, key, "claimTicket", { ticketId: id })).toBe("FORBIDDEN");
      }
      await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 1, status: "REJECTED" });
      expect(await codeOf(url, keys.reviewer, "claimTicket", { ticketId: id })).toBe("ALREADY_DECIDED");
    });

    it("is over when it lapses: nobody holds the ticket then, and others may take it", async () => {
      const { id } = await submit(url, keys.agent);
      const { ticket } = await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      const mine =
        "query ($holder: ID!) { tickets(filter: { assigneeId: $holder }) { edges { node { id } } } }";
      const held = async () =>
        JSON.stringify(await gqlData(url, keys.reviewer, mine, { holder: ticket.assignee?.id }));
      expect(await held()).toContain(id);
      // Half an hour later: a test cannot wait for it.
      await server.running.services.database.transaction((sql) =>
        sql.query("UPDATE ticket SET claimed_until = ? WHERE id = ?", [Date.now() - 1, id]),
      );
      expect(await ticketOf(url, keys.reviewer, id)).toMatchObject({ assignee: null });
      expect(await held()).not.toContain(id);
      const taken = await run(url, keys.reviewer2, "claimTicket", { ticketId: id });
      expect(taken.ticket.assignee?.name).toBe("Second reviewer");
    });
  });

  describe("releasing", () => {
    it("gives a ticket back, and changes nothing where nobody holds it", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      expect((await run(url, keys.reviewer, "releaseTicket", { ticketId: id })).ticket.assignee).toBeNull();
      const before = await ticketOf(url, keys.reviewer, id);
      expect((await run(url, keys.reviewer2, "releaseTicket", { ticketId: id })).ticket.updatedAt).toBe(
        before.updatedAt,
      );
    });

    it("is what an admin can do for others", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      expect((await run(url, keys.admin, "releaseTicket", { ticketId: id })).ticket.assignee).toBeNull();
    });
  });

  describe("assigning", () => {
    it("puts a ticket into another reviewer's hands, and moves it from there", async () => {
      const first = await server.principal("Assignee one", "HUMAN", ["REVIEWER"]);
      const second = await server.principal("Assignee two", "HUMAN", ["REVIEWER"]);
      const { id } = await submit(url, keys.agent);
      const { ticket } = await run(url, keys.admin, "assignTicket", {
        ticketId: id,
        assigneeId: first.principalId,
      });
      expect(ticket.assignee).toEqual({ id: first.principalId, name: "Assignee one" });
      const moved = await run(url, keys.reviewer, "assignTicket", {
        ticketId: id,
        assigneeId: second.principalId,
      });
      expect(moved.ticket.assignee?.name).toBe("Assignee two");
      const { data } = await attempt(url, second.key, "decideTicket", {
        ticketId: id,
        revision: 1,
        status: "APPROVED",
      });
      expect(data?.decideTicket?.decision?.status).toBe("APPROVED");
    });

    it("is refused for who cannot decide, and for who is not there", async () => {
      const { id, submittedBy } = await submit(url, keys.agent);
      await makeQueue(server, "other");
      const elsewhere = await server.principal("Elsewhere", "HUMAN", ["REVIEWER"], { queues: ["other"] });
      const { viewer } = await gqlData<{ viewer: { principal: { id: string } } }>(
        url,
        keys.foreignReviewer,
        "{ viewer { principal { id } } }",
      );
      const nobodies = [
        submittedBy.id,
        elsewhere.principalId,
        viewer.principal.id,
        "principal_x",
        "",
        "x".repeat(100_000),
        "\ud800",
      ];
      for (const assigneeId of nobodies) {
        const { errors } = await attempt(url, keys.admin, "assignTicket", { ticketId: id, assigneeId });
        expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "assigneeId" });
      }
    });

    it("is for reviewers and admins", async () => {
      const { id } = await submit(url, keys.agent);
      const reviewer = await server.principal("Reviewer", "HUMAN", ["REVIEWER"]);
      const input = { ticketId: id, assigneeId: reviewer.principalId };
      expect(await codeOf(url, keys.agent, "assignTicket", input)).toBe("FORBIDDEN");
      expect(await codeOf(url, keys.auditor, "assignTicket", input)).toBe("FORBIDDEN");
    });
  });

  describe("commenting", () => {
    const COMMENTS = "query ($id: ID!) { ticket(id: $id) { comments { author { name } revision body at } } }";

    it("is for the submitter and reviewers, before and after the decision, and is read in order", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.reviewer, "commentOnTicket", { ticketId: id, body: "Why?" });
      await run(url, keys.agent, "commentOnTicket", { ticketId: id, body: "Because.\n💶" });
      await run(url, keys.agent, "resubmitReview", { ticketId: id, title: "Two" });
      await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 2, status: "REJECTED" });
      const { ticket } = await run(url, keys.reviewer2, "commentOnTicket", { ticketId: id, body: "Late" });
      expect(ticket.status).toBe("REJECTED");
      const data = await gqlData<{ ticket: { comments: unknown[] } }>(url, keys.auditor, COMMENTS, { id });
      expect(data.ticket.comments).toMatchObject([
        { author: { name: "First reviewer" }, revision: 1, body: "Why?" },
        { author: { name: "First agent" }, revision: 1, body: "Because.\n💶" },
        { author: { name: "Second reviewer" }, revision: 2, body: "Late" },
      ]);
    });

    it("is done once under one idempotency key", async () => {
      const { id } = await submit(url, keys.agent);
      const input = { ticketId: id, body: "Once", idempotencyKey: "c" };
      await Promise.all(Array.from({ length: 5 }, () => run(url, keys.agent, "commentOnTicket", input)));
      const data = await gqlData<{ ticket: { comments: unknown[] } }>(url, keys.agent, COMMENTS, { id });
      expect(data.ticket.comments).toHaveLength(1);
      expect(await codeOf(url, keys.agent, "commentOnTicket", { ...input, body: "Twice" })).toBe(
        "IDEMPOTENCY_CONFLICT",
      );
    });

    it("is refused without words, with too many, and from auditors", async () => {
      const { id } = await submit(url, keys.agent);
      for (const body of ["", " ", "x".repeat(20_001), "\udfff"]) {
        const { errors } = await attempt(url, keys.agent, "commentOnTicket", { ticketId: id, body });
        expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "body" });
      }
      expect(await codeOf(url, keys.auditor, "commentOnTicket", { ticketId: id, body: "x" })).toBe(
        "FORBIDDEN",
      );
    });
  });

  it("shows the ticket after each of several mutations in one operation", async () => {
    const { id } = await submit(url, keys.agent);
    const after = "ticket { assignee { name } comments { body } auditTrail { edges { node { type } } } }";
    const query = `mutation ($id: ID!) {
      one: claimTicket(input: { ticketId: $id }) { ${after} }
      two: commentOnTicket(input: { ticketId: $id, body: "Hm" }) { ${after} }
      three: releaseTicket(input: { ticketId: $id }) { ${after} }
    }`;
    const trail = (...types: string[]) => ({ edges: types.map((type) => ({ node: { type } })) });
    const assignee = { name: "First reviewer" };
    const comments = [{ body: "Hm" }];
    expect(await gqlData(url, keys.reviewer, query, { id })).toEqual({
      one: { ticket: { assignee, comments: [], auditTrail: trail("SUBMITTED", "CLAIMED") } },
      two: { ticket: { assignee, comments, auditTrail: trail("SUBMITTED", "CLAIMED", "COMMENTED") } },
      three: {
        ticket: {
          assignee: null,
          comments,
          auditTrail: trail("SUBMITTED", "CLAIMED", "COMMENTED", "RELEASED"),
        },
      },
    });
  });

  it("tells each viewer what keeps them from deciding", async () => {
    const both = await server.principal("Both", "HUMAN", ["AGENT", "REVIEWER"]);
    const { id } = await submit(url, both.key, { approvalsRequired: 2 });
    const reasons = async (key: string) => {
      const data = await gqlData<{
        ticket: { viewerCanDecide: boolean; viewerCannotDecideReasons: string[] };
      }>(url, key, REASONS, { id });
      expect(data.ticket.viewerCanDecide).toBe(data.ticket.viewerCannotDecideReasons.length === 0);
      return data.ticket.viewerCannotDecideReasons;
    };
    expect(await reasons(keys.reviewer)).toEqual([]);
    expect(await reasons(both.key)).toEqual(["OWN_SUBMISSION"]);
    expect(await reasons(keys.auditor)).toEqual(["NOT_A_REVIEWER"]);
    await run(url, keys.reviewer, "claimTicket", { ticketId: id });
    expect(await reasons(keys.reviewer)).toEqual([]);
    expect(await reasons(keys.reviewer2)).toEqual(["CLAIMED_BY_ANOTHER"]);
    await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 1, status: "APPROVED" });
    expect(await reasons(keys.reviewer)).toEqual(["ALREADY_REVIEWED"]);
    await run(url, both.key, "withdrawReview", { ticketId: id });
    expect(await reasons(keys.reviewer2)).toEqual(["NOT_PENDING"]);
    expect(await reasons(both.key)).toEqual(["OWN_SUBMISSION", "NOT_PENDING"]);
  });
});

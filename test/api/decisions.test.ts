import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attempt, type Decision, run, submit, ticketOf } from "./tickets.js";

describe.each(databases)("deciding, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const decide = (key: string, ticketId: string, input: Record<string, unknown>) =>
    run(url, key, "decideTicket", { ticketId, revision: 1, ...input });
  const refusal = async (key: string | null, ticketId: string, input: Record<string, unknown>) => {
    const { errors, data } = await attempt(url, key, "decideTicket", {
      ticketId,
      revision: 1,
      status: "APPROVED",
      ...input,
    });
    expect(data ?? null).toBeNull();
    return errors[0]?.extensions;
  };

  it.each(["APPROVED", "REJECTED", "NEEDS_CHANGES"])(
    "settles a ticket with %s and says who, when and what",
    async (status) => {
      const { id } = await submit(url, keys.agent, { title: "Decide me" });
      const { ticket, decision } = await decide(keys.reviewer, id, { status, comments: "Because" });
      expect(decision).toMatchObject({
        ticketId: id,
        revision: 1,
        status,
        comments: "Because",
        decidedBy: { name: "First reviewer", kind: "HUMAN" },
        decidedAt: ticket.updatedAt,
        proposal: { title: "Decide me", revision: 1 },
      });
      expect(decision?.cursor).toEqual(expect.any(String));
      expect(decision?.receipt?.split(".")).toHaveLength(3);
      expect(await ticketOf(url, keys.agent, id)).toMatchObject({
        status,
        decision: { cursor: decision?.cursor, receipt: decision?.receipt },
      });
    },
  );

  it("leaves a ticket pending until as many as are required have approved", async () => {
    const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
    const first = await decide(keys.reviewer, id, { status: "APPROVED", comments: "Fine" });
    expect(first).toMatchObject({
      ticket: { status: "PENDING" },
      decision: { status: "PENDING", comments: null, decidedBy: null, cursor: null },
    });
    const second = await decide(keys.reviewer2, id, { status: "APPROVED" });
    expect(second).toMatchObject({
      ticket: { status: "APPROVED" },
      decision: { status: "APPROVED", comments: null, decidedBy: { name: "Second reviewer" } },
    });
  });

  it("is settled at once by one who rejects, however many are required", async () => {
    const { id } = await submit(url, keys.agent, { approvalsRequired: 3 });
    await decide(keys.reviewer, id, { status: "APPROVED" });
    expect((await decide(keys.reviewer2, id, { status: "REJECTED" })).decision).toMatchObject({
      status: "REJECTED",
    });
  });

  describe("approving with edits", () => {
    it("makes the reviewer's edit the revision that is decided, with the reviewer as its submitter", async () => {
      const { id } = await submit(url, keys.agent, { title: "Draft", detail: "Old", payload: { a: 1 } });
      const amendment = { title: "Final", payload: { a: 2 } };
      const { ticket, decision } = await decide(keys.reviewer, id, { status: "APPROVED", amendment });
      expect(ticket).toMatchObject({
        status: "APPROVED",
        revision: 2,
        proposal: {
          title: "Final",
          detail: null,
          payload: { a: 2 },
          submittedBy: { name: "First reviewer" },
        },
        submittedBy: { name: "First agent" },
      });
      expect(decision).toMatchObject({
        revision: 2,
        status: "APPROVED",
        proposal: { title: "Final", revision: 2 },
      });
    });

    it("does not carry earlier approvals over, and counts as one", async () => {
      const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
      await decide(keys.reviewer, id, { status: "APPROVED" });
      const amended = await decide(keys.reviewer2, id, {
        status: "APPROVED",
        amendment: { title: "Edited" },
      });
      expect(amended).toMatchObject({
        ticket: { status: "PENDING", revision: 2 },
        decision: { status: "PENDING", revision: 2 },
      });
      const { decision } = await decide(keys.reviewer, id, { status: "APPROVED", revision: 2 });
      expect(decision).toMatchObject({ status: "APPROVED", revision: 2 });
    });

    it("is refused without a change, with any other word, and with a bad text", async () => {
      const { id, proposal } = await submit(url, keys.agent, { title: "Draft" });
      const same = { title: proposal.title };
      expect(await refusal(keys.reviewer, id, { amendment: same })).toMatchObject({
        code: "BAD_USER_INPUT",
        field: "amendment",
      });
      const rejected = { status: "REJECTED", amendment: { title: "x" } };
      expect(await refusal(keys.reviewer, id, rejected)).toMatchObject({
        code: "BAD_USER_INPUT",
        field: "amendment",
      });
      for (const [amendment, field] of [
        [{ title: "" }, "amendment.title"],
        [{ title: "x", detail: "x".repeat(100_001) }, "amendment.detail"],
        [{ title: "x", payload: { n: 2 ** 60 } }, "amendment.payload"],
        [{ title: 1 }, "amendment.title"],
      ] as const) {
        expect(await refusal(keys.reviewer, id, { amendment })).toMatchObject({
          code: "BAD_USER_INPUT",
          field,
        });
      }
      expect(await ticketOf(url, keys.agent, id)).toMatchObject({ status: "PENDING", revision: 1 });
    });
  });

  describe("a refusal", () => {
    it("tells who comes second what was decided, and where to resume from", async () => {
      const { id } = await submit(url, keys.agent);
      const { decision } = await decide(keys.reviewer, id, { status: "REJECTED", comments: "No" });
      expect(await refusal(keys.reviewer2, id, {})).toEqual({
        code: "ALREADY_DECIDED",
        requestId: expect.any(String),
        decision: {
          status: "REJECTED",
          revision: 1,
          comments: "No",
          decidedBy: { id: decision?.decidedBy?.id, name: "First reviewer" },
          decidedAt: decision?.decidedAt,
          cursor: decision?.cursor,
        },
      });
    });

    it("names the current revision to who saw another one", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.agent, "resubmitReview", { ticketId: id, title: "Two" });
      for (const revision of [1, 0, -1, 3, 2 ** 31 - 1]) {
        expect(await refusal(keys.reviewer, id, { revision })).toMatchObject({
          code: "STALE_REVISION",
          currentRevision: 2,
        });
      }
    });

    it("names who holds the ticket", async () => {
      const { id } = await submit(url, keys.agent);
      const { ticket } = await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      expect(await refusal(keys.reviewer2, id, {})).toEqual({
        code: "CLAIMED_BY_ANOTHER",
        requestId: expect.any(String),
        assignee: { id: ticket.assignee?.id, name: "First reviewer" },
        until: expect.stringMatching(/Z$/),
      });
    });

    it("keeps who has approved from approving again", async () => {
      const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
      await decide(keys.reviewer, id, { status: "APPROVED" });
      expect(await refusal(keys.reviewer, id, {})).toMatchObject({ code: "ALREADY_REVIEWED" });
    });

    it("keeps who submitted a revision from signing it off", async () => {
      const both = await server.principal("Both", "HUMAN", ["AGENT", "REVIEWER"]);
      const { id } = await submit(url, both.key);
      expect(await refusal(both.key, id, {})).toMatchObject({ code: "OWN_SUBMISSION" });
    });

    it("asks for comments with NEEDS_CHANGES", async () => {
      const { id } = await submit(url, keys.agent);
      for (const comments of [undefined, null, "", " \n"]) {
        const given = { status: "NEEDS_CHANGES", ...(comments === undefined ? {} : { comments }) };
        expect(await refusal(keys.reviewer, id, given)).toMatchObject({
          code: "BAD_USER_INPUT",
          field: "comments",
        });
      }
    });

    it.each([
      ["comments that are too long", { comments: "x".repeat(20_001) }, "comments"],
      ["comments with half a character", { comments: "\ud800" }, "comments"],
      ["a status that reviewers do not have", { status: "EXPIRED" }, "status"],
      ["a revision that is no number", { revision: "1" }, "revision"],
      ["a revision that is missing", { revision: undefined }, "revision"],
      ["a decider of one's own choice", { decidedBy: "principal_01m83gt4mheh0r2rvt70rjp1fe" }, "decidedBy"],
    ])("names the field with %s", async (_what, input, field) => {
      const { id } = await submit(url, keys.agent);
      expect(await refusal(keys.reviewer, id, input)).toMatchObject({ code: "BAD_USER_INPUT", field });
      expect((await ticketOf(url, keys.agent, id)).status).toBe("PENDING");
    });
  });

  it("has one winner where many decide at once, and tells all others what won", async () => {
    const { id } = await submit(url, keys.agent);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        attempt(url, at % 2 === 0 ? keys.reviewer : keys.reviewer2, "decideTicket", {
          ticketId: id,
          revision: 1,
          status: at % 3 === 0 ? "APPROVED" : "REJECTED",
          comments: `word ${at}`,
        }),
      ),
    );
    const [winner, ...others] = answers.filter(({ errors }) => errors.length === 0);
    expect(others).toEqual([]);
    const decision = winner?.data?.decideTicket?.decision;
    const losers = answers.filter((answer) => answer !== winner);
    expect(losers).toHaveLength(39);
    for (const { errors } of losers) {
      expect(errors[0]?.extensions).toMatchObject({
        code: "ALREADY_DECIDED",
        decision: { status: decision?.status, comments: decision?.comments, cursor: decision?.cursor },
      });
    }
  });

  describe("retracting", () => {
    it("takes an approval back, which stays on record as taken back", async () => {
      const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
      await decide(keys.reviewer, id, { status: "APPROVED" });
      await run(url, keys.reviewer, "retractReview", { ticketId: id, revision: 1 });
      const query =
        "query ($id: ID!) { ticket(id: $id) { viewerCanDecide reviews { reviewer { name } outcome retractedAt reviewedAt } } }";
      const { ticket } = await gqlData<{
        ticket: { viewerCanDecide: boolean; reviews: { retractedAt: string }[] };
      }>(url, keys.reviewer, query, { id });
      expect(ticket).toMatchObject({
        viewerCanDecide: true,
        reviews: [{ reviewer: { name: "First reviewer" }, outcome: "APPROVED" }],
      });
      expect(ticket.reviews[0]?.retractedAt).toMatch(/Z$/);
      await decide(keys.reviewer2, id, { status: "APPROVED" });
      expect((await ticketOf(url, keys.agent, id)).status).toBe("PENDING");
      await decide(keys.reviewer, id, { status: "APPROVED" });
      expect((await ticketOf(url, keys.agent, id)).status).toBe("APPROVED");
    });

    it("is refused without an approval, of another revision, by others, and once it is decided", async () => {
      const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
      const codeOf = async (key: string, revision: number) =>
        (await attempt(url, key, "retractReview", { ticketId: id, revision })).code;
      expect(await codeOf(keys.reviewer, 1)).toBe("BAD_USER_INPUT");
      expect(await codeOf(keys.agent, 1)).toBe("FORBIDDEN");
      await decide(keys.reviewer, id, { status: "APPROVED" });
      expect(await codeOf(keys.reviewer, 2)).toBe("STALE_REVISION");
      await decide(keys.reviewer2, id, { status: "APPROVED" });
      expect(await codeOf(keys.reviewer, 1)).toBe("ALREADY_DECIDED");
    });
  });

  describe("reading a decision", () => {
    const DECISION =
      "query ($id: ID!) { decision(ticketId: $id) { ticketId revision status comments decidedBy { name } cursor ticket { id status } proposal { revision title } } }";
    const reads = async (id: string) => {
      type Trail = {
        auditTrail: {
          edges: { node: { actor: { name: string }; revision: number; data: Record<string, unknown> } }[];
        };
      };
      const query =
        "query ($id: ID!) { auditTrail(ticketId: $id, types: [DECISION_READ]) { edges { node { actor { name } revision data } } } }";
      const { auditTrail } = await gqlData<Trail>(url, keys.auditor, query, { id });
      return auditTrail.edges.map(
        ({ node }) => `${node.actor.name} ${node.revision} ${node.data.status} ${node.data.via}`,
      );
    };

    it("gives where the ticket stands, pending or settled", async () => {
      const { id } = await submit(url, keys.agent, { title: "Read me" });
      const pending = await gqlData<{ decision: Decision }>(url, keys.agent, DECISION, { id });
      expect(pending.decision).toEqual({
        ticketId: id,
        revision: 1,
        status: "PENDING",
        comments: null,
        decidedBy: null,
        cursor: null,
        ticket: { id, status: "PENDING" },
        proposal: { revision: 1, title: "Read me" },
      });
      const { decision } = await decide(keys.reviewer, id, {
        status: "APPROVED",
        amendment: { title: "Edited" },
      });
      const settled = await gqlData<{ decision: Decision }>(url, keys.agent, DECISION, { id });
      expect(settled.decision).toMatchObject({
        revision: 2,
        status: "APPROVED",
        cursor: decision?.cursor,
        proposal: { title: "Edited" },
      });
    });

    it("is on record, once for each that reads and each state", async () => {
      const { id } = await submit(url, keys.agent);
      for (let turn = 0; turn < 3; turn += 1) await gqlData(url, keys.agent, DECISION, { id });
      expect(await reads(id)).toEqual(["First agent 1 PENDING QUERY"]);
      await decide(keys.reviewer, id, { status: "REJECTED" });
      await Promise.all(Array.from({ length: 5 }, () => gqlData(url, keys.agent, DECISION, { id })));
      await gqlData(url, keys.auditor, DECISION, { id });
      expect(await reads(id)).toEqual([
        "First agent 1 PENDING QUERY",
        "First agent 1 REJECTED QUERY",
        "Auditor 1 REJECTED QUERY",
      ]);
    });

    it("is not answered where it cannot be put on record", async () => {
      const other = await startTestServer(kind);
      try {
        const { id } = await submit(other.url, other.keys.agent);
        await gqlData(other.url, other.keys.agent, DECISION, { id });
        // From here on nothing can be written, while reading goes on.
        await other.running.services.ledger.close();
        const unrecorded = await gql(other.url, other.keys.reviewer, DECISION, { id });
        expect([unrecorded.data ?? null, unrecorded.code]).toEqual([null, "UNAVAILABLE"]);
        expect((await ticketOf(other.url, other.keys.reviewer, id)).status).toBe("PENDING");
        // What was put on record before is answered.
        expect((await gql(other.url, other.keys.agent, DECISION, { id })).errors).toEqual([]);
      } finally {
        await other.close();
      }
    });

    it("is not on record for a listing, a ticket's page, or who may not see it", async () => {
      const { id } = await submit(url, keys.agent);
      await gqlData(url, keys.reviewer, "{ tickets { edges { node { decision { status } } } } }");
      await ticketOf(url, keys.agent, id);
      expect((await gql(url, keys.otherAgent, DECISION, { id })).code).toBe("NOT_FOUND");
      expect(await reads(id)).toEqual([]);
    });
  });
});

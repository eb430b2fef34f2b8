import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestPrincipal, type TestServer } from "../support/test-server.js";
import {
  attempt,
  MUTATIONS,
  type MutationName,
  makeQueue,
  run,
  submit,
  type Ticket,
  ticketOf,
} from "./tickets.js";

const NO_SUCH_TICKET = "ticket_01m83gt4mheh0r2rvt70rjp1fe";

/** Input that would be accepted of who may do it. */
const FAULTLESS: Readonly<Record<MutationName, Record<string, unknown>>> = {
  resubmitReview: { title: "x" },
  withdrawReview: {},
  claimTicket: {},
  releaseTicket: {},
  snoozeTicket: { until: "2027-01-01T00:00:00Z" },
  unsnoozeTicket: {},
  assignTicket: { assigneeId: "principal_01m83gt4mheh0r2rvt70rjp1fe" },
  commentOnTicket: { body: "x" },
  decideTicket: { revision: 1, status: "APPROVED" },
  retractReview: { revision: 1 },
};

/** Input with which something is wrong that the schema's types let pass. */
const FAULTY: readonly (readonly [name: MutationName, input: Record<string, unknown>])[] = [
  ["resubmitReview", { title: "" }],
  ["resubmitReview", { title: "x", payload: { n: 2 ** 60 } }],
  ["resubmitReview", { title: "x", idempotencyKey: "" }],
  ["withdrawReview", { reason: "x".repeat(5_001) }],
  ["snoozeTicket", { until: "2001-01-01T00:00:00Z" }],
  ["snoozeTicket", { until: "9999-12-31T23:59:59Z" }],
  ["commentOnTicket", { body: "" }],
  ["decideTicket", { revision: 1, status: "APPROVED", comments: "\ud800" }],
  ["decideTicket", { revision: 1, status: "APPROVED", amendment: { title: "" } }],
  ["decideTicket", { revision: 1, status: "NEEDS_CHANGES" }],
];

describe.each(databases)("who sees what, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  let legalReviewer: TestPrincipal;
  let ticket: Ticket;
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
    await makeQueue(server, "legal");
    legalReviewer = await server.principal("Legal reviewer", "HUMAN", ["REVIEWER"], { queues: ["legal"] });
    ticket = await submit(url, keys.agent, { title: "In default" });
  });
  afterAll(() => server?.close());

  const seers = (): [string, string, boolean][] => [
    ["its submitter", keys.agent, true],
    ["a reviewer of every queue", keys.reviewer, true],
    ["an auditor", keys.auditor, true],
    ["an admin", keys.admin, true],
    ["another agent", keys.otherAgent, false],
    ["a reviewer of another queue", legalReviewer.key, false],
    ["an agent of another workspace", keys.foreignAgent, false],
    ["a reviewer of another workspace", keys.foreignReviewer, false],
  ];

  it("shows a ticket to its submitter, the reviewers of its queue, auditors and admins, and to nobody else", async () => {
    for (const [who, key, sees] of seers()) {
      const read = await gql<{ ticket: { id: string } | null; node: { id: string } | null }>(
        url,
        key,
        "query ($id: ID!) { node(id: $id) { id ... on ReviewTicket { status } } ticket(id: $id) { id } }",
        { id: ticket.id },
      );
      const decision = await gql(url, key, "query ($id: ID!) { decision(ticketId: $id) { status } }", {
        id: ticket.id,
      });
      const trail = await gql(
        url,
        key,
        "query ($id: ID!) { auditTrail(ticketId: $id) { edges { cursor } } }",
        { id: ticket.id },
      );
      const list = await gqlData<{ tickets: { totalCount: number } }>(url, key, "{ tickets { totalCount } }");
      expect(
        [
          read.data?.ticket?.id,
          read.data?.node?.id,
          read.code,
          decision.code,
          trail.code,
          list.tickets.totalCount > 0,
        ],
        who,
      ).toEqual(
        sees
          ? [ticket.id, ticket.id, undefined, undefined, undefined, true]
          : [undefined, undefined, "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", false],
      );
    }
  });

  it("answers the same for what is hidden as for what does not exist", async () => {
    for (const name of Object.keys(MUTATIONS) as MutationName[]) {
      const hidden = await attempt(url, keys.foreignReviewer, name, {
        ticketId: ticket.id,
        ...FAULTLESS[name],
      });
      const absent = await attempt(url, keys.foreignReviewer, name, {
        ticketId: NO_SUCH_TICKET,
        ...FAULTLESS[name],
      });
      const [shown, other] = [hidden, absent].map(({ errors }) =>
        errors.map(({ message, extensions: { requestId: _, ...rest } }) => ({ message, ...rest })),
      );
      expect(shown, name).toEqual([{ message: expect.any(String), code: "NOT_FOUND" }]);
      expect(other, name).toEqual(shown);
    }
  });

  it("finds nothing under an id that is odd, huge, or of another kind", async () => {
    const odd = [
      "",
      " ",
      ticket.id.toUpperCase(),
      `${ticket.id} `,
      `${ticket.id}\u0000`,
      `x${ticket.id}`,
      server.workspaceId,
      "ticket_' OR 1=1 --",
      "\ud800",
      "x".repeat(200_000),
      "%",
      "ticket_",
    ];
    for (const id of odd) {
      const what = JSON.stringify(id.slice(0, 60));
      expect(
        (await gql(url, keys.admin, "query ($id: ID!) { ticket(id: $id) { id } }", { id })).code,
        what,
      ).toBe("NOT_FOUND");
      expect(
        (await gql(url, keys.admin, "query ($id: ID!) { decision(ticketId: $id) { status } }", { id })).code,
        what,
      ).toBe("NOT_FOUND");
      expect((await attempt(url, keys.admin, "releaseTicket", { ticketId: id })).code, what).toBe(
        "NOT_FOUND",
      );
      if (id !== server.workspaceId) {
        const { data, errors } = await gql<{ node: unknown }>(
          url,
          keys.admin,
          "query ($id: ID!) { node(id: $id) { id } }",
          { id },
        );
        expect([data?.node, errors], what).toEqual([null, []]);
      }
    }
    expect((await gql(url, keys.admin, "{ ticket(id: 7) { id } }")).code).toBe("NOT_FOUND");
  });

  it("gives the data beside the error where a ticket is not found", async () => {
    const { status, data, errors } = await gql(
      url,
      keys.agent,
      `{ ticket(id: "${NO_SUCH_TICKET}") { id } viewer { roles } }`,
    );
    expect(status).toBe(200);
    expect(data).toEqual({ ticket: null, viewer: { roles: ["AGENT"] } });
    expect(errors).toMatchObject([{ path: ["ticket"], extensions: { code: "NOT_FOUND" } }]);
  });

  it("finds principals and the workspace of one's own, and none of another's", async () => {
    const me = "{ viewer { principal { id name kind } workspace { id name } roles } }";
    type Me = {
      viewer: { principal: { id: string; name: string }; workspace: { id: string }; roles: string[] };
    };
    const { viewer } = await gqlData<Me>(url, keys.agent, me);
    expect(viewer).toEqual({
      principal: { id: viewer.principal.id, name: "First agent", kind: "AGENT" },
      workspace: { id: server.workspaceId, name: "default" },
      roles: ["AGENT"],
    });
    const foreign = (await gqlData<Me>(url, keys.foreignAgent, me)).viewer;
    const node =
      "query ($id: ID!) { node(id: $id) { __typename id ... on Principal { name } ... on Workspace { name } } }";
    const find = async (key: string, id: string) =>
      (await gqlData<{ node: unknown }>(url, key, node, { id })).node;
    expect(await find(keys.otherAgent, viewer.principal.id)).toEqual({
      __typename: "Principal",
      id: viewer.principal.id,
      name: "First agent",
    });
    expect(await find(keys.agent, viewer.workspace.id)).toEqual({
      __typename: "Workspace",
      id: viewer.workspace.id,
      name: "default",
    });
    expect(await find(keys.agent, foreign.principal.id)).toBeNull();
    expect(await find(keys.agent, foreign.workspace.id)).toBeNull();
    expect(await find(keys.foreignAgent, viewer.principal.id)).toBeNull();
  });

  describe("refusals", () => {
    it("say first that there is no such ticket, whatever else is wrong", async () => {
      for (const key of [keys.foreignReviewer, keys.otherAgent, legalReviewer.key]) {
        for (const [name, input] of FAULTY) {
          expect((await attempt(url, key, name, { ticketId: ticket.id, ...input })).code, name).toBe(
            "NOT_FOUND",
          );
        }
      }
    });

    it("say next that it is not for the viewer to do", async () => {
      const decided = await submit(url, keys.agent);
      await run(url, keys.reviewer, "decideTicket", {
        ticketId: decided.id,
        revision: 1,
        status: "APPROVED",
      });
      for (const id of [ticket.id, decided.id]) {
        for (const [name, input] of FAULTY) {
          expect((await attempt(url, keys.auditor, name, { ticketId: id, ...input })).code, name).toBe(
            "FORBIDDEN",
          );
        }
      }
    });

    it("say next that it is decided already, before a word about the input", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 1, status: "APPROVED" });
      for (const [name, input] of FAULTY.filter(([each]) => each !== "commentOnTicket")) {
        const key = ["decideTicket", "snoozeTicket"].includes(name) ? keys.reviewer2 : keys.agent;
        const { errors } = await attempt(url, key, name, { ticketId: id, ...input });
        expect(errors[0]?.extensions, name).toMatchObject({
          code: "ALREADY_DECIDED",
          decision: { status: "APPROVED", cursor: expect.any(String) },
        });
      }
      const withdrawn = await submit(url, keys.agent);
      await run(url, keys.agent, "withdrawReview", { ticketId: withdrawn.id });
      for (const [name, input] of FAULTY.filter(([each]) => each === "decideTicket")) {
        expect((await attempt(url, keys.reviewer, name, { ticketId: withdrawn.id, ...input })).code).toBe(
          "NOT_PENDING",
        );
      }
    });

    it("say next that the revision is stale", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.agent, "resubmitReview", { ticketId: id, title: "Two" });
      await run(url, keys.reviewer2, "claimTicket", { ticketId: id });
      for (const [name, input] of FAULTY.filter(([each]) => each === "decideTicket")) {
        expect((await attempt(url, keys.reviewer, name, { ticketId: id, ...input })).code).toBe(
          "STALE_REVISION",
        );
      }
      const stale = { ticketId: id, revision: 1, title: "" };
      expect((await attempt(url, keys.agent, "resubmitReview", stale)).code).toBe("STALE_REVISION");
    });

    it("come after a replay: who repeats what was done is answered as the first time", async () => {
      const { id } = await submit(url, keys.agent);
      const input = { ticketId: id, revision: 1, status: "APPROVED", idempotencyKey: "precedence" };
      await run(url, keys.reviewer, "decideTicket", input);
      expect((await run(url, keys.reviewer, "decideTicket", input)).decision).toMatchObject({
        status: "APPROVED",
      });
    });

    it("do not come before authentication", async () => {
      for (const name of Object.keys(MUTATIONS) as MutationName[]) {
        const input = { ticketId: NO_SUCH_TICKET, ...FAULTLESS[name] };
        expect((await attempt(url, null, name, input)).code, name).toBe("UNAUTHENTICATED");
        const wrong = await attempt(url, `${keys.agent.slice(0, -1)}x`, name, input);
        expect([wrong.status, wrong.code], name).toEqual([401, "UNAUTHENTICATED"]);
      }
    });

    it("leave the ticket as it was", async () => {
      const before = await ticketOf(url, keys.auditor, ticket.id);
      for (const [name, input] of FAULTY)
        await attempt(url, keys.reviewer, name, { ticketId: ticket.id, ...input });
      expect(await ticketOf(url, keys.auditor, ticket.id)).toEqual(before);
    });
  });
});

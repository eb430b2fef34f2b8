import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attempt, makeQueue, run, submit, submitted, type Ticket } from "./tickets.js";

const TRAIL = `query ($ticketId: ID, $types: [AuditEventType!], $first: Int, $after: String) {
  auditTrail(ticketId: $ticketId, types: $types, first: $first, after: $after) {
    edges { cursor node { sequence cursor type ticketId revision actor { id name kind } at data previousHash hash } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

interface AuditEvent {
  readonly sequence: number;
  readonly cursor: string;
  readonly type: string;
  readonly ticketId: string | null;
  readonly revision: number | null;
  readonly actor: { readonly id: string; readonly name: string; readonly kind: string };
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly previousHash: string;
  readonly hash: string;
}

interface Trail {
  readonly auditTrail: {
    readonly edges: readonly { readonly cursor: string; readonly node: AuditEvent }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
  };
}

describe.each(databases)("the audit trail, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  let ticket: Ticket;
  beforeAll(async () => {
    // Hundreds of listings a minute, all by the same few.
    server = await startTestServer(kind, { RATE_PRINCIPAL: "0" });
    ({ url, keys } = server);
    await makeQueue(server, "legal");
    ticket = await submit(url, keys.agent, { title: "On record" });
    await run(url, keys.reviewer, "claimTicket", { ticketId: ticket.id });
    await run(url, keys.reviewer, "commentOnTicket", { ticketId: ticket.id, body: "Hm" });
    await run(url, keys.reviewer, "decideTicket", {
      ticketId: ticket.id,
      revision: 1,
      status: "APPROVED",
      amendment: { title: "On record, edited" },
    });
    await submit(url, keys.otherAgent, { queue: "legal" });
    await submit(url, keys.foreignAgent, { title: "Elsewhere" });
  });
  afterAll(() => server?.close());

  const trail = async (variables: Record<string, unknown> = {}, key = keys.auditor) =>
    (await gqlData<Trail>(url, key, TRAIL, variables)).auditTrail;
  const events = async (variables: Record<string, unknown> = {}, key = keys.auditor) =>
    (await trail({ first: 100, ...variables }, key)).edges.map(({ node }) => node);

  it("names the proposal that each event is about, as that revision had it, and none for the workspace's own", async () => {
    const asked = async (key: string, ticketId: string | null) => {
      const { auditTrail } = await gqlData<{
        auditTrail: { edges: { node: { ticketId: string | null; proposal: { title: string } | null } }[] };
      }>(
        url,
        key,
        `query ($ticketId: ID) { auditTrail(first: 100, ticketId: $ticketId) { edges { node { ticketId proposal { title } } } } }`,
        { ticketId },
      );
      return auditTrail.edges.map(({ node }) => node);
    };
    const titles = ["On record", "On record", "On record", "On record, edited", "On record, edited"];
    for (const key of [keys.auditor, keys.agent]) {
      expect((await asked(key, ticket.id)).map(({ proposal }) => proposal?.title)).toEqual([
        ...titles,
        "On record, edited",
      ]);
    }
    const everything = await asked(keys.auditor, null);
    expect(everything.some(({ proposal }) => proposal === null)).toBe(true);
    for (const { ticketId, proposal } of everything) expect(proposal === null).toBe(ticketId === null);
    expect(everything.map(({ proposal }) => proposal?.title)).not.toContain("Elsewhere");
  });

  it("tells a ticket's story in order, with who did what to which revision", async () => {
    const story = await events({ ticketId: ticket.id });
    expect(story.map(({ type, revision, actor }) => `${actor.name}: ${type} ${revision}`)).toEqual([
      "First agent: SUBMITTED 1",
      "First reviewer: CLAIMED 1",
      "First reviewer: COMMENTED 1",
      "First reviewer: RESUBMITTED 2",
      "First reviewer: REVIEWED 2",
      "First reviewer: DECIDED 2",
    ]);
    expect(story[2]?.data).toEqual({ body: "Hm" });
    expect(story[5]?.data).toMatchObject({
      status: "APPROVED",
      reviews: [{ reviewer: { name: "First reviewer" }, sequence: story[4]?.sequence }],
    });
    expect(story.every(({ ticketId }) => ticketId === ticket.id)).toBe(true);
  });

  it("is a ticket's own field too", async () => {
    const query =
      "query ($id: ID!, $after: String) { ticket(id: $id) { auditTrail(first: 4, after: $after) { edges { cursor node { type } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
    type Data = { ticket: Trail };
    const first = (await gqlData<Data>(url, keys.agent, query, { id: ticket.id })).ticket.auditTrail;
    expect(first.edges.map(({ node }) => node.type)).toEqual([
      "SUBMITTED",
      "CLAIMED",
      "COMMENTED",
      "RESUBMITTED",
    ]);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = (
      await gqlData<Data>(url, keys.agent, query, { id: ticket.id, after: first.pageInfo.endCursor })
    ).ticket.auditTrail;
    expect(second.edges.map(({ node }) => node.type)).toEqual(["REVIEWED", "DECIDED"]);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it("is the whole ledger of the workspace for auditors and admins, gapless and chained", async () => {
    const whole = await events();
    expect(whole.map(({ sequence }) => sequence)).toEqual(whole.map((_, at) => at + 1));
    const genesis = createHash("sha256").update(`countersign:ledger:v1:${server.workspaceId}`).digest("hex");
    expect(whole.map(({ previousHash }) => previousHash)).toEqual([
      genesis,
      ...whole.slice(0, -1).map(({ hash }) => hash),
    ]);
    expect(whole.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["API_KEY_CREATED", "SETTINGS_CHANGED", "DECIDED"]),
    );
    expect(whole.find(({ type }) => type === "API_KEY_CREATED")).toMatchObject({
      ticketId: null,
      revision: null,
      actor: { kind: "SYSTEM" },
    });
    expect(await events({}, keys.admin)).toEqual(whole);
  });

  it("is for everybody else what happened to the tickets that they may see", async () => {
    const legal = await server.principal("Legal", "HUMAN", ["REVIEWER"], { queues: ["legal"] });
    const of = async (key: string) => new Set((await events({}, key)).map(({ ticketId }) => ticketId));
    expect(await of(keys.agent)).toEqual(new Set([ticket.id]));
    expect((await of(keys.reviewer)).size).toBe(2);
    expect([...(await of(legal.key))]).toEqual([...(await of(keys.otherAgent))]);
    expect(await of(legal.key)).not.toContain(ticket.id);
    expect((await events({}, keys.agent)).map(({ type }) => type)).toEqual(
      (await events({ ticketId: ticket.id })).map(({ type }) => type),
    );
    const foreign = await events({}, keys.foreignReviewer);
    expect(foreign.map(({ type }) => type)).toEqual(["SUBMITTED"]);
  });

  it("can be asked for some types only, for the workspace, a ticket, or what one may see", async () => {
    const whole = await events();
    for (const types of [
      ["DECIDED"],
      ["SUBMITTED", "DECIDED"],
      ["API_KEY_CREATED", "SUBMITTED", "SUBMITTED"],
      ["EXPIRED"],
      [],
    ]) {
      expect(await events({ types })).toEqual(whole.filter(({ type }) => types.includes(type)));
      const own = whole.filter((event) => event.ticketId === ticket.id && types.includes(event.type));
      expect(await events({ types, ticketId: ticket.id })).toEqual(own);
      expect(await events({ types }, keys.agent)).toEqual(own);
    }
    expect(await events({ types: null })).toEqual(whole);
  });

  it.each([1, 3, 7, 100])("comes in pages of %i that miss and repeat nothing", async (first) => {
    for (const [key, types] of [
      [keys.auditor, null],
      [keys.auditor, ["SUBMITTED", "API_KEY_CREATED", "DECIDED"]],
      [keys.reviewer, null],
    ] as const) {
      const whole = await events({ types }, key);
      const seen: AuditEvent[] = [];
      for (let after: string | null = null; ; ) {
        const page: Trail["auditTrail"] = await trail({ first, after, types }, key);
        expect(page.pageInfo).toMatchObject({
          hasPreviousPage: after !== null,
          endCursor: page.edges.at(-1)?.cursor ?? null,
        });
        seen.push(...page.edges.map(({ node }) => node));
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      expect(seen).toEqual(whole);
    }
  });

  it("goes on from any cursor of the ledger: an event's, a mutation's, the viewer's, the beginning", async () => {
    const { viewer } = await gqlData<{ viewer: { ledgerCursor: string } }>(
      url,
      keys.auditor,
      "{ viewer { ledgerCursor } }",
    );
    const { ticket: next, ledgerCursor } = await submitted(url, keys.agent, { title: "Next" });
    const { decision } = await run(url, keys.reviewer, "decideTicket", {
      ticketId: next.id,
      revision: 1,
      status: "REJECTED",
    });
    const types = async (after: string | null | undefined) =>
      (await events({ after })).map(({ type }) => type);
    expect(await types(viewer.ledgerCursor)).toEqual(["SUBMITTED", "REVIEWED", "DECIDED"]);
    expect(await types(ledgerCursor)).toEqual(["REVIEWED", "DECIDED"]);
    expect(await types(decision?.cursor)).toEqual([]);
    const genesis = createHash("sha256").update(`countersign:ledger:v1:${server.workspaceId}`).digest("hex");
    const beginning = Buffer.from(`0.${genesis.slice(0, 16)}`).toString("base64url");
    const page = await trail({ after: beginning, first: 1 });
    expect(page.edges[0]?.node.sequence).toBe(1);
    expect(page.pageInfo.hasPreviousPage).toBe(false);
  });

  it("says so where a cursor is not of this ledger", async () => {
    const [event] = await events();
    const cursor = (sequence: number | string, hash: string) =>
      Buffer.from(`${sequence}.${hash.slice(0, 16)}`).toString("base64url");
    const foreign = (await events({}, keys.foreignReviewer))[0]?.cursor;
    const wrong = [
      "",
      "x",
      "%%%",
      foreign,
      cursor(999_999, event!.hash),
      cursor(2, event!.hash),
      cursor(0, event!.hash),
      cursor(-1, event!.hash),
      "A".repeat(100_000),
    ];
    for (const after of wrong) {
      for (const key of [keys.auditor, keys.agent]) {
        expect((await gql(url, key, TRAIL, { after })).code, String(after).slice(0, 40)).toBe(
          "CURSOR_INVALID",
        );
      }
    }
  });

  it("refuses pages without entries, unknown types, and too many of them", async () => {
    for (const [variables, field] of [
      [{ first: 0 }, "first"],
      [{ first: -1 }, "first"],
      [{ types: ["NONSENSE"] }, "types[0]"],
      [{ types: Array.from({ length: 101 }, () => "DECIDED") }, "types"],
    ] as const) {
      const { errors } = await gql(url, keys.auditor, TRAIL, variables);
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
    }
  });

  it("keeps what was refused out", async () => {
    const before = await events({ ticketId: ticket.id });
    for (const name of ["withdrawReview", "claimTicket", "resubmitReview"] as const) {
      const input = { ticketId: ticket.id, ...(name === "resubmitReview" ? { title: "x" } : {}) };
      expect((await attempt(url, keys.agent, name, input)).errors).toHaveLength(1);
    }
    expect(await events({ ticketId: ticket.id })).toEqual(before);
  });
});

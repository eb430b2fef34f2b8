import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { makeQueue, run, submit } from "./tickets.js";

const LIST = `query ($filter: TicketFilter, $orderBy: TicketOrder, $first: Int, $after: String) {
  tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    edges { cursor node { id priority dueAt submittedAt status queue proposal { title } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
    ledgerCursor
  }
}`;

interface Page {
  readonly tickets: {
    readonly edges: readonly {
      readonly cursor: string;
      readonly node: {
        readonly id: string;
        readonly priority: string;
        readonly dueAt: string | null;
        readonly submittedAt: string;
        readonly status: string;
        readonly queue: string;
        readonly proposal: { readonly title: string };
      };
    }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
    readonly totalCount: number;
    readonly ledgerCursor: string;
  };
}

const ORDERS = ["NEWEST", "OLDEST", "PRIORITY", "DUE"] as const;
const PRIORITIES = ["URGENT", "HIGH", "NORMAL", "LOW"];

describe.each(databases)("listing tickets, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  /** Ids by title. */
  const ids = new Map<string, string>();
  beforeAll(async () => {
    // Hundreds of listings a minute, all by the same few.
    server = await startTestServer(kind, { RATE_PRINCIPAL: "0" });
    ({ url, keys } = server);
    await makeQueue(server, "legal");
    for (let at = 0; at < 24; at += 1) {
      const title = `Ticket ${at}`;
      const { id } = await submit(url, at % 5 === 0 ? keys.otherAgent : keys.agent, {
        title,
        queue: at % 4 === 3 ? "legal" : "default",
        priority: PRIORITIES[at % 4 === 0 ? 2 : at % 3],
        ...(at % 3 === 0
          ? {}
          : { dueAt: `2030-01-${String(1 + ((at * 7) % 5)).padStart(2, "0")}T00:00:00Z` }),
      });
      ids.set(title, id);
    }
    const decide = (title: string, status: string) =>
      run(url, keys.reviewer, "decideTicket", {
        ticketId: ids.get(title),
        revision: 1,
        status,
        comments: "c",
      });
    await decide("Ticket 1", "APPROVED");
    await decide("Ticket 2", "REJECTED");
    await decide("Ticket 7", "NEEDS_CHANGES");
    await decide("Ticket 8", "APPROVED");
    await run(url, keys.agent, "withdrawReview", { ticketId: ids.get("Ticket 9") });
  });
  afterAll(() => server?.close());

  /** Asks as whoever has the key, or at another server. */
  const page = async (
    variables: Record<string, unknown> = {},
    as: string | { readonly url: string; readonly key: string } = keys.auditor,
  ): Promise<Page["tickets"]> => {
    const where = typeof as === "string" ? { url, key: as } : as;
    return (await gqlData<Page>(where.url, where.key, LIST, variables)).tickets;
  };
  const titles = (found: Page["tickets"]) => found.edges.map(({ node }) => node.proposal.title);
  const matching = async (filter: Record<string, unknown>, key = keys.auditor) => {
    const found = await page({ filter, first: 100, orderBy: "OLDEST" }, key);
    expect(found.totalCount).toBe(found.edges.length);
    return titles(found).map((title) => title.replace("Ticket ", ""));
  };

  /** Reads the list page by page. */
  async function walk(
    variables: Record<string, unknown>,
    as?: Parameters<typeof page>[1],
    between?: () => Promise<unknown>,
  ) {
    const nodes: Page["tickets"]["edges"][number]["node"][] = [];
    let after: string | null = null;
    for (let turn = 0; turn < 100; turn += 1) {
      const found: Page["tickets"] = await page({ ...variables, after }, as);
      nodes.push(...found.edges.map(({ node }) => node));
      expect(found.pageInfo).toMatchObject({
        hasPreviousPage: after !== null,
        startCursor: found.edges[0]?.cursor ?? null,
        endCursor: found.edges.at(-1)?.cursor ?? null,
      });
      if (!found.pageInfo.hasNextPage) return nodes;
      after = found.pageInfo.endCursor;
      await between?.();
    }
    throw new Error("the list has no end");
  }

  it.each(ORDERS)(
    "gives every ticket once, in the order %s, whatever the size of the pages",
    async (orderBy) => {
      const whole = titles(await page({ orderBy, first: 100 }));
      expect(new Set(whole).size).toBe(24);
      for (const first of [1, 5, 23, 24, 25]) {
        expect((await walk({ orderBy, first })).map((node) => node.proposal.title)).toEqual(whole);
      }
      for (const status of [["PENDING"], ["APPROVED", "REJECTED"], ["PENDING", "PENDING", "WITHDRAWN"]]) {
        const filter = { status };
        const wanted = titles(await page({ orderBy, first: 100, filter }));
        expect(wanted).toEqual(whole.filter((title) => wanted.includes(title)));
        expect((await walk({ orderBy, first: 3, filter })).map((node) => node.proposal.title)).toEqual(
          wanted,
        );
      }
    },
  );

  it("orders as it says", async () => {
    const of = async (orderBy: string) => (await page({ orderBy, first: 100 })).edges.map(({ node }) => node);
    const byTime = Array.from({ length: 24 }, (_, at) => `Ticket ${at}`);
    expect((await of("OLDEST")).map((node) => node.proposal.title)).toEqual(byTime);
    expect((await of("NEWEST")).map((node) => node.proposal.title)).toEqual(byTime.toReversed());
    const place = (node: { priority: string; proposal: { title: string } }) =>
      PRIORITIES.indexOf(node.priority) * 100 + byTime.indexOf(node.proposal.title);
    const priorities = (await of("PRIORITY")).map(place);
    expect(priorities).toEqual(priorities.toSorted((a, b) => a - b));
    const due = (await of("DUE")).map((node) => node.dueAt ?? "never");
    expect(due).toEqual(due.toSorted());
    expect(due.at(-1)).toBe("never");
    expect((await page({ first: 100 })).edges.map(({ node }) => node.id)).toEqual(
      (await of("NEWEST")).map(({ id }) => id),
    );
  });

  it("shifts nothing when tickets come in between two pages", async () => {
    const other = await startTestServer(kind);
    try {
      for (let at = 0; at < 12; at += 1) {
        await submit(other.url, other.keys.agent, { priority: PRIORITIES[at % 4], title: `First ${at}` });
      }
      for (const orderBy of ORDERS) {
        const where = { url: other.url, key: other.keys.auditor };
        const before = (await page({ orderBy, first: 100 }, where)).edges.map(({ node }) => node.id);
        const walked = await walk({ orderBy, first: 4 }, where, async () => {
          const soon = { priority: "URGENT", dueAt: "2029-01-01T00:00:00Z" };
          await submit(other.url, other.keys.agent, { title: `Between in ${orderBy}`, ...soon });
        });
        const seen = walked.map(({ id }) => id);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((id) => before.includes(id))).toEqual(before);
      }
    } finally {
      await other.close();
    }
  });

  describe("a filter", () => {
    it("asks for a status, a queue, a priority; all of them together", async () => {
      expect(await matching({ status: ["APPROVED"] })).toEqual(["1", "8"]);
      expect(await matching({ status: ["REJECTED", "NEEDS_CHANGES", "WITHDRAWN"] })).toEqual(["2", "7", "9"]);
      expect(await matching({ queue: ["legal"] })).toEqual(["3", "7", "11", "15", "19", "23"]);
      expect(await matching({ queue: ["legal", "default"] })).toHaveLength(24);
      expect(await matching({ queue: ["legal"], status: ["PENDING"], priority: ["HIGH", "LOW"] })).toEqual([
        "19",
      ]);
    });

    it("asks for nothing where it is null, and for the impossible where a list is empty", async () => {
      expect(
        await matching({ status: null, queue: null, priority: null, search: null, digest: null }),
      ).toHaveLength(24);
      for (const name of ["status", "queue", "priority"]) expect(await matching({ [name]: [] })).toEqual([]);
      expect((await page({ filter: null })).totalCount).toBe(24);
    });

    it("finds nothing under what does not exist", async () => {
      for (const filter of [
        { queue: ["nowhere"] },
        { queue: ["Legal"] },
        { queue: ["x".repeat(10_000)] },
        { assigneeId: "principal_01m83gt4mheh0r2rvt70rjp1fe" },
        { assigneeId: "nobody" },
        { submittedById: "" },
        { submittedById: "x".repeat(10_000) },
        { digest: "sha256:" },
        { digest: "" },
        { digest: `sha256:${"0".repeat(64)}` },
        { search: "nonsense" },
        { dueBefore: "0000-01-01T00:00:00Z" },
      ]) {
        expect(await matching(filter), JSON.stringify(filter).slice(0, 80)).toEqual([]);
      }
    });

    it("asks who submitted", async () => {
      const { viewer } = await gqlData<{ viewer: { principal: { id: string } } }>(
        url,
        keys.otherAgent,
        "{ viewer { principal { id } } }",
      );
      expect(await matching({ submittedById: viewer.principal.id })).toEqual(["0", "5", "10", "15", "20"]);
    });

    it("asks who holds", async () => {
      const { ticket } = await run(url, keys.reviewer2, "claimTicket", { ticketId: ids.get("Ticket 4") });
      expect(await matching({ assigneeId: ticket.assignee?.id })).toEqual(["4"]);
      await run(url, keys.reviewer2, "releaseTicket", { ticketId: ids.get("Ticket 4") });
      expect(await matching({ assigneeId: ticket.assignee?.id })).toEqual([]);
    });

    it("asks what is due before a time, which leaves out what has no due time", async () => {
      const all = (await page({ first: 100, orderBy: "OLDEST" })).edges.map(({ node }) => node);
      const before = "2030-01-03T00:00:00.000Z";
      const wanted = all
        .filter(({ dueAt }) => dueAt !== null && dueAt < before)
        .map(({ proposal }) => proposal.title.replace("Ticket ", ""));
      expect(wanted.length).toBeGreaterThan(3);
      expect(await matching({ dueBefore: before })).toEqual(wanted);
      expect(await matching({ dueBefore: "9999-12-31T23:59:59Z" })).toHaveLength(16);
    });

    it("is refused where it is too long or of the wrong kind", async () => {
      for (const [filter, field] of [
        [{ queue: Array.from({ length: 101 }, (_, at) => `q${at}`) }, "filter.queue"],
        [{ status: Array.from({ length: 101 }, () => "PENDING") }, "filter.status"],
        [{ search: "x".repeat(201) }, "filter.search"],
        [{ search: "a b c d e f g h i j k" }, "filter.search"],
        [{ status: ["LOST"] }, "status[0]"],
        [{ queue: [null] }, "queue[0]"],
        [{ dueBefore: "tomorrow" }, "dueBefore"],
        [{ unknown: 1 }, "unknown"],
      ] as const) {
        const { errors } = await gql(url, keys.auditor, LIST, { filter });
        expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
      }
    });
  });

  describe("a search", () => {
    const search = (text: string, key = keys.auditor) => matching({ search: text }, key);
    beforeAll(async () => {
      const found = [
        { title: "Blog: ÉCLAIR & Straße", detail: "100% of_what\nit takes!" },
        { title: "ﬁnal １２３ draft", detail: "back\\slash 'quote' \"double\"" },
      ];
      for (const proposal of found) {
        const { id } = await submit(url, keys.foreignAgent, proposal);
        ids.set(proposal.title, id);
      }
    });

    it("finds words in title and detail, in any order and any case", async () => {
      const found = ["Blog: ÉCLAIR & Straße"];
      for (const text of [
        "éclair",
        "STRASSE".replace("SS", "ß"),
        "takes! blog:",
        "  ÉCLAIR\t100%  ",
        "of_what",
        "e\u0301clair",
      ]) {
        expect(await search(text, keys.foreignReviewer), text).toEqual(found);
      }
      for (const text of ["final 123", "ﬁnal", "back\\slash", "'quote'", '"double"']) {
        expect(await search(text, keys.foreignReviewer), text).toEqual(["ﬁnal １２３ draft"]);
      }
    });

    it("takes wildcards and escapes for themselves", async () => {
      for (const text of ["100_", "o%f", "of%what", "___", "%_%", "\\%", "!!", "!%", "takes!!"]) {
        expect(await search(text, keys.foreignReviewer), text).toEqual([]);
      }
      expect(await search("%", keys.foreignReviewer)).toEqual(["Blog: ÉCLAIR & Straße"]);
    });

    it("asks for nothing without words", async () => {
      expect(await search(" \n\u0000 ", keys.foreignReviewer)).toHaveLength(2);
    });

    it("looks at the current revision only, while a digest is found in every revision", async () => {
      const first = await submit(url, keys.foreignAgent, { title: "Before" });
      const { ticket } = await run(url, keys.foreignAgent, "resubmitReview", {
        ticketId: first.id,
        title: "After",
      });
      expect(await search("before", keys.foreignReviewer)).toEqual([]);
      expect(await search("after", keys.foreignReviewer)).toEqual(["After"]);
      for (const { digest } of [first.proposal, ticket.proposal]) {
        expect(await matching({ digest }, keys.foreignReviewer)).toEqual(["After"]);
        expect(await matching({ digest })).toEqual([]);
      }
      await run(url, keys.foreignAgent, "withdrawReview", { ticketId: first.id });
    });
  });

  describe("what a viewer is shown", () => {
    it("is what the viewer may see, in the list and in the count", async () => {
      const legal = await server.principal("Legal", "HUMAN", ["REVIEWER"], { queues: ["legal"] });
      const nobody = await server.principal("Newcomer", "AGENT", ["AGENT"]);
      const foreign = (await page({ first: 100 }, keys.foreignReviewer)).edges.map(({ node }) => node.id);
      const own = (await page({ first: 100 })).edges.map(({ node }) => node.id);
      expect(own.filter((id) => foreign.includes(id))).toEqual([]);
      expect((await page({ first: 100 }, keys.reviewer)).edges.map(({ node }) => node.id)).toEqual(own);
      expect(await matching({}, keys.otherAgent)).toEqual(["0", "5", "10", "15", "20"]);
      expect(await matching({}, legal.key)).toEqual(["3", "7", "11", "15", "19", "23"]);
      expect(await matching({ queue: ["default"] }, legal.key)).toEqual([]);
      expect(await matching({}, nobody.key)).toEqual([]);
      for (const orderBy of ORDERS) {
        const found = await page({ orderBy, first: 2 }, keys.otherAgent);
        expect([found.edges.length, found.totalCount]).toEqual([2, 5]);
        const rest = await page({ orderBy, first: 100, after: found.pageInfo.endCursor }, keys.otherAgent);
        expect(rest.edges).toHaveLength(3);
      }
    });
  });

  describe("a page", () => {
    it("has 50 tickets unless told, at most 100, and at least one", async () => {
      const submitting = Array.from({ length: 104 }, (_, at) =>
        submit(url, keys.foreignAgent, { title: `Many ${at}` }),
      );
      await Promise.all(submitting);
      const size = async (first: unknown) =>
        (
          await page(
            { filter: { search: "many" }, ...(first === undefined ? {} : { first }) },
            keys.foreignReviewer,
          )
        ).edges.length;
      expect([await size(undefined), await size(null), await size(100), await size(2 ** 31 - 1)]).toEqual([
        50, 50, 100, 100,
      ]);
      for (const first of [0, -1]) {
        const { errors } = await gql(url, keys.auditor, LIST, { first });
        expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "first" });
      }
    });

    it("is empty after the last ticket, and says that something comes before", async () => {
      const all = await page({ first: 100 });
      const after = all.edges.at(-1)?.cursor;
      expect(await page({ after })).toMatchObject({
        edges: [],
        totalCount: 24,
        pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
      });
    });

    it("is refused after a cursor that is made up, or of another order", async () => {
      const { pageInfo, ledgerCursor } = await page({ orderBy: "DUE", first: 1 });
      for (const after of ["", "x", ledgerCursor, pageInfo.endCursor, "x".repeat(100_000)]) {
        const { errors } = await gql(url, keys.auditor, LIST, { after, orderBy: "NEWEST" });
        expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "after" });
      }
    });

    it("carries a ledger cursor from which nothing that it does not show is missed", async () => {
      const { ledgerCursor } = await page();
      const { id } = await submit(url, keys.agent, { title: "Later" });
      const trail =
        "query ($after: String) { auditTrail(after: $after) { edges { node { type ticketId } } } }";
      type Trail = { auditTrail: { edges: { node: { type: string; ticketId: string | null } }[] } };
      const { auditTrail } = await gqlData<Trail>(url, keys.auditor, trail, { after: ledgerCursor });
      expect(auditTrail.edges.map(({ node }) => node)).toEqual([{ type: "SUBMITTED", ticketId: id }]);
    });
  });
});

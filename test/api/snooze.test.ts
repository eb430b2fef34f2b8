import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { startTestServer, type TestPrincipal, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { tryToVerify } from "./audit-desk.js";
import { attempt, makeQueue, run, submit, ticketOf } from "./tickets.js";

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const LIST = `query ($filter: TicketFilter, $orderBy: TicketOrder, $first: Int, $after: String) {
  tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    edges { node { id viewerSnoozedUntil } } pageInfo { endCursor hasNextPage } totalCount
  }
}`;
const CHANGED = `subscription ($after: LedgerCursor) { ticketChanged(after: $after) {
  event { type actor { name } } ticket { id viewerSnoozedUntil } } }`;

interface Listed {
  readonly tickets: {
    readonly edges: readonly {
      readonly node: { readonly id: string; readonly viewerSnoozedUntil: string | null };
    }[];
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
    readonly totalCount: number;
  };
}

describe.each(databases)("putting a ticket aside, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  const clients: LiveClient[] = [];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => server?.close());

  const snooze = (key: string, ticketId: string, until_ = inHours(1), more = {}) =>
    run(url, key, "snoozeTicket", { ticketId, until: until_, ...more });
  const refused = async (key: string | null, input: Record<string, unknown>) => {
    const { errors, data } = await attempt(url, key ?? null, "snoozeTicket", input);
    expect(data?.snoozeTicket ?? null).toBeNull();
    return [errors[0]?.extensions.code, errors[0]?.extensions.field];
  };
  const sleepOf = async (key: string, id: string) => {
    const query = "query ($id: ID!) { ticket(id: $id) { viewerSnoozedUntil } }";
    const data = await gqlData<{ ticket: { viewerSnoozedUntil: string | null } }>(url, key, query, { id });
    return data.ticket.viewerSnoozedUntil;
  };
  const trailOf = async (id: string) => {
    const query =
      "query ($id: ID!) { ticket(id: $id) { auditTrail { edges { node { type revision actor { name } data } } } } }";
    const data = await gqlData<{ ticket: { auditTrail: { edges: { node: { type: string } }[] } } }>(
      url,
      keys.auditor,
      query,
      { id },
    );
    return data.ticket.auditTrail.edges.map(({ node }) => node);
  };
  const typesOf = async (id: string) => (await trailOf(id)).map(({ type }) => type);
  const cursorOf = async (key: string) => {
    const query = "{ viewer { ledgerCursor } }";
    return (await gqlData<{ viewer: { ledgerCursor: string } }>(url, key, query)).viewer.ledgerCursor;
  };
  const connect = async (key: string) => {
    const client = await LiveClient.connect(url, key);
    clients.push(client);
    return client;
  };

  describe("is the reviewer's own affair", () => {
    it("and on record: the ticket stays as it was, for everybody, and to the last of its times", async () => {
      const { id } = await submit(url, keys.agent);
      const before = await ticketOf(url, keys.reviewer, id);
      const at = inHours(3);
      const { ticket } = await snooze(keys.reviewer, id, at);
      expect(ticket).toEqual({ ...before, viewerSnoozedUntil: at });
      expect(await sleepOf(keys.reviewer, id)).toBe(at);
      for (const key of [keys.reviewer2, keys.agent, keys.auditor, keys.admin]) {
        expect(await sleepOf(key, id)).toBeNull();
      }
      expect((await trailOf(id)).at(-1)).toEqual({
        type: "SNOOZED",
        revision: 1,
        actor: { name: "First reviewer" },
        data: { until: at },
      });
    });

    it("and two of them do not touch each other's", async () => {
      const { id } = await submit(url, keys.agent);
      const [soon, late] = [inHours(1), inHours(48)];
      await Promise.all([snooze(keys.reviewer, id, soon), snooze(keys.reviewer2, id, late)]);
      await run(url, keys.reviewer, "unsnoozeTicket", { ticketId: id });
      expect(await sleepOf(keys.reviewer, id)).toBeNull();
      expect(await sleepOf(keys.reviewer2, id)).toBe(late);
    });

    it("and is no decision: who waits for one is told of none, and it is decided like any other", async () => {
      const { id } = await submit(url, keys.agent);
      const client = await connect(keys.agent);
      const waiting = client.subscribe(
        "subscription ($id: ID!) { ticketDecided(ticketId: $id) { status } }",
        { id },
      );
      const changes = client.subscribe(CHANGED, { after: await cursorOf(keys.agent) });
      await snooze(keys.reviewer, id);
      await run(url, keys.reviewer, "unsnoozeTicket", { ticketId: id });
      await snooze(keys.reviewer, id);
      const { decision } = await run(url, keys.reviewer, "decideTicket", {
        ticketId: id,
        revision: 1,
        status: "APPROVED",
      });
      expect(decision?.status).toBe("APPROVED");
      expect(await client.deliveries(waiting, 1)).toEqual([{ ticketDecided: { status: "APPROVED" } }]);
      const told = await client.deliveries<{ ticketChanged: { event: { type: string } } }>(changes, 2);
      expect(told.map(({ ticketChanged }) => ticketChanged.event.type)).toEqual(["REVIEWED", "DECIDED"]);
      expect(await sleepOf(keys.reviewer, id)).toBeNull();
    });
  });

  describe("ends", () => {
    it("at its time, without anybody's doing", async () => {
      const { id } = await submit(url, keys.agent);
      await snooze(keys.reviewer, id);
      expect(await sleepOf(keys.reviewer, id)).not.toBeNull();
      await snooze(keys.reviewer, id, new Date(Date.now() + 2_000).toISOString());
      await until(async () => (await sleepOf(keys.reviewer, id)) === null);
      expect(await typesOf(id)).toEqual(["SUBMITTED", "SNOOZED", "SNOOZED"]);
    });

    it("with a new revision, and with the ticket", async () => {
      const resubmitted = await submit(url, keys.agent);
      const settled = await submit(url, keys.agent);
      for (const { id } of [resubmitted, settled]) await snooze(keys.reviewer, id);
      await run(url, keys.agent, "resubmitReview", { ticketId: resubmitted.id, title: "Two" });
      await run(url, keys.agent, "withdrawReview", { ticketId: settled.id });
      for (const { id } of [resubmitted, settled]) {
        expect(await sleepOf(keys.reviewer, id)).toBeNull();
        const before = await typesOf(id);
        await run(url, keys.reviewer, "unsnoozeTicket", { ticketId: id });
        expect(await typesOf(id)).toEqual(before);
      }
    });

    it("once it is woken; waking what does not sleep changes nothing", async () => {
      const { id } = await submit(url, keys.agent);
      await run(url, keys.reviewer, "unsnoozeTicket", { ticketId: id });
      await snooze(keys.reviewer, id);
      for (const _ of [1, 2]) await run(url, keys.reviewer, "unsnoozeTicket", { ticketId: id });
      expect(await typesOf(id)).toEqual(["SUBMITTED", "SNOOZED", "UNSNOOZED"]);
    });

    it("where one claims it, or is given it", async () => {
      const { id } = await submit(url, keys.agent);
      const other = await server.principal("Given it", "HUMAN", ["REVIEWER"]);
      await snooze(keys.reviewer, id);
      await snooze(other.key, id);
      await run(url, keys.reviewer, "claimTicket", { ticketId: id });
      expect([await sleepOf(keys.reviewer, id), await sleepOf(other.key, id)]).toEqual([
        null,
        expect.any(String),
      ]);
      await run(url, keys.admin, "assignTicket", { ticketId: id, assigneeId: other.principalId });
      expect(await sleepOf(other.key, id)).toBeNull();
      expect((await typesOf(id)).slice(-4)).toEqual(["CLAIMED", "UNSNOOZED", "ASSIGNED", "UNSNOOZED"]);
    });
  });

  it("gives back what the reviewer holds, and leaves alone what another does", async () => {
    const { id } = await submit(url, keys.agent);
    await run(url, keys.reviewer, "claimTicket", { ticketId: id });
    expect((await snooze(keys.reviewer, id)).ticket.assignee).toBeNull();
    await run(url, keys.reviewer2, "claimTicket", { ticketId: id });
    expect((await snooze(keys.reviewer, id)).ticket.assignee?.name).toBe("Second reviewer");
    expect((await typesOf(id)).slice(1)).toEqual(["CLAIMED", "RELEASED", "SNOOZED", "CLAIMED", "SNOOZED"]);
  });

  describe("is refused", () => {
    it("where the time is none, has passed, or is too far away", async () => {
      const { id } = await submit(url, keys.agent);
      for (const bad of ["2001-01-01T00:00:00Z", new Date(Date.now() - 1).toISOString(), inHours(24 * 366)]) {
        expect(await refused(keys.reviewer, { ticketId: id, until: bad })).toEqual([
          "BAD_USER_INPUT",
          "until",
        ]);
      }
      const noTimes = [
        null,
        undefined,
        "",
        "tomorrow",
        "2027-02-30T00:00:00Z",
        "2027-01-01T00:00:00",
        1e12,
        {},
        ["x"],
      ];
      for (const bad of noTimes) {
        expect((await refused(keys.reviewer, { ticketId: id, until: bad }))[0]).toBe("BAD_USER_INPUT");
      }
      for (const revision of ["1", 1.5, 2 ** 40]) {
        const input = { ticketId: id, until: inHours(1), revision };
        expect((await refused(keys.reviewer, input))[0]).toBe("BAD_USER_INPUT");
      }
      expect(await typesOf(id)).toEqual(["SUBMITTED"]);
    });

    it("where there is no such ticket to be seen, for reading, putting aside and waking alike", async () => {
      const { id } = await submit(url, keys.agent);
      const ids = [id, "ticket_01m83gt4mheh0r2rvt70rjp1fe", "", "x".repeat(10_000), "\ud800"];
      for (const ticketId of ids) {
        expect((await refused(keys.foreignReviewer, { ticketId, until: inHours(1) }))[0]).toBe("NOT_FOUND");
        const { code } = await attempt(url, keys.foreignReviewer, "unsnoozeTicket", { ticketId });
        expect(code).toBe("NOT_FOUND");
      }
    });

    it("to who reviews nothing there, and without a credential", async () => {
      const { id } = await submit(url, keys.agent);
      for (const key of [keys.agent, keys.auditor, keys.admin]) {
        expect((await refused(key, { ticketId: id, until: inHours(1) }))[0]).toBe("FORBIDDEN");
        expect((await attempt(url, key, "unsnoozeTicket", { ticketId: id })).code).toBe("FORBIDDEN");
      }
      expect((await refused(null, { ticketId: id, until: inHours(1) }))[0]).toBe("UNAUTHENTICATED");
    });

    it("of what is settled, of a revision that is not the current one, and of what one has reviewed", async () => {
      const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
      const input = { ticketId: id, until: inHours(1) };
      await run(url, keys.agent, "resubmitReview", { ticketId: id, title: "Two" });
      expect((await refused(keys.reviewer, { ...input, revision: 1 }))[0]).toBe("STALE_REVISION");
      await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 2, status: "APPROVED" });
      expect((await refused(keys.reviewer, input))[0]).toBe("ALREADY_REVIEWED");
      await run(url, keys.reviewer2, "decideTicket", { ticketId: id, revision: 2, status: "REJECTED" });
      expect((await refused(keys.reviewer, { ...input, until: "2001-01-01T00:00:00Z" }))[0]).toBe(
        "ALREADY_DECIDED",
      );
      const withdrawn = await submit(url, keys.agent);
      await run(url, keys.agent, "withdrawReview", { ticketId: withdrawn.id });
      expect((await refused(keys.reviewer, { ...input, ticketId: withdrawn.id }))[0]).toBe("NOT_PENDING");
    });
  });

  it("many times at once leaves one answer that fits the record", async () => {
    const { id } = await submit(url, keys.agent);
    const times = Array.from({ length: 12 }, (_, at) => inHours(at + 1));
    await Promise.all(
      times.flatMap((at, index) => [
        snooze(keys.reviewer, id, at),
        ...(index % 3 === 0 ? [run(url, keys.reviewer, "unsnoozeTicket", { ticketId: id })] : []),
      ]),
    );
    const last = (await trailOf(id)).at(-1) as { type: string; data: { until?: string } };
    expect(await sleepOf(keys.reviewer, id)).toBe(last.type === "SNOOZED" ? last.data.until : null);
  });

  it("reaches the reviewer's other pages, each with what is so for who looks", async () => {
    const { id } = await submit(url, keys.agent);
    const mine = await connect(keys.reviewer);
    const theirs = await connect(keys.reviewer2);
    const after = await cursorOf(keys.reviewer);
    const [own, other] = [mine, theirs].map((client) => client.subscribe(CHANGED, { after })) as [
      string,
      string,
    ];
    const at = inHours(2);
    await snooze(keys.reviewer, id, at);
    const event = { type: "SNOOZED", actor: { name: "First reviewer" } };
    expect(await mine.deliveries(own, 1)).toEqual([
      { ticketChanged: { event, ticket: { id, viewerSnoozedUntil: at } } },
    ]);
    expect(await theirs.deliveries(other, 1)).toEqual([
      { ticketChanged: { event, ticket: { id, viewerSnoozedUntil: null } } },
    ]);
  });

  describe("as a filter of lists", () => {
    let lister: TestPrincipal;
    let colleague: TestPrincipal;
    /** Oldest first; every third of the first nine is put aside. */
    const ids: string[] = [];
    beforeAll(async () => {
      await makeQueue(server, "shelf");
      const roles = { queues: ["shelf"] };
      lister = await server.principal("Lister", "HUMAN", ["REVIEWER"], roles);
      colleague = await server.principal("Colleague", "HUMAN", ["REVIEWER"], roles);
      for (let at = 0; at < 11; at += 1) {
        const priority = ["LOW", "NORMAL", "URGENT"][at % 3];
        ids.push((await submit(url, keys.agent, { queue: "shelf", title: `Shelf ${at}`, priority })).id);
      }
      const [woken, settled, renewed] = ids.slice(-3) as [string, string, string];
      for (const id of [...aside(), woken, settled, renewed]) await snooze(lister.key, id);
      await run(url, lister.key, "unsnoozeTicket", { ticketId: woken });
      await run(url, colleague.key, "decideTicket", { ticketId: settled, revision: 1, status: "REJECTED" });
      await run(url, keys.agent, "resubmitReview", { ticketId: renewed, title: "Shelf, again" });
    });

    const aside = () => ids.slice(0, 8).filter((_, at) => at % 3 === 0);
    const list = async (filter: object, { key = lister.key, orderBy = "OLDEST", first = 100 } = {}) => {
      const found: { id: string; viewerSnoozedUntil: string | null }[] = [];
      let after: string | null = null;
      for (;;) {
        const { tickets }: Listed = await gqlData(url, key, LIST, { filter, orderBy, first, after });
        found.push(...tickets.edges.map(({ node }) => node));
        if (!tickets.pageInfo.hasNextPage) {
          expect(tickets.totalCount).toBe(found.length);
          return found;
        }
        after = tickets.pageInfo.endCursor;
      }
    };
    const idsOf = async (...args: Parameters<typeof list>) => (await list(...args)).map(({ id }) => id);

    it("gives what sleeps, or what does not, or both", async () => {
      const status = ["PENDING"];
      const pending = ids.filter((_, at) => at !== 9);
      expect(await idsOf({ snoozed: true })).toEqual(aside());
      expect(await idsOf({ snoozed: true, status })).toEqual(aside());
      expect(await idsOf({ snoozed: false, status })).toEqual(pending.filter((id) => !aside().includes(id)));
      expect(await idsOf({ snoozed: null, status })).toEqual(pending);
      expect(await idsOf({ status })).toEqual(pending);
      expect(await idsOf({ snoozed: false })).toEqual(ids.filter((id) => !aside().includes(id)));
      expect(await idsOf({ snoozed: true, status: ["REJECTED"] })).toEqual([]);
      expect(await idsOf({ snoozed: false, status: ["REJECTED"] })).toEqual([ids[9]]);
      expect(await idsOf({ snoozed: true, search: "shelf 3" })).toEqual([ids[3]]);
      expect(await idsOf({ snoozed: true, status: [] })).toEqual([]);
    });

    it("says until when, in each row, and asks nothing of a colleague's list", async () => {
      for (const { id, viewerSnoozedUntil } of await list({})) {
        expect(viewerSnoozedUntil).toEqual(aside().includes(id) ? expect.any(String) : null);
      }
      expect(await idsOf({ snoozed: true }, { key: colleague.key })).toEqual([]);
      expect(await idsOf({ snoozed: false }, { key: colleague.key })).toEqual(ids);
      expect(await idsOf({ snoozed: true }, { key: keys.auditor })).toEqual([]);
    });

    it.each(["NEWEST", "OLDEST", "PRIORITY", "DUE"])(
      "is paged in the order %s without a gap",
      async (orderBy) => {
        for (const filter of [
          { snoozed: true },
          { snoozed: false },
          { snoozed: false, status: ["PENDING"] },
        ]) {
          const whole = await idsOf(filter, { orderBy });
          for (const first of [1, 2, 3]) expect(await idsOf(filter, { orderBy, first })).toEqual(whole);
        }
      },
    );

    it("is read for all of a page at once", async () => {
      const asked = vi.spyOn(server.running.services.database.read, "query");
      try {
        expect(await list({})).toHaveLength(ids.length);
        const looks = asked.mock.calls.filter(([text]) => text.includes("FROM snooze"));
        expect(looks).toHaveLength(1);
      } finally {
        asked.mockRestore();
      }
    });

    it("must be true or false", async () => {
      for (const snoozed of ["true", 1, [true], {}]) {
        const { code } = await gql(url, lister.key, LIST, { filter: { snoozed } });
        expect(code).toBe("BAD_USER_INPUT");
      }
    });
  });

  it("is a record that verifies, after all of this", async () => {
    const { data } = await tryToVerify(url, keys.auditor);
    expect(data?.verifyAudit.verdict).toMatchObject({ ok: true, findings: [] });
  });
});

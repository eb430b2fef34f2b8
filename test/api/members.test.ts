import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { type GqlAnswer, gql, gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import {
  eventsOf,
  everythingStored,
  MEMBER,
  type Member,
  manage,
  tryTo,
  verdictOn,
  viewerId,
} from "./members.js";
import { attempt, makeQueue, run, submit, ticketOf } from "./tickets.js";

const NOBODY = "principal_01m83gt4mheh0r2rvt70rjp1fe";

interface Page {
  readonly members: {
    readonly edges: readonly { readonly cursor: string; readonly node: Member }[];
    readonly pageInfo: Readonly<Record<string, unknown>>;
  };
}

describe.each(databases)("managing members, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  let admin: string;
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
    ({ admin } = keys);
    await makeQueue(server, "legal", 2);
  });
  afterAll(() => server?.close());

  const page = (key: string | null, args = ""): Promise<GqlAnswer<Page>> =>
    gql<Page>(
      url,
      key,
      `{ members${args} { edges { cursor node { ${MEMBER} } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
    );

  it("shows the members to admins and auditors, page by page, and to nobody else", async () => {
    const whole = (await page(admin, "(first: 100)")).data!.members;
    const names = whole.edges.map(({ node }) => node.name);
    expect(names).toEqual(expect.arrayContaining(["Admin", "Auditor", "Other agent"]));
    expect(names).not.toContain("Countersign");
    expect(names).not.toContain("Foreign agent");
    expect(whole.edges.map(({ node }) => node.id)).toEqual(whole.edges.map(({ node }) => node.id).sort());
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const found: Page = (await page(keys.auditor, `(first: 2${after ? `, after: "${after}"` : ""})`)).data!;
      const { members } = found;
      seen.push(...members.edges.map(({ node }) => node.id));
      expect(members.pageInfo["hasPreviousPage"]).toBe(after !== null);
      if (members.pageInfo["hasNextPage"] !== true) break;
      after = String(members.pageInfo["endCursor"]);
    }
    expect(seen).toEqual(whole.edges.map(({ node }) => node.id));
    for (const key of [keys.agent, keys.reviewer]) expect((await page(key)).code).toBe("FORBIDDEN");
    expect((await page(null)).code).toBe("UNAUTHENTICATED");
  });

  it.each([
    "first: 0",
    'after: ""',
    'after: "x"',
    `after: "${Buffer.from("key_01m83gt4mheh0r2rvt70rjp1fe").toString("base64url")}"`,
  ])("refuses the page members(%s)", async (args) => {
    expect((await page(admin, `(${args})`)).code).toBe("BAD_USER_INPUT");
  });

  it("tells every member which queues there are, and nobody of another workspace's", async () => {
    for (const key of [keys.agent, keys.reviewer, admin]) {
      expect(await gqlData(url, key, "{ queues { name minimumApprovals } }")).toEqual({
        queues: [
          { name: "default", minimumApprovals: 1 },
          { name: "legal", minimumApprovals: 2 },
        ],
      });
    }
    const foreign = await gqlData(url, keys.foreignAgent, "{ queues { name } }");
    expect(foreign).toEqual({ queues: [{ name: "default" }] });
  });

  it("tells everybody which queues are theirs, and within five seconds of a change the new ones", async () => {
    const mine = async (key: string) =>
      (await gqlData<{ viewer: { queues: string[] | null } }>(url, key, "{ viewer { queues } }")).viewer
        .queues;
    for (const key of [keys.agent, keys.reviewer, keys.auditor, admin, keys.foreignReviewer]) {
      expect(await mine(key)).toBeNull();
    }
    const both = { queues: ["legal", "default"] };
    const { key, principalId } = await server.principal("Of two queues", "HUMAN", ["REVIEWER"], both);
    expect(await mine(key)).toEqual(["default", "legal"]);
    await manage(url, admin, "changeMember", { memberId: principalId, queues: ["legal"] });
    // Who somebody is, is known anew within five seconds.
    const soon = { timeoutMs: 5_000 };
    await until(async () => (await mine(key))?.join() === "legal", soon);
    await manage(url, admin, "changeMember", { memberId: principalId, queues: null });
    await until(async () => (await mine(key)) === null, soon);
    expect((await gql(url, null, "{ viewer { queues } }")).code).toBe("UNAUTHENTICATED");
    expect((await gql(url, key, "{ viewer { queues { name } } }")).code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  it("invites a human with a link that works once, and puts on record that it was made, but not the link", async () => {
    const made = await manage(url, admin, "inviteMember", {
      email: "Ada@Example.org",
      name: "Ada",
      roles: ["REVIEWER", "REVIEWER"],
      queues: ["legal", "legal"],
    });
    expect(made.member).toMatchObject({
      name: "Ada",
      kind: "HUMAN",
      email: "ada@example.org",
      roles: ["REVIEWER"],
      queues: ["legal"],
      removedAt: null,
    });
    const link = new URL(made.signInUrl);
    expect(`${link.origin}${link.pathname}`).toBe(`${url}/sign-in`);
    const text = link.searchParams.get("link")!;
    expect(text).toMatch(/^csl_/);
    const minutes = (Date.parse(made.expiresAt) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14);
    expect(minutes).toBeLessThanOrEqual(15.1);
    const [event] = (await eventsOf(server, "MEMBER_CHANGED")).slice(-1);
    expect(event).toMatchObject({
      actor: { id: await viewerId(url, admin) },
      data: {
        principalId: made.member.id,
        email: "ada@example.org",
        removed: false,
        invitation: { expiresAt: made.expiresAt },
      },
    });
    expect(await everythingStored(server)).not.toContain(text.slice(-49, -6));

    const again = await manage(url, admin, "inviteMember", { email: "ada@example.org" });
    expect(again.member).toEqual(made.member);
    expect(again.signInUrl).not.toBe(made.signInUrl);
    const other = await tryTo(url, admin, "inviteMember", { email: "ada@example.org", roles: ["ADMIN"] });
    expect(other.errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "email" });
  });

  it.each([
    [{}, "email"],
    [{ email: null }, "email"],
    [{ email: 7 }, "email"],
    [{ email: "" }, "email"],
    [{ email: "nobody" }, "email"],
    [{ email: `${"x".repeat(250)}@example.org` }, "email"],
    [{ email: "a\u0000b@example.org" }, "email"],
    [{ email: "a b@example.org" }, "email"],
    [{ email: "x@example.org" }, "roles"],
    [{ email: "x@example.org", roles: [] }, "roles"],
    [{ email: "x@example.org", roles: ["GOD"] }, "roles[0]"],
    [{ email: "x@example.org", roles: "x" }, "roles"],
    [{ email: "x@example.org", roles: ["ADMIN"], name: "" }, "name"],
    [{ email: "x@example.org", roles: ["ADMIN"], name: "x".repeat(201) }, "name"],
    [{ email: "x@example.org", roles: ["ADMIN"], name: "a\u001b[2Jb" }, "name"],
    [{ email: "x@example.org", roles: ["ADMIN"], name: "\ud800" }, "name"],
    [{ email: "x@example.org", roles: ["REVIEWER"], queues: [] }, "queues"],
    [{ email: "x@example.org", roles: ["REVIEWER"], queues: ["nowhere"] }, "queues"],
    [{ email: "x@example.org", roles: ["REVIEWER"], queues: [null] }, "queues[0]"],
    [{ email: "x@example.org", roles: ["REVIEWER"], secret: "x" }, "secret"],
  ])("refuses the invitation %j", async (input, field) => {
    const before = (await page(admin, "(first: 100, includeRemoved: true)")).data;
    const { errors } = await tryTo(url, admin, "inviteMember", input);
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
    expect((await page(admin, "(first: 100, includeRemoved: true)")).data).toEqual(before);
  });

  it("lets nobody but an ADMIN invite, change or remove, and finds nobody of another workspace", async () => {
    const reviewer = await viewerId(url, keys.reviewer);
    const foreign = await viewerId(url, keys.foreignReviewer);
    const inputs = [
      ["inviteMember", { email: "eve@example.org", roles: ["ADMIN"] }],
      ["changeMember", { memberId: reviewer, roles: ["ADMIN"] }],
      ["removeMember", { memberId: reviewer }],
    ] as const;
    for (const [name, input] of inputs) {
      for (const key of [keys.agent, keys.reviewer, keys.auditor, keys.foreignReviewer])
        expect((await tryTo(url, key, name, input)).code).toBe("FORBIDDEN");
      expect((await tryTo(url, null, name, input)).code).toBe("UNAUTHENTICATED");
    }
    for (const name of ["changeMember", "removeMember"] as const) {
      const answers = [];
      for (const memberId of [foreign, NOBODY, "x", "", `${reviewer} `, "x".repeat(100_000)])
        answers.push((await tryTo(url, admin, name, { memberId })).errors[0]);
      for (const error of answers)
        expect(error).toMatchObject({ message: answers[0]!.message, extensions: { code: "NOT_FOUND" } });
    }
  });

  it("changes what is named and leaves the rest; an explicit null means every queue", async () => {
    const { principalId: memberId } = await server.principal("Bob", "HUMAN", ["REVIEWER"]);
    const change = async (input: object) =>
      (await manage(url, admin, "changeMember", { memberId, ...input })).member;
    expect(await change({ queues: ["legal"] })).toMatchObject({ name: "Bob", queues: ["legal"] });
    expect(await change({ name: "Bobby" })).toMatchObject({ name: "Bobby", queues: ["legal"] });
    expect(await change({ queues: null })).toMatchObject({
      name: "Bobby",
      queues: null,
      roles: ["REVIEWER"],
    });
    const events = (await eventsOf(server, "MEMBER_CHANGED")).length;
    expect(await change({ name: null, roles: null })).toMatchObject({ name: "Bobby", roles: ["REVIEWER"] });
    expect(await eventsOf(server, "MEMBER_CHANGED")).toHaveLength(events);
    for (const input of [{ roles: [] }, { name: " x" }, { queues: ["nowhere"] }, { queues: [] }])
      expect((await tryTo(url, admin, "changeMember", { memberId, ...input })).code).toBe("BAD_USER_INPUT");
  });

  it("never gives a machine a role that signs off", async () => {
    const memberId = await viewerId(url, keys.otherAgent);
    for (const role of ["REVIEWER", "ADMIN"]) {
      const { errors } = await tryTo(url, admin, "changeMember", { memberId, roles: ["AGENT", role] });
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "roles" });
    }
  });

  it("ends sockets within five seconds of a change of queues, and narrows what is seen, and at once what can be decided", async () => {
    const moved = await server.principal("Moved", "HUMAN", ["REVIEWER"]);
    const ticket = await submit(url, keys.agent, { title: "In default" });
    const socket = await LiveClient.connect(url, moved.key);
    await manage(url, admin, "changeMember", { memberId: moved.principalId, queues: ["legal"] });
    const changedAt = performance.now();
    const refused = await attempt(url, moved.key, "decideTicket", {
      ticketId: ticket.id,
      revision: 1,
      status: "APPROVED",
    });
    expect(["FORBIDDEN", "NOT_FOUND"]).toContain(refused.code);
    expect(await socket.whenClosed(5_000)).toMatchObject({ code: 4403 });
    expect(performance.now() - changedAt).toBeLessThan(5_000);
    await until(
      async () => {
        const query = "query ($id: ID!) { ticket(id: $id) { id } }";
        return (await gql(url, moved.key, query, { id: ticket.id })).code === "NOT_FOUND";
      },
      { timeoutMs: 5_000 },
    );
    expect((await ticketOf(url, keys.reviewer, ticket.id)).decision.status).toBe("PENDING");
  });

  it("releases, in Countersign's name, what is in the hands of who was moved or removed, and nothing else", async () => {
    const holder = await server.principal("Holder", "HUMAN", ["REVIEWER"]);
    const [here, there, claimed] = await Promise.all([
      submit(url, keys.agent, { title: "Here" }),
      submit(url, keys.agent, { title: "There", queue: "legal" }),
      submit(url, keys.agent, { title: "Claimed" }),
    ]);
    for (const { id } of [here, there])
      await run(url, admin, "assignTicket", { ticketId: id, assigneeId: holder.principalId });
    await run(url, holder.key, "claimTicket", { ticketId: claimed.id });
    const holders = async () => {
      const found = await Promise.all([here, there, claimed].map(({ id }) => ticketOf(url, admin, id)));
      return found.map(({ assignee }) => assignee?.name ?? null);
    };
    expect(await holders()).toEqual(["Holder", "Holder", "Holder"]);
    await manage(url, admin, "changeMember", { memberId: holder.principalId, queues: ["legal"] });
    expect(await holders()).toEqual([null, "Holder", null]);
    await manage(url, admin, "removeMember", { memberId: holder.principalId });
    expect(await holders()).toEqual([null, null, null]);
    const released = (await eventsOf(server, "RELEASED")).slice(-3);
    for (const { actor, data } of released) {
      expect(actor.kind).toBe("SYSTEM");
      expect(data).toEqual({ assigneeId: holder.principalId });
    }
    expect((await attempt(url, keys.reviewer, "claimTicket", { ticketId: here.id })).errors).toEqual([]);
  });

  it("removes a member with all their keys, shows them among the removed, and takes them back", async () => {
    const left = await manage(url, admin, "inviteMember", { email: "left@example.org", roles: ["AUDITOR"] });
    const mine = await server.principal("Mine", "HUMAN", ["REVIEWER"]);
    const removed = await manage(url, admin, "removeMember", { memberId: mine.principalId });
    expect(removed.member.removedAt).toMatch(/Z$/);
    expect((await tryTo(url, admin, "removeMember", { memberId: mine.principalId })).code).toBe("NOT_FOUND");
    expect((await tryTo(url, admin, "changeMember", { memberId: mine.principalId, name: "x" })).code).toBe(
      "NOT_FOUND",
    );
    await until(async () => (await gql(url, mine.key, "{ viewer { roles } }")).status === 401);
    const ids = async (args: string) =>
      (await page(admin, args)).data!.members.edges.map(({ node }) => node.id);
    expect(await ids("(first: 100)")).not.toContain(mine.principalId);
    expect(await ids("(first: 100, includeRemoved: true)")).toContain(mine.principalId);
    await manage(url, admin, "removeMember", { memberId: left.member.id });
    const back = await manage(url, admin, "inviteMember", { email: "left@example.org", roles: ["REVIEWER"] });
    expect(back.member).toMatchObject({ id: left.member.id, roles: ["REVIEWER"], removedAt: null });
  });

  it("takes nothing from a key that has ended, in the moment in which it is still known", async () => {
    const leaving = await server.principal("Leaving", "HUMAN", ["ADMIN"]);
    // The key is known now, and for two seconds more.
    const memberId = await viewerId(url, leaving.key);
    const { principalId, keyId } = await server.principal("Target", "AGENT", ["AGENT"]);
    await manage(url, admin, "revokeApiKey", { keyId: leaving.keyId });
    for (const [name, input] of [
      ["inviteMember", { email: "back-door@example.org", roles: ["ADMIN"] }],
      ["changeMember", { memberId, name: "Staying" }],
      ["removeMember", { memberId: principalId }],
      ["revokeApiKey", { keyId }],
    ] as const)
      expect((await tryTo(url, leaving.key, name, input)).code).toBe("UNAUTHENTICATED");
    await manage(url, admin, "removeMember", { memberId });
  });

  it("keeps one ADMIN, however two of them demote each other", async () => {
    // The one whom the first start has made has never come in, and does not count as one who is left.
    const invited = new Set(
      (await page(admin, "(first: 100)")).data!.members.edges.flatMap(({ node }) =>
        node.name === "First admin" ? [node.id] : [],
      ),
    );
    expect(invited.size).toBe(1);
    const second = await server.principal("Second admin", "HUMAN", ["ADMIN"]);
    const [one, two] = [await viewerId(url, admin), second.principalId];
    const answers = await Promise.all([
      tryTo(url, admin, "changeMember", { memberId: two, roles: ["AUDITOR"] }),
      tryTo(url, second.key, "changeMember", { memberId: one, roles: ["AUDITOR"] }),
    ]);
    const [left] = answers.filter(({ errors }) => errors.length > 0);
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(["FORBIDDEN", "BAD_USER_INPUT"]).toContain(left?.code);
    const admins = (await page(keys.auditor, "(first: 100)")).data!.members.edges.filter(
      ({ node }) => node.roles.includes("ADMIN") && !invited.has(node.id),
    );
    expect(admins).toHaveLength(1);
    const [winner, loser] = admins[0]!.node.id === one ? [admin, two] : [second.key, one];
    // Whoever lost ADMIN is still known as one for a moment, and must not use it to come back.
    const deposed = winner === admin ? second.key : admin;
    const revived = await tryTo(url, deposed, "changeMember", { memberId: loser, roles: ["ADMIN"] });
    expect(revived.code).toBe("FORBIDDEN");
    for (const input of [{ roles: ["AUDITOR"] }, {}]) {
      const name = "roles" in input ? "changeMember" : "removeMember";
      const last = await tryTo(url, winner, name, { memberId: admins[0]!.node.id, ...input });
      expect(last.errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "memberId" });
    }
    await manage(url, winner, "changeMember", { memberId: one, roles: ["ADMIN"] });
    await until(async () => (await page(admin)).code === undefined);
  });

  it("leaves nothing for audit verify to find", async () => {
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });
});

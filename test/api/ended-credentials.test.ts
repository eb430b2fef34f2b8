import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { revokeKey } from "../../src/identity/keys.js";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { BrowserLike } from "../support/browser-like.js";
import { databases } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { verdictOn } from "./members.js";
import { attempt, submit, ticketOf } from "./tickets.js";

const DECIDE = "mutation ($input: DecideTicketInput!) { decideTicket(input: $input) { ticket { id } } }";

describe.each(databases)("what has ended, on $name", (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(kind, { RATE_FAILURES: "20" });
  });
  afterAll(() => server?.close());

  const scope = async () => ({
    workspaceId: server.workspaceId,
    actor: await systemActor(server.running.services.database.read, server.workspaceId),
  });

  it("signs nothing off, in the very moment after the event that says so", async () => {
    const { key, keyId } = await server.principal("Revoked", "HUMAN", ["REVIEWER"]);
    const agent = await server.principal("Revoked agent", "AGENT", ["AGENT"]);
    const { id } = await submit(server.url, server.keys.agent);
    const mine = await submit(server.url, agent.key);
    // Both are known to the server by now, and will be for two seconds.
    expect((await ticketOf(server.url, key, id)).status).toBe("PENDING");
    const { ledger } = server.running.services;
    await revokeKey(ledger, { ...(await scope()), keyId });
    await revokeKey(ledger, { ...(await scope()), keyId: agent.keyId });
    const input = { ticketId: id, revision: 1, status: "APPROVED" };
    expect((await attempt(server.url, key, "decideTicket", input)).code).toBe("UNAUTHENTICATED");
    expect((await attempt(server.url, key, "claimTicket", { ticketId: id })).code).toBe("UNAUTHENTICATED");
    const again = { ticketId: mine.id, title: "Once more" };
    expect((await attempt(server.url, agent.key, "resubmitReview", again)).code).toBe("UNAUTHENTICATED");
    const more = 'mutation { submitReview(input: {title: "One more"}) { ticket { id } } }';
    expect((await gql(server.url, agent.key, more)).code).toBe("UNAUTHENTICATED");
    expect((await ticketOf(server.url, server.keys.reviewer, id)).status).toBe("PENDING");
  });

  it("signs nothing off by a session that another server has ended, either", async () => {
    const { link, member } = await inviteMember(server.running.services.ledger, {
      ...(await scope()),
      email: "ended@example.org",
      roles: ["REVIEWER"],
      queues: null,
    });
    const browser = new BrowserLike(server.url);
    await browser.submit("/sign-in", { link: link.text });
    const { id } = await submit(server.url, server.keys.agent);
    expect((await browser.gql("{ viewer { roles } }")).status).toBe(200);
    // Past this process, as another server would.
    await server.running.services.database.transaction((sql) =>
      sql.query("UPDATE session SET ended_at = 1 WHERE principal_id = ?", [member.id]),
    );
    const input = { ticketId: id, revision: 1, status: "APPROVED" };
    expect((await browser.gql(DECIDE, { input })).code).toBe("UNAUTHENTICATED");
  });

  it("is no guess: a tab that was left open locks nobody out of its address", async () => {
    const { link } = await inviteMember(server.running.services.ledger, {
      ...(await scope()),
      email: "tab@example.org",
      roles: ["REVIEWER"],
      queues: null,
    });
    const tab = new BrowserLike(server.url);
    await tab.submit("/sign-in", { link: link.text });
    const left = tab.cookieHeader;
    await tab.submit("/sign-out");
    const [name = "", value = ""] = left.split("=");
    tab.cookies.set(name, value);
    for (let poll = 0; poll < 40; poll += 1)
      expect((await tab.gql("{ viewer { roles } }")).code).toBe("UNAUTHENTICATED");
    const next = await inviteMember(server.running.services.ledger, {
      ...(await scope()),
      email: "tab@example.org",
    });
    const other = new BrowserLike(server.url);
    expect((await other.submit("/sign-in", { link: next.link.text })).status).toBe(303);
  });

  it("is found where rights were written into a member's row, and put on record by sending them another link", async () => {
    const { ledger, database } = server.running.services;
    const { member } = await inviteMember(ledger, {
      ...(await scope()),
      email: "quiet@example.org",
      roles: ["AUDITOR"],
    });
    expect(await verdictOn(server)).toMatchObject({ ok: true });
    await database.transaction((sql) =>
      sql.query("UPDATE principal SET roles = ? WHERE id = ?", ['["ADMIN"]', member.id]),
    );
    expect(await verdictOn(server)).toMatchObject({ ok: false });
    await inviteMember(ledger, { ...(await scope()), email: "quiet@example.org" });
    expect(await verdictOn(server)).toMatchObject({ ok: false, reason: expect.stringContaining(member.id) });
  });
});

import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuditVerifier, VERIFIER_LIMITS } from "../../src/ledger/audit-verifier.js";
import { checkpointsDir } from "../../src/server/services.js";
import { readSettings } from "../../src/server/settings.js";
import { verifyExport } from "../../src/verifier/verify-export.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { foreignAuditor, intruder, tryToVerify } from "./audit-desk.js";
import { eventsOf } from "./members.js";
import { submit } from "./tickets.js";

describe.each(databases)("the auditor's desk, on $name", (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(kind);
    await submit(server.url, server.keys.agent, { title: "On record" });
    await submit(server.url, server.keys.foreignAgent, { title: "Elsewhere" });
  });
  afterAll(() => server?.close());

  const recent = async (key: string, variables: Record<string, unknown> = {}) => {
    type Data = {
      recentEvents: {
        edges: { cursor: string; node: { sequence: number; type: string; ticketId: string | null } }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
      };
    };
    const data = await gqlData<Data>(
      server.url,
      key,
      `query ($first: Int, $after: String, $types: [AuditEventType!], $ticketId: ID) {
        recentEvents(first: $first, after: $after, types: $types, ticketId: $ticketId) {
          edges { cursor node { sequence type ticketId } } pageInfo { hasNextPage hasPreviousPage } } }`,
      variables,
    );
    return data.recentEvents;
  };
  const exported = (key: string | null, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/audit/export`, {
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
    });

  it("lists the newest events first, page by page, all of them once", async () => {
    const { auditor } = server.keys;
    const all = (await recent(auditor, { first: 100 })).edges.map(({ node }) => node.sequence);
    expect(all).toEqual(all.map((_, at) => all.length - at));
    const seen: number[] = [];
    let after: string | undefined;
    for (;;) {
      const { edges, pageInfo } = await recent(auditor, { first: 3, after });
      expect(pageInfo.hasPreviousPage).toBe(after !== undefined);
      seen.push(...edges.map(({ node }) => node.sequence));
      after = edges.at(-1)?.cursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(all);
  });

  it("lists types and tickets the newest first, and to others only what they may see", async () => {
    const types = ["API_KEY_CREATED", "SUBMITTED"];
    const some = await recent(server.keys.auditor, { types, first: 100 });
    expect(some.edges[0]?.node.type).toBe("SUBMITTED");
    const sequences = some.edges.map(({ node }) => node.sequence);
    expect(sequences).toEqual([...sequences].sort((one, other) => other - one));
    expect(new Set(some.edges.map(({ node }) => node.type))).toEqual(new Set(types));
    const { ticketId } = some.edges[0]!.node;
    expect((await recent(server.keys.agent)).edges.map(({ node }) => node.ticketId)).toEqual([ticketId]);
    expect((await recent(server.keys.auditor, { ticketId })).edges).toHaveLength(1);
    expect((await recent(server.keys.otherAgent)).edges).toEqual([]);
    await expect(recent(server.keys.otherAgent, { ticketId })).rejects.toThrow("NOT_FOUND");
    await expect(recent(server.keys.auditor, { after: "nonsense" })).rejects.toThrow("CURSOR_INVALID");
  });

  it.each([
    ["nobody", null, "UNAUTHENTICATED", 401],
    ["an agent", "agent", "FORBIDDEN", 403],
    ["a reviewer", "reviewer", "FORBIDDEN", 403],
  ] as const)("verifies and exports nothing for %s", async (_, name, code, status) => {
    const key = name === null ? null : server.keys[name];
    expect((await tryToVerify(server.url, key)).code).toBe(code);
    const answer = await exported(key);
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain("header");
  });

  it("puts on record who was kept out of the export", async () => {
    const { reviewer2 } = server.keys;
    expect((await exported(reviewer2)).status).toBe(403);
    await until(async () =>
      (await eventsOf(server, "ACCESS_DENIED")).some(({ data }) => data.operation === "GET /audit/export"),
    );
    expect((await tryToVerify(server.url, server.keys.admin)).data?.verifyAudit.verdict?.ok).toBe(true);
  });

  it.each(["auditor", "admin"] as const)("gives the %s a verdict on their own workspace", async (name) => {
    const { data, errors } = await tryToVerify(server.url, server.keys[name]);
    expect(errors).toEqual([]);
    const { verdict, tickets, events } = data!.verifyAudit;
    expect(verdict).toMatchObject({ ok: true, findings: [], furtherFindings: 0 });
    expect(tickets).toBe(1);
    expect(verdict?.lastSequence).toBe(events);
    const [row] = await server.running.services.database.read.query<{ hash: string }>(
      "SELECT hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
      [server.workspaceId, events],
    );
    expect(verdict?.lastHash).toBe(row?.hash);
  });

  it("exports what the offline verifier accepts, of the own workspace alone, and lets nobody keep it", async () => {
    const answer = await exported(server.keys.auditor);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-disposition")).toMatch(
      /^attachment; filename="countersign-default-\d{4}-\d\d-\d\d\.jsonl"$/,
    );
    expect(answer.headers.get("content-type")).toContain("application/x-ndjson");
    const lines = (await answer.text()).trimEnd().split("\n");
    async function* each() {
      yield* lines;
    }
    const keys = server.running.services.keys.publicJwks().keys.map((key) => ({ ...key }));
    expect(await verifyExport(each(), { keys })).toMatchObject({ ok: true, workspace: server.workspaceId });
    const foreign = await (await exported(await foreignAuditor(server))).text();
    expect(foreign).toContain("Elsewhere");
    expect(foreign).not.toContain(server.workspaceId);
  });

  it("takes no session's cookie from another site's page", async () => {
    const answer = await exported(null, {
      cookie: "countersign_session=whatever",
      "sec-fetch-site": "cross-site",
    });
    expect(answer.status).toBe(403);
  });

  it("refuses a time to wait that would not be waited", async () => {
    for (const wait of [-1, VERIFIER_LIMITS.waitSeconds + 1])
      expect((await tryToVerify(server.url, server.keys.auditor, wait)).code).toBe("BAD_USER_INPUT");
  });
});

describe.each(databases)("a long record at the auditor's desk, on $name", (kind) => {
  let server: TestServer;
  const open: IncomingMessage[] = [];
  beforeAll(async () => {
    server = await startTestServer(kind, { SLOW_CONSUMER_SECONDS: "60" });
    const detail = "x".repeat(90_000);
    await Promise.all(Array.from({ length: 150 }, () => submit(server.url, server.keys.agent, { detail })));
  }, 60_000);
  afterEach(() => {
    for (const answer of open.splice(0)) answer.destroy();
  });
  afterAll(() => server?.close());

  /** An export whose client has not taken anything yet but its header. */
  const begin = async (key: string): Promise<IncomingMessage> => {
    const request = get(`${server.url}/audit/export`, { headers: { authorization: `Bearer ${key}` } });
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    open.push(answer);
    return answer;
  };
  const verifier = () => {
    const settings = readSettings({ DATABASE_URL: server.testDatabase.url, DATA_DIR: server.dataDir });
    return createAuditVerifier({
      location: settings.database,
      keys: server.running.services.keys,
      checkpoints: checkpointsDir(settings),
      now: Date.now,
    });
  };

  it("is verified once for all who ask at the same time, and says how far it has come", async () => {
    const own = verifier();
    const { workspaceId } = server;
    const [first, ...others] = await Promise.all([
      own.verify(workspaceId, 0),
      own.verify(workspaceId, 20_000),
      own.verify(workspaceId, 20_000),
    ]);
    expect(first.done).toBeUndefined();
    expect(others[0]?.done?.verdict).toMatchObject({ ok: true, tickets: 150 });
    expect(others.map(({ startedAt }) => startedAt)).toEqual([first.startedAt, first.startedAt]);
    // A verdict of just now stands.
    expect((await own.verify(workspaceId, 0)).done).toBe(others[0]?.done);
    await own.close();
  });

  it("is not verified for more workspaces at a time than a server can bear, and a shutdown ends it", async () => {
    const own = verifier();
    const busy = ["workspace_01j00000000000000000000001", "workspace_01j00000000000000000000002"];
    const waiting = busy.map((id) => own.verify(id, 0));
    await expect(own.verify(server.workspaceId, 0)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await Promise.all(waiting);
    const under = until(async () => own.verify(server.workspaceId, 0));
    expect((await under).done).toBeUndefined();
    const asked = own.verify(server.workspaceId, 20_000);
    const refused = expect(asked).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await own.close();
    await refused;
  });

  it("never holds the thread for long while it is verified", async () => {
    const own = verifier();
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    expect((await own.verify(server.workspaceId, 20_000)).done?.verdict.ok).toBe(true);
    delay.disable();
    expect(delay.count).toBeGreaterThan(0);
    // Half of what one page of it takes without a pause; a loaded machine has hiccups of its own.
    expect(delay.percentile(90) / 1e6).toBeLessThan(60);
    await own.close();
  });

  it("is not made before it is taken, and one at a time for each who asks", async () => {
    const answer = await begin(server.keys.auditor);
    const again = await fetch(`${server.url}/audit/export`, {
      headers: { authorization: `Bearer ${server.keys.auditor}` },
    });
    expect(again.status).toBe(429);
    expect(again.headers.get("retry-after")).toBe("10");
    // Thirteen megabytes, of which what the connection holds has been made.
    expect(answer.socket.bytesRead).toBeLessThan(8_000_000);
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(13_000_000);
    expect(answer.complete).toBe(true);
  });

  it("is dropped when its client leaves in the middle, and the place is free again", async () => {
    (await begin(server.keys.auditor)).destroy();
    const answer = await until(async () => {
      const next = await fetch(`${server.url}/audit/export`, {
        headers: { authorization: `Bearer ${server.keys.auditor}` },
      });
      if (next.status === 200) return next;
      await next.arrayBuffer();
      return undefined;
    });
    expect((await answer.text()).trimEnd().split("\n").at(-1)).toContain('"checkpoint"');
  });

  it("ends in the middle once the credential has ended", async () => {
    const { key, principalId } = await server.principal("Leaves", "HUMAN", ["AUDITOR"]);
    const answer = await begin(key);
    await gqlData(
      server.url,
      server.keys.admin,
      "mutation ($id: ID!) { removeMember(input: { memberId: $id }) { member { id } } }",
      {
        id: principalId,
      },
    );
    await until(() => server.running.inFlight() === 0);
    const drained = (async () => {
      for await (const chunk of answer) expect(chunk).toBeTruthy();
    })();
    await expect(drained).rejects.toThrow(/aborted|ECONNRESET/);
    expect(answer.complete).toBe(false);
  });

  it("is found to be tampered with, and is not signed over", async () => {
    const client = await intruder(server);
    try {
      const [row] = await client.query<{ sequence: number }>(
        `SELECT sequence FROM audit_event WHERE workspace_id = '${server.workspaceId}' AND type = 'SUBMITTED' ORDER BY sequence`,
      );
      await client.query("UPDATE ticket SET priority = 99");
      const own = verifier();
      const { done } = await own.verify(server.workspaceId, 20_000);
      expect(done?.verdict).toMatchObject({ ok: false, sequence: row!.sequence, more: 149 });
      expect(done?.findings).toHaveLength(VERIFIER_LIMITS.findings);
      expect(done?.findings[0]?.reason).toContain("priority");
      await own.close();

      await client.query(
        `UPDATE audit_event SET body = '{}' WHERE workspace_id = '${server.workspaceId}' AND sequence = 2`,
      );
      const { data } = await tryToVerify(server.url, server.keys.auditor);
      expect(data?.verifyAudit.verdict).toMatchObject({ ok: false, lastHash: null, furtherFindings: 0 });
      expect(data?.verifyAudit.verdict?.findings[0]).toMatchObject({ sequence: 2 });
      const answer = await fetch(`${server.url}/audit/export`, {
        headers: { authorization: `Bearer ${server.keys.auditor}` },
      });
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain("does not hold at event 2");
    } finally {
      await client.close();
    }
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createCoreApi } from "../../src/identity/core-api.js";
import { type CoreKeys, createCoreKeys } from "../../src/identity/core-keys.js";
import { createExternalMembers } from "../../src/identity/external-members.js";
import { removeMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { everythingStored, verdictOn } from "../api/members.js";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { type CoreFault, ScriptedCore } from "../support/scripted-core.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { type Exchanged, exchange, hexOf, REVOKE, viewerOf } from "./core-world.js";

describe.each(databases)("keys that a Core knows, on $name", (kind) => {
  let core: ScriptedCore;
  let server: TestServer;
  let keys = 0;
  const calls = reviewCalls(() => server);
  /** A key that the Core knows, and that nobody has used. */
  const coreKey = (known: object = {}): string => {
    const key = `core-key-${++keys}-of-an-agency`;
    core.keys.set(key, known);
    return key;
  };
  const agents = async (): Promise<number> => {
    const sql = "SELECT id FROM external_identity";
    return (await server.running.services.database.read.query(sql)).length;
  };
  const operator = async () => ({
    workspaceId: server.workspaceId,
    actor: await systemActor(server.running.services.database.read, server.workspaceId),
  });

  beforeAll(async () => {
    core = await ScriptedCore.start();
    server = await startTestServer(kind, { CORE_URL: core.url, CORE_KEYS: "on", RATE_FAILURES: "0" });
  });
  afterEach(() => {
    core.faults.auth.length = 0;
    core.release();
  });
  afterAll(async () => {
    await server?.close();
    await core?.stop();
  });

  it("carry the chapter through: submit, decide, read the decision", async () => {
    core.keys.set("CFPB_HITL_KEY", { expiresIn: 600 });
    const { token, status } = await exchange(server.url, "CFPB_HITL_KEY");
    expect(status).toBe(200);
    const ticketId = await calls.submit("Expand loan term to 7 years", token);
    expect(await calls.decide(ticketId, { comments: "Looks good" })).toBe("APPROVED");
    const again = await exchange(server.url, "CFPB_HITL_KEY", "header");
    const query = "query ($id: ID!) { decision(ticketId: $id) { status comments } }";
    expect(await gqlData(server.url, again.token, query, { id: ticketId })).toEqual({
      decision: { status: "APPROVED", comments: "Looks good" },
    });
    const decide = "mutation($input: DecideTicketInput!) { decideTicket(input: $input) { ticket { id } } }";
    const other = await calls.submit("An agent signs nothing off");
    const input = { ticketId: other, revision: 1, status: "APPROVED" };
    expect((await gql(server.url, token, decide, { input })).code).toMatch(/NOT_FOUND|FORBIDDEN/);
  });

  it("stand for one agent each, named after what the Core says, or after the key's hash", async () => {
    const [named, bare, odd] = [
      coreKey({ name: "CFPB loan agent" }),
      coreKey(),
      coreKey({ name: "evil\u202eagent" }),
    ];
    const first = await viewerOf(server.url, (await exchange(server.url, named)).token);
    expect(first).toEqual({
      principal: { id: expect.any(String), name: "CFPB loan agent", kind: "AGENT" },
      roles: ["AGENT"],
    });
    expect(await viewerOf(server.url, (await exchange(server.url, named)).token)).toEqual(first);
    for (const key of [bare, odd]) {
      const { principal } = await viewerOf(server.url, (await exchange(server.url, key)).token);
      expect(principal.name).toBe(`Core key ${hexOf(key).slice(0, 8)}`);
    }
  });

  it("are on record as an identity and a key, and are themselves stored nowhere", async () => {
    const key = coreKey({ name: "Recorded agent" });
    await exchange(server.url, key);
    const { read } = server.running.services.database;
    const rows = await read.query<{ type: string; body: string }>(
      "SELECT type, body FROM audit_event WHERE workspace_id = ? ORDER BY sequence DESC LIMIT 2",
      [server.workspaceId],
    );
    const [made, member] = rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(member).toMatchObject({
      type: "MEMBER_CHANGED",
      actor: { kind: "SYSTEM" },
      data: {
        name: "Recorded agent",
        kind: "AGENT",
        roles: ["AGENT"],
        identity: { issuer: core.url, subject: `sha256:${hexOf(key)}` },
      },
    });
    expect(made).toMatchObject({ type: "API_KEY_CREATED", data: { kind: "AGENT", roles: ["AGENT"] } });
    expect(await everythingStored(server)).not.toContain(key);
  });

  it("give a token that ends no later than the Core's", async () => {
    expect((await exchange(server.url, coreKey({ expiresIn: 30 }))).expiresIn).toBeLessThanOrEqual(30);
    expect((await exchange(server.url, coreKey({ expiresIn: 86_400 }))).expiresIn).toBeGreaterThan(600);
  });

  it("make one agent, however many use a new one at once, on however many servers", async () => {
    const key = coreKey();
    const before = await agents();
    const elsewhere = coreKeys();
    const [over, direct] = await Promise.all([
      Promise.all(Array.from({ length: 12 }, () => exchange(server.url, key))),
      Promise.all(Array.from({ length: 12 }, () => elsewhere.authenticate(key))),
    ]);
    expect(over.map(({ status }) => status)).toEqual(over.map(() => 200));
    const viewers = await Promise.all(over.map(({ token }) => viewerOf(server.url, token)));
    const ids = [...viewers.map(({ principal }) => principal.id), ...direct.map(({ actor }) => actor.id)];
    expect(new Set(ids).size).toBe(1);
    expect(await agents()).toBe(before + 1);
  });

  describe("are refused", () => {
    it.each<[string, CoreFault[]]>([
      ["does not know them", []],
      ["says that they are none", [{ status: 400 }]],
      ["forbids them", [{ status: 403, body: '{"token":"t"}' }]],
    ])("where the Core %s", async (_, faults) => {
      const before = await agents();
      core.faults.auth.push(...faults);
      const answer = await exchange(server.url, "nobody-knows-this-key");
      expect(answer).toMatchObject({ status: 401, code: "UNAUTHENTICATED", retryAfter: null });
      expect(answer.text).not.toContain("nobody-knows-this-key");
      expect(await agents()).toBe(before);
    });

    it("and not even shown to the Core, where they are ours, tokens, or no keys", async () => {
      const revoked = await server.principal("Revoked", "AGENT", ["AGENT"]);
      await gqlData(server.url, server.keys.admin, REVOKE, { keyId: revoked.keyId });
      const ours = server.keys.agent;
      const { token } = await exchange(server.url, ours);
      const foreignJwt = [{ alg: "none" }, { iss: "https://idp.example", sub: "ada" }].map((part) =>
        Buffer.from(JSON.stringify(part)).toString("base64url"),
      );
      core.presented.length = 0;
      for (const text of [
        revoked.key,
        `${ours.slice(0, -1)}${ours.endsWith("x") ? "y" : "x"}`,
        "csk_",
        token,
        [...foreignJwt, "c2ln"].join("."),
        `css_${ours.slice(4)}`,
        `csl_${ours.slice(4)}`,
        "",
        "two words",
        "schlüssel",
        "x".repeat(513),
      ]) {
        expect(await exchange(server.url, text), text).toMatchObject({
          status: 401,
          code: "UNAUTHENTICATED",
        });
      }
      expect(await exchange(server.url, 7)).toMatchObject({ status: 400, code: "BAD_USER_INPUT" });
      expect(core.presented).toEqual([]);
    });

    it("as Bearer of anything but the exchange", async () => {
      expect((await gql(server.url, coreKey(), "{ viewer { roles } }")).code).toBe("UNAUTHENTICATED");
    });
  });

  describe("wait, with 503 and Retry-After, and make nobody", () => {
    const check = async (expected: string, exchanging: () => Promise<Exchanged>) => {
      const before = await agents();
      const answer = await exchanging();
      expect(answer).toMatchObject({ status: 503, code: "UNAVAILABLE", retryAfter: expected });
      expect(await agents()).toBe(before);
    };

    it.each<[string, CoreFault, string]>([
      ["is broken", { status: 500 }, "5"],
      ["asks for patience", { status: 503, headers: { "retry-after": "120" } }, "120"],
      ["has had too much", { status: 429, headers: { "retry-after": "7" } }, "7"],
      ["is somewhere else", { status: 302, headers: { location: "http://127.0.0.1:9/" } }, "5"],
      ["is no Core", { status: 404 }, "5"],
      ["breaks off", { breaks: true }, "5"],
      ["talks nonsense", { status: 200, body: "<html>ok</html>" }, "5"],
      ["says yes without a token", { status: 200, body: '{"ok":true}' }, "5"],
      ["answers with a list", { status: 200, body: "[]" }, "5"],
      ["never stops talking", { endless: true }, "5"],
    ])("while the Core %s", async (_, fault, expected) => {
      core.faults.auth.push(fault);
      const key = coreKey();
      await check(expected, () => exchange(server.url, key));
      // Later it is the Core's word that counts, not what was.
      expect((await exchange(server.url, key)).status).toBe(200);
    });

    it("while the Core is down, known keys too, though ours go on working", async () => {
      const [known, unknown] = [coreKey(), coreKey()];
      const { token } = await exchange(server.url, known);
      await core.stop();
      await check("5", () => exchange(server.url, known));
      await check("5", () => exchange(server.url, unknown));
      expect((await exchange(server.url, server.keys.agent)).status).toBe(200);
      // What was given before goes on to its end: it hangs on the agent here.
      expect((await viewerOf(server.url, token)).roles).toEqual(["AGENT"]);
      await core.start();
      expect((await exchange(server.url, unknown)).status).toBe(200);
    });

    it("while the Core is slow, and never more than a few at a time", async () => {
      const before = await agents();
      const slow = coreKeys({ timeoutMs: 300 });
      core.faults.auth.push({ hangs: true }, { stalls: true });
      await Promise.all(
        [coreKey(), coreKey()].map((key) =>
          expect(slow.authenticate(key)).rejects.toMatchObject({ code: "UNAVAILABLE" }),
        ),
      );
      const patient = coreKeys();
      core.held = [];
      const asked = Array.from({ length: 64 }, () => patient.authenticate(coreKey()));
      await expect(patient.authenticate(coreKey())).rejects.toMatchObject({
        code: "UNAVAILABLE",
        details: { retryAfter: 1 },
      });
      await until(() => core.held?.length === 64);
      expect(await agents()).toBe(before);
      core.release();
      await Promise.all(asked);
      expect(await agents()).toBe(before + 64);
    });

    it("together, where one is presented many times at once: the Core is asked once", async () => {
      const patient = coreKeys();
      const key = coreKey();
      core.presented.length = 0;
      core.held = [];
      const asked = Array.from({ length: 30 }, () => patient.authenticate(key));
      await until(() => core.held?.length === 1);
      core.release();
      expect(new Set((await Promise.all(asked)).map(({ actor }) => actor.id)).size).toBe(1);
      expect(core.presented).toEqual([key]);
    });
  });

  describe("end here as any key does, whatever the Core says:", () => {
    /** Somebody at work: with a token, and a subscription under it. */
    const atWork = async () => {
      const key = coreKey();
      const { token } = await exchange(server.url, key);
      const { principal } = await viewerOf(server.url, token);
      const live = await LiveClient.connect(server.url, token);
      live.send({
        id: "1",
        type: "subscribe",
        payload: { query: "subscription { ticketDecided { ticketId } }" },
      });
      const [row] = await server.running.services.database.read.query<{ id: string }>(
        "SELECT id FROM api_key WHERE principal_id = ?",
        [principal.id],
      );
      return { key, token, live, principalId: principal.id, keyId: row?.id ?? "" };
    };
    const isOver = async ({ key, token, live }: Awaited<ReturnType<typeof atWork>>) => {
      await Promise.all([
        until(() => live.closed !== undefined, { what: "the socket's end", timeoutMs: 5_000 }),
        until(async () => (await gql(server.url, token, "{ viewer { roles } }")).code === "UNAUTHENTICATED", {
          what: "the token's end",
          timeoutMs: 5_000,
        }),
      ]);
      const before = await agents();
      expect(await exchange(server.url, key)).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
      expect(await agents()).toBe(before);
    };

    it("when the agent is removed, its key revoked or replaced", { timeout: 30_000 }, async () => {
      const [removed, revoked, replaced] = await Promise.all([atWork(), atWork(), atWork()]);
      const remove =
        "mutation ($id: ID!) { removeMember(input: { memberId: $id }) { member { removedAt } } }";
      await gqlData(server.url, server.keys.admin, remove, { id: removed.principalId });
      await gqlData(server.url, server.keys.admin, REVOKE, { keyId: revoked.keyId });
      const rotate =
        "mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) { key apiKey { id } } }";
      const { rotateApiKey } = await gqlData<{ rotateApiKey: { key: string } }>(
        server.url,
        server.keys.admin,
        rotate,
        { input: { keyId: replaced.keyId, overlapMinutes: 0 } },
      );
      await Promise.all([isOver(removed), isOver(revoked), isOver(replaced)]);
      // The one that replaced it is the same agent's, and ours.
      expect((await viewerOf(server.url, rotateApiKey.key)).principal.id).toBe(replaced.principalId);
    });

    it("and an agent that was removed while its key was being checked does not come in", async () => {
      const { key, principalId } = await atWork();
      const patient = coreKeys();
      core.held = [];
      const asked = patient.authenticate(key);
      await until(() => core.held?.length === 1);
      await removeMember(server.running.services.ledger, { ...(await operator()), principalId });
      core.release();
      await expect(asked).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    });
  });

  it("open the workspace that the settings name, each its own agent, and none where it is not there", async () => {
    const key = coreKey();
    const here = await coreKeys().authenticate(key);
    const there = await coreKeys({ workspace: "foreign" }).authenticate(key);
    expect(there.actor.workspaceId).not.toBe(here.actor.workspaceId);
    expect(there.actor.id).not.toBe(here.actor.id);
    await expect(coreKeys({ workspace: "nowhere" }).authenticate(key)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });

  it("are nobody whom an identity provider of the same address speaks of", async () => {
    const key = coreKey();
    const { actor } = await coreKeys().authenticate(key);
    const { ledger, database } = server.running.services;
    const person = await createExternalMembers(ledger, database).admit(
      {
        subject: { issuer: core.url, sub: `sha256:${hexOf(key)}` },
        workspace: "default",
        name: "Somebody else",
        email: null,
        roles: ["REVIEWER"],
        queues: null,
      },
      Date.now(),
    );
    expect(person.principal_id).not.toBe(actor.id);
    expect((await coreKeys().authenticate(key)).actor).toEqual(actor);
  });

  it("leave a record that holds against the tables, to the last row", async () => {
    expect(await verdictOn(server)).toMatchObject({ ok: true });
    const { database } = server.running.services;
    await database.transaction((sql) =>
      sql.query("UPDATE external_identity SET subject = ? WHERE subject LIKE 'sha256:%'", ["sha256:forged"]),
    );
    expect(await verdictOn(server)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("external_identity"),
    });
  });

  const said: string[] = [];
  /** As another server on the same database would have them. */
  function coreKeys({ workspace = "default", timeoutMs = 15_000 } = {}): CoreKeys {
    const { ledger, database, authenticator } = server.running.services;
    return createCoreKeys({
      core: createCoreApi({ url: core.url, timeoutMs }),
      workspace,
      ledger,
      database,
      authenticator,
      log: { warn: (facts, message) => said.push(JSON.stringify([facts, message])) },
    });
  }

  it("are not logged", () => {
    expect(said.length).toBeGreaterThan(0);
    for (const line of said) expect(line).not.toContain("of-an-agency");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../../src/identity/keys.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { databases } from "../support/databases.js";
import { type GqlAnswer, gql } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import {
  type ApiKey,
  eventsOf,
  everythingStored,
  KEY,
  manage,
  tryTo,
  verdictOn,
  viewerId,
} from "./members.js";

const NO_KEY = "key_01m83gt4mheh0r2rvt70rjp1fe";
const NOBODY = "principal_01m83gt4mheh0r2rvt70rjp1fe";
const DAY = 86_400_000;

interface Page {
  readonly apiKeys: {
    readonly edges: readonly { readonly cursor: string; readonly node: ApiKey }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}

describe.each(databases)("managing API keys, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  const texts: string[] = [];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const page = (key: string | null, args = ""): Promise<GqlAnswer<Page>> =>
    gql<Page>(
      url,
      key,
      `{ apiKeys${args} { edges { cursor node { ${KEY} } } pageInfo { hasNextPage endCursor } } }`,
    );
  const idsSeenBy = async (key: string, args = "(first: 100)") =>
    (await page(key, args)).data!.apiKeys.edges.map(({ node }) => node.id);
  const made = async (key: string, input: object) => {
    const payload = await manage(url, key, "createApiKey", { ...input });
    texts.push(payload.key);
    return payload;
  };
  const days = (instant: string | null) => (Date.parse(instant!) - Date.now()) / DAY;
  const works = async (key: string) => (await gql(url, key, "{ viewer { roles } }")).status === 200;

  it("makes a key for oneself that lasts for ninety days, and shows it once", async () => {
    const { apiKey, key } = await made(keys.reviewer, { label: "Laptop" });
    const me = await viewerId(url, keys.reviewer);
    expect(apiKey).toMatchObject({
      label: "Laptop",
      principal: { id: me, kind: "HUMAN" },
      onBehalfOf: null,
      revokedAt: null,
    });
    expect(days(apiKey.expiresAt)).toBeCloseTo(90, 1);
    expect(await viewerId(url, key)).toBe(me);
    expect(JSON.stringify((await page(keys.reviewer)).data)).not.toContain(key);
    const [event] = (await eventsOf(server, "API_KEY_CREATED")).slice(-1);
    expect(event).toMatchObject({
      actor: { id: me },
      data: {
        keyId: apiKey.id,
        principalId: me,
        label: "Laptop",
        onBehalfOf: null,
        expiresAt: apiKey.expiresAt,
      },
    });
  });

  it("makes keys for agents, old and new, where an ADMIN asks", async () => {
    const human = await viewerId(url, keys.reviewer2);
    const { apiKey, key } = await made(keys.admin, {
      agentName: "Rate agent",
      onBehalfOf: human,
      label: "ci",
    });
    expect(apiKey).toMatchObject({
      principal: { name: "Rate agent", kind: "AGENT" },
      roles: ["AGENT"],
      label: "ci",
      onBehalfOf: { id: human, name: "Second reviewer" },
      expiresAt: null,
    });
    // Who makes it is behind it, unless somebody is named, or expressly nobody.
    const second = await made(keys.admin, { principalId: apiKey.principal.id });
    expect(second.apiKey).toMatchObject({
      principal: apiKey.principal,
      onBehalfOf: { id: await viewerId(url, keys.admin) },
      label: "Rate agent",
    });
    const third = await made(keys.admin, { principalId: apiKey.principal.id, onBehalfOf: null });
    expect(third.apiKey.onBehalfOf).toBe(null);
    expect(await viewerId(url, key)).toBe(await viewerId(url, second.key));
  });

  it("lets nobody make a key for another human, an agent none at all, and only an ADMIN one for an agent", async () => {
    const [agent, reviewer2, me] = await Promise.all(
      [keys.agent, keys.reviewer2, keys.reviewer].map((key) => viewerId(url, key)),
    );
    const matrix: readonly (readonly [key: string | null, input: object, code: string | undefined])[] = [
      [keys.agent, {}, "FORBIDDEN"],
      [keys.agent, { principalId: agent }, "FORBIDDEN"],
      [keys.agent, { principalId: NOBODY }, "FORBIDDEN"],
      [keys.agent, { agentName: "x" }, "FORBIDDEN"],
      [keys.reviewer, { principalId: agent }, "FORBIDDEN"],
      [keys.reviewer, { principalId: reviewer2 }, "FORBIDDEN"],
      [keys.reviewer, { agentName: "" }, "FORBIDDEN"],
      [keys.reviewer, { principalId: NOBODY }, "NOT_FOUND"],
      [keys.auditor, { principalId: agent }, "FORBIDDEN"],
      [keys.auditor, { agentName: "x" }, "FORBIDDEN"],
      [keys.admin, { principalId: reviewer2 }, "FORBIDDEN"],
      [keys.foreignReviewer, { principalId: agent }, "NOT_FOUND"],
      [keys.foreignReviewer, { principalId: me }, "NOT_FOUND"],
      [null, {}, "UNAUTHENTICATED"],
      [keys.auditor, {}, undefined],
      [keys.admin, {}, undefined],
      [keys.reviewer, { principalId: me }, undefined],
      [keys.admin, { principalId: agent }, undefined],
    ];
    const count = (await eventsOf(server, "API_KEY_CREATED")).length;
    for (const [key, input, code] of matrix) {
      const answer = await tryTo(url, key, "createApiKey", { ...input });
      expect(answer.code, JSON.stringify(input)).toBe(code);
    }
    const allowed = matrix.filter(([, , code]) => code === undefined).length;
    expect(await eventsOf(server, "API_KEY_CREATED")).toHaveLength(count + allowed);
  });

  it("refuses bad input by the field, and changes nothing", async () => {
    const [agent, human, foreign] = await Promise.all(
      [keys.otherAgent, keys.reviewer, keys.foreignReviewer].map((key) => viewerId(url, key)),
    );
    const iso = (at: number) => new Date(at).toISOString();
    const count = (await eventsOf(server, "API_KEY_CREATED")).length;
    const bad: readonly (readonly [input: object, field: string])[] = [
      [{ label: "" }, "label"],
      [{ label: " " }, "label"],
      [{ label: "x".repeat(201) }, "label"],
      [{ label: "a\u0007b" }, "label"],
      [{ label: "a\u2028b" }, "label"],
      [{ label: "\ud800" }, "label"],
      [{ label: 7 }, "label"],
      [{ expiresAt: "tomorrow" }, "expiresAt"],
      [{ expiresAt: iso(Date.now() - 1_000) }, "expiresAt"],
      [{ expiresAt: iso(Date.now() + 366 * DAY) }, "expiresAt"],
      [{ expiresAt: 1 }, "expiresAt"],
      [{ onBehalfOf: human }, "onBehalfOf"],
      [{ principalId: agent, onBehalfOf: NOBODY }, "onBehalfOf"],
      [{ principalId: agent, onBehalfOf: "x" }, "onBehalfOf"],
      [{ principalId: agent, onBehalfOf: foreign }, "onBehalfOf"],
      [{ principalId: agent, onBehalfOf: agent }, "onBehalfOf"],
      [{ principalId: agent, agentName: "x" }, "agentName"],
      [{ agentName: "" }, "name"],
      [{ agentName: "x".repeat(201) }, "name"],
      [{ agentName: "a\nb" }, "name"],
      [{ agentName: ["x"] }, "agentName"],
      [{ roles: ["ADMIN"] }, "roles"],
      [{ key: "csk_x" }, "key"],
    ];
    for (const [input, field] of bad) {
      const { errors } = await tryTo(url, keys.admin, "createApiKey", { ...input });
      expect(errors[0]?.extensions, JSON.stringify(input)).toMatchObject({ code: "BAD_USER_INPUT", field });
    }
    expect(await eventsOf(server, "API_KEY_CREATED")).toHaveLength(count);
  });

  it("lets no key outlive the key that it is made with, nor the token of one", async () => {
    const end = Date.now() + 10 * DAY;
    const { key } = await made(keys.admin, { expiresAt: new Date(end).toISOString() });
    const response = await fetch(`${url}/auth/token`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
    });
    const { token } = (await response.json()) as { token: string };
    for (const credential of [key, token]) {
      const own = await made(credential, {});
      expect(Date.parse(own.apiKey.expiresAt!)).toBe(end);
      const agents = await made(credential, { agentName: "Brief" });
      expect(Date.parse(agents.apiKey.expiresAt!)).toBe(end);
      const longer = new Date(end + 1).toISOString();
      for (const input of [{ expiresAt: longer }, { agentName: "Long", expiresAt: longer }]) {
        const { errors } = await tryTo(url, credential, "createApiKey", input);
        expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "expiresAt" });
      }
    }
  });

  it("lets no revoked key make another, not even in the moment in which it is still known", async () => {
    const { apiKey, key } = await made(keys.reviewer, {});
    expect(await works(key)).toBe(true);
    await manage(url, keys.reviewer, "revokeApiKey", { keyId: apiKey.id });
    expect((await tryTo(url, key, "createApiKey", {})).code).toBe("UNAUTHENTICATED");
  });

  it("shows everybody their own keys, and every one to admins and auditors", async () => {
    const [agent, reviewer, foreign] = await Promise.all(
      [keys.agent, keys.reviewer, keys.foreignAgent].map((key) => viewerId(url, key)),
    );
    const all = await idsSeenBy(keys.admin);
    expect(await idsSeenBy(keys.auditor)).toEqual(all);
    const own = await idsSeenBy(keys.reviewer);
    expect(own.length).toBeGreaterThan(0);
    expect(await idsSeenBy(keys.admin, `(first: 100, principalId: "${reviewer}")`)).toEqual(own);
    expect(await idsSeenBy(keys.reviewer, `(first: 100, principalId: "${reviewer}")`)).toEqual(own);
    expect(await idsSeenBy(keys.agent)).toEqual(await idsSeenBy(keys.admin, `(principalId: "${agent}")`));
    const messages = new Set<string>();
    for (const [key, id] of [
      [keys.reviewer, agent],
      [keys.reviewer, NOBODY],
      [keys.reviewer, foreign],
      [keys.reviewer, "x"],
      [keys.admin, foreign],
      [keys.admin, NOBODY],
    ] as const) {
      const { code, errors } = await page(key, `(principalId: "${id}")`);
      expect(code).toBe("NOT_FOUND");
      messages.add(errors[0]!.message);
    }
    expect(messages.size).toBe(1);
    const seen: string[] = [];
    let after = "";
    for (;;) {
      const { data } = await page(keys.admin, `(first: 3${after})`);
      seen.push(...data!.apiKeys.edges.map(({ node }) => node.id));
      if (!data!.apiKeys.pageInfo.hasNextPage) break;
      after = `, after: "${data!.apiKeys.pageInfo.endCursor}"`;
    }
    expect(seen).toEqual(all);
    expect((await page(keys.admin, '(after: "x")')).code).toBe("BAD_USER_INPUT");
    expect((await page(keys.admin, "(first: 0)")).code).toBe("BAD_USER_INPUT");
    expect((await page(null)).code).toBe("UNAUTHENTICATED");
  });

  it("lets whoever holds a key end it, and an ADMIN anybody's", async () => {
    const mine = await server.principal("Mine", "HUMAN", ["REVIEWER"]);
    const agents = await server.principal("Machine", "AGENT", ["AGENT"]);
    const tries = async (key: string, keyId: string) =>
      (await tryTo(url, key, "revokeApiKey", { keyId })).code;
    for (const keyId of [mine.keyId, agents.keyId, NO_KEY, "x", `${mine.keyId} `]) {
      expect(await tries(keys.reviewer, keyId)).toBe("NOT_FOUND");
      expect(await tries(keys.foreignReviewer, keyId)).toBe("NOT_FOUND");
    }
    expect(await tries(keys.auditor, mine.keyId)).toBe("FORBIDDEN");
    expect(await works(mine.key)).toBe(true);
    const { apiKey } = await manage(url, mine.key, "revokeApiKey", { keyId: mine.keyId });
    expect(apiKey.revokedAt).toMatch(/Z$/);
    expect((await manage(url, keys.admin, "revokeApiKey", { keyId: mine.keyId })).apiKey).toEqual(apiKey);
    expect(await tries(keys.admin, agents.keyId)).toBeUndefined();
    await until(async () => !(await works(mine.key)) && !(await works(agents.key)));
    const foreign = await server.running.services.database.read.query<{ id: string }>(
      "SELECT id FROM api_key WHERE workspace_id <> ?",
      [server.workspaceId],
    );
    for (const { id } of foreign) expect(await tries(keys.admin, id)).toBe("NOT_FOUND");
  });

  it("rotates a key: both work until the overlap has passed, and then the new one alone", async () => {
    const agent = await server.principal("To be rotated", "AGENT", ["AGENT"]);
    const kept = await manage(url, keys.admin, "rotateApiKey", { keyId: agent.keyId });
    texts.push(kept.key);
    expect(kept.replaced.id).toBe(agent.keyId);
    expect(days(kept.replaced.expiresAt)).toBeCloseTo(1, 2);
    expect(kept.apiKey).toMatchObject({
      principal: { id: agent.principalId },
      label: "To be rotated",
      expiresAt: null,
    });
    expect([await works(agent.key), await works(kept.key)]).toEqual([true, true]);
    const [event] = (await eventsOf(server, "API_KEY_CREATED")).slice(-1);
    expect(event?.data["replaces"]).toEqual({ keyId: agent.keyId, until: kept.replaced.expiresAt });

    const atOnce = await manage(url, keys.admin, "rotateApiKey", {
      keyId: kept.apiKey.id,
      overlapMinutes: 0,
    });
    texts.push(atOnce.key);
    await until(async () => !(await works(kept.key)), { timeoutMs: 5_000 });
    expect(await works(atOnce.key)).toBe(true);
    const ended = await tryTo(url, keys.admin, "rotateApiKey", { keyId: kept.apiKey.id });
    expect(ended.errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "keyId" });
  });

  it("rotates one's own key, and an agent's as an ADMIN, and no other", async () => {
    const human = await server.principal("Rotates", "HUMAN", ["REVIEWER"]);
    const agent = await server.principal("Rotated", "AGENT", ["AGENT"]);
    const tries = async (key: string | null, input: object) =>
      (await tryTo(url, key, "rotateApiKey", { ...input })).code;
    for (const keyId of [human.keyId, agent.keyId, NO_KEY]) {
      expect(await tries(keys.agent, { keyId })).toBe("FORBIDDEN");
      expect(await tries(keys.reviewer, { keyId })).toBe("NOT_FOUND");
      expect(await tries(keys.foreignReviewer, { keyId })).toBe("NOT_FOUND");
    }
    expect(await tries(agent.key, { keyId: agent.keyId })).toBe("FORBIDDEN");
    expect(await tries(keys.admin, { keyId: human.keyId })).toBe("FORBIDDEN");
    expect(await tries(keys.auditor, { keyId: agent.keyId })).toBe("FORBIDDEN");
    expect(await tries(keys.admin, { keyId: "x" })).toBe("NOT_FOUND");
    expect(await tries(null, { keyId: NO_KEY })).toBe("UNAUTHENTICATED");
    for (const overlapMinutes of [-1, 43_201, 0.5, "x", 2 ** 31]) {
      const { errors } = await tryTo(url, human.key, "rotateApiKey", { keyId: human.keyId, overlapMinutes });
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "overlapMinutes" });
    }
    expect(await works(human.key)).toBe(true);
    const { apiKey } = await manage(url, human.key, "rotateApiKey", {
      keyId: human.keyId,
      overlapMinutes: null,
    });
    expect(days(apiKey.expiresAt)).toBeCloseTo(90, 1);
  });

  it("lets an operator make a key for a human who has asked for it", async () => {
    const { ledger, database } = server.running.services;
    const { workspaceId } = server;
    const principalId = await viewerId(url, keys.auditor);
    const actor = await systemActor(database.read, workspaceId);
    const key = await createKey(ledger, { workspaceId, principalId, actor, expiresAt: null });
    texts.push(key.key);
    expect(key.expiresAt).toBeNull();
    expect(await works(key.key)).toBe(true);
  });

  it("stores no key anywhere, and leaves nothing for audit verify to find", async () => {
    const stored = await everythingStored(server);
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) expect(stored).not.toContain(text.slice(31, 74));
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });
});

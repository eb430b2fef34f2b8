import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { authRoutes } from "../../src/identity/auth-routes.js";
import { type Authenticator, createAuthenticator } from "../../src/identity/authenticator.js";
import { type CreatedKey, createPrincipalWithKey } from "../../src/identity/keys.js";
import { loadSigningKeys } from "../../src/identity/signing-key.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { takeEmptyBodies } from "../../src/server/rest/empty-bodies.js";
import { databaseKind } from "../support/databases.js";
import { openTestLedger, type TestLedger } from "../support/test-ledger.js";

describe("POST /auth/token", () => {
  let test: TestLedger;
  let authenticator: Authenticator;
  let app: FastifyInstance;
  let url: string;
  let key: CreatedKey;
  const log: string[] = [];

  beforeAll(async () => {
    test = await openTestLedger(databaseKind("sqlite"));
    const dataDir = await mkdtemp(join(inject("runDirectory"), "routes-"));
    const choices = {
      signingKey: undefined,
      retiredKeys: undefined,
      dataDir,
      dialectShared: false,
      writable: true,
    };
    const keys = await loadSigningKeys(choices);
    authenticator = createAuthenticator({ database: test.database, keys });
    app = Fastify({ logger: { level: "debug", stream: { write: (line: string) => log.push(line) } } });
    takeEmptyBodies(app);
    await app.register(authRoutes, { authenticator, keys, tokenSeconds: 600 });
    url = await app.listen({ port: 0, host: "127.0.0.1" });
    key = await createPrincipalWithKey(test.ledger, {
      workspaceId: test.workspaceId,
      name: "Agent",
      kind: "AGENT",
      roles: ["AGENT"],
      queues: null,
      expiresAt: null,
      actor: await systemActor(test.database.read, test.workspaceId),
    });
  });
  afterAll(async () => {
    await app.close();
    await test.close();
  });

  const post = (init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}/auth/token`, { method: "POST", ...init });
  const json = (body: unknown): RequestInit => ({
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const bearer = (value: string): RequestInit => ({ headers: { authorization: value } });

  it.each([
    ["the Authorization header", () => bearer(`Bearer ${key.key}`)],
    [
      "the header, with a content type but no body",
      () => ({ headers: { authorization: `bearer ${key.key}`, "content-type": "application/json" } }),
    ],
    ["JSON", () => json({ apiKey: key.key })],
  ])("exchanges a key in %s for a short-lived token", async (_, init) => {
    const response = await post(init());
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const answer = (await response.json()) as { token: string; expiresAt: string };
    expect(answer).toEqual({
      token: expect.any(String),
      tokenType: "Bearer",
      expiresIn: expect.any(Number),
      expiresAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    expect(answer).toHaveProperty("expiresIn", expect.closeTo(600, -1));
    const { actor, id: keyId } = await authenticator.authenticate(answer.token);
    expect(actor.id).toBe(key.principalId);
    expect(keyId).toBe(key.id);
  });

  it("signs tokens with a key that is published", async () => {
    const response = await fetch(`${url}/.well-known/jwks.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toMatch(/^public, max-age=\d+$/);
    expect(await response.json()).toEqual({
      keys: [expect.objectContaining({ kty: "OKP", crv: "Ed25519" })],
    });
    const { token } = (await (await post(bearer(`Bearer ${key.key}`))).json()) as { token: string };
    const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, { issuer: "countersign", typ: "at+jwt" });
    expect(payload.sub).toBe(key.principalId);
  });

  it.each<[string, () => RequestInit, number, string]>([
    ["nothing", () => ({}), 401, "UNAUTHENTICATED"],
    ["an empty object", () => json({}), 401, "UNAUTHENTICATED"],
    ["a wrong key", () => json({ apiKey: `${key.key}x` }), 401, "UNAUTHENTICATED"],
    ["another scheme", () => bearer(`Basic ${key.key}`), 401, "UNAUTHENTICATED"],
    ["a key that is no text", () => json({ apiKey: 7 }), 400, "BAD_USER_INPUT"],
    ["what is no JSON", () => json("{"), 400, "BAD_USER_INPUT"],
    ["what is too long", () => json({ apiKey: "x".repeat(10_000) }), 413, "BAD_USER_INPUT"],
    [
      "another content type",
      () => ({ body: "a=b", headers: { "content-type": "text/csv" } }),
      415,
      "BAD_USER_INPUT",
    ],
  ])("refuses %s, and says so in problem details with a request id", async (_, init, status, code) => {
    const response = await post(init());
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({
      type: `urn:countersign:error:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      requestId: expect.any(String),
    });
    expect(response.headers.has("www-authenticate")).toBe(status === 401);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("does not exchange a token for another one: it would never end", async () => {
    const { token } = (await (await post(bearer(`Bearer ${key.key}`))).json()) as { token: string };
    expect((await post(bearer(`Bearer ${token}`))).status).toBe(401);
    expect((await post(json({ apiKey: token }))).status).toBe(401);
  });

  it("masks what goes wrong on our side", async () => {
    const broken = Fastify({
      logger: { level: "error", stream: { write: (line: string) => log.push(line) } },
    });
    const failing = {
      ...authenticator,
      authenticate: () => Promise.reject(new Error("secret of the database")),
    };
    const dataDir = await mkdtemp(join(inject("runDirectory"), "routes-"));
    const choices = {
      signingKey: undefined,
      retiredKeys: undefined,
      dataDir,
      dialectShared: false,
      writable: true,
    };
    await broken.register(authRoutes, { authenticator: failing, keys: await loadSigningKeys(choices) });
    const response = await broken.inject({
      method: "POST",
      url: "/auth/token",
      payload: { apiKey: key.key },
    });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
    expect(response.body).not.toContain("secret of the database");
    expect(log.join("\n")).toContain("secret of the database");
    await broken.close();
  });

  it("writes no key and no token into the log", () => {
    expect(log.length).toBeGreaterThan(0);
    expect(log.join("\n")).not.toMatch(/csk_[0-9a-z]|eyJ/);
  });
});

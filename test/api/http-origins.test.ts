import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { sendRaw, upgradeRequest } from "../support/raw-connection.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("HTTP for pages of other origins", () => {
  let server: TestServer;
  const app = "https://app.example";
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"), {
      ALLOWED_ORIGINS: app,
      PUBLIC_URL: "https://sign.example",
    });
  });
  afterAll(() => server.close());

  const preflight = (path: string, origin: string) =>
    fetch(`${server.url}${path}`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });

  it.each(["/graphql", "/graphql/stream", "/auth/token"])(
    "allows those of the list to use %s",
    async (path) => {
      for (const origin of [app, "https://sign.example"]) {
        const asked = await preflight(path, origin);
        expect(asked.status).toBe(204);
        expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
        expect(asked.headers.get("access-control-allow-credentials")).toBe("true");
        expect(asked.headers.get("access-control-allow-methods")).toContain("POST");
        expect(asked.headers.get("access-control-allow-headers")).toContain("authorization");
        expect(asked.headers.get("access-control-max-age")).toBe("600");
        expect(asked.headers.get("vary")).toMatch(/Origin/i);
      }
    },
  );

  it("lets them read errors and where they stand, too", async () => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { origin: app },
      body: "{",
    });
    expect(answer.status).toBe(415);
    expect(answer.headers.get("access-control-allow-origin")).toBe(app);
    const exposed = answer.headers.get("access-control-expose-headers") ?? "";
    for (const name of ["RateLimit-Remaining", "Retry-After", "X-Request-Id"])
      expect(exposed).toContain(name);
  });

  it.each(["https://evil.example", "null", "http://localhost", "https://app.example.evil.example"])(
    "allows %s nothing",
    async (origin) => {
      const asked = await preflight("/graphql", origin);
      expect(asked.status).toBe(403);
      expect(asked.headers.get("access-control-allow-origin")).toBeNull();
      const answer = await fetch(`${server.url}/graphql`, { method: "POST", headers: { origin } });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      const raw = await sendRaw(server.running.port, upgradeRequest("/graphql", { Origin: origin }));
      expect(raw.status).toBe(403);
    },
  );

  it("shares nothing else", async () => {
    const answer = await fetch(`${server.url}/healthz`, { headers: { origin: app } });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("tells browsers to insist on https where that is how it is reached", async () => {
    const { headers } = await fetch(`${server.url}/healthz`);
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
  });

  it("shows the schema to those who have signed in, as it does unless told", async () => {
    const query = "{ __schema { queryType { name } } }";
    expect(await gql(server.url, null, query)).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    expect(
      await gql(server.url, null, 'query { ...F } fragment F on Query { a: __type(name: "Query") { name } }'),
    ).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(await gql(server.url, null, "{ __typename }")).toMatchObject({ data: { __typename: "Query" } });
    expect((await gql(server.url, server.keys.agent, query)).errors).toEqual([]);
  });

  it("leads whoever has not signed in from the playground to where one does", async () => {
    for (const path of ["/playground", "/playground/", "/playground/start.js"]) {
      const answer = await fetch(`${server.url}${path}`, { redirect: "manual" });
      expect(answer.status).toBe(303);
      expect(answer.headers.get("location")).toBe("/sign-in");
    }
    const signedIn = await fetch(`${server.url}/playground`, {
      redirect: "manual",
      headers: { authorization: `Bearer ${server.keys.reviewer}` },
    });
    expect(signedIn.status).toBe(200);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import type { GqlError } from "../support/graphql-client.js";
import { sendRaw, upgradeRequest } from "../support/raw-connection.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

interface Body {
  readonly errors?: readonly GqlError[];
}

describe("HTTP where little is allowed", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"), {
      INTROSPECTION: "off",
      RATE_PRINCIPAL: "20",
      RATE_ADDRESS: "100",
      RATE_FAILURES: "3",
      TRUSTED_PROXIES: "127.0.0.1",
    });
  });
  afterAll(() => server.close());

  /** As if from that address. */
  const send = (address: string, key: string | null, query: string) =>
    fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-forwarded-for": address,
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ query }),
    });
  const codeOf = async (answer: Response) => ((await answer.json()) as Body).errors?.[0]?.extensions.code;

  it("answers nobody's questions about the schema", async () => {
    const answer = await send("198.51.100.1", server.keys.admin, "{ __schema { queryType { name } } }");
    expect(answer.status).toBe(403);
    expect(await codeOf(answer)).toBe("FORBIDDEN");
    expect(
      await codeOf(await send("198.51.100.1", server.keys.admin, "{ __typename viewer { __typename } }")),
    ).toBeUndefined();
  });

  it("does not let a URL be read in two ways", async () => {
    // What stands before the # is all of a URL's query to one parser, and its beginning to another.
    const [asked, shown] = ["query A { __schema { queryType { name } } } ", "\nquery B { __typename }"].map(
      encodeURIComponent,
    );
    const answer = await sendRaw(
      server.running.port,
      `GET /graphql?query=${asked}#${shown}&operationName=B HTTP/1.1\r\nHost: x\r\nConnection: close\r\napollo-require-preflight: 1\r\n\r\n`,
    );
    expect(answer.text).not.toContain("queryType");
    expect([200, 400]).toContain(answer.status);
  });

  it("lets a principal spend what it may, aliases at their full price, and then wait", async () => {
    const six = `{ ${Array.from({ length: 6 }, (_, at) => `a${at}: viewer { roles }`).join(" ")} }`;
    const remaining: (string | null)[] = [];
    for (let times = 0; times < 3; times += 1) {
      const answer = await send("198.51.100.2", server.keys.agent, six);
      expect(await codeOf(answer)).toBeUndefined();
      expect(answer.headers.get("ratelimit-limit")).toBe("20");
      expect(answer.headers.get("ratelimit-policy")).toBe("20;w=60");
      remaining.push(answer.headers.get("ratelimit-remaining"));
    }
    expect(remaining).toEqual(["14", "8", "2"]);
    const over = await send("198.51.100.2", server.keys.agent, six);
    expect(over.status).toBe(429);
    expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
    const { errors } = (await over.json()) as Body;
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "RATE_LIMITED",
      retryAfter: Number(over.headers.get("retry-after")),
    });
    // Others are not slowed down by it.
    expect(await codeOf(await send("198.51.100.2", server.keys.reviewer, six))).toBeUndefined();
  });

  it("charges for what is refused, by its length", async () => {
    const long = `{ ${"nonsense ".repeat(91)} }`;
    const answer = await send("198.51.100.3", server.keys.otherAgent, long);
    expect(await codeOf(answer)).toBe("QUERY_TOO_COMPLEX");
    expect(answer.headers.get("ratelimit-remaining")).toBe("10");
    const stranger = await send("198.51.100.3", null, long);
    expect(stranger.headers.get("ratelimit-remaining")).toBe("89");
  });

  it("lets an address send what it may, whatever that is, and never makes probes wait", async () => {
    const address = { "x-forwarded-for": "198.51.100.4" };
    const statuses = [];
    for (let times = 0; times < 105; times += 1)
      statuses.push((await fetch(`${server.url}/nowhere`, { headers: address })).status);
    expect(statuses.filter((status) => status === 404)).toHaveLength(100);
    const over = await fetch(`${server.url}/nowhere`, { headers: address });
    expect(over.status).toBe(429);
    expect(await codeOf(over)).toBe("RATE_LIMITED");
    expect(over.headers.get("ratelimit-limit")).toBe("100");
    expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
    for (const path of ["/healthz", "/readyz"])
      expect((await fetch(`${server.url}${path}`, { headers: address })).status).toBe(200);
    const upgrade = await sendRaw(
      server.running.port,
      upgradeRequest("/graphql", { "X-Forwarded-For": "198.51.100.4" }),
    );
    expect([upgrade.status, Number(upgrade.headers["retry-after"]) > 0]).toEqual([429, true]);
  });

  it("stops looking at credentials of an address after too many that do not hold, except those at work", async () => {
    const query = "{ viewer { roles } }";
    expect((await send("198.51.100.5", server.keys.reviewer2, query)).status).toBe(200);
    for (let times = 0; times < 3; times += 1)
      expect((await send("198.51.100.5", `guess${times}`, query)).status).toBe(401);
    const guess = await send("198.51.100.5", "guess4", query);
    expect(guess.status).toBe(429);
    expect(Number(guess.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await send("198.51.100.5", server.keys.auditor, query)).status).toBe(429);
    expect((await send("198.51.100.5", server.keys.reviewer2, query)).status).toBe(200);
    await until(async () => (await send("198.51.100.6", server.keys.auditor, query)).status === 200);
  });
});

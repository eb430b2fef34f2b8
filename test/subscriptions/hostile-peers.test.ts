import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("a server among peers that do not behave", () => {
  let server: TestServer;
  const { submit } = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterAll(() => server.close());

  /** Sends raw bytes and resolves with what came back until the server closed, or at once where the peer resets. */
  function raw(text: string, reset = false): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(server.running.port, "127.0.0.1", () => {
        socket.write(text, () => {
          if (reset) socket.resetAndDestroy();
        });
      });
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(answer));
    });
  }

  const upgrade = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  it("survives connections that are reset while they upgrade", async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => raw(upgrade(index % 2 === 0 ? "/nope" : "/graphql"), true)),
    );
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it("answers 404 to an upgrade anywhere else", async () => {
    expect(await raw(upgrade("/nope"))).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("serves clients that offer HTTP/2 with each request", async () => {
    const body = JSON.stringify({ query: "{ __typename }" });
    const answer = await raw(
      "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n" +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"__typename":"Query"');
  });

  it("refuses an operation that asks for more than it can answer, and serves one that does not", async () => {
    await submit("small");
    const payloads = Array.from({ length: 59 }, (_, index) => `p${index}: payload`).join(" ");
    const tickets = (first: string, fields: string) =>
      `tickets(${first}) { edges { node { proposal { ${fields} } } } }`;
    const refused = [
      `{ ${tickets("first: 100", payloads)} }`,
      `query($n: Int = 100) { ${tickets("first: $n", payloads)} }`,
      `{ ${Array.from({ length: 20 }, (_, index) => `t${index}: ${tickets("first: 100", "payload detail")}`).join(" ")} }`,
      `{ tickets(first: 100) { edges { node { auditTrail(first: 100) { edges { node { data } } } } } } }`,
    ];
    for (const query of refused)
      expect((await gql(server.url, server.keys.agent, query)).code).toBe("QUERY_TOO_COMPLEX");
    const inbox = `{ ${tickets("first: 100", "title detail payload digest submittedBy { name }")} }`;
    expect((await gql(server.url, server.keys.agent, inbox)).errors).toEqual([]);
  });
});

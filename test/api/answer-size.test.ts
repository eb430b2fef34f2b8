import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { LiveClient } from "../support/live-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { submit } from "./tickets.js";

const LIMIT = 1_000;
const DETAIL = "query ($id: ID!) { ticket(id: $id) { proposal { detail } } }";
const TITLE = "query ($id: ID!) { ticket(id: $id) { proposal { title } } }";
/** Of which each 16 KiB costs a point. */
const CHARACTERS = 98_304;

describe("what an answer's size costs", () => {
  let server: TestServer;
  let id: string;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"), { RATE_PRINCIPAL: String(LIMIT) });
    ({ id } = await submit(server.url, server.keys.agent, { detail: "x".repeat(CHARACTERS) }));
  });
  afterAll(() => server.close());

  /** What is left after a request. */
  const left = async (key: string, query = TITLE): Promise<number> => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables: { id } }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    return Number(answer.headers.get("ratelimit-remaining"));
  };

  it("is charged over HTTP, once it is known", async () => {
    const key = server.keys.reviewer;
    const before = await left(key);
    const small = before - (await left(key));
    expect(small).toBe(1);
    const during = await left(key, DETAIL);
    const after = await left(key);
    expect(during - after).toBeGreaterThanOrEqual(1 + Math.floor(CHARACTERS / 16_384));
  });

  it("is charged on a socket, and on an event stream", async () => {
    const key = server.keys.auditor;
    const before = await left(key);
    const socket = await LiveClient.connect(server.url, key);
    await socket.ending(socket.subscribe(DETAIL, { id }));
    socket.close();
    const between = await left(key);
    expect(before - between).toBeGreaterThanOrEqual(Math.floor(CHARACTERS / 16_384));
    const stream = await fetch(`${server.url}/graphql/stream`, {
      method: "POST",
      headers: {
        accept: "text/event-stream",
        "content-type": "application/json",
        authorization: `Bearer ${key}`,
      },
      body: JSON.stringify({ query: DETAIL, variables: { id } }),
    });
    await stream.text();
    // Each look costs a point of its own, and so did the operation.
    let looks = 1;
    await until(async () => {
      looks += 1;
      return between - (await left(key)) - looks >= Math.floor(CHARACTERS / 16_384);
    });
  });
});

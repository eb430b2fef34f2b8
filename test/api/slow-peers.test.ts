import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { sendRaw } from "../support/raw-connection.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

describe("peers that take their time over HTTP", { timeout: 40_000 }, () => {
  let server: TestServer;
  /** Begun at once, for it takes as long as a header may: the other tests come to their ends meanwhile. */
  let halfHeader: ReturnType<typeof sendRaw>;
  const { submit } = reviewCalls(() => server);
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"), { SLOW_CONSUMER_SECONDS: "1" });
    halfHeader = sendRaw(server.running.port, "POST /graphql HTTP/1.1\r\nHost: x\r\n");
    halfHeader.catch(() => undefined);
    // Together more than what the connection's own buffers take.
    await Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        submit(`long ${at}`, undefined, { payload: { text: "x".repeat(200_000) } }),
      ),
    );
  });
  afterAll(() => server.close());

  const LONG = JSON.stringify({
    query: "{ tickets(first: 100) { edges { node { proposal { payload } } } } }",
  });
  function ask(): Socket {
    const socket = connect(server.running.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.keys.agent}\r\nContent-Type: application/json\r\nContent-Length: ${LONG.length}\r\n\r\n${LONG}`,
    );
    return socket;
  }

  it("are cut off with an answer that they never read", async () => {
    const socket = ask().pause();
    await until(() => server.running.inFlight() === 1, { what: "the request" });
    await until(() => server.running.inFlight() === 0, { what: "its end", timeoutMs: 15_000 });
    let read = 0;
    socket.on("data", (chunk) => {
      read += chunk.length;
    });
    socket.resume();
    await once(socket, "close");
    expect(read).toBeLessThan(60 * 200_000);
  });

  it("are given a long answer that they read at their pace", async () => {
    const socket = ask();
    let read = 0;
    socket.on("data", (chunk) => {
      read += chunk.length;
      // Longer altogether than somebody may leave unread, but never idle for that long.
      socket.pause();
      setTimeout(() => socket.resume(), 10);
    });
    await until(() => read > 60 * 200_000, { timeoutMs: 30_000, what: "the answer" });
    socket.destroy();
  });

  it("are told so when they do not come to the end of a request's header", async () => {
    const answer = await halfHeader;
    expect(answer.status).toBe(408);
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });
});

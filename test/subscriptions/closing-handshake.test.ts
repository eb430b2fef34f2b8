import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { revokeKey } from "../../src/identity/keys.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { databaseKind } from "../support/databases.js";
import { RawWebSocket } from "../support/raw-web-socket.js";
import { startTestServer, type TestPrincipal, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const SUBMIT = "mutation($title: String!) { submitReview(input: {title: $title}) { ticket { id } } }";

describe("a socket that the server has begun to close", () => {
  let server: TestServer;
  let agent: TestPrincipal;
  let socket: RawWebSocket;

  beforeEach(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    agent = await server.principal("On a socket", "AGENT", ["AGENT"]);
    socket = await RawWebSocket.open(server.running.port);
    socket.sendText({ type: "connection_init", payload: { Authorization: `Bearer ${agent.key}` } });
    await socket.message("connection_ack");
  });
  afterEach(async () => {
    socket.destroy();
    await server.close();
  });

  const submit = (title: string): void =>
    socket.sendText({
      id: title,
      type: "subscribe",
      payload: { query: SUBMIT, variables: { title } },
    });

  async function revoke(): Promise<void> {
    const { database, ledger } = server.running.services;
    const { workspaceId } = server;
    const actor = await systemActor(database.read, workspaceId);
    await revokeKey(ledger, { workspaceId, keyId: agent.keyId, actor });
  }

  it.each([
    ["since its key was revoked", 4403, revoke],
    [
      "since the peer introduced itself twice",
      4429,
      async () => socket.sendText({ type: "connection_init", payload: {} }),
    ],
  ])(
    "%s, runs nothing that still comes in",
    async (_, code, provoke) => {
      submit("before");
      await socket.message("complete");
      await provoke();
      expect(await socket.closing()).toBe(code);

      submit("after");
      // What comes before the closing frame has been read when the connection ends.
      socket.sendClose(1000);
      await until(() => socket.ended, { what: "the connection's end" });
      // And what it set going has been finished when the server has stopped.
      await server.running.close();
      const database = await openDatabase(parseDatabaseUrl(server.testDatabase.url));
      const titles = await database.read.query<{ title: string }>("SELECT title FROM proposal");
      await database.close();
      expect(titles).toEqual([{ title: "before" }]);
    },
    30_000,
  );
});

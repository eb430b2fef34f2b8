import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockHead } from "../../src/ledger/batch-facts.js";
import { type Database, openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

/** MariaDB ends the frozen one's transaction after ten seconds; a waiting one looks again every three. */
const ENDS_WITHIN_MS = 25_000;

// On SQLite no server shares the database with another.
describe("a server that freezes while it holds the lock of a ledger's head, on mariadb", () => {
  let server: TestServer;
  let frozen: Database;
  const { submit } = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(databaseKind("mariadb"));
    frozen = await openDatabase(parseDatabaseUrl(server.testDatabase.url));
  }, 60_000);
  afterAll(async () => {
    await frozen?.close();
    await server?.close();
  });

  const minimum = async (): Promise<number | undefined> => {
    const [row] = await server.running.services.database.read.query<{ minimum_approvals: number }>(
      "SELECT minimum_approvals FROM queue WHERE workspace_id = ?",
      [server.workspaceId],
    );
    return row?.minimum_approvals;
  };

  it("keeps nobody else waiting for ever, nor anything of what it had not committed", async () => {
    let wake = (): void => undefined;
    let holds = false;
    const transaction = frozen.transaction(async (sql) => {
      await lockHead(sql, frozen, server.workspaceId);
      await sql.query("UPDATE queue SET minimum_approvals = 7 WHERE workspace_id = ?", [server.workspaceId]);
      holds = true;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    });
    const ended = transaction.then(
      () => "committed",
      () => "refused",
    );
    await until(() => holds, { what: "the lock" });

    const begun = performance.now();
    let answered = 0;
    const submissions = Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const id = await submit(`behind the frozen one ${index}`);
        answered += 1;
        return id;
      }),
    );
    // Who does not need that lock does not notice.
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await submit("in another workspace", server.keys.foreignAgent);
    await gqlData(server.url, server.keys.reviewer, "{ tickets { edges { node { id } } } }");
    expect(answered).toBe(0);

    expect(new Set(await submissions).size).toBe(20);
    expect(performance.now() - begun).toBeLessThan(ENDS_WITHIN_MS);
    wake();
    expect(await ended).toBe("refused");
    expect(await minimum()).toBe(1);
    await submit("afterwards");
  }, 90_000);
});

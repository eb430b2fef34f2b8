import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { databaseKind } from "../support/databases.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const HELD_MS = 2_000;

describe("while something else holds SQLite's write lock", () => {
  let server: TestServer;
  const { submit } = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterAll(() => server.close());

  it("a server goes on answering, and a mutation waits its turn and succeeds", async () => {
    const location = parseDatabaseUrl(server.testDatabase.url);
    if (location.dialect !== "sqlite") throw new Error("this is no file");
    const holder = new Sqlite(location.path);
    holder.exec("BEGIN IMMEDIATE");
    const begun = performance.now();

    let longestPause = 0;
    let last = begun;
    const timer = setInterval(() => {
      longestPause = Math.max(longestPause, performance.now() - last);
      last = performance.now();
    }, 5);
    let answered = false;
    const submitting = submit("in between").then((id) => {
      answered = true;
      return id;
    });

    let slowest = 0;
    let answers = 0;
    while (performance.now() - begun < HELD_MS) {
      const asked = performance.now();
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - asked);
      answers += 1;
    }
    expect(answered).toBe(false);
    holder.exec("COMMIT");
    holder.close();
    expect(await submitting).toMatch(/^ticket_/);
    clearInterval(timer);

    // SQLite's own waiting would take all of the time and more; the rest is room for a busy machine.
    expect(longestPause).toBeLessThan(HELD_MS / 2);
    expect(slowest).toBeLessThan(HELD_MS / 2);
    expect(answers).toBeGreaterThan(5);
  });
});

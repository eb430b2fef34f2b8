import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPrincipalWithKey } from "../../src/identity/keys.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { submitted, type Ticket, ticketOf } from "../api/tickets.js";
import { databaseKind, type TestDatabase } from "../support/databases.js";
import { type CommitFault, CommitProxy } from "../support/load-commit-proxy.js";
import { Chain } from "../support/load-ledger.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

// On SQLite no connection can break: the database is a file.
describe("where a COMMIT gets no answer or a wrong one, on MariaDB", () => {
  let database: TestDatabase;
  let proxy: CommitProxy;
  let server: TestServer;

  beforeAll(async () => {
    database = await databaseKind("mariadb").create();
    proxy = await CommitProxy.open(database.url);
    server = await startTestServer({ ...database, url: proxy.url });
  }, 60_000);
  afterAll(async () => {
    await server?.close();
    await proxy.close();
  });

  async function types(ticketId: string): Promise<string[]> {
    const chain = new Chain(server.workspaceId);
    await chain.grow(server.running.services.database.read);
    return chain.events.filter(({ ticket }) => ticket === ticketId).map(({ type }) => type);
  }

  /** Some statement waits for the lock of the ledger's head: so it is seen time and again. */
  async function someoneWaitsForTheHead(): Promise<void> {
    const connection = await createConnection(database.url);
    try {
      let looks = 0;
      await until(
        async () => {
          const [rows] = await connection.query("SHOW FULL PROCESSLIST");
          const waiting = (rows as { Info: string | null }[]).some(({ Info }) =>
            /FROM ledger_head.*FOR UPDATE/.test(Info ?? ""),
          );
          looks = waiting ? looks + 1 : 0;
          return looks >= 5;
        },
        { what: "a statement that waits for the head's lock" },
      );
    } finally {
      await connection.end();
    }
  }

  async function struck<Result>(fault: CommitFault, work: () => Promise<Result>): Promise<Result> {
    const before = proxy.happened.length;
    proxy.arm(fault);
    const running = work();
    if (fault === "late") {
      try {
        await until(() => proxy.happened.length > before, { what: "the fault" });
        await someoneWaitsForTheHead();
      } finally {
        proxy.deliver();
      }
    }
    const result = await running;
    expect(proxy.happened.slice(before)).toEqual([fault]);
    return result;
  }

  it.each([
    ["where the connection breaks before it arrives", "stopped"],
    ["where the connection breaks after it was carried out", "unanswered"],
    ["where the connection breaks and it arrives when its fate is being looked up", "late"],
    ["where it is carried out and answered with an error that says nothing", "denied"],
    ["where it is not carried out and answered with an error that says nothing", "dropped"],
  ] as const)("%s, its commands take effect once and are answered", async (_, fault) => {
    const { agent } = server.keys;
    const together = await struck(fault, () =>
      Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          submitted(server.url, agent, { title: `${fault} ${index}` }),
        ),
      ),
    );
    const ids = new Set(together.map(({ ticket }) => ticket.id));
    expect(ids.size).toBe(20);
    const sql = server.running.services.database.read;
    const rows = await sql.query<{ id: string }>(
      "SELECT t.id FROM ticket t JOIN proposal p ON p.ticket_id = t.id WHERE p.title LIKE ?",
      [`${fault} %`],
    );
    expect(new Set(rows.map(({ id }) => id))).toEqual(ids);
    expect(rows).toHaveLength(20);
    for (const id of ids) expect(await types(id)).toEqual(["SUBMITTED"]);
  });

  it("a new key is made once, and works", async () => {
    const { services } = server.running;
    const actor = await systemActor(services.database.read, server.workspaceId);
    for (const fault of ["stopped", "unanswered", "denied", "dropped"] as const) {
      const name = `Made when it was ${fault}`;
      const made = await struck(fault, () =>
        createPrincipalWithKey(services.ledger, {
          workspaceId: server.workspaceId,
          name,
          kind: "AGENT",
          roles: ["AGENT"],
          queues: null,
          expiresAt: null,
          actor,
        }),
      );
      const ticket: Ticket = (await submitted(server.url, made.key)).ticket;
      expect((await ticketOf(server.url, made.key, ticket.id)).submittedBy.id).toBe(made.principalId);
      const people = await services.database.read.query("SELECT id FROM principal WHERE name = ?", [name]);
      expect(people).toHaveLength(1);
    }
  });
});

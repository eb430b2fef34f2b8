import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { afterEach, describe, expect, it } from "vitest";
import { databaseKind, databases } from "../support/databases.js";
import { startMariadb } from "../support/mariadb.js";
import { until } from "../support/until.js";

describe.each(databases)("a test's $name database", ({ name, create }) => {
  it("is fresh, its own, and gone once dropped", async () => {
    const [one, other] = await Promise.all([create(), create()]);
    expect(one.name).toBe(name);
    expect(one.url).not.toBe(other.url);
    await makeTable(one.url);
    await expect(makeTable(one.url)).rejects.toThrow("already exists");
    await makeTable(other.url);
    await Promise.all([one.drop(), other.drop()]);
    await expect(makeTable(one.url)).rejects.toThrow();
  });
});

describe("the tests' MariaDB", { timeout: 60_000 }, () => {
  const connections: Connection[] = [];
  afterEach(() => Promise.all(connections.splice(0).map((connection) => connection.end())));

  it("is durable, speaks utf8mb4 and lets its user make triggers", async () => {
    const database = await databaseKind("mariadb").create();
    const connection = await connect(database.url);
    const [[settings]] = await connection.query<RowDataPacket[]>(
      "SELECT @@innodb_flush_log_at_trx_commit AS flush, @@character_set_database AS charset",
    );
    expect(settings).toEqual({ flush: 1, charset: "utf8mb4" });
    await connection.query("CREATE TABLE event (body TEXT)");
    await connection.query(
      "CREATE TRIGGER event_is_final BEFORE UPDATE ON event FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'final'",
    );
    await connection.query("INSERT INTO event VALUES ('✍')");
    await expect(connection.query("UPDATE event SET body = ''")).rejects.toThrow("final");
    await database.drop();
  });

  it("gives its user nothing outside of the databases named countersign_…", async () => {
    const server = await startMariadb();
    try {
      const connection = await connect(server.url);
      await expect(connection.query("CREATE DATABASE elsewhere")).rejects.toThrow("Access denied");
    } finally {
      await server.stop();
    }
  });

  it("can be killed, keeps what was committed, and leaves nothing behind once stopped", async () => {
    const server = await startMariadb({ args: ["--innodb-flush-log-at-trx-commit=2"] });
    const before = await connect(server.url);
    before.on("error", () => undefined);
    await before.query("CREATE DATABASE countersign_kept");
    const [[found]] = await before.query<RowDataPacket[]>(
      "SELECT @@datadir AS datadir, @@innodb_flush_log_at_trx_commit AS flush",
    );
    expect(found?.flush).toBe(2);
    const firstPid = server.pid;
    await server.kill();
    expect(isAlive(firstPid)).toBe(false);
    await server.restart();
    const after = await connect(`${server.url}/countersign_kept`);
    await after.ping();
    const { pid } = server;
    await server.stop();
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(dirname(found?.datadir))).toBe(false);
    connections.length = 0;
  });

  it("ends with the process that started it, even where that is killed", async () => {
    const module = pathToFileURL(resolve("test/support/mariadb.ts")).href;
    const script = `
      const { startMariadb } = await import(${JSON.stringify(module)});
      console.log((await startMariadb()).url);
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    owner.stdout.on("data", (text) => {
      output += text;
    });
    const url = await until(() => /^mysql:.*(?=\n)/.exec(output)?.[0], { timeoutMs: 30_000 });
    const connection = await createConnection(url);
    connection.on("error", () => undefined);
    const [[found]] = await connection.query<RowDataPacket[]>("SELECT @@datadir AS datadir");
    owner.kill("SIGKILL");
    await until(() => !existsSync(dirname(found?.datadir)), { what: "the data to be removed" });
    await expect(createConnection(url)).rejects.toThrow("ECONNREFUSED");
  });

  async function connect(url: string): Promise<Connection> {
    const connection = await createConnection(url);
    connections.push(connection);
    return connection;
  }
});

async function makeTable(url: string): Promise<void> {
  const statement = "CREATE TABLE proposal (title VARCHAR(10))";
  if (url.startsWith("sqlite:")) {
    const database = new Database(url.slice("sqlite:".length));
    try {
      database.exec(statement);
    } finally {
      database.close();
    }
    return;
  }
  const connection = await createConnection(url);
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

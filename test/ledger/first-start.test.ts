import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createAuthenticator } from "../../src/identity/authenticator.js";
import { loadSigningKeys } from "../../src/identity/signing-key.js";
import { createWorkspace } from "../../src/identity/workspaces.js";
import { createLedger } from "../../src/ledger/commit-pipeline.js";
import type { Ledger } from "../../src/ledger/ledger.js";
import { type Database, openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { migrate } from "../../src/persistence/schema-check.js";
import { firstKeysPath, firstStart, handOverFirstKeys } from "../../src/server/first-start.js";
import { databases, type TestDatabase } from "../support/databases.js";

describe.each(databases)("the first start, on $name", (kind) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let ledger: Ledger;
  let dataDir: string;
  const open: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    testDatabase = await kind.create();
    dataDir = await mkdtemp(join(inject("runDirectory"), "first-"));
    ({ database, ledger } = await connect());
    await migrate(database);
  });
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
    await testDatabase.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** What a server has of the database; several of them stand for several servers. */
  async function connect(wrap = (one: Database) => one): Promise<{ database: Database; ledger: Ledger }> {
    const connected = wrap(await openDatabase(parseDatabaseUrl(testDatabase.url)));
    const options = { signer: { sign: () => "" }, claimMs: 60_000, everyRead: false };
    const made = createLedger({ ...options, database: connected });
    open.push(async () => {
      await made.close();
      await connected.close();
    });
    return { database: connected, ledger: made };
  }

  const count = async (table: string) => (await database.read.query(`SELECT * FROM ${table}`)).length;

  async function keysThatWork(): Promise<number> {
    const text = await readFile(firstKeysPath(dataDir), "utf8");
    const keys = await loadSigningKeys({
      signingKey: undefined,
      retiredKeys: undefined,
      dataDir,
      dialectShared: false,
      writable: true,
    });
    const { authenticate } = createAuthenticator({ database, keys, now: Date.now });
    const roles = [];
    for (const [, key = ""] of text.matchAll(/=(csk_\S+)$/gm)) {
      const known = await authenticate(key).catch(() => undefined);
      if (known !== undefined) roles.push(...known.actor.roles);
    }
    return roles.length;
  }

  it("has written the keys before they are valid, so that a commit that fails leaves none that nobody knows", async () => {
    const cut = await connect((one) => ({
      ...one,
      transaction: (work) =>
        one.transaction(async (sql) => {
          const result = await work(sql);
          if ((await sql.query("SELECT id FROM api_key")).length > 0) throw new Error("cut off");
          return result;
        }),
    }));
    await expect(firstStart(cut.database, cut.ledger, dataDir)).rejects.toThrow("cut off");
    expect(await count("workspace")).toBe(1);
    expect(await count("api_key")).toBe(0);
    const written = await readFile(firstKeysPath(dataDir), "utf8");
    expect(await keysThatWork()).toBe(0);

    expect(await firstStart(database, ledger, dataDir)).toBeDefined();
    expect(await readFile(firstKeysPath(dataDir), "utf8")).not.toBe(written);
    expect(await keysThatWork()).toBe(2);
    expect(await count("audit_event")).toBe(5);
  });

  it("does not make a key that it cannot write down", async () => {
    const blocked = join(dataDir, "a-file");
    await writeFile(blocked, "");
    await expect(firstStart(database, ledger, blocked)).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await count("api_key")).toBe(0);
    expect(await firstStart(database, ledger, dataDir)).toBeDefined();
    expect(await keysThatWork()).toBe(2);
  });

  it("takes place once where several servers start together, and the file holds the keys that were made", async () => {
    // SQLite's short waits for the lock stop the event loop that all of them share here: two of them are enough for that.
    const servers = await Promise.all((kind.name === "sqlite" ? [1, 2] : [1, 2, 3, 4]).map(() => connect()));
    const made = await Promise.all(servers.map((one) => firstStart(one.database, one.ledger, dataDir)));
    expect(made.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await count("api_key")).toBe(2);
    expect(await keysThatWork()).toBe(2);
  });

  it("takes place once, and never where somebody else has made a workspace", async () => {
    expect(await firstStart(database, ledger, dataDir)).toBeDefined();
    const before = await readFile(firstKeysPath(dataDir), "utf8");
    expect(await firstStart(database, ledger, dataDir)).toBeUndefined();
    expect(await readFile(firstKeysPath(dataDir), "utf8")).toBe(before);
  });

  it("does not take place beside a workspace of another name", async () => {
    await createWorkspace(database, "an agency");
    expect(await firstStart(database, ledger, dataDir)).toBeUndefined();
    await expect(stat(firstKeysPath(dataDir))).rejects.toThrow();
  });

  it("leaves a file that only its owner reads, also in place of one that everybody could", async () => {
    await writeFile(firstKeysPath(dataDir), "old", { mode: 0o666 });
    await firstStart(database, ledger, dataDir);
    expect((await stat(firstKeysPath(dataDir))).mode & 0o777).toBe(0o600);
  });

  it("shows the keys once on a terminal, and then the file is gone", async () => {
    const made = await firstStart(database, ledger, dataDir);
    if (made === undefined) throw new Error("this was the first start");
    expect(await handOverFirstKeys(made, dataDir, { write: () => undefined })).toBe(firstKeysPath(dataDir));
    let shown = "";
    const terminal = { isTTY: true, write: (text: string) => (shown += text) };
    expect(await handOverFirstKeys(made, dataDir, terminal)).toBeUndefined();
    expect(shown).toContain(`COUNTERSIGN_AGENT_KEY=${made.agentKey}`);
    expect(shown).toContain(`COUNTERSIGN_REVIEWER_KEY=${made.reviewerKey}`);
    await expect(stat(firstKeysPath(dataDir))).rejects.toThrow();
  });
});

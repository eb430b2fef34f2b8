import { appendFile, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { loadSigningKeys, type SigningKeys } from "../../src/identity/signing-key.js";
import { createWorkspace, systemActor } from "../../src/identity/workspaces.js";
import {
  checkpointPath,
  lastCheckpoint,
  openCheckpoint,
  type ReadCheckpoint,
  readCheckpoints,
  type SignedCheckpoint,
} from "../../src/ledger/checkpoint.js";
import {
  type CheckpointOptions,
  type Checkpoints,
  startCheckpoints,
} from "../../src/ledger/checkpoint-writer.js";
import { databases } from "../support/databases.js";
import { openTestLedger, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

describe.each(databases)("checkpoints, on $name", (kind) => {
  let test: TestLedger;
  let keys: SigningKeys;
  let dir: string;
  let log: { level: string; message: string }[];
  const started: Checkpoints[] = [];

  beforeAll(async () => {
    test = await openTestLedger(kind);
    const dataDir = await mkdtemp(join(inject("runDirectory"), "checkpoint-"));
    const choices = {
      signingKey: undefined,
      retiredKeys: undefined,
      dataDir,
      dialectShared: false,
      writable: true,
    };
    keys = await loadSigningKeys(choices);
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    dir = join(await mkdtemp(join(inject("runDirectory"), "checkpoints-")), "checkpoints");
    log = [];
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await one.close();
  });

  function start(options: Partial<CheckpointOptions> = {}): Checkpoints {
    const writer = startCheckpoints({
      database: test.database,
      keys,
      dir,
      intervalMs: 3_600_000,
      log: {
        warn: (_, message) => log.push({ level: "warn", message }),
        error: (_, message) => log.push({ level: "error", message }),
      },
      ...options,
    });
    started.push(writer);
    return writer;
  }
  /** Lets the ledger grow by one event, and gives its place. */
  async function grow(workspaceId = test.workspaceId): Promise<number> {
    const actor = await systemActor(test.database.read, workspaceId);
    const [event] = await test.ledger.change({
      workspaceId,
      actor,
      events: [{ type: "SETTINGS_CHANGED", data: {} }],
    });
    return event!.sequence;
  }
  const path = (workspaceId = test.workspaceId): string => checkpointPath(dir, workspaceId);
  async function written(workspaceId = test.workspaceId): Promise<ReadCheckpoint[]> {
    const found: ReadCheckpoint[] = [];
    for await (const checkpoint of readCheckpoints(keys, path(workspaceId))) found.push(checkpoint);
    return found;
  }

  it("are written while a ledger grows, one line for each look that found it grown", async () => {
    const writer = start();
    const [first, second] = [await grow(), await grow()];
    await writer.flush();
    await writer.flush();
    const third = await grow();
    await writer.flush();
    expect(await written()).toMatchObject([{ sequence: second }, { sequence: third }]);
    expect(first).toBe(second - 1);
    const [row] = await test.database.read.query<{ hash: string }>(
      "SELECT hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
      [test.workspaceId, third],
    );
    expect(await lastCheckpoint(keys, path(), test.workspaceId)).toMatchObject({
      sequence: third,
      hash: row!.hash,
    });
  });

  it("are written by themselves every few moments, and once more at the end", async () => {
    const writer = start({ intervalMs: 20 });
    const first = await grow();
    await until(async () => (await written()).some((line) => "sequence" in line && line.sequence === first));
    const last = await grow();
    await writer.close();
    expect((await written()).at(-1)).toMatchObject({ sequence: last });
  });

  it("go to a file for each workspace, which only its owner can read", async () => {
    const other = await createWorkspace(test.database, `Other of ${dir}`);
    const writer = start();
    await grow(other.id);
    await grow();
    await writer.flush();
    expect(await written(other.id)).toMatchObject([{ workspace: other.id, sequence: 1 }]);
    expect((await stat(path(other.id))).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  it("go on where an earlier process left off", async () => {
    const sequence = await grow();
    await start().flush();
    await start().flush();
    expect(await written()).toMatchObject([{ sequence }]);
  });

  it("leave a line alone that a crash cut short", async () => {
    await grow();
    await start().flush();
    const whole = await readFile(path(), "utf8");
    await appendFile(path(), whole.slice(0, 40));
    const sequence = await grow();
    await start().flush();
    expect(await written()).toMatchObject([{}, { sequence }]);
    expect(await readFile(path(), "utf8")).toMatch(/\n$/);
  });

  it.each([
    ["became shorter", 5, (hash: string) => hash],
    ["has another past, however long it is", -1, () => "f".repeat(64)],
  ])("are not written for a ledger that %s: that is said instead, once", async (_, offset, hashOf) => {
    await grow();
    const head = await grow();
    const payload = {
      workspace: test.workspaceId,
      sequence: head + offset,
      hash: hashOf((await lastHead())?.hash ?? ""),
      at: new Date().toISOString(),
    };
    const jws = keys.sign("countersign-checkpoint+jws", { v: 1, ...payload });
    await start().flush();
    const line = `${JSON.stringify({ ...payload, jws })}\n`;
    await writeFile(path(), line);
    const writer = start();
    await writer.flush();
    await writer.flush();
    expect(await readFile(path(), "utf8")).toBe(line);
    expect(log).toEqual([
      { level: "error", message: expect.stringContaining("does not hold what its last checkpoint says") },
    ]);
  });

  async function lastHead(): Promise<{ hash: string } | undefined> {
    const [head] = await test.database.read.query<{ hash: string }>(
      "SELECT hash FROM ledger_head WHERE workspace_id = ?",
      [test.workspaceId],
    );
    return head;
  }

  it("survive a database that cannot be read for a while", async () => {
    let broken = true;
    const writer = start({
      database: {
        read: {
          query: (statement, values) =>
            broken ? Promise.reject(new Error("gone")) : test.database.read.query(statement, values),
        },
      },
    });
    const sequence = await grow();
    await writer.flush();
    expect(log).toMatchObject([{ level: "error" }]);
    broken = false;
    await writer.flush();
    expect(await written()).toMatchObject([{ sequence }]);
  });

  describe("sent to a URL", () => {
    let receiver: Server;
    let url: string;
    let status = 204;
    let received: SignedCheckpoint[];

    beforeEach(async () => {
      received = [];
      receiver = createServer(async (request, response) => {
        received.push(JSON.parse(await text(request)));
        response.writeHead(status).end();
      });
      await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/checkpoints`;
    });
    afterEach(async () => {
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    });

    it("can be verified there with the public key", async () => {
      status = 204;
      const sequence = await grow();
      await start({ url }).flush();
      const mine = received.filter((one) => one.workspace === test.workspaceId);
      expect(mine).toMatchObject([{ sequence }]);
      expect(openCheckpoint(keys, mine[0])).toEqual(mine[0]);
    });

    it("are tried again with the next, and written to the file all the same", async () => {
      status = 500;
      const writer = start({ url });
      const sequence = await grow();
      await writer.flush();
      expect(log).toMatchObject([{ level: "warn" }]);
      expect((await written()).at(-1)).toMatchObject({ sequence });
      status = 200;
      received = [];
      await writer.flush();
      expect(received.filter((one) => one.workspace === test.workspaceId)).toMatchObject([{ sequence }]);
      received = [];
      await writer.flush();
      expect(received).toEqual([]);
    });

    it("do not hold up shutting down where nobody listens", async () => {
      const gone = url;
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
      const writer = start({ url: gone });
      const sequence = await grow();
      await writer.close();
      expect((await written()).at(-1)).toMatchObject({ sequence });
    });
  });

  it("are not put at a path that a tampered database chooses", () => {
    for (const id of [
      "../../etc/passwd",
      "workspace_",
      "",
      "workspace_x/y",
      "workspace_0000000000000000000000000\0",
    ]) {
      expect(() => checkpointPath(dir, id)).toThrow("no workspace's id");
    }
  });
});

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createAuthenticator } from "../../src/identity/authenticator.js";
import { checkpointPath } from "../../src/ledger/checkpoint.js";
import { type FirstStart, firstStart } from "../../src/server/first-start.js";
import { createLog } from "../../src/server/log.js";
import { Operator } from "../../src/server/operator.js";
import { openOperatorServices } from "../../src/server/services.js";
import { readSettings } from "../../src/server/settings.js";
import { type ChildServer, startChildServer } from "../support/child-server.js";
import { databases, type TestDatabase } from "../support/databases.js";
import { submission } from "../support/test-ledger.js";
import { TEST_SIGNING_KEY } from "../support/test-server.js";
import { until } from "../support/until.js";

/** More than verification reads before it first says how far it is. */
const TICKETS = 2_100;

/** Submits to the server at argv[1] with the key argv[2], in a process of its own: the caller stands still meanwhile. */
const SUBMIT = `
  const [url, key] = process.argv.slice(1);
  const query = 'mutation { submitReview(input: {title: "Meanwhile"}) { ticket { id } } }';
  const headers = { "content-type": "application/json", authorization: "Bearer " + key };
  const answer = await (await fetch(url + "/graphql", { method: "POST", headers, body: JSON.stringify({ query }) })).json();
  if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
`;

describe.each(databases)("audit verify beside a server that writes, on $name", (kind) => {
  let testDatabase: TestDatabase;
  let dataDir: string;
  let env: Record<"DATABASE_URL" | "DATA_DIR" | "SIGNING_KEY" | "CHECKPOINT_SECONDS" | "LOG_LEVEL", string>;
  let first: FirstStart;
  let server: ChildServer;

  beforeAll(async () => {
    testDatabase = await kind.create();
    dataDir = await mkdtemp(join(inject("runDirectory"), "verify-"));
    env = {
      DATABASE_URL: testDatabase.url,
      DATA_DIR: dataDir,
      SIGNING_KEY: TEST_SIGNING_KEY,
      CHECKPOINT_SECONDS: "1",
      LOG_LEVEL: "warn",
    };
    first = await fill();
    server = await startChildServer({ env });
  }, 60_000);
  afterAll(async () => {
    await server?.kill();
    await testDatabase.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function fill(): Promise<FirstStart> {
    const services = await openOperatorServices(readSettings(env), createLog("silent"));
    try {
      const made = await firstStart(services.database, services.ledger, dataDir);
      if (made === undefined) throw new Error("the database was not fresh");
      const { actor } = await createAuthenticator({ ...services, now: Date.now }).authenticate(made.agentKey);
      await Promise.all(
        Array.from({ length: TICKETS }, (_, index) =>
          services.ledger.execute({ actor, command: submission(`Ticket ${index}`) }),
        ),
      );
      return made;
    } finally {
      await services.close();
    }
  }

  const path = () => checkpointPath(join(dataDir, "checkpoints"), first.workspaceId);

  /** The place of the last checkpoint in the file, 0 where there is none. */
  function lastCheckpoint(): number {
    if (!existsSync(path())) return 0;
    const line = readFileSync(path(), "utf8").trim().split("\n").at(-1) ?? "";
    return (JSON.parse(line) as { sequence: number }).sequence;
  }

  /** Lets the server commit an event and sign a checkpoint of it, and returns when the file has it. */
  function letTheServerSign(): void {
    const before = lastCheckpoint();
    const args = ["--input-type=module", "-e", SUBMIT, server.url, first.agentKey];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    const deadline = performance.now() + 20_000;
    while (lastCheckpoint() <= before) {
      if (performance.now() > deadline) throw new Error("the server signed no checkpoint");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }

  it.each([
    ["those in DATA_DIR", false],
    ["a file that it is given", true],
  ])(
    "takes no checkpoint that was signed after its snapshot for a finding: %s",
    async (_, given) => {
      await until(() => lastCheckpoint() > TICKETS, { what: "a checkpoint", timeoutMs: 20_000 });
      const operator = await Operator.open(env, "inspect");
      try {
        const newest = lastCheckpoint();
        let signed = false;
        const verdict = await operator.verify("default", {
          checkpoint: given ? path() : undefined,
          onProgress: () => {
            // The snapshot has been read from by now, and the checkpoints have not.
            if (!signed) letTheServerSign();
            signed = true;
          },
        });
        expect(signed).toBe(true);
        expect(verdict).toMatchObject({ ok: true, lastSequence: newest, checkpointSequence: newest });
        expect(lastCheckpoint()).toBeGreaterThan(newest);
        expect(await operator.verify("default")).toMatchObject({ ok: true, lastSequence: lastCheckpoint() });
      } finally {
        await operator.close();
      }
    },
    60_000,
  );
});

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { createPrincipalWithKey } from "../../src/identity/keys.js";
import { loadSigningKeys, type SigningKeys } from "../../src/identity/signing-key.js";
import { findWorkspaceByName, systemActor } from "../../src/identity/workspaces.js";
import { verifyLedger } from "../../src/ledger/audit-verify.js";
import type { Verdict } from "../../src/ledger/audit-verify-findings.js";
import { withSnapshot } from "../../src/ledger/audit-verify-snapshot.js";
import { checkpointPath, type ReadCheckpoint, readCheckpoints } from "../../src/ledger/checkpoint.js";
import type { Sql } from "../../src/persistence/sql.js";
import { DEFAULT_WORKSPACE } from "../../src/server/first-start.js";
import { createLog } from "../../src/server/log.js";
import { openOperatorServices } from "../../src/server/services.js";
import { readSettings } from "../../src/server/settings.js";
import {
  type ChildServer,
  type ChildServerOptions,
  launchChildServer,
  runCommand,
  startChildServer,
} from "./child-server.js";
import type { TestDatabase } from "./databases.js";
import { TEST_SIGNING_KEY } from "./test-server.js";
import { until } from "./until.js";

/** A person or a machine that takes part in the load. */
export interface LoadPrincipal {
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

/** A database that servers in processes of their own work on, and everybody who talks to them. */
export interface LoadWorld {
  readonly workspaceId: string;
  readonly agents: readonly LoadPrincipal[];
  readonly reviewers: readonly LoadPrincipal[];
  readonly auditor: LoadPrincipal;
  /** The server that made the first start; it is still running. */
  readonly first: ChildServer;
  /** Starts another server on this database. */
  start(options?: Pick<ChildServerOptions, "maxFileBytes">): Promise<ChildServer>;
  /** Like `start`, without waiting until it listens. */
  launch(): ReturnType<typeof launchChildServer>;
  /**
   * Reads the database as of one moment, on a connection that cannot write. Works without any server, too.
   * `audit` says what the audit finds, with the checkpoints that the servers had put outside the database before.
   */
  look<Result>(work: (sql: Sql, audit: () => Promise<Verdict>) => Promise<Result>): Promise<Result>;
  /** What the command `countersign audit verify` prints; it must find all well. */
  auditCommand(): Promise<string>;
  /** Removes what it has made, but for the database. Stop the servers first. */
  remove(): Promise<void>;
}

/** How many take part. */
export interface LoadPeople {
  readonly agents: number;
  readonly reviewers: number;
}

/**
 * Lets a server make its first start on an empty database, takes the keys that it hands over, and adds the others as the
 * operator's command line would beside the running server.
 */
export async function createLoadWorld(
  { url }: Pick<TestDatabase, "url">,
  people: LoadPeople,
): Promise<LoadWorld> {
  const dataDir = await mkdtemp(join(inject("runDirectory"), "load-"));
  const env = {
    DATABASE_URL: url,
    DATA_DIR: dataDir,
    SIGNING_KEY: TEST_SIGNING_KEY,
    // Far longer than a shutdown takes: so one that only its deadline ends is noticed.
    SHUTDOWN_SECONDS: "60",
    CHECKPOINT_SECONDS: "1",
    // A load is more than one client may be: none of it is to be refused for its amount.
    RATE_PRINCIPAL: "0",
    RATE_ADDRESS: "0",
  } as const;
  const settings = readSettings({ ...env, PORT: "0" });
  const first = await startChildServer({ env });
  try {
    const firstKeys = await until(() => readFirstKeys(dataDir), {
      what: "the first keys",
      timeoutMs: 30_000,
    });
    const { workspaceId, ...everybody } = await addPeople(settings, people, firstKeys);
    const keys = await loadSigningKeys({
      signingKey: settings.signingKey,
      retiredKeys: undefined,
      dataDir,
      dialectShared: true,
      writable: false,
    });
    return {
      workspaceId,
      ...everybody,
      first,
      start: (options = {}) => startChildServer({ env, ...options }),
      launch: () => launchChildServer({ env }),
      look: async (work) => {
        // Before the snapshot: servers go on signing, and what they sign later is not in it.
        const checkpoints = await checkpointsIn(dataDir, workspaceId, keys);
        return withSnapshot(settings.database, (sql) =>
          work(sql, () => verifyLedger(sql, workspaceId, { keys, checkpoints })),
        );
      },
      auditCommand: () => runCommand(["audit", "verify", "--json"], { env }),
      remove: () => rm(dataDir, { recursive: true, force: true }),
    };
  } catch (error) {
    await first.kill();
    throw error;
  }
}

async function readFirstKeys(dataDir: string): Promise<{ agent: string; reviewer: string } | undefined> {
  const text = await readFile(join(dataDir, "first-keys.env"), "utf8");
  const [, agent, reviewer] =
    /^COUNTERSIGN_AGENT_KEY=(\S+)\nCOUNTERSIGN_REVIEWER_KEY=(\S+)\nCOUNTERSIGN_ADMIN_SIGN_IN=\S+\n$/.exec(
      text,
    ) ?? [];
  return agent === undefined || reviewer === undefined ? undefined : { agent, reviewer };
}

async function addPeople(
  settings: ReturnType<typeof readSettings>,
  people: LoadPeople,
  firstKeys: { readonly agent: string; readonly reviewer: string },
): Promise<Pick<LoadWorld, "workspaceId" | "agents" | "reviewers" | "auditor">> {
  const services = await openOperatorServices(settings, createLog("silent"));
  try {
    const { read } = services.database;
    const workspace = await findWorkspaceByName(read, DEFAULT_WORKSPACE);
    if (workspace === undefined) throw new Error("the first start made no workspace");
    const workspaceId = workspace.id;
    const actor = await systemActor(read, workspaceId);
    const add = async (name: string, kind: "AGENT" | "HUMAN", role: Role): Promise<LoadPrincipal> => {
      const made = await createPrincipalWithKey(services.ledger, {
        workspaceId,
        name,
        kind,
        roles: [role],
        queues: null,
        expiresAt: null,
        actor,
      });
      return { id: made.principalId, name, key: made.key };
    };
    const first = async (name: string, key: string): Promise<LoadPrincipal> => {
      const [row] = await read.query<{ id: string }>(
        "SELECT id FROM principal WHERE workspace_id = ? AND name = ?",
        [workspaceId, name],
      );
      if (row === undefined) throw new Error(`the first start made no ${name}`);
      return { id: row.id, name, key };
    };
    const several = (count: number, make: (index: number) => Promise<LoadPrincipal>) =>
      Promise.all(Array.from({ length: count - 1 }, (_, index) => make(index + 2)));
    return {
      workspaceId,
      agents: [
        await first("First agent", firstKeys.agent),
        ...(await several(people.agents, (index) => add(`Agent ${index}`, "AGENT", "AGENT"))),
      ],
      reviewers: [
        await first("First reviewer", firstKeys.reviewer),
        ...(await several(people.reviewers, (index) => add(`Reviewer ${index}`, "HUMAN", "REVIEWER"))),
      ],
      auditor: await add("Auditor", "HUMAN", "AUDITOR"),
    };
  } finally {
    await services.close();
  }
}

async function checkpointsIn(
  dataDir: string,
  workspaceId: string,
  keys: SigningKeys,
): Promise<ReadCheckpoint[]> {
  const path = checkpointPath(join(dataDir, "checkpoints"), workspaceId);
  const checkpoints: ReadCheckpoint[] = [];
  if (existsSync(path))
    for await (const checkpoint of readCheckpoints(keys, path)) checkpoints.push(checkpoint);
  return checkpoints;
}

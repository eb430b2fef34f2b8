import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import type { PrincipalKind, Role } from "../../src/domain/principal.js";
import { createPrincipalWithKey } from "../../src/identity/keys.js";
import { createWorkspace, findWorkspaceByName, systemActor } from "../../src/identity/workspaces.js";
import { createLog } from "../../src/server/log.js";
import { readSettings } from "../../src/server/settings.js";
import { type RunningServer, startServer } from "../../src/server/start-server.js";
import type { DatabaseKind, TestDatabase } from "./databases.js";

/** Keys of everybody that a test may need; `foreign…` are of another workspace. */
export interface TestKeys {
  readonly agent: string;
  readonly otherAgent: string;
  readonly reviewer: string;
  readonly reviewer2: string;
  readonly auditor: string;
  readonly admin: string;
  readonly foreignAgent: string;
  readonly foreignReviewer: string;
}

/** A principal that a test made for itself. */
export interface TestPrincipal {
  readonly key: string;
  readonly keyId: string;
  readonly principalId: string;
}

export interface TestServer {
  readonly url: string;
  readonly keys: TestKeys;
  readonly running: RunningServer;
  readonly testDatabase: TestDatabase;
  readonly workspaceId: string;
  readonly dataDir: string;
  /** Makes somebody else, in the workspace `default`. */
  principal(
    name: string,
    kind: Exclude<PrincipalKind, "SYSTEM">,
    roles: readonly Role[],
    options?: { queues?: string[]; expiresAt?: number },
  ): Promise<TestPrincipal>;
  /** Stops the server and starts another one on the same database and port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const { privateKey } = generateKeyPairSync("ed25519");
/** On a shared database the signing key has to be given. */
export const TEST_SIGNING_KEY = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/**
 * A real server on port 0 over a fresh database.
 * @param overrides environment variables
 */
export async function startTestServer(
  kind: DatabaseKind | TestDatabase,
  overrides: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const testDatabase = "create" in kind ? await kind.create() : kind;
  const dataDir = await mkdtemp(join(inject("runDirectory"), "data-"));
  const settings = readSettings({
    PORT: "0",
    DATABASE_URL: testDatabase.url,
    DATA_DIR: dataDir,
    SIGNING_KEY: TEST_SIGNING_KEY,
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? "silent",
    // A test is a faster client than anybody; what is about this limit sets it.
    RATE_PRINCIPAL: "0",
    ...overrides,
  });
  const log = createLog(settings.logLevel);
  let running = await startServer(settings, { log });
  const { port, firstStart } = running;
  if (firstStart === undefined) throw new Error("the database was not fresh");

  async function principalIn(
    workspaceId: string,
    name: string,
    principalKind: Exclude<PrincipalKind, "SYSTEM">,
    roles: readonly Role[],
    { queues, expiresAt }: { queues?: string[]; expiresAt?: number } = {},
  ): Promise<TestPrincipal> {
    const { services } = running;
    const made = await createPrincipalWithKey(services.ledger, {
      workspaceId,
      name,
      kind: principalKind,
      roles,
      queues: queues ?? null,
      expiresAt: expiresAt ?? null,
      actor: await systemActor(services.database.read, workspaceId),
    });
    return { key: made.key, keyId: made.id, principalId: made.principalId };
  }

  const own = (name: string, principalKind: "AGENT" | "HUMAN", role: Role) =>
    principalIn(firstStart.workspaceId, name, principalKind, [role]);
  await createWorkspace(running.services.database, "foreign");
  const foreign = await findWorkspaceByName(running.services.database.read, "foreign");
  if (foreign === undefined) throw new Error("the foreign workspace is not there");
  const [otherAgent, reviewer2, auditor, admin, foreignAgent, foreignReviewer] = await Promise.all([
    own("Other agent", "AGENT", "AGENT"),
    own("Second reviewer", "HUMAN", "REVIEWER"),
    own("Auditor", "HUMAN", "AUDITOR"),
    own("Admin", "HUMAN", "ADMIN"),
    principalIn(foreign.id, "Foreign agent", "AGENT", ["AGENT"]),
    principalIn(foreign.id, "Foreign reviewer", "HUMAN", ["REVIEWER"]),
  ]);

  return {
    url: running.url,
    keys: {
      agent: firstStart.agentKey,
      reviewer: firstStart.reviewerKey,
      otherAgent: otherAgent.key,
      reviewer2: reviewer2.key,
      auditor: auditor.key,
      admin: admin.key,
      foreignAgent: foreignAgent.key,
      foreignReviewer: foreignReviewer.key,
    },
    get running() {
      return running;
    },
    testDatabase,
    workspaceId: firstStart.workspaceId,
    dataDir,
    principal: (name, principalKind, roles, options) =>
      principalIn(firstStart.workspaceId, name, principalKind, roles, options),
    restart: async () => {
      await running.close();
      running = await startServer({ ...settings, port }, { log });
    },
    close: async () => {
      await running.close();
      await testDatabase.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

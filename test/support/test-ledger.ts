import { generateKeyPairSync, sign } from "node:crypto";
import type { Actor, Role } from "../../src/domain/principal.js";
import { checkProposal } from "../../src/domain/proposal.js";
import type { Submit } from "../../src/domain/ticket-command.js";
import { createPrincipalWithKey } from "../../src/identity/keys.js";
import { createWorkspace, systemActor } from "../../src/identity/workspaces.js";
import { createLedger } from "../../src/ledger/commit-pipeline.js";
import type { Ledger } from "../../src/ledger/ledger.js";
import { type Database, openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { migrate } from "../../src/persistence/schema-check.js";
import type { DatabaseKind, TestDatabase } from "./databases.js";

/** A migrated database with a workspace and a ledger on it, without a server. */
export interface TestLedger {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly testDatabase: TestDatabase;
  readonly workspaceId: string;
  /** Makes a principal (with a key that nobody uses) and returns it as an actor. */
  actor(name: string, kind: "AGENT" | "HUMAN", roles: Role[], queues?: string[] | null): Promise<Actor>;
  close(): Promise<void>;
}

const { privateKey } = generateKeyPairSync("ed25519");

export async function openTestLedger(kind: DatabaseKind, { everyRead = false } = {}): Promise<TestLedger> {
  const testDatabase = await kind.create();
  const database = await openDatabase(parseDatabaseUrl(testDatabase.url));
  await migrate(database);
  const ledger = createLedger({
    database,
    signer: {
      sign: (payload) => sign(null, Buffer.from(JSON.stringify(payload)), privateKey).toString("base64url"),
    },
    claimMs: 30 * 60_000,
    everyRead,
  });
  const workspace = await createWorkspace(database, "test");
  return {
    database,
    ledger,
    testDatabase,
    workspaceId: workspace.id,
    actor: async (name, principalKind, roles, queues = null) => {
      const { principalId } = await createPrincipalWithKey(ledger, {
        workspaceId: workspace.id,
        name,
        kind: principalKind,
        roles,
        queues,
        expiresAt: null,
        actor: await systemActor(database.read, workspace.id),
      });
      return { id: principalId, name, kind: principalKind, workspaceId: workspace.id, roles, queues };
    },
    close: async () => {
      await ledger.close();
      await database.close();
      await testDatabase.drop();
    },
  };
}

/** A submission with that title. */
export function submission(title: string, overrides: Partial<Submit> = {}): Submit {
  return {
    kind: "submit",
    proposal: checkProposal({ title, detail: `Detail of ${title}`, payload: { title } }),
    queue: "default",
    priority: "NORMAL",
    dueAt: null,
    expiresAt: null,
    approvalsRequired: 1,
    ...overrides,
  };
}

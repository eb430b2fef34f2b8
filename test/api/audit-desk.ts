import { createPrincipalWithKey } from "../../src/identity/keys.js";
import { findWorkspaceByName, systemActor } from "../../src/identity/workspaces.js";
import { readSettings } from "../../src/server/settings.js";
import { dropTriggers, type RawClient, rawClient } from "../ledger/audit-world.js";
import { type GqlAnswer, gql } from "../support/graphql-client.js";
import type { TestServer } from "../support/test-server.js";

export interface AuditVerification {
  readonly startedAt: string;
  readonly events: number;
  readonly tickets: number;
  readonly verdict: {
    readonly ok: boolean;
    readonly findings: readonly { readonly sequence: number | null; readonly message: string }[];
    readonly furtherFindings: number;
    readonly checkedAt: string;
    readonly lastSequence: number | null;
    readonly lastHash: string | null;
    readonly checkpointSequence: number | null;
  } | null;
}

export function tryToVerify(
  url: string,
  key: string | null,
  waitSeconds = 10,
): Promise<GqlAnswer<{ verifyAudit: AuditVerification }>> {
  return gql(
    url,
    key,
    `mutation ($waitSeconds: Int) { verifyAudit(waitSeconds: $waitSeconds) { startedAt events tickets verdict {
      ok findings { sequence message } furtherFindings checkedAt lastSequence lastHash checkpointSequence } } }`,
    { waitSeconds },
  );
}

/** Somebody of the other workspace who may read all of it. */
export async function foreignAuditor(server: TestServer): Promise<string> {
  const { ledger, database } = server.running.services;
  const workspace = await findWorkspaceByName(database.read, "foreign");
  if (workspace === undefined) throw new Error("the foreign workspace is not there");
  const made = await createPrincipalWithKey(ledger, {
    workspaceId: workspace.id,
    name: "Foreign auditor",
    kind: "HUMAN",
    roles: ["AUDITOR"],
    queues: null,
    expiresAt: null,
    actor: await systemActor(database.read, workspace.id),
  });
  return made.key;
}

/** A client of the database itself, once its triggers are gone. Close it. */
export async function intruder(server: TestServer): Promise<RawClient> {
  const { database } = readSettings({ DATABASE_URL: server.testDatabase.url });
  const client = await rawClient(database);
  await dropTriggers(client, database);
  return client;
}

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { verifyLedger } from "../../src/ledger/audit-verify.js";
import type { Verdict } from "../../src/ledger/audit-verify-findings.js";
import { withSnapshot } from "../../src/ledger/audit-verify-snapshot.js";
import { readSettings } from "../../src/server/settings.js";
import { type GqlAnswer, gql, gqlData } from "../support/graphql-client.js";
import type { TestServer } from "../support/test-server.js";

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly roles: readonly string[];
  readonly queues: readonly string[] | null;
  readonly email: string | null;
  readonly createdAt: string;
  readonly removedAt: string | null;
}

export interface ApiKey {
  readonly id: string;
  readonly label: string;
  readonly principal: { readonly id: string; readonly name: string; readonly kind: string };
  readonly roles: readonly string[];
  readonly onBehalfOf: { readonly id: string; readonly name: string } | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

export const MEMBER = "id name kind roles queues email createdAt removedAt";
export const KEY =
  "id label principal { id name kind } roles onBehalfOf { id name } createdAt expiresAt revokedAt";

const PAYLOADS = {
  inviteMember: ["InviteMemberInput", `member { ${MEMBER} } signInUrl expiresAt`],
  changeMember: ["ChangeMemberInput", `member { ${MEMBER} }`],
  removeMember: ["RemoveMemberInput", `member { ${MEMBER} }`],
  createApiKey: ["CreateApiKeyInput", `apiKey { ${KEY} } key`],
  rotateApiKey: ["RotateApiKeyInput", `apiKey { ${KEY} } key replaced { ${KEY} }`],
  revokeApiKey: ["RevokeApiKeyInput", `apiKey { ${KEY} }`],
} as const;

export type Managing = keyof typeof PAYLOADS;

export interface Managed {
  readonly member: Member;
  readonly signInUrl: string;
  readonly expiresAt: string;
  readonly apiKey: ApiKey;
  readonly key: string;
  readonly replaced: ApiKey;
}

/** The raw answer to a mutation of members or keys. */
export function tryTo(
  url: string,
  key: string | null,
  name: Managing,
  input: Readonly<Record<string, unknown>>,
): Promise<GqlAnswer<Record<string, Managed>>> {
  const [type, selection] = PAYLOADS[name];
  return gql(url, key, `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`, { input });
}

/** What a mutation that must succeed answers. */
export async function manage(
  url: string,
  key: string,
  name: Managing,
  input: Readonly<Record<string, unknown>>,
): Promise<Managed> {
  const { data, errors } = await tryTo(url, key, name, input);
  const payload = data?.[name];
  if (payload === undefined) throw new Error(`${name} failed: ${JSON.stringify(errors)}`);
  return payload;
}

/** The data of the newest events of that type. */
export async function eventsOf(
  server: TestServer,
  type: string,
): Promise<{ sequence: number; actor: { id: string; kind: string }; data: Record<string, unknown> }[]> {
  const rows = await server.running.services.database.read.query<{ body: string }>(
    "SELECT body FROM audit_event WHERE workspace_id = ? AND type = ? ORDER BY sequence",
    [server.workspaceId, type],
  );
  return rows.map(({ body }) => JSON.parse(body));
}

/** Re-derives the whole record of the workspace. */
export async function verdictOn(server: TestServer): Promise<Verdict> {
  const { keys } = server.running.services;
  const { database } = readSettings({ DATABASE_URL: server.testDatabase.url });
  return withSnapshot(database, (sql) => verifyLedger(sql, server.workspaceId, { keys, checkpoints: [] }));
}

/** Every text that the database holds, and where it is a file, the file itself. */
export async function everythingStored(server: TestServer): Promise<string> {
  const { database } = server.running.services;
  const tables = ["audit_event", "principal", "api_key", "sign_in_link", "session", "external_identity"];
  const texts: string[] = [];
  for (const table of tables) texts.push(JSON.stringify(await database.read.query(`SELECT * FROM ${table}`)));
  if (server.testDatabase.name === "sqlite") {
    const path = fileURLToPath(new URL(server.testDatabase.url.replace("sqlite:", "file:")));
    for (const suffix of ["", "-wal"]) texts.push(await readFile(path + suffix, "latin1").catch(() => ""));
  }
  return texts.join("\n");
}

export async function viewerId(url: string, key: string): Promise<string> {
  type Data = { viewer: { principal: { id: string } } };
  return (await gqlData<Data>(url, key, "{ viewer { principal { id } } }")).viewer.principal.id;
}

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPrincipalWithKey } from "../identity/keys.js";
import { createWorkspace, listWorkspaces, systemActor, type Workspace } from "../identity/workspaces.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Database } from "../persistence/database.js";

/** What the very first start makes; the keys exist nowhere else. */
export interface FirstStart {
  readonly workspaceId: string;
  readonly agentKey: string;
  readonly reviewerKey: string;
}

/** The workspace that every installation has. */
export const DEFAULT_WORKSPACE = "default";

/** Makes the first workspace and a key each for an agent and a reviewer, where there is no workspace yet. */
export async function firstStart(database: Database, ledger: Ledger): Promise<FirstStart | undefined> {
  if ((await listWorkspaces(database.read)).length > 0) return undefined;
  const workspace = await createFirst(database);
  if (workspace === undefined) return undefined;
  const common = { workspaceId: workspace.id, queues: null, expiresAt: null };
  const actor = await systemActor(database.read, workspace.id);
  const agent = await createPrincipalWithKey(ledger, {
    ...common,
    actor,
    name: "First agent",
    kind: "AGENT",
    roles: ["AGENT"],
  });
  const reviewer = await createPrincipalWithKey(ledger, {
    ...common,
    actor,
    name: "First reviewer",
    kind: "HUMAN",
    roles: ["REVIEWER"],
  });
  return { workspaceId: workspace.id, agentKey: agent.key, reviewerKey: reviewer.key };
}

/** Undefined where another server that starts at the same time was faster. */
async function createFirst(database: Database): Promise<Workspace | undefined> {
  try {
    return await createWorkspace(database, DEFAULT_WORKSPACE);
  } catch (error) {
    if ((await listWorkspaces(database.read)).length > 0) return undefined;
    throw error;
  }
}

/**
 * Hands the first keys to whoever started the server: on a terminal once; otherwise into a file that only its owner
 * reads, since what a service prints ends up in a log.
 * @returns the file's path, where one was written
 */
export async function handOverFirstKeys(
  made: FirstStart,
  dataDir: string,
  terminal: { readonly isTTY?: boolean; write(text: string): unknown },
): Promise<string | undefined> {
  const text = `COUNTERSIGN_AGENT_KEY=${made.agentKey}\nCOUNTERSIGN_REVIEWER_KEY=${made.reviewerKey}\n`;
  if (terminal.isTTY === true) {
    terminal.write(`\nTwo keys were made. They are shown this once; keep them:\n\n${text}\n`);
    return undefined;
  }
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, "first-keys.env");
  await writeFile(path, text, { mode: 0o600, flag: "w" });
  await chmod(path, 0o600);
  return path;
}

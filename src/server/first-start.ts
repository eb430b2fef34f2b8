import { existsSync } from "node:fs";
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { planPrincipalWithKey } from "../identity/keys.js";
import { planInvitation } from "../identity/members.js";
import {
  createWorkspace,
  findWorkspaceByName,
  listWorkspaces,
  systemActor,
  type Workspace,
} from "../identity/workspaces.js";
import type { Ledger } from "../ledger/ledger.js";
import { readHead } from "../ledger/ledger-tail.js";
import type { Database } from "../persistence/database.js";

/** What the very first start makes. */
export interface FirstStart {
  readonly workspaceId: string;
  readonly agentKey: string;
  readonly reviewerKey: string;
  /** Where the first ADMIN signs in, within 15 minutes. */
  readonly adminLink: string;
}

/** The workspace that every installation has. */
export const DEFAULT_WORKSPACE = "default";

/** Where the first keys are kept until somebody has taken them. */
export function firstKeysPath(dataDir: string): string {
  return join(dataDir, "first-keys.env");
}

/**
 * Makes the first workspace, a key each for an agent and a reviewer, and a sign-in link for the first ADMIN, where there is
 * no workspace yet, or only that one with nothing on its ledger: then the process that made it ended before it came to the keys.
 *
 * Whatever ends the process, the keys in DATA_DIR/first-keys.env work or the next start makes others: they are written
 * there before they are committed, both in one change, under the lock of the ledger's head. So a file that was written
 * for keys that were never committed is overwritten by the next start, and one with valid keys never is.
 * @returns undefined where it is not the first start, or another server that starts at the same time was faster
 */
export async function firstStart(
  database: Database,
  ledger: Ledger,
  dataDir: string,
  signInUrl = (link: string): string => `/sign-in?link=${link}`,
): Promise<FirstStart | undefined> {
  const workspace = await firstWorkspace(database);
  if (workspace === undefined) return undefined;
  const workspaceId = workspace.id;
  const actor = await systemActor(database.read, workspaceId);
  const common = { workspaceId, queues: null, expiresAt: null, actor };
  const agent = planPrincipalWithKey({ ...common, name: "First agent", kind: "AGENT", roles: ["AGENT"] });
  const reviewer = planPrincipalWithKey({
    ...common,
    name: "First reviewer",
    kind: "HUMAN",
    roles: ["REVIEWER"],
  });
  const admin = planInvitation({ workspaceId, email: null, name: "First admin", roles: ["ADMIN"], actor });
  const made = {
    workspaceId,
    agentKey: agent.text,
    reviewerKey: reviewer.text,
    adminLink: signInUrl(admin.text),
  };
  try {
    await ledger.change({
      workspaceId,
      actor,
      events: [],
      write: async (sql, at) => {
        if ((await readHead(sql, workspaceId)).sequence > 0) throw new BegunElsewhere();
        const events = [
          ...(await agent.write(sql, at)),
          ...(await reviewer.write(sql, at)),
          ...(await admin.write(sql, at)).events,
        ];
        await writeFirstKeys(made, dataDir);
        return events;
      },
    });
  } catch (error) {
    if (error instanceof BegunElsewhere) return undefined;
    throw error;
  }
  return made;
}

/** Another server has made the first keys since this one looked. */
class BegunElsewhere extends Error {}

async function firstWorkspace(database: Database): Promise<Workspace | undefined> {
  const known = await listWorkspaces(database.read);
  if (known.length === 0) {
    try {
      return await createWorkspace(database, DEFAULT_WORKSPACE);
    } catch (error) {
      if ((await listWorkspaces(database.read)).length === 0) throw error;
    }
  }
  const workspace = await findWorkspaceByName(database.read, DEFAULT_WORKSPACE);
  if (workspace === undefined) return undefined;
  return (await readHead(database.read, workspace.id)).sequence === 0 ? workspace : undefined;
}

/** A new file, so that neither the mode nor the readers of an old one are inherited; flushed, since a commit follows. */
async function writeFirstKeys(made: FirstStart, dataDir: string): Promise<void> {
  await writeSecret(firstKeysPath(dataDir), keysText(made) + linkText(made));
  if (process.platform === "win32") return;
  const directory = await open(dataDir, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Keeps the demo's sign-in link where only the owner of DATA_DIR reads it; an older one goes.
 * @returns the file's path
 */
export async function keepDemoLink(signInUrl: string, dataDir: string): Promise<string> {
  const path = join(dataDir, "demo-sign-in.txt");
  await writeSecret(path, `${signInUrl}\n`);
  return path;
}

async function writeSecret(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  await writeFile(path, text, { mode: 0o600, flag: "wx", flush: true });
}

function keysText({ agentKey, reviewerKey }: FirstStart): string {
  return `COUNTERSIGN_AGENT_KEY=${agentKey}\nCOUNTERSIGN_REVIEWER_KEY=${reviewerKey}\n`;
}

function linkText({ adminLink }: FirstStart): string {
  return `COUNTERSIGN_ADMIN_SIGN_IN=${adminLink}\n`;
}

/** The file of the first keys, where nobody has taken it away yet. */
export function firstKeysLeft(dataDir: string): string | undefined {
  const path = firstKeysPath(dataDir);
  return existsSync(path) ? path : undefined;
}

/**
 * Hands the first keys to whoever started the server: on a terminal once, and then their file goes; otherwise the file
 * stays, which only its owner reads, since what a service prints ends up in a log.
 * @returns the file's path, where it stays
 */
export async function handOverFirstKeys(
  made: FirstStart,
  dataDir: string,
  terminal: { readonly isTTY?: boolean; write(text: string): unknown },
): Promise<string | undefined> {
  if (terminal.isTTY !== true) return firstKeysPath(dataDir);
  terminal.write(`\nTwo keys were made. They are shown this once; keep them:\n\n${keysText(made)}\n`);
  terminal.write(
    `The first ADMIN signs in here, once and within 15 minutes (later: countersign members invite):\n  ${made.adminLink}\n`,
  );
  await rm(firstKeysPath(dataDir), { force: true });
  return undefined;
}

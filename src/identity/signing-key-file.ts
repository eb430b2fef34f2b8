import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the key that this service made for itself is kept. */
export function signingKeyPath(dataDir: string): string {
  return join(dataDir, "signing-key.jwk");
}

/** The file's text, or undefined where there is none. */
export async function readKeyFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Puts the text into a new file that only its owner can read, and gives what the file holds then: where another process
 * was first, that process's text. The file appears complete or not at all.
 */
export async function createKeyFile(dataDir: string, text: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = signingKeyPath(dataDir);
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  await writeDurably(draft, text);
  try {
    // Unlike a rename, a link fails where the name is taken.
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, "EEXIST")) {
      // Some file systems have no links. Creating the file exclusively is right too, but for a crash amid the writing.
      await writeFile(path, text, { mode: 0o600, flag: "wx", flush: true }).catch(ignoreExisting);
    }
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dataDir);
  return readFile(path, "utf8");
}

/** A sentence for the log where others than the owner may read a secret file; undefined where all is well. */
export async function modeWarning(path: string): Promise<string | undefined> {
  if (process.platform === "win32") return undefined;
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return undefined;
  return `${path} can be read by others than its owner (mode ${(mode & 0o777).toString(8)}): chmod 600 it`;
}

async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: "wx", flush: true });
}

/** Without this a power failure may take the new name back. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function ignoreExisting(error: unknown): void {
  if (!isCode(error, "EEXIST")) throw error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

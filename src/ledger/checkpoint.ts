import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { JwsSigner, JwsVerifier } from "./receipt.js";

/** The `typ` of a checkpoint's header. */
export const CHECKPOINT_TYP = "countersign-checkpoint+jws";

/** What stands in the ledger at one place: kept outside the database, it pins everything up to there. */
export interface Checkpoint {
  readonly workspace: string;
  readonly sequence: number;
  /** Of the event at that place. */
  readonly hash: string;
  /** When it was signed. ISO 8601, UTC, milliseconds. */
  readonly at: string;
}

/** A line of a checkpoint file: what is said, and the signature under it. */
export interface SignedCheckpoint extends Checkpoint {
  readonly jws: string;
}

/** A checkpoint as it was found, or why it is none. */
export type ReadCheckpoint = SignedCheckpoint | { readonly problem: string };

export function signCheckpoint(keys: JwsSigner, checkpoint: Checkpoint): SignedCheckpoint {
  const { workspace, sequence, hash, at } = checkpoint;
  return {
    workspace,
    sequence,
    hash,
    at,
    jws: keys.sign(CHECKPOINT_TYP, { v: 1, workspace, sequence, hash, at }),
  };
}

/** What was signed, where the signature holds and what is said openly is the same. Never throws. */
export function openCheckpoint(keys: JwsVerifier, said: unknown): ReadCheckpoint {
  if (typeof said !== "object" || said === null || !("jws" in said)) return { problem: "it has no jws" };
  const opened = keys.verify(CHECKPOINT_TYP, said.jws);
  if ("problem" in opened) return opened;
  const { workspace, sequence, hash, at } = said as Partial<SignedCheckpoint>;
  if (typeof workspace !== "string" || typeof hash !== "string" || typeof at !== "string") {
    return { problem: "it lacks workspace, hash or at" };
  }
  if (typeof sequence !== "number" || !Number.isSafeInteger(sequence) || sequence < 0) {
    return { problem: "its sequence is not a whole number" };
  }
  if (opened.payload !== JSON.stringify({ v: 1, workspace, sequence, hash, at })) {
    return { problem: "it says something else than was signed" };
  }
  return { workspace, sequence, hash, at, jws: String(said.jws) };
}

/** Opens a checkpoint from a line of a file, from what an export ends with, or from a bare JWS. Never throws. */
export function openCheckpointText(keys: JwsVerifier, text: string): ReadCheckpoint {
  const said = lineOf(text);
  return said === undefined ? { problem: "it is no checkpoint" } : openCheckpoint(keys, said);
}

/** Where the checkpoints of a workspace are kept. */
export function checkpointPath(dir: string, workspaceId: string): string {
  // The id comes out of a database that may have been tampered with, and becomes a path.
  if (!/^[a-z]{1,20}_[0-9a-z]{26}$/.test(workspaceId)) throw new Error("this is no workspace's id");
  return join(dir, `${workspaceId}.jsonl`);
}

/**
 * The checkpoints in a file, in its order. A line that a crash cut short is passed over: the checkpoint that was being
 * written then is as if it had never been.
 * @param bytes how much of the file is read: with its size from before a snapshot of the ledger was taken, what a running
 *   server signs afterwards is left out; all of it unless told
 */
export async function* readCheckpoints(
  keys: JwsVerifier,
  path: string,
  bytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<ReadCheckpoint> {
  if (bytes === 0) return;
  const lines = createInterface({
    input: createReadStream(path, { encoding: "utf8", end: bytes - 1 }),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) {
    const said = lineOf(line);
    if (said !== undefined) yield openCheckpoint(keys, said);
  }
}

/** How much of a file's end is looked at for its last checkpoint: enough for a hundred of them. */
const TAIL_BYTES = 64 * 1024;

/** The last valid checkpoint of that workspace near the end of a file; undefined where there is none, or no file. */
export async function lastCheckpoint(
  keys: JwsVerifier,
  path: string,
  workspaceId: string,
): Promise<SignedCheckpoint | undefined> {
  const lines = (await tail(path)).split("\n").reverse();
  for (const line of lines) {
    const said = lineOf(line);
    const checkpoint = said === undefined ? undefined : openCheckpoint(keys, said);
    if (checkpoint !== undefined && "jws" in checkpoint && checkpoint.workspace === workspaceId)
      return checkpoint;
  }
  return undefined;
}

async function tail(path: string): Promise<string> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Reads one line, or what an export ends with, or a bare JWS; undefined where it is not whole. */
function lineOf(line: string): unknown {
  const text = line.trim();
  try {
    const said: unknown = BARE_JWS.test(text) ? fromJws(text) : JSON.parse(text);
    return typeof said === "object" ? said : undefined;
  } catch {
    return undefined;
  }
}

const BARE_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function fromJws(jws: string): unknown {
  const claims: unknown = JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8"));
  return typeof claims === "object" && claims !== null ? { ...claims, jws } : undefined;
}

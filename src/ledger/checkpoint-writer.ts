import { appendFile, mkdir, open } from "node:fs/promises";
import type { Database } from "../persistence/database.js";
import {
  checkpointPath,
  isMissing,
  lastCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
} from "./checkpoint.js";
import { genesisHash } from "./event-body.js";
import type { JwsSigner, JwsVerifier } from "./receipt.js";

/** What of a pino logger is used here. */
export interface CheckpointLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface CheckpointOptions {
  readonly database: Pick<Database, "read">;
  readonly keys: JwsSigner & JwsVerifier;
  /** The directory of the checkpoint files: outside the database, where its administrator cannot reach it. */
  readonly dir: string;
  /** Where each checkpoint is POSTed too, as JSON; better still where another person administrates it. */
  readonly url?: string | undefined;
  /** Milliseconds between two looks at the heads. */
  readonly intervalMs: number;
  readonly log: CheckpointLog;
}

export interface Checkpoints {
  /** Writes what has grown since the last look. Failures are logged; it does not reject. */
  flush(): Promise<void>;
  /** Stops, after a last flush. */
  close(): Promise<void>;
}

const POST_TIMEOUT_MS = 5_000;

interface Head {
  readonly workspace_id: string;
  readonly sequence: number;
  readonly hash: string;
}

/** What was signed last. */
type Written = Pick<SignedCheckpoint, "sequence" | "hash">;

/** Signs the head of every ledger that has grown, every few seconds, and puts it outside the database. */
export function startCheckpoints(options: CheckpointOptions): Checkpoints {
  const writer = new CheckpointWriter(options);
  let round: Promise<void> = Promise.resolve();
  let waiting = 0;
  const next = (): Promise<void> => {
    waiting += 1;
    round = round.then(() => writer.round()).finally(() => (waiting -= 1));
    return round;
  };
  const timer = setInterval(() => {
    // A round that takes longer than the interval must not leave a growing queue behind it.
    if (waiting === 0) void next();
  }, options.intervalMs);
  timer.unref();
  return {
    flush: next,
    close: () => {
      clearInterval(timer);
      return next();
    },
  };
}

class CheckpointWriter {
  /** The last checkpoint in each file. */
  readonly #written = new Map<string, Written>();
  /** Checkpoints that the URL has not taken yet: the last of each workspace, since it stands for those before. */
  readonly #unsent = new Map<string, SignedCheckpoint>();
  /** Ledgers that were found not to be what their checkpoints say; said once. */
  readonly #reported = new Set<string>();

  constructor(private readonly options: CheckpointOptions) {}

  async round(): Promise<void> {
    const { log } = this.options;
    try {
      const heads = await this.options.database.read.query<Head>(
        "SELECT workspace_id, sequence, hash FROM ledger_head WHERE sequence > 0 ORDER BY workspace_id",
      );
      for (const head of heads) await this.#checkpoint(head);
    } catch (error) {
      log.error({ err: error }, "checkpoints could not be written; trying again shortly");
    }
    await this.#send();
  }

  async #checkpoint(head: Head): Promise<void> {
    const written = this.#written.get(head.workspace_id) ?? (await this.#lastWritten(head.workspace_id));
    this.#written.set(head.workspace_id, written);
    if (head.sequence === written.sequence && head.hash === written.hash) return;
    if (!(await this.#continues(head, written))) {
      this.#report(head, written);
      return;
    }
    const checkpoint = signCheckpoint(this.options.keys, {
      workspace: head.workspace_id,
      sequence: head.sequence,
      hash: head.hash,
      at: new Date().toISOString(),
    });
    await this.#append(checkpoint);
    this.#written.set(head.workspace_id, head);
    if (this.options.url !== undefined) this.#unsent.set(head.workspace_id, checkpoint);
  }

  async #lastWritten(workspaceId: string): Promise<Written> {
    const { keys, dir } = this.options;
    const last = await lastCheckpoint(keys, checkpointPath(dir, workspaceId), workspaceId);
    return last ?? { sequence: 0, hash: genesisHash(workspaceId) };
  }

  /** Whether the ledger still holds what was signed last: its length alone says nothing about its past. */
  async #continues(head: Head, { sequence, hash }: Written): Promise<boolean> {
    if (head.sequence < sequence) return false;
    if (sequence === 0) return true;
    const [event] = await this.options.database.read.query<{ hash: string }>(
      "SELECT hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
      [head.workspace_id, sequence],
    );
    return event?.hash === hash;
  }

  /** The evidence stays as it is: signing another past as if nothing had been would bury it. */
  #report(head: Head, { sequence }: Written): void {
    if (this.#reported.has(head.workspace_id)) return;
    this.#reported.add(head.workspace_id);
    this.options.log.error(
      { workspace: head.workspace_id, sequence: head.sequence, checkpoint: sequence },
      "the ledger does not hold what its last checkpoint says: events were lost, cut off or rewritten, and nothing more is " +
        "signed. Run `countersign audit verify`; after restoring a backup, set the workspace's checkpoint file aside",
    );
  }

  async #append(checkpoint: SignedCheckpoint): Promise<void> {
    await mkdir(this.options.dir, { recursive: true, mode: 0o700 });
    const path = checkpointPath(this.options.dir, checkpoint.workspace);
    // A line that a crash cut short is left alone, and ended so that it does not swallow this one.
    const separator = (await endsWithinLine(path)) ? "\n" : "";
    await appendFile(path, `${separator}${JSON.stringify(checkpoint)}\n`, { mode: 0o600, flush: true });
  }

  async #send(): Promise<void> {
    const { url, log } = this.options;
    if (url === undefined) return;
    // One deadline for all of them: a receiver that hangs must not hold up the next look at the heads.
    const signal = AbortSignal.timeout(POST_TIMEOUT_MS);
    for (const [workspace, checkpoint] of this.#unsent) {
      try {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(checkpoint),
          signal,
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`it answered ${response.status}`);
        this.#unsent.delete(workspace);
      } catch (error) {
        log.warn({ err: error, workspace }, "a checkpoint could not be sent; trying again with the next");
        return;
      }
    }
  }
}

const LINE_FEED = 10;

async function endsWithinLine(path: string): Promise<boolean> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size === 0) return false;
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer[0] !== LINE_FEED;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

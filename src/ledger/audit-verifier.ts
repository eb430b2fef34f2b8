import { stat } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { DomainError } from "../domain/domain-error.js";
import type { DatabaseLocation } from "../persistence/database-url.js";
import { verifyLedger } from "./audit-verify.js";
import { type Finding, Findings, type Verdict } from "./audit-verify-findings.js";
import { openSnapshot } from "./audit-verify-snapshot.js";
import { breathing, createBreath } from "./breath.js";
import { checkpointPath, isMissing, type ReadCheckpoint, readCheckpoints } from "./checkpoint.js";
import type { JwsVerifier } from "./receipt.js";

/** What verifying may take of a server that has other things to do. */
export const VERIFIER_LIMITS = {
  /** Workspaces whose records are verified at the same time. */
  atOnce: 2,
  /** How long a verdict is given to whoever asks for another one, milliseconds. */
  freshMs: 10_000,
  /** Findings that are told one by one; the others are counted. */
  findings: 20,
  /** How long a call may wait for the verdict, seconds: answers that take a minute are given up on the way. */
  waitSeconds: 20,
} as const;

/** A verification, under way or done. Times are in milliseconds since the epoch. */
export interface Verification {
  readonly startedAt: number;
  /** How far it has come. */
  readonly events: number;
  readonly tickets: number;
  /** Undefined while it is under way. */
  readonly done: CheckedVerdict | undefined;
}

export interface CheckedVerdict {
  readonly verdict: Verdict;
  /** The first of what is wrong, in order of the ledger. */
  readonly findings: readonly Finding[];
  readonly checkedAt: number;
}

/** Verifies records for those who ask a running server, at no more than a bounded cost to everybody else. */
export interface AuditVerifier {
  /**
   * Verifies a workspace's record, or joins whoever has that done already; a verdict of just now stands.
   * @param waitMs how long to wait for the verdict; after that, how far it has come
   * @throws DomainError RATE_LIMITED where other workspaces' records keep the server busy; what the database throws
   */
  verify(workspaceId: string, waitMs: number): Promise<Verification>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

export interface AuditVerifierOptions {
  readonly location: DatabaseLocation;
  readonly keys: JwsVerifier;
  /** Where this server keeps its checkpoints. */
  readonly checkpoints: string;
  readonly now: () => number;
}

/** One run; what it shows changes while it runs. */
class Run {
  events = 0;
  tickets = 0;
  done: CheckedVerdict | undefined;
  finished: Promise<void> = Promise.resolve();

  constructor(readonly startedAt: number) {}
}

export function createAuditVerifier({
  location,
  keys,
  checkpoints,
  now,
}: AuditVerifierOptions): AuditVerifier {
  const running = new Map<string, Run>();
  const fresh = new LRUCache<string, Run>({ max: 1_000, ttl: VERIFIER_LIMITS.freshMs });
  const closing = new AbortController();

  const work = async (workspaceId: string, run: Run): Promise<void> => {
    const breathe = createBreath();
    const stopped = (): Promise<void> | undefined => {
      closing.signal.throwIfAborted();
      return breathe();
    };
    const known = await ownCheckpoints(keys, checkpoints, workspaceId);
    const snapshot = await openSnapshot(location);
    try {
      const findings = new Findings(VERIFIER_LIMITS.findings);
      const verdict = await verifyLedger(breathing(snapshot.sql, stopped), workspaceId, {
        keys,
        checkpoints: known,
        findings,
        breathe: stopped,
        onProgress: ({ pass, done }) => {
          run[pass] = done;
        },
      });
      if (verdict.ok) [run.events, run.tickets] = [verdict.events, verdict.tickets];
      run.done = { verdict, findings: findings.first, checkedAt: now() };
      fresh.set(workspaceId, run);
    } finally {
      await snapshot.close();
    }
  };

  const start = (workspaceId: string): Run => {
    if (running.size >= VERIFIER_LIMITS.atOnce) {
      throw new DomainError(
        "RATE_LIMITED",
        "This server is verifying other records, and does no more of that at a time. Try again in 10 s.",
        { retryAfter: 10 },
      );
    }
    const run = new Run(now());
    running.set(workspaceId, run);
    run.finished = work(workspaceId, run).finally(() => running.delete(workspaceId));
    // Whoever waits is told; where nobody does any more, the next one who asks has it tried again.
    run.finished.catch(() => undefined);
    return run;
  };

  return {
    async verify(workspaceId, waitMs) {
      closing.signal.throwIfAborted();
      const run = running.get(workspaceId) ?? fresh.get(workspaceId) ?? start(workspaceId);
      if (run.done === undefined) await within(run.finished, waitMs);
      const { startedAt, events, tickets, done } = run;
      return { startedAt, events, tickets, done };
    },
    close: async () => {
      closing.abort(new DomainError("UNAVAILABLE", "The server is going down. Try again in a moment."));
      await Promise.allSettled([...running.values()].map(({ finished }) => finished));
    },
  };
}

/**
 * What a server itself has kept outside the database, as far as it goes now: asked before a snapshot is taken, since what is
 * signed later may be of events that are not in it.
 */
export async function ownCheckpoints(
  keys: JwsVerifier,
  dir: string,
  workspaceId: string,
): Promise<AsyncIterable<ReadCheckpoint> | Iterable<ReadCheckpoint>> {
  const path = checkpointPath(dir, workspaceId);
  try {
    return readCheckpoints(keys, path, (await stat(path)).size);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    timer.unref();
  });
  try {
    await Promise.race([work, waited]);
  } finally {
    clearTimeout(timer);
  }
}

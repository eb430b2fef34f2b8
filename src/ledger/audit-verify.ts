import type { Sql } from "../persistence/sql.js";
import { verifyChain, verifyHead } from "./audit-verify-chain.js";
import { verifyCheckpoints } from "./audit-verify-checkpoints.js";
import { Findings, type Verdict } from "./audit-verify-findings.js";
import { verifyIdempotency } from "./audit-verify-idempotency.js";
import { MemberStory } from "./audit-verify-members.js";
import { verifyTickets } from "./audit-verify-tickets.js";
import type { Breathe } from "./breath.js";
import type { ReadCheckpoint } from "./checkpoint.js";
import type { JwsVerifier } from "./receipt.js";

export interface VerifyOptions {
  /** For receipts; those that were retired included. */
  readonly keys: JwsVerifier;
  /** What was kept outside the database; see `readCheckpoints`. */
  readonly checkpoints?: AsyncIterable<ReadCheckpoint> | Iterable<ReadCheckpoint> | undefined;
  /** Whether there must be one of this workspace among them: a file of another one's must not pass for evidence. */
  readonly demandCheckpoint?: boolean | undefined;
  /** Called every few thousand events, and then every thousand tickets. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Takes what is found, where more than the first of it is wanted. */
  readonly findings?: Findings | undefined;
  /** Where others need the thread meanwhile. */
  readonly breathe?: Breathe | undefined;
}

export interface Progress {
  readonly pass: "events" | "tickets";
  readonly done: number;
}

/**
 * Re-derives a workspace's record instead of trusting it: every hash from the stored text, then every ticket, revision,
 * review, decision, receipt, key and role from the events; and holds the chain against the checkpoints. It trusts neither
 * columns nor rows, and none of them makes it throw.
 *
 * Not covered, since no event speaks of it: the search index's text, names of workspaces, and how long idempotency records last.
 * @param sql one consistent view of the database (see `withSnapshot`): a server may be writing meanwhile
 * @throws whatever the database throws where it cannot be read
 */
export async function verifyLedger(sql: Sql, workspaceId: string, options: VerifyOptions): Promise<Verdict> {
  const { keys, checkpoints, onProgress = () => undefined, breathe = () => undefined } = options;
  const { findings = new Findings() } = options;
  const members = new MemberStory(workspaceId, findings);
  const end = await verifyChain(sql, workspaceId, findings, {
    visit: (body, row) => members.take(body, row),
    breathe,
    onProgress: (done) => onProgress({ pass: "events", done }),
  });
  if (findings.brokenAt === undefined) {
    await verifyHead(sql, workspaceId, end, findings);
    await members.verify(sql);
    await verifyIdempotency(sql, workspaceId, findings);
  }
  const checkpointSequence = await verifyCheckpoints(
    sql,
    workspaceId,
    paced(checkpoints ?? [], breathe),
    end,
    findings,
  );
  if (checkpointSequence === null && options.demandCheckpoint === true) {
    findings.report(null, "there is no checkpoint of this workspace in what was given as one");
  }
  const tickets = await verifyTickets(sql, findings, {
    workspaceId,
    keys,
    breathe,
    onProgress: (done) => onProgress({ pass: "tickets", done }),
  });
  return (
    findings.rejection ?? {
      ok: true,
      events: end.events,
      tickets,
      lastSequence: end.events,
      lastHash: end.hash,
      checkpointSequence,
    }
  );
}

/** A signature is checked for each of them. */
async function* paced(
  checkpoints: AsyncIterable<ReadCheckpoint> | Iterable<ReadCheckpoint>,
  breathe: Breathe,
): AsyncGenerator<ReadCheckpoint> {
  for await (const checkpoint of checkpoints) {
    await breathe();
    yield checkpoint;
  }
}

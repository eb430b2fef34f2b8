import { placeholders, type Sql } from "../persistence/sql.js";
import type { ChainEnd } from "./audit-verify-chain.js";
import type { Findings } from "./audit-verify-findings.js";
import type { ReadCheckpoint, SignedCheckpoint } from "./checkpoint.js";
import { genesisHash } from "./event-body.js";

const PAGE = 500;

/**
 * Holds checkpoints that were kept outside the database against the ledger: each names the hash of one event, and so pins
 * everything before it.
 * @returns the sequence of the last one of this workspace; null where there was none
 */
export async function verifyCheckpoints(
  sql: Sql,
  workspaceId: string,
  checkpoints: AsyncIterable<ReadCheckpoint> | Iterable<ReadCheckpoint>,
  end: ChainEnd,
  findings: Findings,
): Promise<number | null> {
  let last: number | null = null;
  let page: SignedCheckpoint[] = [];
  /** The last place that a checkpoint confirms: a rewritten event lies after it. */
  let confirmed = 0;
  const compare = async (): Promise<void> => {
    confirmed = await comparePage(sql, workspaceId, page, end, findings, confirmed);
    page = [];
  };
  for await (const checkpoint of checkpoints) {
    if ("problem" in checkpoint) {
      findings.report(
        null,
        `a checkpoint that was kept outside is not to be believed: ${checkpoint.problem}`,
      );
    } else if (checkpoint.workspace === workspaceId) {
      last = Math.max(last ?? 0, checkpoint.sequence);
      page.push(checkpoint);
    }
    if (page.length === PAGE) await compare();
  }
  await compare();
  return last;
}

async function comparePage(
  sql: Sql,
  workspaceId: string,
  page: readonly SignedCheckpoint[],
  end: ChainEnd,
  findings: Findings,
  confirmed: number,
): Promise<number> {
  if (page.length === 0) return confirmed;
  const rows = await sql.query<{ sequence: number; hash: string }>(
    `SELECT sequence, hash FROM audit_event WHERE workspace_id = ? AND sequence IN (${placeholders(page.length)})`,
    [workspaceId, ...page.map((checkpoint) => checkpoint.sequence)],
  );
  const hashes = new Map(rows.map((row) => [row.sequence, row.hash]));
  hashes.set(0, genesisHash(workspaceId));
  let known = confirmed;
  for (const { sequence, hash, at } of page) {
    const found = hashes.get(sequence);
    if (found === hash) known = Math.max(known, sequence);
    else if (found === undefined && sequence > end.events) {
      findings.report(
        end.events + 1,
        `the tail is cut off: a checkpoint of ${at} was signed at event ${sequence}`,
      );
    } else {
      const range = sequence === known + 1 ? "" : `: something from event ${known + 1} on was rewritten`;
      findings.report(
        sequence,
        `event ${sequence} is not the one that the checkpoint of ${at} was signed over${range}`,
      );
    }
  }
  return known;
}

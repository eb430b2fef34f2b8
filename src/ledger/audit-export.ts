import type { DecisionRow, EventRow, ProposalRow } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { findDecisions, findEventsAfter, findProposals } from "../persistence/ticket-queries.js";
import { signCheckpoint } from "./checkpoint.js";
import { chainHash, genesisHash } from "./event-body.js";
import type { JwsSigner } from "./receipt.js";

export interface ExportOptions {
  /** Signs the checkpoint that closes the export. */
  readonly keys: JwsSigner;
  /** When it is exported; milliseconds since the epoch. */
  readonly at: number;
}

/** The record is broken: an export would put a signature under it. */
export class BrokenRecordError extends Error {
  override readonly name = "BrokenRecordError";

  constructor(
    readonly sequence: number,
    reason: string,
  ) {
    super(`${reason}. Nothing is signed over a broken record: run \`countersign audit verify\`.`);
  }
}

/** Proposals may be long, so few events at a time are loaded with theirs. */
const PAGE = 200;

/**
 * A workspace's whole record as JSON Lines (without their line feeds): header, events with the proposals and receipts that
 * go with them, and a signed checkpoint over the last event. The format is in docs/protocol.md; the offline verifier reads
 * nothing else.
 * @param sql one consistent view of the database (see `withSnapshot`)
 * @throws BrokenRecordError where the chain does not hold; what has been yielded by then lacks its closing checkpoint
 */
export async function* exportLedger(
  sql: Sql,
  workspace: { readonly id: string; readonly name: string },
  { keys, at }: ExportOptions,
): AsyncGenerator<string> {
  const exportedAt = new Date(at).toISOString();
  const { id, name } = workspace;
  yield JSON.stringify({ kind: "header", v: 1, workspace: { id, name }, exportedAt, fromSequence: 1 });
  const head = await readHead(sql, id);
  let sequence = 0;
  let hash = genesisHash(id);
  while (sequence < head.sequence) {
    const events = await findEventsAfter(sql, id, sequence, Math.min(PAGE, head.sequence - sequence));
    const beside = await loadBeside(sql, events);
    for (const event of events) {
      if (event.sequence !== sequence + 1)
        throw new BrokenRecordError(sequence + 1, `event ${sequence + 1} is missing`);
      if (event.previous_hash !== hash || event.hash !== chainHash(hash, event.body)) {
        throw new BrokenRecordError(event.sequence, `the hash of event ${event.sequence} does not hold`);
      }
      yield* linesOf(event, beside);
      sequence = event.sequence;
      hash = event.hash;
    }
    if (events.length === 0) throw new BrokenRecordError(sequence + 1, `event ${sequence + 1} is missing`);
  }
  if (hash !== head.hash)
    throw new BrokenRecordError(sequence, "the ledger's head has another hash than its last event");
  yield JSON.stringify({
    kind: "checkpoint",
    ...signCheckpoint(keys, { workspace: id, sequence, hash, at: exportedAt }),
  });
}

async function readHead(sql: Sql, workspaceId: string): Promise<{ sequence: number; hash: string }> {
  const [head] = await sql.query<{ sequence: number; hash: string }>(
    "SELECT sequence, hash FROM ledger_head WHERE workspace_id = ?",
    [workspaceId],
  );
  if (head === undefined) throw new BrokenRecordError(0, "the ledger has no head");
  return head;
}

/** What is stored beside the ledger for a page of events. */
interface Beside {
  readonly proposals: ReadonlyMap<string, ProposalRow>;
  readonly decisions: ReadonlyMap<string, DecisionRow>;
}

async function loadBeside(sql: Sql, events: readonly EventRow[]): Promise<Beside> {
  const proposals = await findProposals(sql, keysOf(events, isRevision));
  const decisions = await findDecisions(sql, keysOf(events, isDecision));
  return {
    proposals: new Map(proposals.map((row) => [keyOf(row.ticket_id, row.revision), row])),
    decisions: new Map(decisions.map((row) => [keyOf(row.ticket_id, row.revision), row])),
  };
}

const isRevision = ({ type }: EventRow): boolean => type === "SUBMITTED" || type === "RESUBMITTED";
const isDecision = ({ type }: EventRow): boolean => type === "DECIDED";

function keysOf(events: readonly EventRow[], wanted: (event: EventRow) => boolean) {
  return events
    .filter(wanted)
    .flatMap(({ ticket_id: ticketId, revision }) =>
      ticketId === null || revision === null ? [] : [{ ticketId, revision }],
    );
}

function keyOf(ticketId: string | null, revision: number | null): string {
  return `${ticketId} ${revision}`;
}

function* linesOf(event: EventRow, beside: Beside): Generator<string> {
  const { sequence, previous_hash: previousHash, hash, body } = event;
  yield JSON.stringify({ kind: "event", sequence, previousHash, hash, body });
  const key = keyOf(event.ticket_id, event.revision);
  const proposal = isRevision(event) ? beside.proposals.get(key) : undefined;
  if (proposal !== undefined) yield proposalLine(proposal);
  const receipt = isDecision(event) ? beside.decisions.get(key)?.receipt : undefined;
  if (typeof receipt === "string") {
    yield JSON.stringify({
      kind: "receipt",
      ticket: event.ticket_id,
      revision: event.revision,
      jws: receipt,
    });
  }
}

/** The payload is spliced in as it is stored: the text that the digest was made from. */
function proposalLine({ ticket_id: ticket, revision, title, detail, payload, digest }: ProposalRow): string {
  const head = JSON.stringify({ kind: "proposal", ticket, revision, title, detail });
  return `${head.slice(0, -1)},"payload":${payload ?? "null"},"digest":${JSON.stringify(digest)}}`;
}

import { LRUCache } from "lru-cache";
import type { PrincipalRef } from "../domain/principal.js";
import { encodeCursor } from "../ledger/cursor.js";
import { type EventBody, parseBody } from "../ledger/event-body.js";
import type { Database } from "../persistence/database.js";
import type { DeliveryRow } from "../persistence/delivery-queries.js";
import { findPrincipalRefs } from "../persistence/principal-refs.js";
import type { DecisionRow, ProposalRow, StoredTicket } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { findDecisions, findProposals, findTickets } from "../persistence/ticket-queries.js";
import { findWorkspaceRow } from "../persistence/workspace-queries.js";
import type { News, NewsDecision, NewsProposal, NewsReason, NewsTicket } from "./news.js";

/** How long what was loaded is handed on to others, milliseconds: an event for a thousand endpoints is read once. */
const FRESH_MS = 1_000;
const KEPT = 100;

/** Loads what a delivery is to tell. */
export type NewsLoader = (
  delivery: Pick<DeliveryRow, "workspace_id" | "sequence" | "reason">,
) => Promise<News>;

export function createNewsLoader({ read }: Pick<Database, "read">): NewsLoader {
  const known = new LRUCache<string, Promise<News>>({ max: KEPT, ttl: FRESH_MS });
  return (delivery) => {
    const { workspace_id: workspaceId, sequence } = delivery;
    const reason = delivery.reason === "DIGEST" ? "EVENT" : delivery.reason;
    const key = `${workspaceId} ${sequence} ${reason}`;
    let news = known.get(key);
    if (news === undefined) {
      news = load(read, workspaceId, sequence, reason);
      known.set(key, news);
      news.catch(() => known.delete(key));
    }
    return news;
  };
}

async function load(read: Sql, workspaceId: string, sequence: number, reason: NewsReason): Promise<News> {
  const [row] = await read.query<{ body: string; hash: string }>(
    "SELECT body, hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
    [workspaceId, sequence],
  );
  if (row === undefined) throw new Error(`there is no event ${sequence} in ${workspaceId}`);
  const event = parseBody(row.body);
  const workspace = await findWorkspaceRow(read, "id", workspaceId);
  return {
    workspace: { id: workspaceId, name: workspace?.name ?? "" },
    reason,
    cursor: encodeCursor(sequence, row.hash),
    event,
    ...(await about(read, event)),
  };
}

type About = Pick<News, "ticket" | "proposal" | "previous" | "decision">;

async function about(
  read: Sql,
  { workspace, ticket: id, revision, type, sequence }: EventBody,
): Promise<About> {
  if (id === null) return { ticket: null, proposal: null, previous: null, decision: null };
  const stored = (await findTickets(read, workspace, [id])).get(id);
  if (stored === undefined) throw new Error(`the ticket ${id} of an event is not there`);
  const revisions = revision === null ? [] : type === "RESUBMITTED" ? [revision, revision - 1] : [revision];
  const keys = revisions.map((one) => ({ ticketId: id, revision: one }));
  const proposals = await findProposals(read, keys);
  const decisions = await findDecisions(read, keys.slice(0, 1));
  const of = (one: number | undefined): NewsProposal | null => {
    const found = proposals.find((row) => row.revision === one);
    return found === undefined ? null : toProposal(found);
  };
  const settledBy = decisions.find((row) => row.sequence === sequence);
  return {
    ticket: await toTicket(read, stored),
    proposal: of(revisions[0]),
    previous: of(revisions[1]),
    decision: settledBy === undefined ? null : toDecision(settledBy),
  };
}

async function toTicket(read: Sql, { workspaceId, state }: StoredTicket): Promise<NewsTicket> {
  const { submittedBy, assigneeId } = state;
  const ids = assigneeId === null ? [submittedBy] : [submittedBy, assigneeId];
  const refs = await findPrincipalRefs(read, workspaceId, ids);
  const unknown: PrincipalRef = { id: submittedBy, name: "", kind: "AGENT" };
  const { id, queue, status, priority, revision, approvalsRequired, dueAt, expiresAt } = state;
  return {
    id,
    queue,
    status,
    priority,
    revision,
    approvalsRequired,
    submittedBy: refs.get(submittedBy) ?? unknown,
    assignee: assigneeId === null ? null : (refs.get(assigneeId) ?? null),
    dueAt,
    expiresAt,
  };
}

function toProposal({ revision, title, detail, payload, digest }: ProposalRow): NewsProposal {
  return { revision, title, detail, payload, digest };
}

function toDecision(row: DecisionRow): NewsDecision {
  return {
    status: row.status,
    comments: row.comments,
    decidedBy: { id: row.decided_by, name: row.decided_by_name, kind: row.decided_by_kind },
    decidedAt: row.decided_at,
    receipt: row.receipt,
  };
}

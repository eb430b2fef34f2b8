import {
  type DecisionRow,
  EVENT_COLUMNS,
  type EventRow,
  type ProposalRow,
  type TicketRow,
} from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { RowStream } from "./audit-verify-row-stream.js";

/** A row of `review`, as it is stored. */
export interface StoredReview {
  readonly ticket_id: string;
  readonly sequence: number;
  readonly revision: number;
  readonly reviewer_id: string;
  readonly outcome: string;
  readonly comments: string | null;
  readonly reviewed_at: number;
}

/** A row of `review_retraction`. */
export interface StoredRetraction {
  readonly ticket_id: string;
  readonly review_sequence: number;
  readonly sequence: number;
  readonly retracted_at: number;
}

/** A row of `decision_read`. */
export interface StoredRead {
  readonly ticket_id: string;
  readonly principal_id: string;
  readonly revision: number;
  readonly status: string;
}

/** A row of `snooze`. */
export interface StoredSnooze {
  readonly ticket_id: string;
  readonly principal_id: string;
  readonly revision: number;
  readonly snoozed_until: number | null;
  readonly sequence: number;
}

/** All that is stored about tickets, each table in order of the tickets' ids. */
export interface TicketStreams {
  readonly tickets: RowStream<TicketRow>;
  readonly events: RowStream<EventRow>;
  readonly proposals: RowStream<ProposalRow>;
  readonly reviews: RowStream<StoredReview>;
  readonly retractions: RowStream<StoredRetraction>;
  readonly decisions: RowStream<DecisionRow>;
  readonly reads: RowStream<StoredRead>;
  readonly snoozes: RowStream<StoredSnooze>;
}

/** Proposals may be long, so fewer of them are held at a time. */
const LONG_ROWS = 100;
const ROWS = 1_000;
/** Keeps the databases from choosing an index on the workspace, in whose order the rows would have to be sorted anew. */
const OF_WORKSPACE = "COALESCE(workspace_id, '') = ?";

export function openTicketStreams(sql: Sql, workspaceId: string): TicketStreams {
  const stream = <Row extends object>(columns: string, table: string, order: string[], pageSize = ROWS) =>
    new RowStream<Row>(sql, {
      select: `SELECT ${columns} FROM ${table} WHERE ${OF_WORKSPACE}`,
      values: [workspaceId],
      order,
      pageSize,
    });
  return {
    tickets: stream(TICKET, "ticket", ["id"]),
    events: stream(EVENT_COLUMNS.join(", "), "audit_event", ["ticket_id", "sequence"]),
    proposals: stream(PROPOSAL, "proposal", ["ticket_id", "revision"], LONG_ROWS),
    reviews: stream(REVIEW, "review", ["ticket_id", "sequence"]),
    retractions: stream(RETRACTION, "review_retraction", ["ticket_id", "review_sequence"]),
    decisions: stream(DECISION, "decision", ["ticket_id", "revision"]),
    snoozes: stream(SNOOZE, "snooze", ["ticket_id", "principal_id"]),
    reads: new RowStream<StoredRead>(sql, {
      // These rows name no workspace; one whose ticket is gone is found wherever one looks.
      select:
        "SELECT r.ticket_id, r.principal_id, r.revision, r.status FROM decision_read r " +
        "LEFT JOIN ticket t ON t.id = r.ticket_id WHERE COALESCE(t.workspace_id, ?) = ?",
      values: [workspaceId, workspaceId],
      order: ["r.ticket_id", "r.principal_id", "r.revision", "r.status"],
      pageSize: ROWS,
    }),
  };
}

const TICKET =
  "id, workspace_id, queue, status, priority, approvals_required, submitted_by, submitted_at, updated_at, revision, digest, " +
  "revision_by, revision_for, counted, assignee_id, claimed_until, due_at, expires_at";
const PROPOSAL = "ticket_id, revision, title, detail, payload, digest, submitted_by, submitted_at, sequence";
const REVIEW = "ticket_id, sequence, revision, reviewer_id, outcome, comments, reviewed_at";
const RETRACTION = "ticket_id, review_sequence, sequence, retracted_at";
const SNOOZE = "ticket_id, principal_id, revision, snoozed_until, sequence";
const DECISION =
  "ticket_id, revision, status, comments, decided_by, decided_by_name, decided_by_kind, decided_at, sequence, hash, receipt";

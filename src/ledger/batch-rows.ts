import type { Dialect } from "../persistence/dialect.js";
import {
  DECISION_COLUMNS,
  type DecisionRow,
  EVENT_COLUMNS,
  type EventRow,
  NEVER,
  PROPOSAL_COLUMNS,
  type ProposalRow,
  priorityRank,
  type StoredTicket,
} from "../persistence/rows.js";
import { type InsertOptions, insertRows, type Sql, type SqlValue } from "../persistence/sql.js";

/** A review that a batch records. */
export interface NewReview {
  readonly ticketId: string;
  readonly sequence: number;
  readonly workspaceId: string;
  readonly revision: number;
  readonly reviewerId: string;
  readonly outcome: string;
  readonly comments: string | null;
  readonly reviewedAt: number;
}

/** What a batch has to say of a ticket that somebody put aside. */
export interface NewSnooze {
  readonly ticketId: string;
  readonly principalId: string;
  readonly workspaceId: string;
  readonly revision: number;
  readonly until: number | null;
  readonly sequence: number;
}

/** An idempotency record that a batch writes. */
export interface NewIdempotency {
  readonly workspaceId: string;
  readonly principalId: string;
  readonly mutation: string;
  readonly key: string;
  readonly contentHash: string;
  readonly ticketId: string;
  readonly sequence: number;
  readonly hash: string;
  readonly settledRevision: number | null;
  readonly createdAt: number;
}

type Table = readonly [name: string, columns: readonly string[]];

const EVENT: Table = ["audit_event", EVENT_COLUMNS];
const PROPOSAL: Table = ["proposal", [...PROPOSAL_COLUMNS, "search_text"]];
const REVIEW: Table = [
  "review",
  ["ticket_id", "sequence", "workspace_id", "revision", "reviewer_id", "outcome", "comments", "reviewed_at"],
];
const RETRACTION: Table = [
  "review_retraction",
  ["ticket_id", "review_sequence", "workspace_id", "sequence", "retracted_at"],
];
const DECISION: Table = ["decision", DECISION_COLUMNS];
const READ: Table = ["decision_read", ["ticket_id", "principal_id", "revision", "status"]];
const SNOOZE_CHANGING = ["revision", "snoozed_until", "sequence"] as const;
const SNOOZE: Table = ["snooze", ["ticket_id", "principal_id", "workspace_id", ...SNOOZE_CHANGING]];
const CALLBACK: Table = ["ticket_callback", ["ticket_id", "workspace_id", "url"]];
const IDEMPOTENCY: Table = [
  "idempotency",
  [
    "workspace_id",
    "principal_id",
    "mutation",
    "idempotency_key",
    "content_hash",
    "ticket_id",
    "sequence",
    "hash",
    "settled_revision",
    "created_at",
  ],
];

/** Columns of a ticket that change in its life; the others are fixed by its submission. */
const TICKET_CHANGING = [
  "status",
  "updated_at",
  "revision",
  "digest",
  "revision_by",
  "revision_for",
  "counted",
  "assignee_id",
  "claimed_until",
] as const;
const TICKET: Table = [
  "ticket",
  [
    "id",
    "workspace_id",
    "queue",
    "priority",
    "approvals_required",
    "submitted_by",
    "submitted_at",
    "due_at",
    "expires_at",
    ...TICKET_CHANGING,
  ],
];

/** Rows that one batch has to write, gathered so that each table gets as few statements as possible. */
export class BatchRows {
  readonly #rows = new Map<Table, SqlValue[][]>();

  event(row: EventRow): void {
    this.#add(EVENT, valuesOf(row, EVENT_COLUMNS));
  }

  proposal(row: ProposalRow): void {
    this.#add(PROPOSAL, [...valuesOf(row, PROPOSAL_COLUMNS), searchText(row.title, row.detail)]);
  }

  review(row: NewReview): void {
    this.#add(REVIEW, [
      row.ticketId,
      row.sequence,
      row.workspaceId,
      row.revision,
      row.reviewerId,
      row.outcome,
      row.comments,
      row.reviewedAt,
    ]);
  }

  retraction(
    ticketId: string,
    reviewSequence: number,
    workspaceId: string,
    sequence: number,
    at: number,
  ): void {
    this.#add(RETRACTION, [ticketId, reviewSequence, workspaceId, sequence, at]);
  }

  decision(row: DecisionRow): void {
    this.#add(DECISION, valuesOf(row, DECISION_COLUMNS));
  }

  read(ticketId: string, principalId: string, revision: number, status: string): void {
    this.#add(READ, [ticketId, principalId, revision, status]);
  }

  snooze(row: NewSnooze): void {
    this.#add(SNOOZE, [
      row.ticketId,
      row.principalId,
      row.workspaceId,
      row.revision,
      row.until,
      row.sequence,
    ]);
  }

  callback(ticketId: string, workspaceId: string, url: string): void {
    this.#add(CALLBACK, [ticketId, workspaceId, url]);
  }

  idempotency(row: NewIdempotency): void {
    this.#add(IDEMPOTENCY, [
      row.workspaceId,
      row.principalId,
      row.mutation,
      row.key,
      row.contentHash,
      row.ticketId,
      row.sequence,
      row.hash,
      row.settledRevision,
      row.createdAt,
    ]);
  }

  ticket({ workspaceId, state }: StoredTicket): void {
    this.#add(TICKET, [
      state.id,
      workspaceId,
      state.queue,
      priorityRank(state.priority),
      state.approvalsRequired,
      state.submittedBy,
      state.submittedAt,
      state.dueAt ?? NEVER,
      state.expiresAt,
      state.status,
      state.updatedAt,
      state.revision,
      state.digest,
      state.revisionBy,
      state.revisionFor,
      JSON.stringify(state.counted),
      state.assigneeId,
      state.claimedUntil,
    ]);
  }

  /** Writes everything; inside the batch's transaction. */
  async flush(sql: Sql, dialect: Dialect): Promise<void> {
    for (const [table, rows] of this.#rows) {
      const [name, columns] = table;
      await insertRows(sql, dialect, name, columns, rows, whereThereIsOne(table, dialect));
    }
  }

  #add(table: Table, row: SqlValue[]): void {
    const rows = this.#rows.get(table);
    if (rows === undefined) this.#rows.set(table, [row]);
    else rows.push(row);
  }
}

/** What happens to a row that exists. */
function whereThereIsOne(table: Table, dialect: Dialect): InsertOptions {
  if (table === TICKET) return { suffix: dialect.upsert(["id"], TICKET_CHANGING) };
  if (table === SNOOZE) return { suffix: dialect.upsert(["ticket_id", "principal_id"], SNOOZE_CHANGING) };
  return table === READ ? { verb: dialect.insertIgnore } : {};
}

function valuesOf<Column extends string>(
  row: Readonly<Record<Column, SqlValue>>,
  columns: readonly Column[],
): SqlValue[] {
  return columns.map((column) => row[column]);
}

/** What a search looks through: one form for every database, so that all find the same. */
function searchText(title: string, detail: string | null): string {
  return `${title}\n${detail ?? ""}`.normalize("NFKC").toLowerCase();
}

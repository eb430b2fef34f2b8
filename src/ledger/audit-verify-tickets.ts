import { canonicalText, digestOf } from "../domain/proposal.js";
import type { TicketState } from "../domain/ticket-state.js";
import {
  type DecisionRow,
  NEVER,
  type ProposalRow,
  priorityRank,
  type TicketRow,
} from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { type Findings, shown } from "./audit-verify-findings.js";
import { type Expected, type ExpectedDecision, readKey, TicketStory } from "./audit-verify-ticket.js";
import { openTicketStreams, type TicketStreams } from "./audit-verify-ticket-streams.js";
import type { Breathe } from "./breath.js";
import { type JwsVerifier, receiptProblem } from "./receipt.js";

export interface TicketsOptions {
  readonly workspaceId: string;
  readonly keys: JwsVerifier;
  readonly onProgress: (tickets: number) => void;
  readonly breathe: Breathe;
}

/**
 * Holds everything that is stored about tickets against what the events say, ticket by ticket: edited rows, rows without
 * an event, and events without their row. The chain must have been followed before.
 * @returns how many tickets there are
 */
export async function verifyTickets(sql: Sql, findings: Findings, options: TicketsOptions): Promise<number> {
  const streams = openTicketStreams(sql, options.workspaceId);
  const verifier = new TicketVerifier(findings, options);
  let tickets = 0;
  for (;;) {
    const ticketId = await nextTicket(streams);
    if (ticketId === undefined) return tickets;
    await options.breathe();
    if (await verifier.verify(ticketId, streams)) tickets += 1;
    if (tickets % 1_000 === 0) options.onProgress(tickets);
  }
}

/** The first ticket that any table still has rows of. */
async function nextTicket(streams: TicketStreams): Promise<string | undefined> {
  let first: string | undefined;
  for (const stream of Object.values(streams)) {
    const id = await stream.peek();
    if (id !== undefined && (first === undefined || id < first)) first = id;
  }
  return first;
}

class TicketVerifier {
  constructor(
    private readonly findings: Findings,
    private readonly options: TicketsOptions,
  ) {}

  /** Whether there is such a ticket, rather than rows that only name one. */
  async verify(ticketId: string, streams: TicketStreams): Promise<boolean> {
    const story = new TicketStory(ticketId, this.options.workspaceId, this.findings);
    const { brokenAt = Number.POSITIVE_INFINITY } = this.findings;
    await streams.events.each(ticketId, (row) => {
      if (row.sequence < brokenAt) story.take(row);
    });
    if (this.findings.brokenAt === undefined) story.end();
    let stored: TicketRow | undefined;
    await streams.tickets.each(ticketId, (row) => {
      stored = row;
    });
    this.#ticket(story, stored);
    await streams.proposals.each(ticketId, (row) => {
      if (this.#row("proposal", story, story.proposals, row.revision, row)) this.#proposalText(ticketId, row);
    });
    await streams.reviews.each(ticketId, (row) => {
      this.#row("review", story, story.reviews, row.sequence, row);
    });
    await streams.retractions.each(ticketId, (row) => {
      this.#row("review_retraction", story, story.retractions, row.review_sequence, row);
    });
    await streams.decisions.each(ticketId, (row) => {
      const expected = story.decisions.get(row.revision);
      if (this.#row("decision", story, story.decisions, row.revision, row))
        this.#receipt(ticketId, row, expected);
    });
    await streams.reads.each(ticketId, (row) => {
      const key = readKey(row.principal_id, row.revision, row.status);
      // These rows do not say which event they go with: it may be one that cannot be read.
      if (this.findings.brokenAt !== undefined && !story.reads.has(key)) return;
      this.#row("decision_read", story, story.reads, key, { ...row, sequence: null });
    });
    await this.#snoozes(story, streams);
    this.#missing("proposal", story, story.proposals);
    this.#missing("review", story, story.reviews);
    this.#missing("review_retraction", story, story.retractions);
    this.#missing("decision", story, story.decisions);
    this.#missing("decision_read", story, story.reads);
    return stored !== undefined;
  }

  /** Like the ticket's row, a copy of where its events lead to: nothing can be said of it unless all of them can be followed. */
  async #snoozes(story: TicketStory, { snoozes }: TicketStreams): Promise<void> {
    const followed = this.findings.brokenAt === undefined && story.sound;
    await snoozes.each(story.ticketId, (row) => {
      if (followed) this.#row("snooze", story, story.snoozes, row.principal_id, row);
    });
    if (followed) this.#missing("snooze", story, story.snoozes);
  }

  /** The ticket's row is a copy of where its events lead to. */
  #ticket(story: TicketStory, row: TicketRow | undefined): void {
    const { state, ticketId } = story;
    // Where the events cannot all be followed, all that is known of the ticket is what its submission fixed for ever.
    const followed = this.findings.brokenAt === undefined && story.sound;
    if (state === undefined) {
      if (followed && row !== undefined)
        this.findings.report(null, `${ticketId} is stored, and no event speaks of it`);
      return;
    }
    if (row === undefined) {
      this.findings.report(story.firstSequence, `${ticketId} was submitted, and there is no such ticket`);
      return;
    }
    for (const [column, member, expected] of followed ? allColumns(state) : fixedColumns(state)) {
      const said = row[column];
      if (column === "counted" ? sameJson(said, state.counted) : said === expected) continue;
      const since = story.since(member);
      this.findings.report(
        since,
        `the column ${column} of ${ticketId} says ${shown(said)}, the events (${since}) ${shown(expected)}`,
      );
    }
  }

  /** Whether the row is the one that an event calls for. */
  #row(
    table: string,
    { ticketId }: TicketStory,
    expectations: Map<unknown, Expected>,
    key: unknown,
    row: { readonly sequence: unknown },
  ): boolean {
    const expected = expectations.get(key);
    if (expected === undefined) {
      this.findings.report(
        row.sequence,
        `${table} has a row of ${ticketId} (${shown(key)}) that no event calls for`,
      );
      return false;
    }
    expectations.delete(key);
    for (const [column, said] of Object.entries(expected.columns)) {
      const stored = (row as Readonly<Record<string, unknown>>)[column];
      if (stored === said) continue;
      this.findings.report(
        expected.sequence,
        `the column ${column} of ${table} (${ticketId}, ${shown(key)}) says ${shown(stored)}, ` +
          `event ${expected.sequence} ${shown(said)}`,
      );
      return false;
    }
    return true;
  }

  #proposalText(ticketId: string, row: ProposalRow): void {
    if (storedDigest(row) === row.digest) return;
    this.findings.report(
      row.sequence,
      `the text of revision ${row.revision} of ${ticketId} is not the one whose digest event ${row.sequence} names`,
    );
  }

  #receipt(ticketId: string, row: DecisionRow, expected: ExpectedDecision | undefined): void {
    if (expected === undefined) return;
    const problem =
      expected.receipt === null
        ? row.receipt !== null && "there is one, and no review settled it"
        : receiptProblem(this.options.keys, row.receipt, expected.receipt);
    if (typeof problem === "string") {
      this.findings.report(
        expected.sequence,
        `the receipt of ${ticketId}, revision ${row.revision}: ${problem}`,
      );
    }
  }

  #missing(table: string, { ticketId }: TicketStory, expectations: Map<unknown, Expected>): void {
    for (const [key, { sequence }] of expectations) {
      this.findings.report(
        sequence,
        `${table} lacks the row of ${ticketId} (${shown(key)}) that event ${sequence} calls for`,
      );
    }
  }
}

type TicketColumn = readonly [column: keyof TicketRow, member: keyof TicketState, expected: unknown];

function fixedColumns(state: TicketState): readonly TicketColumn[] {
  return [
    ["queue", "queue", state.queue],
    ["priority", "priority", priorityRank(state.priority)],
    ["approvals_required", "approvalsRequired", state.approvalsRequired],
    ["submitted_by", "submittedBy", state.submittedBy],
    ["submitted_at", "submittedAt", state.submittedAt],
    ["due_at", "dueAt", state.dueAt ?? NEVER],
    ["expires_at", "expiresAt", state.expiresAt],
  ];
}

function allColumns(state: TicketState): readonly TicketColumn[] {
  return [
    ...fixedColumns(state),
    ["status", "status", state.status],
    ["updated_at", "updatedAt", state.updatedAt],
    ["revision", "revision", state.revision],
    ["digest", "digest", state.digest],
    ["revision_by", "revisionBy", state.revisionBy],
    ["revision_for", "revisionFor", state.revisionFor],
    ["counted", "counted", JSON.stringify(state.counted)],
    ["assignee_id", "assigneeId", state.assigneeId],
    ["claimed_until", "claimedUntil", state.claimedUntil],
  ];
}

/** Re-derived from the stored text; undefined where that is no proposal. */
function storedDigest({ title, detail, payload }: ProposalRow): string | undefined {
  try {
    if (typeof title !== "string" || (typeof detail !== "string" && detail !== null)) return undefined;
    if (payload !== null && canonicalText(JSON.parse(payload)) !== payload) return undefined;
    return digestOf(title, detail, payload);
  } catch {
    return undefined;
  }
}

function sameJson(stored: unknown, said: unknown): boolean {
  try {
    return typeof stored === "string" && canonicalText(JSON.parse(stored)) === canonicalText(said);
  } catch {
    return false;
  }
}

import { apply } from "../domain/apply.js";
import type { PrincipalRef } from "../domain/principal.js";
import type { PlacedEvent } from "../domain/ticket-event.js";
import type { TicketState } from "../domain/ticket-state.js";
import type { EventRow } from "../persistence/rows.js";
import type { Findings } from "./audit-verify-findings.js";
import { ruleProblem, unsettledProblem } from "./audit-verify-rules.js";
import { parseBody } from "./event-body.js";
import { type ReceiptPayload, receiptPayload } from "./receipt.js";

/** A row that an event calls for: what it must say, by column. Taken out once it is found. */
export interface Expected {
  /** Of the event. */
  readonly sequence: number;
  readonly columns: Readonly<Record<string, unknown>>;
}

export interface ExpectedDecision extends Expected {
  readonly receipt: ReceiptPayload | null;
}

const FOLDED: ReadonlySet<string> = new Set<PlacedEvent["type"]>([
  "SUBMITTED",
  "RESUBMITTED",
  "WITHDRAWN",
  "EXPIRED",
  "CLAIMED",
  "RELEASED",
  "ASSIGNED",
  "SNOOZED",
  "UNSNOOZED",
  "COMMENTED",
  "REVIEWED",
  "RETRACTED",
  "DECIDED",
  "DECISION_READ",
]);

/** What a ticket's events say: its state, and the rows that must be there. */
export class TicketStory {
  state: TicketState | undefined;
  /** Sequence of the ticket's first event; null where it has none. */
  firstSequence: number | null = null;
  /** By revision. */
  readonly proposals = new Map<unknown, Expected>();
  /** By sequence. */
  readonly reviews = new Map<unknown, Expected>();
  /** By the sequence of the review. */
  readonly retractions = new Map<unknown, Expected>();
  /** By revision. */
  readonly decisions = new Map<unknown, ExpectedDecision>();
  /** By {@link readKey}. */
  readonly reads = new Map<string, Expected>();
  /** By principal. */
  readonly snoozes = new Map<unknown, Expected>();
  /** Of the event that gave a member of the state its value. */
  readonly #since = new Map<string, number>();
  #broken = false;

  constructor(
    readonly ticketId: string,
    private readonly workspaceId: string,
    private readonly findings: Findings,
  ) {}

  /** Whether the events make sense, so that the ticket's row can be held against them. */
  get sound(): boolean {
    return !this.#broken;
  }

  /** The event that gave a member of the state its value. */
  since(member: keyof TicketState): number | null {
    return this.#since.get(member) ?? this.firstSequence;
  }

  /** Takes the ticket's next event. Never throws. */
  take(row: EventRow): void {
    // Events that are only about watching may name a ticket that there never was.
    if (this.#broken || !FOLDED.has(row.type)) return;
    this.firstSequence ??= row.sequence;
    try {
      const event = placed(row);
      const problem = ruleProblem(this.state, event) ?? this.#wakingProblem(event);
      if (problem !== undefined) {
        this.#break(row.sequence, problem);
        return;
      }
      this.#advance(event);
      this.#expect(event, row);
    } catch {
      this.#break(row.sequence, "its data are not those of its type");
    }
  }

  /** Called after the last event. */
  end(): void {
    const problem = this.state === undefined || this.#broken ? undefined : unsettledProblem(this.state);
    if (problem !== undefined) this.findings.report(this.since("counted"), `${this.ticketId}: ${problem}`);
  }

  #break(sequence: number, reason: string): void {
    this.#broken = true;
    this.findings.report(sequence, `event ${sequence} of ${this.ticketId} breaks the rules: ${reason}`);
  }

  #wakingProblem(event: PlacedEvent): string | undefined {
    if (event.type !== "UNSNOOZED") return undefined;
    const { revision, snoozed_until: until } = this.snoozes.get(event.data.principalId)?.columns ?? {};
    const asleep = revision === event.revision && typeof until === "number";
    return asleep ? undefined : "nobody of that id had put the ticket aside";
  }

  #advance(event: PlacedEvent): void {
    const before = this.state;
    const after = apply(before, event);
    for (const member of Object.keys(after) as (keyof TicketState)[]) {
      if (before === undefined || before[member] !== after[member]) this.#since.set(member, event.sequence);
    }
    this.state = after;
  }

  #expect(event: PlacedEvent, row: EventRow): void {
    const { sequence, revision, actor, at } = event;
    switch (event.type) {
      case "SUBMITTED":
      case "RESUBMITTED":
        this.proposals.set(revision, {
          sequence,
          columns: { digest: event.data.digest, submitted_by: actor.id, submitted_at: at, sequence },
        });
        return;
      case "REVIEWED": {
        const { outcome, comments } = event.data;
        this.reviews.set(sequence, {
          sequence,
          columns: { revision, reviewer_id: actor.id, outcome, comments, reviewed_at: at },
        });
        return;
      }
      case "RETRACTED":
        this.retractions.set(event.data.reviewSequence, {
          sequence,
          columns: { sequence, retracted_at: at },
        });
        return;
      case "DECIDED":
        this.#settle(
          event.data.status,
          event.data.comments,
          event,
          row,
          receiptPayload(this.workspaceId, event),
        );
        return;
      case "WITHDRAWN":
        this.#settle("WITHDRAWN", event.data.reason, event, row, null);
        return;
      case "EXPIRED":
        this.#settle("EXPIRED", null, event, row, null);
        return;
      case "SNOOZED":
        this.#snooze(actor.id, event, Date.parse(event.data.until));
        return;
      case "UNSNOOZED":
        this.#snooze(event.data.principalId, event, null);
        return;
      case "DECISION_READ": {
        const key = readKey(actor.id, revision, event.data.status);
        if (!this.reads.has(key)) this.reads.set(key, { sequence, columns: {} });
      }
    }
  }

  #snooze(principalId: string, { sequence, revision }: PlacedEvent, until: number | null): void {
    this.snoozes.set(principalId, { sequence, columns: { revision, snoozed_until: until, sequence } });
  }

  #settle(
    status: string,
    comments: string | null,
    { sequence, revision, actor, at }: PlacedEvent,
    { hash }: EventRow,
    receipt: ReceiptPayload | null,
  ): void {
    const columns = {
      status,
      comments,
      decided_by: actor.id,
      decided_by_name: actor.name,
      decided_by_kind: actor.kind,
      decided_at: at,
      sequence,
      hash,
    };
    this.decisions.set(revision, { sequence, columns, receipt });
  }
}

export function readKey(principalId: unknown, revision: unknown, status: unknown): string {
  return `${String(principalId)} ${String(revision)} ${String(status)}`;
}

/** The event as the domain folds it. The chain has been verified; what its data hold has not. */
function placed(row: EventRow): PlacedEvent {
  const { type, ticket, revision, actor, sequence, at, data } = parseBody(row.body);
  const { id, name, kind }: PrincipalRef = actor;
  return {
    type,
    revision,
    data,
    ticketId: ticket,
    sequence,
    actor: { id, name, kind },
    at: Date.parse(at),
  } as PlacedEvent;
}

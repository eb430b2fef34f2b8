import { typeid } from "typeid-js";
import { apply } from "../domain/apply.js";
import { authorise, decide } from "../domain/decide.js";
import { DomainError } from "../domain/domain-error.js";
import type { Actor, PrincipalRef } from "../domain/principal.js";
import type { DecideContext } from "../domain/ticket-command.js";
import type { EventType, PlacedEvent, TicketEvent } from "../domain/ticket-event.js";
import { SETTLING_TYPES } from "../domain/ticket-event.js";
import type { DecisionRow, EventRow, ProposalRow, StoredTicket } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import {
  type BatchFacts,
  idempotencyScope,
  isReviewersCommand,
  type KnownKey,
  type LockedHead,
  readScope,
  snoozeScope,
} from "./batch-facts.js";
import { BatchRows } from "./batch-rows.js";
import { bodyText, chainHash } from "./event-body.js";
import type { TicketOutcome, TicketRequest, WorkspaceChange } from "./ledger.js";
import { type ReceiptSigner, receiptPayload } from "./receipt.js";

/** What a batch needs beside the facts. */
export interface BatchOptions {
  readonly signer: ReceiptSigner;
  /** How long a claim lasts, milliseconds. */
  readonly claimMs: number;
  /** Whether every read is put on record, rather than the first of each state. */
  readonly everyRead: boolean;
}

/**
 * Runs commands one after the other on facts loaded under the head's lock, and gathers the rows that they lead to.
 * A refusal leaves no trace, so it does not touch its neighbours. Nothing is written before {@link BatchRows.flush}.
 */
export class Batch {
  readonly rows = new BatchRows();
  readonly #dirty = new Set<string>();
  #sequence: number;
  #hash: string;
  #occurredAt: number;

  constructor(
    readonly workspaceId: string,
    readonly head: LockedHead,
    private readonly facts: BatchFacts,
    private readonly options: BatchOptions,
  ) {
    this.#sequence = head.sequence;
    this.#hash = head.hash;
    // Never before the last event, even where the database's clock was set back: the record is in order of time.
    this.#occurredAt = Math.max(head.now, head.occurredAt);
  }

  /** The head as it will be. */
  get newHead(): { readonly sequence: number; readonly hash: string; readonly occurredAt: number } {
    return { sequence: this.#sequence, hash: this.#hash, occurredAt: this.#occurredAt };
  }

  /**
   * Runs one command on a ticket.
   * @throws DomainError where it is refused
   */
  execute(request: TicketRequest): TicketOutcome {
    const { command, idempotency } = request;
    const actor = this.#actorNow(request);
    const context = this.#context(actor, request.ticketId);
    const known = request.ticketId === undefined ? undefined : this.facts.tickets.get(request.ticketId);
    authorise(known?.state, command, context);
    if (idempotency !== undefined) {
      const earlier = this.facts.keys.get(idempotencyScope(actor.id, idempotency));
      if (earlier !== undefined) return this.#replay(earlier, idempotency.contentHash);
    }
    if (command.kind === "recordRead" && this.#alreadyRead(request)) return this.#unchanged(known);
    const events = decide(known?.state, command, context);
    const outcome = this.#place(events, known, request);
    if (idempotency !== undefined) this.#remember(request, outcome);
    return outcome;
  }

  /** Puts a change of the workspace on record and writes its rows. */
  async change(change: WorkspaceChange, sql: Sql): Promise<readonly EventRow[]> {
    const found = (await change.write?.(sql, this.#occurredAt)) ?? [];
    return [...found, ...change.events].map(({ type, about, data }) =>
      this.#append(type, about?.ticketId ?? null, about?.revision ?? null, change.actor, data),
    );
  }

  /** Writes everything that the commands led to. */
  async flush(sql: Sql, dialect: Parameters<BatchRows["flush"]>[1]): Promise<void> {
    if (this.#sequence === this.head.sequence) return;
    for (const id of this.#dirty) {
      const ticket = this.facts.tickets.get(id);
      if (ticket !== undefined) this.rows.ticket(ticket);
    }
    await this.rows.flush(sql, dialect);
    await sql.query("UPDATE ledger_head SET sequence = ?, hash = ?, occurred_at = ? WHERE workspace_id = ?", [
      this.#sequence,
      this.#hash,
      this.#occurredAt,
      this.workspaceId,
    ]);
  }

  /** @throws DomainError UNAUTHENTICATED where the credential has ended, or a reviewer's command comes from no member any more */
  #actorNow({ actor, command, credential }: TicketRequest): Actor {
    if (credential !== undefined && !this.facts.credentials.has(credential.id))
      throw new DomainError("UNAUTHENTICATED", "This credential has ended.");
    if (actor.kind === "SYSTEM" || !isReviewersCommand(command)) return actor;
    const now = this.facts.principals.get(actor.id);
    if (now === undefined) throw new DomainError("UNAUTHENTICATED", "Your membership has ended.");
    return { ...actor, roles: now.roles, queues: now.queues };
  }

  #context(actor: Actor, ticketId = ""): DecideContext {
    return {
      actor,
      now: this.head.now,
      at: this.#occurredAt,
      nextSequence: this.#sequence + 1,
      claimMs: this.options.claimMs,
      queueMinimum: (queue) => this.facts.queues.get(queue),
      principal: (id) => this.facts.principals.get(id),
      snooze: (principalId) => this.facts.snoozes.get(snoozeScope(ticketId, principalId)),
    };
  }

  #place(
    events: readonly TicketEvent[],
    known: StoredTicket | undefined,
    request: TicketRequest,
  ): TicketOutcome {
    const ticketId = known?.state.id ?? typeid("ticket").toString();
    const actor = refOf(request.actor);
    const rows: EventRow[] = [];
    let ticket = known;
    let proposal: ProposalRow | null = null;
    let settled: DecisionRow | null = null;
    for (const event of events) {
      const row = this.#append(event.type, ticketId, event.revision, actor, event.data);
      rows.push(row);
      const placed: PlacedEvent = { ...event, ticketId, sequence: row.sequence, actor, at: row.occurred_at };
      const state = apply(ticket?.state, placed);
      if (event.proposal !== undefined) proposal = this.#addProposal(placed, row);
      if (event.callbackUrl !== undefined) this.rows.callback(ticketId, this.workspaceId, event.callbackUrl);
      if (SETTLING_TYPES.has(event.type)) settled = this.#addDecision(placed, row);
      this.#addReviewRows(placed);
      this.#addSnooze(placed);
      if (state !== ticket?.state) this.#dirty.add(ticketId);
      const decision = settled ?? (state.status === "PENDING" ? null : (ticket?.decision ?? null));
      ticket = { workspaceId: this.workspaceId, state, decision };
    }
    if (ticket === undefined) throw new Error("a command without a ticket led to no event");
    this.facts.tickets.set(ticketId, ticket);
    const first = rows[0] ?? { sequence: this.#sequence, hash: this.#hash };
    return {
      ticket,
      events: rows,
      proposal,
      settled,
      position: { sequence: first.sequence, hash: first.hash },
      replayed: false,
    };
  }

  #append(
    type: EventType,
    ticketId: string | null,
    revision: number | null,
    actor: PrincipalRef,
    data: Readonly<Record<string, unknown>>,
  ): EventRow {
    const sequence = this.#sequence + 1;
    const body = bodyText({
      v: 1,
      workspace: this.workspaceId,
      sequence,
      type,
      ticket: ticketId,
      revision,
      actor: refOf(actor),
      at: new Date(this.#occurredAt).toISOString(),
      data,
    });
    const row: EventRow = {
      workspace_id: this.workspaceId,
      sequence,
      type,
      ticket_id: ticketId,
      revision,
      actor_id: actor.id,
      occurred_at: this.#occurredAt,
      body,
      previous_hash: this.#hash,
      hash: chainHash(this.#hash, body),
    };
    this.#sequence = sequence;
    this.#hash = row.hash;
    this.rows.event(row);
    return row;
  }

  #addProposal(event: PlacedEvent, row: EventRow): ProposalRow {
    const { proposal } = event;
    if (proposal === undefined) throw new Error(`${event.type} without a proposal`);
    const stored: ProposalRow = {
      ticket_id: event.ticketId,
      revision: event.revision,
      workspace_id: this.workspaceId,
      ...proposal,
      submitted_by: event.actor.id,
      submitted_at: event.at,
      sequence: row.sequence,
    };
    this.rows.proposal(stored);
    return stored;
  }

  #addDecision(event: PlacedEvent, row: EventRow): DecisionRow {
    const status = event.type === "DECIDED" ? event.data.status : (event.type as "EXPIRED" | "WITHDRAWN");
    const comments =
      event.type === "DECIDED" ? event.data.comments : event.type === "WITHDRAWN" ? event.data.reason : null;
    const decision: DecisionRow = {
      ticket_id: event.ticketId,
      revision: event.revision,
      workspace_id: this.workspaceId,
      status,
      comments,
      decided_by: event.actor.id,
      decided_by_name: event.actor.name,
      decided_by_kind: event.actor.kind,
      decided_at: event.at,
      sequence: row.sequence,
      hash: row.hash,
      receipt:
        event.type === "DECIDED" ? this.options.signer.sign(receiptPayload(this.workspaceId, event)) : null,
    };
    this.rows.decision(decision);
    return decision;
  }

  #addReviewRows(event: PlacedEvent): void {
    if (event.type === "REVIEWED") {
      this.rows.review({
        ticketId: event.ticketId,
        sequence: event.sequence,
        workspaceId: this.workspaceId,
        revision: event.revision,
        reviewerId: event.actor.id,
        outcome: event.data.outcome,
        comments: event.data.comments,
        reviewedAt: event.at,
      });
    } else if (event.type === "RETRACTED") {
      this.rows.retraction(
        event.ticketId,
        event.data.reviewSequence,
        this.workspaceId,
        event.sequence,
        event.at,
      );
    } else if (event.type === "DECISION_READ") {
      this.rows.read(event.ticketId, event.actor.id, event.revision, event.data.status);
      this.facts.reads.add(readScope(event.ticketId, event.actor.id, event.revision, event.data.status));
    }
  }

  #addSnooze(event: PlacedEvent): void {
    if (event.type !== "SNOOZED" && event.type !== "UNSNOOZED") return;
    const asleep = event.type === "SNOOZED";
    const principalId = asleep ? event.actor.id : event.data.principalId;
    const until = asleep ? Date.parse(event.data.until) : null;
    const { ticketId, revision, sequence } = event;
    this.rows.snooze({ ticketId, principalId, workspaceId: this.workspaceId, revision, until, sequence });
    this.facts.snoozes.set(snoozeScope(ticketId, principalId), { revision, until });
  }

  #alreadyRead({ ticketId, actor, command }: TicketRequest): boolean {
    if (this.options.everyRead || command.kind !== "recordRead" || ticketId === undefined) return false;
    return this.facts.reads.has(readScope(ticketId, actor.id, command.revision, command.status));
  }

  #unchanged(ticket: StoredTicket | undefined): TicketOutcome {
    if (ticket === undefined) throw new Error("authorised without a ticket");
    const position = { sequence: this.#sequence, hash: this.#hash };
    return { ticket, events: [], proposal: null, settled: null, position, replayed: false };
  }

  #replay(earlier: KnownKey, contentHash: string): TicketOutcome {
    if (earlier.contentHash !== contentHash) {
      throw new DomainError(
        "IDEMPOTENCY_CONFLICT",
        "This idempotency key was used before with another content; use a new key for a new request.",
        { field: "idempotencyKey", ticketId: earlier.ticketId },
      );
    }
    const ticket = this.facts.tickets.get(earlier.ticketId);
    if (ticket === undefined)
      throw new Error(`the idempotency record names ${earlier.ticketId}, which is gone`);
    return {
      ticket,
      events: [],
      proposal: null,
      settled: earlier.settled,
      position: { sequence: earlier.sequence, hash: earlier.hash },
      replayed: true,
    };
  }

  #remember({ actor, idempotency }: TicketRequest, outcome: TicketOutcome): void {
    if (idempotency === undefined) return;
    const record = {
      contentHash: idempotency.contentHash,
      ticketId: outcome.ticket.state.id,
      sequence: outcome.position.sequence,
      hash: outcome.position.hash,
      settled: outcome.settled,
    };
    this.facts.keys.set(idempotencyScope(actor.id, idempotency), record);
    this.rows.idempotency({
      ...record,
      workspaceId: this.workspaceId,
      principalId: actor.id,
      mutation: idempotency.mutation,
      key: idempotency.key,
      settledRevision: outcome.settled?.revision ?? null,
      createdAt: this.#occurredAt,
    });
  }
}

/** A name for the record: nothing else of an actor goes into the ledger. */
function refOf({ id, name, kind }: PrincipalRef): PrincipalRef {
  return { id, name, kind };
}

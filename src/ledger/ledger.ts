import type { Actor, PrincipalRef } from "../domain/principal.js";
import type { TicketCommand } from "../domain/ticket-command.js";
import type { EventType } from "../domain/ticket-event.js";
import type { DecisionRow, EventRow, ProposalRow, StoredTicket } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";

/** Lets a caller say the same thing twice and have it done once. */
export interface Idempotency {
  /** The scope beside workspace and principal: the mutation's name. */
  readonly mutation: string;
  readonly key: string;
  /** SHA-256 (hex) over the canonical input without the key: the same key with another content is refused. */
  readonly contentHash: string;
}

/** A command on one ticket, by whom, as the credential says. */
export interface TicketRequest {
  readonly actor: Actor;
  /** Absent for a submission, whose ticket gets a new id. */
  readonly ticketId?: string;
  readonly command: TicketCommand;
  readonly idempotency?: Idempotency;
  /** What the actor proved to be by: held against the database in the same transaction, for it is known a moment too long. */
  readonly credential?: RequestCredential;
}

/** A credential that can end: a key's id, or a session's. */
export interface RequestCredential {
  readonly kind: "API_KEY" | "SESSION";
  readonly id: string;
}

/** What a committed command led to. */
export interface TicketOutcome {
  /** The ticket after the command (after the first run, where it is a replay: as it is now). */
  readonly ticket: StoredTicket;
  /** The events that the command led to, in order; empty where it changed nothing or is a replay. */
  readonly events: readonly EventRow[];
  /** The revision that the command made, where it made one. */
  readonly proposal: ProposalRow | null;
  /** The decision that the command settled; in a replay, the one that the first run settled. */
  readonly settled: DecisionRow | null;
  /** Position and hash of the command's first event: handing it out as a cursor misses nothing that came after. */
  readonly position: { readonly sequence: number; readonly hash: string };
  /** Whether an earlier command under the same idempotency key is answered. */
  readonly replayed: boolean;
}

/** Something about the workspace rather than a ticket (a key, a member, a setting), and the rows that go with it. */
export interface WorkspaceChange {
  readonly workspaceId: string;
  readonly actor: PrincipalRef;
  readonly events: readonly WorkspaceEvent[];
  /**
   * Writes the rows, in the transaction that commits the events, under the lock of the ledger's head: what it reads stays
   * so until the commit. Events that follow from that are returned, and come first. May run more than once; only the last counts.
   */
  readonly write?: (sql: Sql, at: number) => Promise<readonly WorkspaceEvent[] | undefined>;
}

/** An event that no command on a ticket leads to. */
export interface WorkspaceEvent {
  readonly type: EventType;
  /** What has been told to the outside is about a ticket all the same; it leaves the ticket as it was. */
  readonly about?: { readonly ticketId: string; readonly revision: number | null };
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The one way to change anything: the commit pipeline. What it acknowledges is durable, on the record, and seen by every
 * follower.
 */
export interface Ledger {
  /**
   * Runs a command and commits what it leads to.
   * @throws DomainError where the domain refuses it, or UNAVAILABLE where the database cannot take it; nothing changed
   */
  execute(request: TicketRequest): Promise<TicketOutcome>;
  /** Commits a change of the workspace together with its events, which it returns. */
  change(change: WorkspaceChange): Promise<readonly EventRow[]>;
  /** Called after each commit with the workspace and its new head: a wake-up, never the news itself. */
  onCommit(listener: (workspaceId: string, sequence: number) => void): void;
  /** Waits until everything accepted so far is answered; afterwards everything is refused with UNAVAILABLE. */
  close(): Promise<void>;
}

import type { Actor, PrincipalRef } from "../domain/principal.js";

/** Somebody who has a ticket open. */
export interface TicketViewerRef {
  readonly principal: PrincipalRef;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Who has a ticket open, at one moment. */
export interface SeenViewers {
  readonly ticketId: string;
  /** Each once, who came first before the others; of very many only the first. */
  readonly viewers: readonly TicketViewerRef[];
  /** How many there are, those included that are not listed. */
  readonly count: number;
}

/** Somebody's wish to have a ticket open; that they may see it and its viewers has been checked. */
export interface Watching {
  readonly actor: Actor;
  readonly ticketId: string;
}

/**
 * Who has which ticket open right now. It is about watching, not about the work: it is on nobody's record, and nothing
 * of it outlives the connections.
 */
export interface Presence {
  /**
   * The actor has the ticket open until the iterator ends. It says who has, at once, and again whenever that changes; who
   * is slow to pull misses what lay between, and gets the latest.
   * @throws DomainError RATE_LIMITED where the actor has too many tickets open, UNAVAILABLE where the server stops
   */
  watch(watching: Watching): AsyncIterableIterator<SeenViewers>;
}

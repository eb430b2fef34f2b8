import { setTimeout as pause } from "node:timers/promises";
import { badInput, notFound } from "../domain/domain-error.js";
import { type Actor, seesOwnOnly } from "../domain/principal.js";
import {
  EVENT_TYPES,
  type EventType,
  OWN_LIST_TYPES,
  SETTLING_TYPES,
  WATCHING_TYPES,
} from "../domain/ticket-event.js";
import { FINAL_STATUSES } from "../domain/ticket-state.js";
import type { Database } from "../persistence/database.js";
import type { DecisionRow } from "../persistence/rows.js";
import type { SqlValue } from "../persistence/sql.js";
import { findDecisions, findVisibleTicket, visibleTo } from "../persistence/ticket-queries.js";
import { type Cursor, cursorMatches, decodeCursor, invalidCursor } from "./cursor.js";
import { genesisHash } from "./event-body.js";
import { LedgerTail, type RoutedEvent, readHead, readRouted } from "./ledger-tail.js";
import type { Push, PushedChange, PushedDecision, PushInterest } from "./push.js";
import type { ReadRecorder } from "./read-recorder.js";
import { Router } from "./router.js";
import { type CatchUp, Subscriber } from "./subscriber.js";

/** What the hub is made of. */
export interface PushHubOptions {
  readonly database: Database;
  readonly reads: ReadRecorder;
  /** How often the heads of followed workspaces are looked at, milliseconds; a wake-up only makes it sooner. */
  readonly pollMs: number;
  /** Told of failed reads of the ledger; they are tried again with the next poll. */
  readonly onError: (error: unknown) => void;
}

const CHANGE_TYPES: ReadonlySet<EventType> = new Set(EVENT_TYPES.filter((type) => !WATCHING_TYPES.has(type)));
const SUBMITTERS_TYPES: ReadonlySet<EventType> = new Set(
  [...CHANGE_TYPES].filter((type) => !OWN_LIST_TYPES.has(type)),
);

/** One followed workspace. */
interface Followed {
  readonly tail: LedgerTail;
  readonly router: Router;
  readonly ready: Promise<void>;
}

/**
 * Serves this process's subscriptions from the ledgers of their workspaces: one tail per workspace that somebody
 * follows, a router from event to subscribers, and one poll for all of them.
 */
export class PushHub implements Push {
  readonly #followed = new Map<string, Followed>();
  readonly #poll: NodeJS.Timeout;
  #polling = false;
  #closed = false;

  constructor(private readonly options: PushHubOptions) {
    this.#poll = setInterval(() => void this.#lookAtHeads(), options.pollMs);
    this.#poll.unref();
  }

  /** How many subscriptions are open. */
  get size(): number {
    let count = 0;
    for (const { router } of this.#followed.values()) count += router.size;
    return count;
  }

  /** Says that a workspace's ledger has grown; see {@link LedgerTail.wake}. */
  wake(workspaceId: string, sequence: number): void {
    this.#followed.get(workspaceId)?.tail.wake(sequence);
  }

  async decided(interest: PushInterest): Promise<AsyncIterableIterator<PushedDecision>> {
    const subscriber = await this.#subscribe(interest, SETTLING_TYPES);
    try {
      return this.#decisions(interest, subscriber, await this.#settledAlready(interest, subscriber));
    } catch (error) {
      subscriber.close();
      throw error;
    }
  }

  async changed(interest: PushInterest): Promise<AsyncIterableIterator<PushedChange>> {
    const types = seesOwnOnly(interest.actor) ? SUBMITTERS_TYPES : CHANGE_TYPES;
    const subscriber = await this.#subscribe(interest, types);
    return iterate(subscriber, async () => {
      const event = await subscriber.next();
      return event === undefined ? undefined : { value: { ticketId: event.ticket_id, event }, last: false };
    });
  }

  /** Ends every subscription and stops looking. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#poll);
    for (const { router } of [...this.#followed.values()]) router.closeAll();
  }

  #decisions(
    { actor, ticketId }: PushInterest,
    subscriber: Subscriber,
    settled: DecisionRow | undefined,
  ): AsyncIterableIterator<PushedDecision> {
    let first = settled;
    return iterate(subscriber, async () => {
      const decision = first ?? (await this.#nextDecision(subscriber));
      first = undefined;
      if (decision === undefined) return undefined;
      const seen = { ticketId: decision.ticket_id, revision: decision.revision, status: decision.status };
      await this.options.reads.record(actor, seen, "SUBSCRIPTION");
      // Nothing can follow a final decision on the one ticket that was asked for.
      const last = ticketId !== null && FINAL_STATUSES.has(decision.status);
      return { value: { ticketId: decision.ticket_id, decision }, last };
    });
  }

  async #nextDecision(subscriber: Subscriber): Promise<DecisionRow | undefined> {
    const event = await subscriber.next();
    if (event === undefined) return undefined;
    const [decision] = await findDecisions(this.options.database.read, [
      { ticketId: event.ticket_id, revision: event.revision },
    ]);
    if (decision === undefined) throw new Error(`event ${event.sequence} settled nothing`);
    return decision;
  }

  async #subscribe(interest: PushInterest, types: ReadonlySet<EventType>): Promise<Subscriber> {
    const { actor, ticketId, queue } = interest;
    await this.#checkInterest(interest);
    const after =
      interest.after === null ? null : await this.#checkCursor(actor, decodeCursor(interest.after));
    let followed = await this.#follow(actor.workspaceId);
    // Where the last subscriber left in the meantime, this one would join something that nobody feeds any more.
    while (this.#followed.get(actor.workspaceId) !== followed)
      followed = await this.#follow(actor.workspaceId);
    const joined = followed;
    const live = followed.tail.position;
    const subscriber = new Subscriber(
      {
        actor,
        types,
        ticketId,
        queue,
        catchUp: this.#catchUp(interest, types),
        onClose: (closed) => this.#leave(actor.workspaceId, joined, closed),
      },
      after ?? live,
      live,
    );
    followed.router.add(subscriber);
    return subscriber;
  }

  async #checkInterest({ actor, ticketId, queue }: PushInterest): Promise<void> {
    if (ticketId !== null) {
      const ticket = await findVisibleTicket(this.options.database.read, actor, ticketId);
      if (ticket === undefined) throw notFound("ticket");
    }
    if (queue !== null) {
      const rows = await this.options.database.read.query(
        "SELECT name FROM queue WHERE workspace_id = ? AND name = ?",
        [actor.workspaceId, queue],
      );
      if (rows.length === 0) throw badInput("queue", `There is no queue "${queue.slice(0, 100)}".`);
    }
  }

  /** @throws DomainError CURSOR_INVALID where the cursor is of another or of a restored ledger */
  async #checkCursor({ workspaceId }: Actor, cursor: Cursor): Promise<number> {
    if (cursor.sequence === 0) {
      if (!cursorMatches(cursor, genesisHash(workspaceId))) throw invalidCursor("it is of another ledger");
      return 0;
    }
    const hash = await this.#hashAt(workspaceId, cursor.sequence);
    if (hash === undefined) throw invalidCursor("the ledger does not reach that far");
    if (!cursorMatches(cursor, hash)) throw invalidCursor("it is of another or of a restored ledger");
    return cursor.sequence;
  }

  /** On a cluster, another node's commit may not have arrived here yet: it is given a moment before it is called missing. */
  async #hashAt(workspaceId: string, sequence: number): Promise<string | undefined> {
    const tries = this.options.database.dialect.shared ? CAUSALITY_TRIES : 1;
    for (let attempt = 1; ; attempt += 1) {
      const [row] = await this.options.database.read.query<{ hash: string }>(
        "SELECT hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
        [workspaceId, sequence],
      );
      if (row !== undefined || attempt >= tries) return row?.hash;
      await pause(CAUSALITY_PAUSE_MS);
    }
  }

  /** With a ticket and no cursor, what is settled already comes first. */
  async #settledAlready(interest: PushInterest, subscriber: Subscriber): Promise<DecisionRow | undefined> {
    if (interest.ticketId === null || interest.after !== null) return undefined;
    const ticket = await findVisibleTicket(this.options.database.read, interest.actor, interest.ticketId);
    if (ticket === undefined) throw notFound("ticket");
    const elsewhere = interest.queue !== null && interest.queue !== ticket.state.queue;
    if (ticket.decision === null || elsewhere) return undefined;
    subscriber.skipTo(ticket.decision.sequence);
    return ticket.decision;
  }

  #catchUp({ actor, ticketId, queue }: PushInterest, types: ReadonlySet<EventType>): CatchUp {
    const visible = visibleTo(actor);
    const conditions = [visible.text];
    const values: SqlValue[] = [...visible.values];
    if (ticketId !== null) {
      conditions.push("e.ticket_id = ?");
      values.push(ticketId);
    }
    if (queue !== null) {
      conditions.push("t.queue = ?");
      values.push(queue);
    }
    const narrow = ticketId === null && seesOwnOnly(actor) ? { ofSubmitter: actor.id } : {};
    const where = { text: conditions.join(" AND "), values };
    return (after, upTo, limit) =>
      readRouted(this.options.database.read, {
        ...narrow,
        workspaceId: actor.workspaceId,
        after,
        upTo,
        types: [...types],
        where,
        limit,
      });
  }

  async #follow(workspaceId: string): Promise<Followed> {
    let followed = this.#followed.get(workspaceId);
    if (followed === undefined) {
      const router = new Router();
      const deliver = (events: readonly RoutedEvent[]): void => {
        for (const event of events) router.route(event);
      };
      const tail = new LedgerTail(this.options.database, workspaceId, deliver, this.options.onError);
      followed = { tail, router, ready: tail.start() };
      this.#followed.set(workspaceId, followed);
    }
    try {
      await followed.ready;
    } catch (error) {
      this.#followed.delete(workspaceId);
      throw error;
    }
    if (this.#closed) throw new Error("the push hub is closed");
    return followed;
  }

  #leave(workspaceId: string, followed: Followed, subscriber: Subscriber): void {
    followed.router.remove(subscriber);
    if (followed.router.size > 0 || this.#followed.get(workspaceId) !== followed) return;
    followed.tail.close();
    this.#followed.delete(workspaceId);
  }

  async #lookAtHeads(): Promise<void> {
    if (this.#polling || this.#followed.size === 0) return;
    this.#polling = true;
    try {
      for (const workspaceId of [...this.#followed.keys()]) {
        const { sequence } = await readHead(this.options.database.read, workspaceId);
        this.wake(workspaceId, sequence);
      }
    } catch (error) {
      this.options.onError(error);
    } finally {
      this.#polling = false;
    }
  }
}

const CAUSALITY_TRIES = 10;
const CAUSALITY_PAUSE_MS = 100;

/** An async iterator over a subscriber that ends with it, and it with the iterator. */
function iterate<Value>(
  subscriber: Subscriber,
  pull: () => Promise<{ readonly value: Value; readonly last: boolean } | undefined>,
): AsyncIterableIterator<Value> {
  let ended = false;
  const end = (): IteratorResult<Value> => {
    ended = true;
    subscriber.close();
    return { value: undefined, done: true };
  };
  return {
    next: async () => {
      if (ended) return end();
      try {
        const pulled = await pull();
        if (pulled === undefined) return end();
        ended = pulled.last;
        if (ended) subscriber.close();
        return { value: pulled.value, done: false };
      } catch (error) {
        end();
        throw error;
      }
    },
    return: async () => end(),
    throw: async (error) => {
      end();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

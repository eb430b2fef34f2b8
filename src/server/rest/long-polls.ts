import type { FastifyReply } from "fastify";
import { DomainError } from "../../domain/domain-error.js";
import type { Actor } from "../../domain/principal.js";
import { SETTLING_TYPES } from "../../domain/ticket-event.js";
import type { Credential } from "../../identity/credential.js";
import type { Push } from "../../ledger/push.js";
import type { OpenStream, OpenStreams } from "../open-streams.js";
import type { StreamPlaces } from "../stream-places.js";

/** How long-running requests wait. */
export interface LongPollsOptions {
  readonly push: Push;
  readonly streams: OpenStreams;
  readonly places: StreamPlaces;
  readonly stillValid: (credentials: Iterable<Credential>) => Promise<ReadonlySet<Credential>>;
}

/** One request that waits. */
export interface LongPoll {
  readonly actor: Actor;
  readonly credential: Credential;
  readonly ticketId: string;
  readonly seconds: number;
  readonly address: string;
  readonly reply: FastifyReply;
  /** Looks afresh. */
  readonly isPending: () => Promise<boolean>;
}

/** What ended a wait. `GONE`: there is nobody left to answer. */
type End = "SETTLED" | "TIME" | "GONE" | "CREDENTIAL" | "SHUTDOWN";

/** How often those are looked for whose time is up: one timer for all of them. */
const SWEEP_MS = 200;
/** Beyond the wait, until the connection counts as dead. */
const GRACE_MS = 30_000;

/**
 * Requests that wait for a ticket to be settled. Each takes the place of an event stream and a subscriber's memory, and no
 * timer or query of its own; it is a lease, as streams are.
 */
export class LongPolls {
  readonly #waits = new Set<Wait>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly options: LongPollsOptions) {}

  /** How many wait. */
  get size(): number {
    return this.#waits.size;
  }

  /**
   * Resolves once the ticket is not pending, the time is up or the server stops: then it is answered as it stands; false
   * where the client is gone.
   * @throws DomainError UNAUTHENTICATED where the credential has ended, RATE_LIMITED where too many wait, NOT_FOUND
   */
  async wait(poll: LongPoll): Promise<boolean> {
    if (this.#closed || !(await poll.isPending())) return true;
    const place = this.options.places.take(poll.address);
    try {
      place.authenticated(poll.actor.id);
      const end = await this.#until(poll);
      if (end === "CREDENTIAL" || (end === "SETTLED" && !(await this.#holds(poll.credential)))) {
        throw new DomainError("UNAUTHENTICATED", "This credential has ended.");
      }
      return end !== "GONE";
    } finally {
      place.leave();
    }
  }

  /** Has every request answered as its ticket stands, and lets none wait any more. */
  close(): void {
    this.#closed = true;
    for (const wait of [...this.#waits]) wait.finish("SHUTDOWN");
  }

  async #until(poll: LongPoll): Promise<End> {
    const { actor, ticketId, reply, seconds } = poll;
    // It stays silent for longer than a connection otherwise may; Node sets that right with the connection's next request.
    reply.raw.socket?.setTimeout(seconds * 1_000 + GRACE_MS);
    const events = await this.options.push.changed({ actor, ticketId, queue: null, after: null });
    const wait = new Wait(poll.credential, performance.now() + seconds * 1_000, () => void events.return?.());
    const gone = (): void => wait.finish("GONE");
    reply.raw.once("close", gone);
    if (reply.raw.destroyed) gone();
    if (this.#closed) wait.finish("SHUTDOWN");
    this.#enter(wait);
    try {
      // Asked once the subscription stands: what was settled before it began is no event of it.
      while (await poll.isPending()) {
        if (!(await nextSettlement(events))) return wait.ended ?? "SHUTDOWN";
      }
      return wait.ended === "GONE" ? "GONE" : "SETTLED";
    } finally {
      reply.raw.off("close", gone);
      this.#leave(wait);
      void events.return?.();
    }
  }

  async #holds(credential: Credential): Promise<boolean> {
    return (await this.options.stillValid([credential])).has(credential);
  }

  #enter(wait: Wait): void {
    this.#waits.add(wait);
    this.options.streams.add(wait);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  #leave(wait: Wait): void {
    this.#waits.delete(wait);
    this.options.streams.remove(wait);
    if (this.#waits.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const now = performance.now();
    for (const wait of [...this.#waits]) if (wait.deadline <= now) wait.finish("TIME");
  }
}

/** One wait as something that is open: it ends with the credential. Nothing is written before its end. */
class Wait implements OpenStream {
  readonly stalledSince = undefined;
  readonly pendingBytes = 0;
  #ended: End | undefined;

  constructor(
    readonly credential: Credential,
    /** By the clock that nobody sets: `performance.now()`. */
    readonly deadline: number,
    private readonly stop: () => void,
  ) {}

  /** Why it has ended; the first reason counts. */
  get ended(): End | undefined {
    return this.#ended;
  }

  finish(end: End): void {
    if (this.#ended !== undefined) return;
    this.#ended = end;
    this.stop();
  }

  end(): void {
    this.finish("CREDENTIAL");
  }

  ping(): boolean {
    return true;
  }
}

/** Waits for an event that settles the ticket; false where the subscription has ended before. */
async function nextSettlement(events: Awaited<ReturnType<Push["changed"]>>): Promise<boolean> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) return false;
    if (SETTLING_TYPES.has(value.event.type)) return true;
  }
}

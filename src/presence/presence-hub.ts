import { DomainError } from "../domain/domain-error.js";
import type { Database } from "../persistence/database.js";
import { OpenTicket } from "./open-ticket.js";
import type { Presence, SeenViewers, Watching } from "./presence.js";
import { BELIEVED_MS, SharedViewers } from "./shared-viewers.js";
import { Watch } from "./watch.js";

/** What the hub is made of. */
export interface PresenceHubOptions {
  readonly database: Database;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of a database that could not be asked or written to; it is tried again, ever less often. */
  readonly onError: (error: unknown) => void;
}

/** Milliseconds between two turns: of messages about one ticket, and of writes. */
const TURN_MS = 300;
/** Milliseconds between two looks at what the other servers say. */
const LOOK_MS = 1_000;
/** The longest pause after the database could not be reached, milliseconds. */
const MAX_PAUSE_MS = 30_000;
/** Tickets that one person may have open on a server: far more than anybody looks at. */
export const TICKETS_OPEN_PER_PERSON = 100;

/**
 * Who has which ticket open, on this server and the others over its database. One timer turns for all of it, and only while
 * somebody has a ticket open; agents that wait cost it nothing.
 */
export class PresenceHub implements Presence {
  readonly #open = new Map<string, OpenTicket>();
  readonly #unpublished = new Set<OpenTicket>();
  /** How many tickets each person has open here. */
  readonly #people = new Map<string, number>();
  readonly #shared: SharedViewers;
  #timer: NodeJS.Timeout | undefined;
  #turning: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #pausedUntil = 0;
  #closed = false;

  constructor(private readonly options: PresenceHubOptions) {
    this.#shared = new SharedViewers(options.database, options.now);
  }

  /** How many tickets are open here. */
  get size(): number {
    return this.#open.size;
  }

  watch(watching: Watching): AsyncIterableIterator<SeenViewers> {
    if (this.#closed) throw new DomainError("UNAVAILABLE", "This server is stopping.", { retryAfter: 1 });
    const ticket = this.#enter(watching);
    const watch = new Watch(ticket, () => this.#leave(ticket, watch, watching.actor.id));
    ticket.watches.add(watch);
    this.#timer ??= setInterval(() => this.#turn(), TURN_MS).unref();
    return watch;
  }

  /** Ends every watch, and tells the other servers so where the database can be reached. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { watches } of [...this.#open.values()]) for (const watch of [...watches]) watch.close();
    await this.#turning;
    await this.#shared.withdraw().catch(this.options.onError);
  }

  #enter({ actor, ticketId }: Watching): OpenTicket {
    const now = this.options.now();
    const ticket = this.#open.get(ticketId) ?? new OpenTicket(ticketId);
    const tickets = this.#people.get(actor.id) ?? 0;
    if (tickets >= TICKETS_OPEN_PER_PERSON && !ticket.has(actor.id)) throw tooMany();
    if (!this.#open.has(ticketId)) {
      this.#open.set(ticketId, ticket);
      ticket.ready = this.#askOthers(ticket);
    }
    if (!ticket.enter(actor, now)) return ticket;
    this.#people.set(actor.id, tickets + 1);
    this.#shared.add({
      ticket_id: ticketId,
      principal_id: actor.id,
      workspace_id: actor.workspaceId,
      since: now,
    });
    this.#tell(ticket);
    return ticket;
  }

  #leave(ticket: OpenTicket, watch: Watch, principalId: string): void {
    ticket.watches.delete(watch);
    if (ticket.leave(principalId)) {
      const tickets = (this.#people.get(principalId) ?? 1) - 1;
      if (tickets > 0) this.#people.set(principalId, tickets);
      else this.#people.delete(principalId);
      this.#shared.remove({ ticket_id: ticket.ticketId, principal_id: principalId });
      this.#tell(ticket);
    }
    if (ticket.watches.size > 0) return;
    this.#open.delete(ticket.ticketId);
    this.#unpublished.delete(ticket);
  }

  /** Tells those who have it open at once, or with the next turn where they have just been told: a flood is few messages. */
  #tell(ticket: OpenTicket): void {
    const now = this.options.now();
    if (now - ticket.publishedAt >= TURN_MS) ticket.publish(now);
    else this.#unpublished.add(ticket);
  }

  async #askOthers(ticket: OpenTicket): Promise<void> {
    try {
      const found = await this.#shared.elsewhere([ticket.ticketId]);
      ticket.seenElsewhere(found.get(ticket.ticketId) ?? []);
    } catch (error) {
      this.options.onError(error);
    }
  }

  #turn(): void {
    const now = this.options.now();
    for (const ticket of this.#unpublished) ticket.publish(now);
    this.#unpublished.clear();
    if (this.#turning !== undefined || now < this.#pausedUntil) return;
    this.#turning = this.#share(now).finally(() => {
      this.#turning = undefined;
    });
  }

  async #share(now: number): Promise<void> {
    try {
      await this.#shared.write();
      if (this.#open.size > 0 && now - this.#lookedAt >= LOOK_MS) await this.#look(now);
      this.#failures = 0;
      if (this.#open.size === 0 && this.#shared.isIdle) this.#rest();
    } catch (error) {
      this.#failures += 1;
      this.#pausedUntil = now + Math.min(MAX_PAUSE_MS, LOOK_MS * 2 ** (this.#failures - 1));
      this.options.onError(error);
      // What nobody has confirmed for so long is not claimed any more.
      if (now - this.#lookedAt >= BELIEVED_MS) this.#hear(new Map(), [...this.#open.values()]);
    }
  }

  async #look(now: number): Promise<void> {
    const asked = [...this.#open.values()];
    const found = await this.#shared.elsewhere(asked.map(({ ticketId }) => ticketId));
    this.#lookedAt = now;
    this.#hear(found, asked);
    await this.#shared.sweep();
  }

  #hear(found: ReadonlyMap<string, Parameters<OpenTicket["seenElsewhere"]>[0]>, asked: OpenTicket[]): void {
    for (const ticket of asked) {
      if (ticket.seenElsewhere(found.get(ticket.ticketId) ?? []) && ticket.watches.size > 0)
        this.#tell(ticket);
    }
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function tooMany(): DomainError {
  return new DomainError(
    "RATE_LIMITED",
    `You have ${TICKETS_OPEN_PER_PERSON} tickets open already: close some.`,
    { limit: "ticketsOpenPerPerson", maximum: TICKETS_OPEN_PER_PERSON },
  );
}

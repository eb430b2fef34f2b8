import type { Actor } from "../domain/principal.js";
import { maySee } from "../domain/principal.js";
import type { EventType } from "../domain/ticket-event.js";
import type { RoutedEvent } from "./ledger-tail.js";

/** Live events that a subscriber holds before it lets go of them and reads them from the ledger instead. */
const BUFFER_LIMIT = 16;
/** Events that it reads from the ledger at a time. */
const PAGE = 50;

/** Reads what a subscriber is interested in from the ledger, after one position and up to another. */
export type CatchUp = (after: number, upTo: number, limit: number) => Promise<RoutedEvent[]>;

/** What a subscriber wants, and where it starts. */
export interface SubscriberOptions {
  readonly actor: Actor;
  readonly types: ReadonlySet<EventType>;
  readonly ticketId: string | null;
  readonly queue: string | null;
  readonly catchUp: CatchUp;
  readonly onClose: (subscriber: Subscriber) => void;
}

/**
 * One subscriber's way through the ledger: first from its cursor to where the live stream stood when it came, then live.
 * It is pulled; what arrives while nobody pulls waits in a short buffer, and past that is read from the ledger when
 * it is asked for. Waiting costs the memory of this object and nothing else.
 *
 * Invariant: every event of interest after `#read` is either in the buffer, or at or before `#live`, from where
 * {@link SubscriberOptions.catchUp} gets it.
 */
export class Subscriber {
  #read: number;
  #live: number;
  #page: RoutedEvent[] | undefined;
  #buffer: RoutedEvent[] | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  /**
   * @param after the position after which it wants everything
   * @param live the live stream's position: later events will be offered
   */
  constructor(
    readonly options: SubscriberOptions,
    after: number,
    live: number,
  ) {
    this.#read = after;
    this.#live = live;
  }

  /** Counts everything up to there as given out. */
  skipTo(sequence: number): void {
    this.#read = Math.max(this.#read, sequence);
  }

  wants(event: RoutedEvent): boolean {
    const { actor, types, ticketId, queue } = this.options;
    return (
      types.has(event.type) &&
      (ticketId === null || event.ticket_id === ticketId) &&
      (queue === null || event.queue === queue) &&
      maySee(actor, { queue: event.queue, submittedBy: event.submitted_by })
    );
  }

  /** Takes note of a live event. */
  offer(event: RoutedEvent): void {
    if (this.#closed || !this.wants(event)) return;
    this.#buffer ??= [];
    if (this.#buffer.length >= BUFFER_LIMIT) {
      this.#buffer = undefined;
      this.#live = event.sequence;
    } else {
      this.#buffer.push(event);
    }
    this.#wake?.();
  }

  /** The next event of interest; undefined once it is closed. */
  async next(): Promise<RoutedEvent | undefined> {
    while (!this.#closed) {
      const paged = this.#page?.shift();
      if (paged !== undefined) {
        this.skipTo(paged.sequence);
        return paged;
      }
      if (this.#read < this.#live) {
        await this.#catchUp();
        continue;
      }
      const live = this.#buffer?.shift();
      if (live === undefined) {
        await this.#sleep();
      } else if (live.sequence > this.#read) {
        this.#read = live.sequence;
        return live;
      }
    }
    return undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#page = undefined;
    this.#buffer = undefined;
    this.options.onClose(this);
    this.#wake?.();
  }

  async #catchUp(): Promise<void> {
    const upTo = this.#live;
    const page = await this.options.catchUp(this.#read, upTo, PAGE);
    // A page that is not full is the last one; after a full one, its own events move the position on.
    if (page.length < PAGE) this.#read = upTo;
    if (!this.#closed) this.#page = page;
  }

  #sleep(): Promise<void> {
    this.#page = undefined;
    this.#buffer = undefined;
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

import type { Known, OpenTicket } from "./open-ticket.js";
import type { SeenViewers } from "./presence.js";

/** One window on a ticket. It is pulled, and holds nothing back for whoever is slow: only the latest counts. */
export class Watch implements AsyncIterableIterator<SeenViewers> {
  #told: Known | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(
    private readonly ticket: OpenTicket,
    private readonly onClose: () => void,
  ) {}

  async next(): Promise<IteratorResult<SeenViewers>> {
    if (this.#told === undefined) await this.ticket.ready;
    while (!this.#closed) {
      // The first message has the viewer in it, whether or not the others have been told already.
      const known = this.#told === undefined ? this.ticket.current() : this.ticket.published;
      if (
        this.#told === undefined ||
        (known.version > this.#told.version && known.text !== this.#told.text)
      ) {
        this.#told = known;
        return { value: known.seen, done: false };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { value: undefined, done: true };
  }

  /** Says that the ticket has something new to tell. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** The window is closed; any number of times. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onClose();
    this.wake();
  }

  async return(): Promise<IteratorResult<SeenViewers>> {
    this.close();
    return { value: undefined, done: true };
  }

  async throw(error?: unknown): Promise<IteratorResult<SeenViewers>> {
    this.close();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

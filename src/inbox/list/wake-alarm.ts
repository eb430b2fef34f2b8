/** A timer cannot be set farther than that. */
const FARTHEST_MS = 2 ** 31 - 1;

/** Tells when tickets that were put aside are due to come back: no event does. */
export class WakeAlarm {
  readonly #due = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param ring gets the tickets whose time has come; they are no longer known then */
  constructor(private readonly ring: (ticketIds: readonly string[]) => void) {}

  has(ticketId: string): boolean {
    return this.#due.has(ticketId);
  }

  /** @param at milliseconds since the epoch; null where it does not sleep */
  set(ticketId: string, at: number | null): void {
    if (at === null) this.#due.delete(ticketId);
    else this.#due.set(ticketId, at);
    this.#wind();
  }

  /** Forgets all others. */
  replace(due: readonly (readonly [ticketId: string, at: number])[]): void {
    this.#due.clear();
    for (const [ticketId, at] of due) this.#due.set(ticketId, at);
    this.#wind();
  }

  #wind(): void {
    clearTimeout(this.#timer);
    if (this.#due.size === 0) return;
    const left = Math.min(...this.#due.values()) - Date.now();
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(left + 1, 0), FARTHEST_MS));
  }

  #look(): void {
    const now = Date.now();
    const come = [...this.#due].flatMap(([ticketId, at]) => (at <= now ? [ticketId] : []));
    for (const ticketId of come) this.#due.delete(ticketId);
    this.#wind();
    if (come.length > 0) this.ring(come);
  }
}

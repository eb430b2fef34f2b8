import { seesOwnOnly } from "../domain/principal.js";
import type { RoutedEvent } from "./ledger-tail.js";
import type { Subscriber } from "./subscriber.js";

/**
 * Who in this process waits for what in one workspace. Each subscriber stands in exactly one place, the narrowest that
 * fits it, so that an event is offered to those it concerns and costs nothing for the others.
 */
export class Router {
  readonly #byTicket = new Map<string, Set<Subscriber>>();
  readonly #bySubmitter = new Map<string, Set<Subscriber>>();
  readonly #byQueue = new Map<string, Set<Subscriber>>();
  readonly #others = new Set<Subscriber>();
  #count = 0;

  /** How many subscribers there are. */
  get size(): number {
    return this.#count;
  }

  add(subscriber: Subscriber): void {
    this.#count += 1;
    const [map, key] = this.#place(subscriber);
    if (map === undefined) {
      this.#others.add(subscriber);
      return;
    }
    const set = map.get(key);
    if (set === undefined) map.set(key, new Set([subscriber]));
    else set.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    const [map, key] = this.#place(subscriber);
    const set = map === undefined ? this.#others : map.get(key);
    if (set?.delete(subscriber) !== true) return;
    this.#count -= 1;
    if (map !== undefined && set.size === 0) map.delete(key);
  }

  /** Offers the event to everybody it may concern; each looks for itself whether it does. */
  route(event: RoutedEvent): void {
    const places = [
      this.#byTicket.get(event.ticket_id),
      this.#bySubmitter.get(event.submitted_by),
      this.#byQueue.get(event.queue),
      this.#others,
    ];
    for (const place of places) {
      if (place !== undefined) for (const subscriber of place) subscriber.offer(event);
    }
  }

  closeAll(): void {
    const places = [this.#byTicket, this.#bySubmitter, this.#byQueue].flatMap((map) => [...map.values()]);
    for (const place of [...places, this.#others]) for (const subscriber of [...place]) subscriber.close();
  }

  #place({ options }: Subscriber): readonly [Map<string, Set<Subscriber>> | undefined, string] {
    if (options.ticketId !== null) return [this.#byTicket, options.ticketId];
    if (seesOwnOnly(options.actor)) return [this.#bySubmitter, options.actor.id];
    if (options.queue !== null) return [this.#byQueue, options.queue];
    return [undefined, ""];
  }
}

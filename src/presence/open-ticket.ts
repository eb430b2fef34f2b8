import type { Actor, PrincipalRef } from "../domain/principal.js";
import type { SeenViewers, TicketViewerRef } from "./presence.js";
import type { Watch } from "./watch.js";

/** Viewers that a message lists at most. */
export const LISTED_VIEWERS = 100;

/** Who has the ticket open, as of one version of it. */
export interface Known {
  readonly version: number;
  readonly seen: SeenViewers;
  /** Equal where two versions say the same. */
  readonly text: string;
}

interface Here extends TicketViewerRef {
  /** Tabs, sockets: a person is one viewer with any number of them. */
  windows: number;
}

/** One ticket that somebody has open on this server. */
export class OpenTicket {
  readonly watches = new Set<Watch>();
  /** Resolves when the other servers have been asked about it for the first time; never rejects. */
  ready: Promise<void> = Promise.resolve();
  readonly #here = new Map<string, Here>();
  #elsewhere: readonly TicketViewerRef[] = [];
  #elsewhereText = "";
  #version = 0;
  #known: Known | undefined;
  #published: Known;
  #publishedAt = Number.NEGATIVE_INFINITY;

  constructor(readonly ticketId: string) {
    this.#published = this.current();
  }

  /** What everybody who has it open is told: not always the latest, so that coming and going in a flood is one message. */
  get published(): Known {
    return this.#published;
  }

  /** When {@link publish} was called last, milliseconds since the epoch. */
  get publishedAt(): number {
    return this.#publishedAt;
  }

  /** Whether that person has it open here. */
  has(principalId: string): boolean {
    return this.#here.has(principalId);
  }

  /** @returns whether this is the person's first window on it */
  enter({ id, name, kind }: Actor, now: number): boolean {
    const here = this.#here.get(id);
    if (here !== undefined) {
      here.windows += 1;
      return false;
    }
    const principal: PrincipalRef = { id, name, kind };
    this.#here.set(id, { principal, since: now, windows: 1 });
    this.#version += 1;
    return true;
  }

  /** @returns whether this was the person's last window on it */
  leave(principalId: string): boolean {
    const here = this.#here.get(principalId);
    if (here === undefined) return false;
    here.windows -= 1;
    if (here.windows > 0) return false;
    this.#here.delete(principalId);
    this.#version += 1;
    return true;
  }

  /** @returns whether that is news */
  seenElsewhere(viewers: readonly TicketViewerRef[]): boolean {
    const text = textOf(viewers);
    if (text === this.#elsewhereText) return false;
    this.#elsewhereText = text;
    this.#elsewhere = viewers;
    this.#version += 1;
    return true;
  }

  /** Everything that is known now. */
  current(): Known {
    if (this.#known?.version === this.#version) return this.#known;
    const { ticketId } = this;
    const viewers = merged([...this.#here.values(), ...this.#elsewhere]);
    const listed = viewers.slice(0, LISTED_VIEWERS);
    const seen = { ticketId, viewers: listed, count: viewers.length };
    this.#known = { version: this.#version, seen, text: textOf(viewers) };
    return this.#known;
  }

  /** Tells everybody who has it open. */
  publish(now: number): void {
    this.#published = this.current();
    this.#publishedAt = now;
    for (const watch of this.watches) watch.wake();
  }
}

/** Each person once, since the earliest of their windows; who came first before the others. */
function merged(all: readonly TicketViewerRef[]): TicketViewerRef[] {
  const people = new Map<string, TicketViewerRef>();
  for (const { principal, since } of all) {
    const known = people.get(principal.id);
    if (known === undefined || since < known.since) people.set(principal.id, { principal, since });
  }
  return [...people.values()].sort(
    (one, other) => one.since - other.since || (one.principal.id < other.principal.id ? -1 : 1),
  );
}

function textOf(viewers: readonly TicketViewerRef[]): string {
  return JSON.stringify(viewers.map(({ principal: { id, name }, since }) => [id, name, since]));
}

import { LRUCache } from "lru-cache";
import type { ChannelName, DeliveryRow } from "../persistence/delivery-queries.js";
import type { Attempt } from "./attempt.js";

/** How much is under way at the same time. */
const LIMITS = {
  /** Of each channel; a channel that hangs leaves the others theirs. */
  channel: { WEBHOOK: 128, SLACK: 16, CALLBACK: 64, MAIL: 8, CORE: 4 } satisfies Record<ChannelName, number>,
  /** Of a channel's places, the share for what failed the last time: however many hang, most places are free of them. */
  failingShare: 0.25,
  /** Of one target; an agent's callbacks, which may go to many hosts, are one. */
  target: { WEBHOOK: 4, SLACK: 4, CALLBACK: 16, MAIL: 4, CORE: 4 } satisfies Record<ChannelName, number>,
} as const;

/** Targets that are remembered as failing, and that are named to the database as busy. */
const FAILING_KEPT = 5_000;
const BUSY_NAMED = 500;

/** What says where a delivery goes. */
export type Placed = Pick<DeliveryRow, "channel" | "target" | "url">;

/** What came of asking for a place: `BUSY` ends with what is under way, `FAILING` takes patience. */
export type Place = "TAKEN" | "BUSY" | "FAILING";

/** Who may send how much at the same time. */
export class SendingPlaces {
  readonly #ofChannel = new Map<ChannelName, { all: number; failing: number }>();
  readonly #ofTarget = new Map<string, { readonly channel: ChannelName; count: number }>();
  /** How often each has failed in a row. */
  readonly #failures = new LRUCache<string, number>({ max: FAILING_KEPT });
  /** Those of them that are being tried: one at a time, which is seen soon enough when it is back. */
  readonly #trying = new Set<string>();

  /** Whether a channel takes nothing more for now. */
  full(channel: ChannelName): boolean {
    return this.#channel(channel).all >= LIMITS.channel[channel];
  }

  /** How often a place has failed since it last took something. */
  failuresOf(row: Placed): number {
    return this.#failures.get(placeOf(row)) ?? 0;
  }

  take(row: Placed): Place {
    const channel = this.#channel(row.channel);
    const target = this.#ofTarget.get(row.target) ?? { channel: row.channel, count: 0 };
    if (this.full(row.channel) || target.count >= LIMITS.target[row.channel]) return "BUSY";
    const place = placeOf(row);
    if (this.#failures.has(place)) {
      const share = Math.ceil(LIMITS.channel[row.channel] * LIMITS.failingShare);
      if (this.#trying.has(place) || channel.failing >= share) return "FAILING";
      this.#trying.add(place);
      channel.failing += 1;
    }
    channel.all += 1;
    target.count += 1;
    this.#ofTarget.set(row.target, target);
    return "TAKEN";
  }

  /** Gives a place back, and remembers how it went. */
  free(row: Placed, { outcome }: Pick<Attempt, "outcome">): void {
    const channel = this.#channel(row.channel);
    channel.all -= 1;
    const place = placeOf(row);
    if (this.#trying.delete(place)) channel.failing -= 1;
    const target = this.#ofTarget.get(row.target);
    if (target !== undefined) target.count -= 1;
    if (target?.count === 0) this.#ofTarget.delete(row.target);
    if (outcome === "RETRY") this.#failures.set(place, this.failuresOf(row) + 1);
    else this.#failures.delete(place);
  }

  /** Targets that take nothing more for now; not all of them where they are many. */
  busyTargets(): string[] {
    const busy: string[] = [];
    for (const [target, { channel, count }] of this.#ofTarget) {
      if (count >= LIMITS.target[channel]) busy.push(target);
      if (busy.length >= BUSY_NAMED) break;
    }
    return busy;
  }

  #channel(name: ChannelName): { all: number; failing: number } {
    let channel = this.#ofChannel.get(name);
    if (channel === undefined) {
      channel = { all: 0, failing: 0 };
      this.#ofChannel.set(name, channel);
    }
    return channel;
  }
}

/** What fails, and recovers, as one: a target, and of an agent's callbacks each host for itself. */
export function placeOf({ target, url }: Placed): string {
  if (url === null) return target;
  return `${target} ${URL.canParse(url) ? new URL(url).origin : url}`;
}

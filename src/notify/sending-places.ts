import { LRUCache } from "lru-cache";
import type { ChannelName, DeliveryRow } from "../persistence/delivery-queries.js";
import type { Attempt } from "./attempt.js";

/** How much is under way at the same time. */
const LIMITS = {
  /** Of each channel; a channel that hangs leaves the others theirs. */
  channel: { WEBHOOK: 128, SLACK: 16, CALLBACK: 64, MAIL: 8, CORE: 4 } satisfies Record<ChannelName, number>,
  /** Of a channel's places, the share for targets whose last attempt failed: however many hang, most places are free of them. */
  failingShare: 0.25,
  /** Of one target. */
  target: 4,
  /** Of one target whose last attempt failed: it is seen soon enough when it is back. */
  failingTarget: 1,
} as const;

/** Targets that are remembered as failing, and that are named to the database as busy. */
const FAILING_KEPT = 5_000;
const BUSY_NAMED = 500;

const CHANNELS = Object.keys(LIMITS.channel) as ChannelName[];

type Placed = Pick<DeliveryRow, "channel" | "target" | "url">;

/** Who may send how much at the same time. */
export class SendingPlaces {
  readonly #ofChannel = new Map<ChannelName, { all: number; failing: number }>();
  readonly #ofTarget = new Map<string, number>();
  readonly #failing = new LRUCache<string, true>({ max: FAILING_KEPT });
  readonly #takenAsFailing = new Map<string, number>();

  /** Whether nothing at all has place. */
  get full(): boolean {
    return this.fullChannels().length === CHANNELS.length;
  }

  /** Takes a place; false where there is none. */
  take(row: Placed): boolean {
    const key = keyOf(row);
    const failing = this.#failing.has(key);
    const used = this.#ofTarget.get(key) ?? 0;
    if (used >= (failing ? LIMITS.failingTarget : LIMITS.target)) return false;
    const channel = this.#channel(row.channel);
    const most = LIMITS.channel[row.channel];
    if (channel.all >= most || (failing && channel.failing >= Math.ceil(most * LIMITS.failingShare)))
      return false;
    channel.all += 1;
    if (failing) {
      channel.failing += 1;
      this.#takenAsFailing.set(key, (this.#takenAsFailing.get(key) ?? 0) + 1);
    }
    this.#ofTarget.set(key, used + 1);
    return true;
  }

  /** Gives a place back, and remembers how it went. */
  free(row: Placed, { outcome }: Pick<Attempt, "outcome">): void {
    const key = keyOf(row);
    const channel = this.#channel(row.channel);
    channel.all -= 1;
    const asFailing = this.#takenAsFailing.get(key) ?? 0;
    if (asFailing > 0) {
      channel.failing -= 1;
      if (asFailing === 1) this.#takenAsFailing.delete(key);
      else this.#takenAsFailing.set(key, asFailing - 1);
    }
    const used = (this.#ofTarget.get(key) ?? 1) - 1;
    if (used === 0) this.#ofTarget.delete(key);
    else this.#ofTarget.set(key, used);
    if (outcome === "RETRY") this.#failing.set(key, true);
    else this.#failing.delete(key);
  }

  /** Targets that take nothing more for now; not all of them where they are many. */
  busyTargets(): string[] {
    const busy: string[] = [];
    for (const [key, used] of this.#ofTarget) {
      const most = this.#failing.has(key) ? LIMITS.failingTarget : LIMITS.target;
      // Of callbacks, the target stands for many places.
      if (used >= most && !key.includes(" ")) busy.push(key);
      if (busy.length >= BUSY_NAMED) break;
    }
    return busy;
  }

  /** Channels that take nothing more for now. */
  fullChannels(): ChannelName[] {
    return CHANNELS.filter((channel) => (this.#ofChannel.get(channel)?.all ?? 0) >= LIMITS.channel[channel]);
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

/** Callbacks of one agent may go to many hosts: each host counts for itself. */
function keyOf({ target, url }: Placed): string {
  if (url === null) return target;
  return `${target} ${URL.canParse(url) ? new URL(url).origin : url}`;
}

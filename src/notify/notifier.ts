import { setTimeout as pause } from "node:timers/promises";
import { createLease } from "../ledger/lease.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Database } from "../persistence/database.js";
import { type DeliveryRow, nextDue } from "../persistence/delivery-queries.js";
import { createDeliver, type DeliverOptions } from "./deliver.js";
import { createNewsLoader } from "./news-loader.js";
import { NotifyFollower } from "./notify-follower.js";
import { OutcomeRecorder } from "./outcome-recorder.js";
import type { PlannerOptions } from "./planner.js";
import { Sender } from "./sender.js";

/** What the notifier is made of. */
export interface NotifierOptions extends Omit<DeliverOptions, "loadNews" | "now"> {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly planner: PlannerOptions;
  /** Plans what deadlines give occasion for; whether there was anything. Undefined where nobody would be told. */
  readonly notices: Notices | undefined;
  /** Pauses after the first, the second … attempt, milliseconds. */
  readonly schedule: readonly number[];
  /** How often the ledgers and the deliveries are looked at, milliseconds; a commit here only makes it sooner. */
  readonly pollMs: number;
  /** How long the lease of a server that died is waited for, milliseconds. */
  readonly leaseMs?: number;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  /** Told of each delivery that is given up. */
  readonly onDeadLetter: (row: DeliveryRow, problem: string) => void;
}

/** Reminders before deadlines, and escalations after them. */
export interface Notices {
  /** Whether any is due. Reads only. */
  due(now: number): Promise<boolean>;
  /** Turns what is due into deliveries, a page of it; whether there may be more. */
  plan(now: number): Promise<boolean>;
}

/** Tells the outside. */
export interface Notifier {
  /** Says that there may be something to tell. */
  wake(): void;
  /** Stops; what is under way is cut off, and delivered again later. */
  close(): Promise<void>;
}

/** The lease that one server at a time has: taken over within that time of its death. */
const LEASE_MS = 5_000;
/** The share of it after which it is renewed. */
const RENEW_SHARE = 2 / 5;
/** How long a server that did not get the lease leaves it alone. */
const REFUSED_MS = 1_000;
/** Between two rounds at least: what is committed meanwhile shares the next one. */
const ROUND_MS = 15;
/** How long a place that fails is let be beyond the one delivery that tries it, in first pauses, and milliseconds at most. */
const PATIENCE = 6;
const MOST_PATIENCE_MS = 30_000;
/** How often deadlines are looked at, milliseconds, and how many times as long as a look the pause after it is at least. */
const NOTICES_MS = 5_000;
const NOTICES_REST = 20;

export function startNotifier(options: NotifierOptions): Notifier {
  return new LeasedNotifier(options);
}

/**
 * Reads the ledgers, plans deliveries and works them off, as long as this server has the lease. Rounds follow one another,
 * one at a time; they cost two small reads where there is nothing to do.
 */
class LeasedNotifier implements Notifier {
  readonly #follower: NotifyFollower;
  readonly #outcomes: OutcomeRecorder;
  readonly #sender: Sender;
  readonly #lease;
  readonly #leaseMs: number;
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> | undefined;
  #again = false;
  /** Until when the lease is this server's for certain, by a clock that nobody sets. */
  #leasedUntil = 0;
  #refusedUntil = 0;
  #noticesAt = 0;

  constructor(private readonly options: NotifierOptions) {
    const { database, planner, schedule, now, onError } = options;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#lease = createLease(database, "notify", this.#leaseMs);
    this.#follower = new NotifyFollower({ ...planner, database, now, onError });
    this.#outcomes = new OutcomeRecorder({ ...options, schedule });
    this.#sender = new Sender({
      database,
      outcomes: this.#outcomes,
      deliver: createDeliver({ ...options, loadNews: createNewsLoader(database) }),
      now,
      patienceMs: Math.min(MOST_PATIENCE_MS, PATIENCE * (schedule[0] ?? MOST_PATIENCE_MS)),
      onError,
      onRoom: () => this.wake(),
    });
    this.#timer = setInterval(() => this.wake(), options.pollMs);
    this.#timer.unref();
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  wake(): void {
    if (this.#closed) return;
    if (this.#round !== undefined) {
      this.#again = true;
      return;
    }
    this.#round = this.#rounds().finally(() => {
      this.#round = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    this.#outcomes.stop();
    await this.#sender.close();
    await this.#round;
    if (this.#leasedUntil > 0) await this.#lease.release().catch(this.options.onError);
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#work();
      } catch (error) {
        this.options.onError(error);
        await this.#rest(REFUSED_MS);
      }
      await this.#rest(ROUND_MS);
    } while (this.#again && !this.#closed);
  }

  /** Pauses, unless it is closed meanwhile. */
  async #rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  async #work(): Promise<void> {
    const { database, now } = this.options;
    const lags = await this.#follower.lags();
    const due = await nextDue(database.read);
    const noticesDue = await this.#noticesDue();
    const anything =
      lags.length > 0 || (due !== undefined && due <= now()) || noticesDue || this.#sender.busy;
    if (!anything || this.#closed || !(await this.#lead())) return;
    if (noticesDue && (await this.options.notices?.plan(now())) === true) this.#noticesAt = 0;
    const unread = await this.#follower.advance(lags);
    // Planning may have taken longer than the lease lasts.
    if (this.#closed || !(await this.#lead())) return;
    if ((await this.#sender.dispatch()) || unread) this.#again = true;
  }

  async #noticesDue(): Promise<boolean> {
    const { notices, now } = this.options;
    if (notices === undefined || performance.now() < this.#noticesAt) return false;
    const began = performance.now();
    const due = await notices.due(now());
    const ended = performance.now();
    // Where a look takes long, since much is late and told of already, it is not what the database is busy with.
    this.#noticesAt = ended + Math.max(NOTICES_MS, (ended - began) * NOTICES_REST);
    return due;
  }

  /** Whether this server is the one that tells; takes or renews the lease where that is called for. */
  async #lead(): Promise<boolean> {
    const clock = performance.now();
    if (clock < this.#leasedUntil - this.#leaseMs * (1 - RENEW_SHARE)) return true;
    if (clock < this.#refusedUntil) return false;
    const held = await this.#lease.hold();
    if (held) {
      if (clock > this.#leasedUntil) this.#follower.forget();
      this.#leasedUntil = clock + this.#leaseMs;
    } else {
      this.#refusedUntil = clock + REFUSED_MS;
      // Another server works it now.
      this.#sender.cutOff();
    }
    return held;
  }
}

import { LRUCache } from "lru-cache";
import type { Database } from "../persistence/database.js";
import {
  advanceDue,
  CHANNEL_NAMES,
  type ChannelName,
  type DeliveryRow,
  type DueDelivery,
  findDue,
  postpone,
} from "../persistence/delivery-queries.js";
import type { Attempt } from "./attempt.js";
import type { OutcomeRecorder } from "./outcome-recorder.js";
import { placeOf, SendingPlaces } from "./sending-places.js";

/** Tries to deliver the row, and with a digest all that belongs to it. The first outcome is the one of the target. */
export type Deliver = (row: DeliveryRow, signal: AbortSignal) => Promise<readonly [Told, ...Told[]]>;

/** How an attempt ended for a delivery. */
export interface Told {
  readonly row: DeliveryRow;
  readonly attempt: Attempt;
}

/** What the sender is made of. */
export interface SenderOptions {
  readonly database: Database;
  readonly outcomes: OutcomeRecorder;
  readonly deliver: Deliver;
  readonly now: () => number;
  /**
   * How long what goes to a place that fails is put off at most beyond the one that tries it, milliseconds: so that it does not
   * stand before what would be taken.
   */
  readonly patienceMs: number;
  readonly onError: (error: unknown) => void;
  /** Called when something has ended, and there is place for more. */
  readonly onRoom: () => void;
}

/** Rows of a channel that are looked at in one go, and goes in a round: the rest is looked at in the next. */
const PAGE = 200;
const PAGES = 4;
/** The most of {@link SenderOptions.patienceMs} that is used after a first failure; it doubles with each. */
const FIRST_SHARE = 1 / 60;
/** Places of which that is remembered, and rows of each. */
const PATIENT_PLACES = 1_000;
const PATIENT_ROWS = 500;

/**
 * Works off what is due. A lane (a target and a ticket) has one delivery under way at a time, the earliest; targets have a few,
 * so that one that hangs costs the others nothing.
 */
export class Sender {
  readonly #lanes = new Set<string>();
  readonly #places = new SendingPlaces();
  readonly #running = new Set<Promise<void>>();
  /** What has ended since the look under way began: the look may show it as it was before. */
  readonly #ended = new Set<string>();
  /** What was put off since its place fails: some of it, so that it need not wait when the place is back. */
  readonly #patient = new LRUCache<string, string[]>({ max: PATIENT_PLACES });
  #stop = new AbortController();
  #closed = false;

  constructor(private readonly options: SenderOptions) {}

  /** Whether anything is under way. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Begins what is due, as far as there is place; whether there may be more to look at. */
  async dispatch(): Promise<boolean> {
    let more = false;
    for (const channel of CHANNEL_NAMES) {
      for (let page = 0; !this.#closed && !this.#places.full(channel); page += 1) {
        if (page === PAGES) more = true;
        if (page === PAGES || !(await this.#look(channel))) break;
      }
    }
    return more;
  }

  /** Cuts off what is under way: another server does that now. */
  cutOff(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  /** Cuts off what is under way; it will be delivered again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** Looks at one page of what is due, and begins what has place; whether there is more. */
  async #look(channel: ChannelName): Promise<boolean> {
    const { database, now } = this.options;
    this.#ended.clear();
    const busyTargets = this.#places.busyTargets();
    const rows = await findDue(database.read, { channel, now: now(), busyTargets, limit: PAGE });
    const later = new Map<number, string[]>();
    for (const row of rows) {
      const dueAt = this.#begin(row);
      if (dueAt !== undefined) later.set(dueAt, [...(later.get(dueAt) ?? []), row.id]);
    }
    if (later.size > 0) {
      await database.transaction(async (sql) => {
        for (const [dueAt, ids] of later) await postpone(sql, ids, dueAt);
      });
    }
    return rows.length === PAGE;
  }

  /** Begins a delivery, or says when it is to be looked at again; undefined where that is not to be changed. */
  #begin(row: DueDelivery): number | undefined {
    const lane = laneOf(row);
    if (this.#closed || this.#lanes.has(lane) || this.#ended.has(row.id)) return undefined;
    const now = this.options.now();
    // What waits behind an earlier one of its lane is not due before that.
    if (isBlocked(row)) return (row.first_due ?? 0) > now ? (row.first_due ?? undefined) : undefined;
    const place = this.#places.take(row);
    if (place === "FAILING") {
      this.#remember(row);
      const most = this.options.patienceMs;
      return now + Math.ceil(Math.min(most, most * FIRST_SHARE * 2 ** this.#places.failuresOf(row)));
    }
    if (place === "BUSY") return undefined;
    this.#lanes.add(lane);
    const run = this.#send(row, this.#stop.signal)
      .catch(this.options.onError)
      .finally(() => {
        this.#lanes.delete(lane);
        this.#running.delete(run);
        this.options.onRoom();
      });
    this.#running.add(run);
    return undefined;
  }

  async #send(row: DeliveryRow, signal: AbortSignal): Promise<void> {
    let told: readonly [Told, ...Told[]];
    try {
      told = await this.options.deliver(row, signal);
    } catch (error) {
      // Not the other side's fault, but not to be tried without end either.
      this.options.onError(error);
      told = [{ row, attempt: { outcome: "RETRY", problem: "it could not be put together" } }];
    }
    const [{ attempt }] = told;
    this.#places.free(row, attempt);
    // What was cut off says nothing about the other side.
    if (signal.aborted && attempt.outcome !== "DELIVERED") return;
    // The lane goes on when this is on record: were it not, a crash could put an earlier event after a later one.
    await Promise.all(told.map((one) => this.options.outcomes.record(one.row, one.attempt)));
    for (const one of told) this.#ended.add(one.row.id);
    if (attempt.outcome === "DELIVERED") await this.#hasten(placeOf(row));
  }

  #remember(row: DueDelivery): void {
    const place = placeOf(row);
    const ids = this.#patient.get(place) ?? [];
    if (ids.length < PATIENT_ROWS) ids.push(row.id);
    this.#patient.set(place, ids);
  }

  /** A place that failed takes things again: what was put off for that is due now. */
  async #hasten(place: string): Promise<void> {
    const ids = this.#patient.get(place);
    if (ids === undefined) return;
    this.#patient.delete(place);
    const { database, now } = this.options;
    await database.transaction((sql) => advanceDue(sql, [...new Set(ids)], now()));
  }
}

function laneOf({ target, ticket_id, reason }: DeliveryRow): string {
  return reason === "DIGEST" ? `${target} digest` : `${target} ${ticket_id}`;
}

function isBlocked({ reason, sequence, first_sequence }: DueDelivery): boolean {
  return reason !== "DIGEST" && first_sequence !== null && first_sequence < sequence;
}

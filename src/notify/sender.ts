import type { Database } from "../persistence/database.js";
import {
  type DeliveryRow,
  type DueDelivery,
  findDue,
  laneDue,
  postpone,
} from "../persistence/delivery-queries.js";
import type { Attempt } from "./attempt.js";
import type { OutcomeRecorder } from "./outcome-recorder.js";
import { SendingPlaces } from "./sending-places.js";

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
  readonly onError: (error: unknown) => void;
  /** Called when something has ended, and there is place for more. */
  readonly onRoom: () => void;
}

/** Rows that are looked at in one go, and goes: what has no place must not hide what has. */
const PAGE = 300;
const PAGES = 20;

/**
 * Works off what is due. A lane (a target and a ticket) has one delivery under way at a time, the earliest; targets have a few,
 * so that one that hangs costs the others nothing.
 */
export class Sender {
  readonly #lanes = new Map<string, string>();
  readonly #places = new SendingPlaces();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly options: SenderOptions) {}

  /** Whether anything is under way. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Begins what is due, as far as there is place. */
  async dispatch(): Promise<void> {
    if (this.#places.full || this.#stop.signal.aborted) return;
    const { database, now } = this.options;
    let after: DueDelivery | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const rows = await findDue(database.read, {
        now: now(),
        busyTargets: this.#places.busyTargets(),
        fullChannels: this.#places.fullChannels(),
        after,
        limit: PAGE,
      });
      await this.#putOff(this.#beginAll(rows));
      after = rows.at(-1);
      if (rows.length < PAGE || this.#places.full) return;
    }
  }

  /** Begins what there is place for; what waits behind something earlier is returned. */
  #beginAll(rows: readonly DueDelivery[]): DueDelivery[] {
    const blocked: DueDelivery[] = [];
    for (const row of rows) {
      const lane = laneOf(row);
      if (this.#lanes.has(lane)) continue;
      if (isBlocked(row)) blocked.push(row);
      else if (!this.#stop.signal.aborted && this.#places.take(row)) this.#begin(row, lane);
    }
    return blocked;
  }

  /** Cuts off what is under way; it will be delivered again. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #begin(row: DeliveryRow, lane: string): void {
    this.#lanes.set(lane, row.id);
    const run = this.#send(row)
      .catch(this.options.onError)
      .finally(() => {
        this.#lanes.delete(lane);
        this.#running.delete(run);
        this.options.onRoom();
      });
    this.#running.add(run);
  }

  async #send(row: DeliveryRow): Promise<void> {
    let told: readonly [Told, ...Told[]];
    try {
      told = await this.options.deliver(row, this.#stop.signal);
    } catch (error) {
      // Not the other side's fault, but not to be tried without end either.
      this.options.onError(error);
      told = [{ row, attempt: { outcome: "RETRY", problem: "it could not be put together" } }];
    }
    const [{ attempt }] = told;
    this.#places.free(row, attempt);
    // Whatever a shutdown cut off says nothing about the other side.
    if (this.#stop.signal.aborted && attempt.outcome !== "DELIVERED") return;
    // The lane goes on when this is on record: were it not, a crash could put an earlier event after a later one.
    await Promise.all(told.map((one) => this.options.outcomes.record(one.row, one.attempt)));
  }

  /** What waits behind an earlier one of its lane is not due before that. */
  async #putOff(blocked: readonly DueDelivery[]): Promise<void> {
    const byLane = new Map<string, DueDelivery[]>();
    for (const row of blocked) {
      const lane = laneOf(row);
      // The earlier one has been begun meanwhile: this one's turn comes with its end.
      if (this.#lanes.has(lane)) continue;
      byLane.set(lane, [...(byLane.get(lane) ?? []), row]);
    }
    if (byLane.size === 0) return;
    const { database, now } = this.options;
    const later: { readonly ids: readonly string[]; readonly dueAt: number }[] = [];
    for (const rows of byLane.values()) {
      const [first] = rows;
      if (first === undefined || first.first_sequence === null) continue;
      const dueAt = await laneDue(database.read, first.target, first.ticket_id, first.first_sequence);
      if (dueAt > now()) later.push({ ids: rows.map(({ id }) => id), dueAt });
    }
    if (later.length === 0) return;
    await database.transaction(async (sql) => {
      for (const { ids, dueAt } of later) await postpone(sql, ids, dueAt);
    });
  }
}

function laneOf({ target, ticket_id, reason }: DeliveryRow): string {
  return reason === "DIGEST" ? `${target} digest` : `${target} ${ticket_id}`;
}

function isBlocked({ reason, sequence, first_sequence }: DueDelivery): boolean {
  return reason !== "DIGEST" && first_sequence !== null && first_sequence < sequence;
}

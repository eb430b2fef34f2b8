import { setTimeout as pause } from "node:timers/promises";
import type { PrincipalRef } from "../domain/principal.js";
import { systemActor } from "../identity/workspaces.js";
import type { Ledger, WorkspaceEvent } from "../ledger/ledger.js";
import type { Database } from "../persistence/database.js";
import {
  type DeliveryRow,
  deleteDeliveries,
  type FailedAttempt,
  updateFailed,
} from "../persistence/delivery-queries.js";
import type { Sql } from "../persistence/sql.js";
import type { Attempt } from "./attempt.js";
import { disableEndpoint } from "./disable-endpoint.js";
import { nextAttemptIn } from "./retry-schedule.js";

/** What the recorder is made of. */
export interface OutcomeRecorderOptions {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly schedule: readonly number[];
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  /** Told of each delivery that is given up, once that is on record. */
  readonly onDeadLetter: (row: DeliveryRow, problem: string) => void;
}

/** What came of a delivery, and whoever waits for it to be on record. */
interface Gathered {
  readonly row: DeliveryRow;
  readonly attempt: Attempt;
  readonly done: () => void;
}

/** Outcomes in one commit: they must not crowd out what others wait for. */
const MOST = 200;
const GATHERING_MS = 5;
const AGAIN_MS = 1_000;
const PROBLEM_LENGTH = 500;

/**
 * Puts on record what came of deliveries: NOTIFIED and DELIVERY_FAILED, in the transaction that takes the delivery away or puts
 * it off. What comes together is committed together.
 */
export class OutcomeRecorder {
  readonly #gathered = new Map<string, Gathered[]>();
  readonly #actors = new Map<string, PrincipalRef>();
  readonly #stopping = new AbortController();

  constructor(private readonly options: OutcomeRecorderOptions) {}

  /** Resolves once it is committed; while that cannot be done it is tried again. Resolves, too, where that is given up. */
  record(row: DeliveryRow, attempt: Attempt): Promise<void> {
    return new Promise((done) => {
      const gathered = this.#gathered.get(row.workspace_id);
      if (gathered !== undefined) {
        gathered.push({ row, attempt, done });
        return;
      }
      this.#gathered.set(row.workspace_id, [{ row, attempt, done }]);
      void this.#write(row.workspace_id);
    });
  }

  /** Tries nothing again from now on: what is not on record will be delivered again. */
  stop(): void {
    this.#stopping.abort();
  }

  async #write(workspaceId: string): Promise<void> {
    const gathered = this.#gathered.get(workspaceId) ?? [];
    await pause(GATHERING_MS);
    // One that the database chokes on must not sink the others: they are tried alone until all of its part have been.
    let alone = 0;
    while (gathered.length > 0) {
      const part = gathered.slice(0, alone > 0 ? 1 : MOST);
      if (await this.#commit(workspaceId, part)) {
        gathered.splice(0, part.length);
        alone = Math.max(0, alone - 1);
        for (const one of part) this.#settle(one);
      } else if (this.#stopping.signal.aborted) {
        for (const { done } of gathered.splice(0)) done();
      } else if (part.length > 1) {
        alone = part.length;
      } else {
        gathered.push(...gathered.splice(0, 1));
        alone = Math.max(0, alone - 1);
        await pause(AGAIN_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
    this.#gathered.delete(workspaceId);
  }

  #settle({ row, attempt, done }: Gathered): void {
    const { failed } = this.#resultOf(row, attempt);
    if (failed?.dueAt === null) this.options.onDeadLetter(row, failed.problem);
    done();
  }

  async #commit(workspaceId: string, part: readonly Gathered[]): Promise<boolean> {
    const { ledger, database, now } = this.options;
    try {
      const at = now();
      const results = part.map(({ row, attempt }) => this.#resultOf(row, attempt));
      const retried = results.filter(({ event }) => event === undefined);
      if (retried.length > 0) await this.#putOff(retried, at);
      const told = results.filter(({ event }) => event !== undefined);
      if (told.length === 0) return true;
      const actor = this.#actors.get(workspaceId) ?? (await systemActor(database.read, workspaceId));
      this.#actors.set(workspaceId, actor);
      await ledger.change({
        workspaceId,
        actor,
        events: told.flatMap(({ event }) => (event === undefined ? [] : [event])),
        write: async (sql) => {
          await deleteDeliveries(
            sql,
            told.flatMap(({ row, failed }) => (failed === undefined ? [row.id] : [])),
          );
          for (const { failed } of told) if (failed !== undefined) await updateFailed(sql, failed, at);
          return disabled(sql, workspaceId, told, at);
        },
      });
      return true;
    } catch (error) {
      this.options.onError(error);
      return false;
    }
  }

  /** What is only tried again is not on the record, and needs no place in the ledger: nobody's decision waits for it. */
  async #putOff(retried: readonly Result[], at: number): Promise<void> {
    await this.options.database.transaction(async (sql) => {
      for (const { failed } of retried) if (failed !== undefined) await updateFailed(sql, failed, at);
    });
  }

  #resultOf(row: DeliveryRow, attempt: Attempt): Result {
    const attempts = row.attempts + 1;
    if (attempt.outcome === "DELIVERED")
      return { row, attempt, event: eventOf("NOTIFIED", row, attempts, attempt) };
    if (attempt.outcome === "DROPPED")
      return { row, attempt, event: eventOf("DELIVERY_FAILED", row, attempts, attempt) };
    const wait =
      attempt.outcome === "RETRY"
        ? nextAttemptIn(this.options.schedule, attempts, attempt.retryAfterMs)
        : undefined;
    const failed: FailedAttempt = {
      id: row.id,
      attempts,
      dueAt: wait === undefined ? null : this.options.now() + wait,
      problem: attempt.problem.slice(0, PROBLEM_LENGTH),
      httpStatus: attempt.status ?? null,
    };
    if (wait !== undefined) return { row, attempt, failed };
    return { row, attempt, failed, event: eventOf("DELIVERY_FAILED", row, attempts, attempt) };
  }
}

/** What is to be written of one delivery. */
interface Result {
  readonly row: DeliveryRow;
  readonly attempt: Attempt;
  /** Where the row stays. */
  readonly failed?: FailedAttempt;
  readonly event?: WorkspaceEvent;
}

function eventOf(
  type: "NOTIFIED" | "DELIVERY_FAILED",
  row: DeliveryRow,
  attempts: number,
  attempt: Attempt,
): WorkspaceEvent {
  const status = "status" in attempt ? attempt.status : undefined;
  return {
    type,
    ...(row.ticket_id === "" ? {} : { about: { ticketId: row.ticket_id, revision: null } }),
    data: {
      deliveryId: row.id,
      channel: row.channel,
      ...(row.channel === "MAIL" ? { principalId: row.target } : {}),
      ...(row.channel === "CORE" || row.channel === "MAIL" ? {} : { endpointId: row.target }),
      event: row.sequence,
      reason: row.reason,
      attempts,
      ...(status === undefined ? {} : { status }),
      ...("problem" in attempt ? { problem: attempt.problem.slice(0, PROBLEM_LENGTH) } : {}),
      ...(attempt.outcome === "DROPPED" ? { dropped: true } : {}),
    },
  };
}

/** Endpoints whose other side said that it wants nothing any more. */
async function disabled(
  sql: Sql,
  workspaceId: string,
  results: readonly Result[],
  at: number,
): Promise<WorkspaceEvent[]> {
  const gone = new Map(
    results.flatMap(({ row, attempt }) =>
      attempt.outcome === "GONE" && row.channel !== "CALLBACK" ? [[row.target, attempt.problem]] : [],
    ),
  );
  const events: WorkspaceEvent[] = [];
  for (const [endpointId, reason] of gone)
    events.push(...(await disableEndpoint(sql, { workspaceId, endpointId, reason, at })));
  return events;
}

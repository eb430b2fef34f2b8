import type { Actor } from "../domain/principal.js";
import type { Database } from "../persistence/database.js";
import { createLease } from "./lease.js";
import type { Ledger } from "./ledger.js";
import { releaseOrphanedHolds } from "./orphaned-holds.js";

/** What the timer is made of. */
export interface ExpiryOptions {
  readonly database: Database;
  readonly ledger: Ledger;
  /** How often it looks, milliseconds. */
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** A running timer. */
export interface ExpiryTimer {
  /** Looks once, now; resolves with the number of tickets that it asked to expire. */
  look(): Promise<number>;
  /** Looks once, now, for tickets in the hands of those who cannot review them any more, and releases them. */
  lookForHolds(): Promise<void>;
  close(): Promise<void>;
}

const PAGE = 200;
/**
 * How often holds are looked at, milliseconds. Whoever changes a member releases what is in their hands; this is for what a
 * process that died has left.
 */
const HOLDS_MS = 60_000;

interface DueRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly system_id: string;
  readonly system_name: string;
}

/**
 * Expires tickets whose deadline has passed, by the database's clock, and releases those whose holder lost the right to them. One server at a time does it (a lease), and should
 * two do it all the same, the rule under the head's lock makes each ticket expire once.
 */
export function startExpiryTimer({ database, ledger, everyMs, onError }: ExpiryOptions): ExpiryTimer {
  const lease = createLease(database, "expiry", Math.max(5_000, everyMs * 5));
  let running: Promise<number> | undefined;
  let leasedUntil = 0;
  let lookingAtHolds: Promise<void> | undefined;
  let holdsDue = 0;

  async function due(): Promise<DueRow[]> {
    // Bound as a value: a clock in the condition is no bound that an index could use.
    const [clock] = await database.read.query<{ now: number }>(`SELECT ${database.dialect.now} AS now`);
    if (clock === undefined) return [];
    return database.read.query<DueRow>(
      "SELECT t.id, t.workspace_id, p.id AS system_id, p.name AS system_name FROM ticket t " +
        "JOIN principal p ON p.workspace_id = t.workspace_id AND p.kind = 'SYSTEM' " +
        `WHERE t.status = 'PENDING' AND t.expires_at <= ? ORDER BY t.expires_at LIMIT ${PAGE}`,
      [clock.now],
    );
  }

  async function lookOnce(): Promise<number> {
    const rows = await due();
    if (rows.length === 0) return 0;
    if (Date.now() >= leasedUntil) {
      if (!(await lease.hold())) return 0;
      leasedUntil = Date.now() + everyMs;
    }
    const outcomes = await Promise.allSettled(
      rows.map((row) =>
        ledger.execute({ actor: system(row), ticketId: row.id, command: { kind: "expire" } }),
      ),
    );
    for (const outcome of outcomes) if (outcome.status === "rejected") onError(outcome.reason);
    return rows.length;
  }

  const look = (): Promise<number> => {
    running ??= lookOnce().finally(() => {
      running = undefined;
    });
    return running;
  };
  const lookForHolds = (): Promise<void> => {
    lookingAtHolds ??= releaseOrphanedHolds({ database, ledger })
      .then((more) => {
        holdsDue = more ? 0 : performance.now() + HOLDS_MS;
      })
      .finally(() => {
        lookingAtHolds = undefined;
      });
    return lookingAtHolds;
  };
  const timer = setInterval(() => {
    void look().catch(onError);
    if (performance.now() >= holdsDue) void lookForHolds().catch(onError);
  }, everyMs);
  timer.unref();
  return {
    look,
    lookForHolds,
    close: async () => {
      clearInterval(timer);
      await running?.catch(() => undefined);
      await lookingAtHolds?.catch(() => undefined);
      if (leasedUntil > 0) await lease.release().catch(onError);
    },
  };
}

function system(row: DueRow): Actor {
  return {
    id: row.system_id,
    name: row.system_name,
    kind: "SYSTEM",
    workspaceId: row.workspace_id,
    roles: [],
    queues: null,
  };
}

import { LRUCache } from "lru-cache";
import type { Actor } from "../domain/principal.js";
import type { DecisionStatus } from "../domain/ticket-state.js";
import type { Database } from "../persistence/database.js";
import { hasSeen } from "../persistence/ticket-queries.js";
import type { Ledger } from "./ledger.js";

/** A state of a ticket as somebody is shown it. */
export interface SeenState {
  readonly ticketId: string;
  readonly revision: number;
  readonly status: DecisionStatus;
}

/** Puts on record who has been shown which decision. */
export interface ReadRecorder {
  /** Resolves once it is on record: before the answer goes out. */
  record(actor: Actor, seen: SeenState, via: "QUERY" | "SUBSCRIPTION"): Promise<void>;
}

const REMEMBERED = 200_000;

/**
 * Records the first time that a principal sees a given state of a ticket, or with `everyRead` every time.
 * What is known to be on record is remembered, so that reading again costs no database.
 */
export function createReadRecorder(
  ledger: Ledger,
  database: Database,
  { everyRead = false } = {},
): ReadRecorder {
  const known = new LRUCache<string, true>({ max: REMEMBERED });
  return {
    async record(actor, seen, via) {
      const key = `${seen.ticketId} ${actor.id} ${seen.revision} ${seen.status}`;
      if (!everyRead) {
        if (known.has(key)) return;
        if (await hasSeen(database.read, { ...seen, principalId: actor.id })) {
          known.set(key, true);
          return;
        }
      }
      const { ticketId, revision, status } = seen;
      await ledger.execute({ actor, ticketId, command: { kind: "recordRead", revision, status, via } });
      known.set(key, true);
    },
  };
}

import { setImmediate as turn } from "node:timers/promises";
import type { Sql } from "../persistence/sql.js";

/** Lets others have the thread where it was held for a while; undefined where there is no need to wait. */
export type Breathe = () => Promise<void> | undefined;

/** How long something long may hold the thread, milliseconds. */
const HOLD_MS = 8;

/**
 * For long work in a process that serves others: whoever calls it often never holds the thread for much longer than that.
 * An await alone does not do, since the embedded database answers without ever leaving the thread.
 */
export function createBreath(holdMs = HOLD_MS): Breathe {
  let since = performance.now();
  return () => {
    if (performance.now() - since < holdMs) return undefined;
    return turn().then(() => {
      since = performance.now();
    });
  };
}

/** The same database, asked only after a breath. */
export function breathing(sql: Sql, breathe: Breathe): Sql {
  return {
    query: async (text, values) => {
      await breathe();
      return sql.query(text, values);
    },
  };
}

import type { ErrorCode } from "../domain/domain-error.js";
import type { Actor } from "../domain/principal.js";
import { iso } from "../domain/refusals.js";
import type { Ledger } from "./ledger.js";

/** Something that an authenticated principal was refused. */
export interface Denial {
  readonly code: ErrorCode;
  /** What was asked for: a field of the schema such as `Mutation.decideTicket`, never a name that the caller chose. */
  readonly operation: string;
  /** Only where the ticket is one that the principal may see. */
  readonly ticketId?: string | undefined;
}

/** Puts denials on record as ACCESS_DENIED, in the principal's own workspace. */
export interface DenialRecorder {
  /** Takes note; the event follows within moments, and repetitions are gathered in one event a minute. */
  note(actor: Actor, denial: Denial): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** What is a denial: being kept out, whether by a wall that may not even be seen, by a role, or by separation of duties. */
export const DENIALS: ReadonlySet<ErrorCode> = new Set(["FORBIDDEN", "NOT_FOUND", "OWN_SUBMISSION"]);

/** One kind of denial of one principal, as it gathers. */
interface Gathered {
  readonly actor: Actor;
  readonly denial: Denial;
  readonly tickets: Set<string>;
  count: number;
  first: number;
  last: number;
  /** When the next event may be written. */
  due: number;
}

const TICK_MS = 500;
const WINDOW_MS = 60_000;
/** Kinds of denial that are gathered at a time. Each principal has as many as the schema has fields, at most. */
const MAX_GATHERED = 20_000;
const MAX_TICKETS = 10;

/** @param onError told of events that could not be written; they are tried again */
export function startDenialRecorder(
  ledger: Ledger,
  onError: (error: unknown) => void,
  now: () => number = Date.now,
): DenialRecorder {
  const gathered = new Map<string, Gathered>();
  let writing: Promise<void> = Promise.resolve();

  const write = async (all: boolean): Promise<void> => {
    const instant = now();
    for (const [key, one] of gathered) {
      if (one.due > instant && !all) continue;
      if (one.count === 0) {
        gathered.delete(key);
        continue;
      }
      const { count } = one;
      await ledger.change(eventOf(one));
      // What came while it was being written stays for the next event.
      one.count -= count;
      one.first = one.last;
      one.tickets.clear();
      one.due = instant + WINDOW_MS;
    }
  };
  const run = (all: boolean): Promise<void> => {
    writing = writing.then(() => write(all)).catch(onError);
    return writing;
  };
  const timer = setInterval(() => void run(false), TICK_MS);
  timer.unref();

  return {
    note(actor, denial) {
      const key = `${actor.workspaceId} ${actor.id} ${denial.code} ${denial.operation}`;
      const instant = now();
      let one = gathered.get(key);
      if (one === undefined) {
        if (gathered.size >= MAX_GATHERED) return;
        one = { actor, denial, tickets: new Set(), count: 0, first: instant, last: instant, due: instant };
        gathered.set(key, one);
      }
      if (one.count === 0) one.first = instant;
      one.count += 1;
      one.last = instant;
      if (denial.ticketId !== undefined && one.tickets.size < MAX_TICKETS) one.tickets.add(denial.ticketId);
    },
    close: async () => {
      clearInterval(timer);
      await run(true);
    },
  };
}

function eventOf({ actor, denial, tickets, count, first, last }: Gathered): Parameters<Ledger["change"]>[0] {
  const { code, operation } = denial;
  const data = {
    code,
    operation,
    count,
    firstAt: iso(first),
    lastAt: iso(last),
    ...(tickets.size === 0 ? {} : { ticketIds: [...tickets] }),
  };
  return { workspaceId: actor.workspaceId, actor, events: [{ type: "ACCESS_DENIED", data }] };
}

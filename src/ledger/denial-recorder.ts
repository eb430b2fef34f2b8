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

/** How often something was denied, and when, since it was last put on record. */
interface Tally {
  count: number;
  /** Milliseconds since the epoch. */
  first: number;
  last: number;
  readonly tickets: Set<string>;
}

/** One kind of denial of one principal, as it gathers. */
interface Gathered {
  readonly actor: Actor;
  readonly denial: Denial;
  tally: Tally | undefined;
  /** When the next event may be written. */
  due: number;
}

const TICK_MS = 500;
const WINDOW_MS = 60_000;
/** Events that are written at a time: they share a commit, and must not crowd out what others wait for. */
const PART = 100;
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

  const record = async (one: Gathered, instant: number): Promise<void> => {
    const { tally } = one;
    if (tally === undefined) return;
    // What comes while it is being written stays for the next event.
    one.tally = undefined;
    try {
      await ledger.change(eventOf(one, tally));
      one.due = instant + WINDOW_MS;
    } catch (error) {
      one.tally = together(tally, one.tally);
      onError(error);
    }
  };
  const write = async (all: boolean): Promise<void> => {
    const instant = now();
    const due: Gathered[] = [];
    for (const [key, one] of gathered) {
      if (one.due > instant && !all) continue;
      if (one.tally === undefined) gathered.delete(key);
      else due.push(one);
    }
    for (let from = 0; from < due.length; from += PART)
      await Promise.all(due.slice(from, from + PART).map((one) => record(one, instant)));
  };
  const run = (all: boolean): Promise<void> => {
    writing = writing.then(() => write(all));
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
        one = { actor, denial, tally: undefined, due: instant };
        gathered.set(key, one);
      }
      const { ticketId } = denial;
      const tickets = new Set(ticketId === undefined ? [] : [ticketId]);
      one.tally = together(one.tally, { count: 1, first: instant, last: instant, tickets });
    },
    close: async () => {
      clearInterval(timer);
      await run(true);
    },
  };
}

/** The earlier tally, with the later one in it. */
function together(earlier: Tally | undefined, later: Tally | undefined): Tally | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  earlier.count += later.count;
  earlier.last = later.last;
  for (const id of later.tickets) if (earlier.tickets.size < MAX_TICKETS) earlier.tickets.add(id);
  return earlier;
}

function eventOf(
  { actor, denial }: Gathered,
  { count, first, last, tickets }: Tally,
): Parameters<Ledger["change"]>[0] {
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

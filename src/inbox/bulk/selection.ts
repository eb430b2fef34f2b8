import type { TicketRowFragment } from "../api/generated.js";
import { blockedBy } from "../decide/blocked-by.js";
import type { Attempt } from "../decide/send-decision.js";
import { STATUS_WORDS } from "../list/list-filter.js";
import { LIST } from "../list/list-limits.js";
import { CANNOT_DECIDE_WORDS } from "../ticket/words.js";
import type { Opened } from "./opened-tickets.js";

/** A ticket that was selected. */
export interface Picked {
  /** As it was last heard of. */
  readonly ticket: TicketRowFragment;
  /** What its page has shown, and what therefore is signed. */
  readonly seen: Opened;
  /** Why it has been taken out of what will be signed; it does not come back by itself. */
  readonly out: string | undefined;
  /** What was sent without an answer: sending it once more tells, and does it once. */
  readonly attempt: Attempt | null;
}

/** What is selected; replaced as a whole at each change. */
export interface SelectionState {
  /** By ticket, in the order of selecting. */
  readonly picked: ReadonlyMap<string, Picked>;
  /** Why the ticket that one has just tried to select cannot be. */
  readonly notice: { readonly ticket: TicketRowFragment; readonly words: string } | undefined;
}

const NOTHING: SelectionState = { picked: new Map(), notice: undefined };

/** Tickets of one queue that will be decided together, each at the revision that one has opened. */
export class Selection {
  #state = NOTHING;
  readonly #listeners = new Set<() => void>();

  state = (): SelectionState => this.#state;

  /** @returns what stops it */
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Selects a ticket, or not any more; says why where it cannot be. */
  toggle(ticket: TicketRowFragment, opened: ReadonlyMap<string, Opened>): void {
    const before = this.#state.picked.get(ticket.id);
    if (before !== undefined && before.out === undefined) {
      const picked = new Map(this.#state.picked);
      picked.delete(ticket.id);
      this.#become({ picked, notice: undefined });
      return;
    }
    const words = whyNot(ticket, opened, this.#state);
    if (words === undefined) this.#pick(ticket, opened);
    else this.#become({ notice: { ticket, words } });
  }

  /** Selects those of them that can be. */
  pickAll(tickets: readonly TicketRowFragment[], opened: ReadonlyMap<string, Opened>): void {
    for (const ticket of tickets) {
      if (!isPicked(this.#state, ticket.id) && whyNot(ticket, opened, this.#state) === undefined) {
        this.#pick(ticket, opened);
      }
    }
  }

  /** Takes in how a ticket stands now: whatever cannot be signed as it was seen is taken out. */
  change(ticket: TicketRowFragment): void {
    const before = this.#state.picked.get(ticket.id);
    // A page of the list may have been read before the change that has been pushed already.
    if (before === undefined || ticket.updatedAt < before.ticket.updatedAt) return;
    // What moves a ticket whose answer was lost may be that very decision.
    const out = before.out ?? (before.attempt === null ? blocked(ticket, before.seen) : undefined);
    this.#put(ticket.id, { ...before, ticket, out });
  }

  /** A ticket is about to be sent, or (null) its attempt is over without anything having been signed. */
  attempt(id: string, attempt: Attempt | null): void {
    const before = this.#state.picked.get(id);
    if (before !== undefined) this.#put(id, { ...before, attempt });
  }

  /** Takes a ticket out of what will be signed. */
  takeOut(id: string, words: string): void {
    const before = this.#state.picked.get(id);
    if (before !== undefined) this.#put(id, { ...before, attempt: null, out: words });
  }

  /** Changes have been missed, so nothing is known of how the tickets stand. */
  lose(): void {
    for (const { ticket, attempt } of signable(this.#state)) {
      if (attempt === null) this.takeOut(ticket.id, "Changes may have been missed. Select it again.");
    }
  }

  /** Forgets a ticket that is signed. */
  signed(id: string): void {
    const picked = new Map(this.#state.picked);
    picked.delete(id);
    this.#become({ picked });
  }

  /** Forgets those that were taken out, once one has read why. */
  forgetOut(): void {
    const picked = new Map([...this.#state.picked].filter(([, { out }]) => out === undefined));
    this.#become({ picked });
  }

  /** Forgets why the last one could not be selected. */
  hush(): void {
    if (this.#state.notice !== undefined) this.#become({ notice: undefined });
  }

  clear = (): void => this.#become(NOTHING);

  #pick(ticket: TicketRowFragment, opened: ReadonlyMap<string, Opened>): void {
    const seen = opened.get(ticket.id);
    if (seen === undefined) return;
    const picked = new Map(this.#state.picked);
    picked.delete(ticket.id);
    picked.set(ticket.id, { ticket, seen, out: undefined, attempt: null });
    this.#become({ picked, notice: undefined });
  }

  #put(id: string, one: Picked): void {
    this.#become({ picked: new Map(this.#state.picked).set(id, one) });
  }

  #become(change: Partial<SelectionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** Those that will be signed. */
export function signable({ picked }: SelectionState): readonly Picked[] {
  return [...picked.values()].filter(({ out }) => out === undefined);
}

/** Whether a ticket is among those that will be signed. */
export function isPicked({ picked }: SelectionState, id: string): boolean {
  const one = picked.get(id);
  return one !== undefined && one.out === undefined;
}

/** Why a ticket cannot be selected now, in words that say what to do; undefined where it can. */
export function whyNot(
  ticket: TicketRowFragment,
  opened: ReadonlyMap<string, Opened>,
  state: SelectionState,
): string | undefined {
  if (ticket.status !== "PENDING") return `${STATUS_WORDS[ticket.status]}: there is nothing to decide now.`;
  const [reason] = ticket.viewerCannotDecideReasons;
  if (reason !== undefined) return CANNOT_DECIDE_WORDS[reason];
  if (!ticket.viewerCanDecide) return "You cannot decide on this now.";
  const seen = opened.get(ticket.id);
  if (seen !== undefined && seen.revision < ticket.revision) {
    return `Revision ${ticket.revision} has come in since you opened it.`;
  }
  // The digest is what is signed: the same number over another text was not opened.
  if (seen?.revision !== ticket.revision || seen.digest !== ticket.proposal.digest) return "Open it first.";
  const now = signable(state);
  const queue = now[0]?.ticket.queue;
  if (queue !== undefined && queue !== ticket.queue) {
    return `You are selecting in queue ${queue}; this one is in ${ticket.queue}.`;
  }
  return now.length < LIST.bulk ? undefined : `${LIST.bulk} are selected, and no more at once.`;
}

function blocked(ticket: TicketRowFragment, { revision, digest }: Opened): string | undefined {
  return blockedBy(ticket, ticket.revision !== revision || ticket.proposal.digest !== digest);
}

import type { Client } from "urql";
import {
  type DecisionStatus,
  OneTicketRowDocument,
  type TicketChangedSubscription,
  type TicketFilter,
  type TicketRowFragment,
  TicketsDocument,
  type TicketsQuery,
} from "../api/generated.js";
import { Selection } from "../bulk/selection.js";
import { countTickets } from "./count-tickets.js";
import { addressOf, belongs, type ListFilter, toTicketFilter, UNFILTERED } from "./list-filter.js";
import { LIST } from "./list-limits.js";
import { WakeAlarm } from "./wake-alarm.js";

/** A change, as the server pushes it. */
export type TicketChange = TicketChangedSubscription["ticketChanged"];

/** What of the list is on the page; replaced as a whole at each change. */
export interface ListState {
  /** What the tickets below were asked for with; undefined before the first answer. */
  readonly filter: ListFilter | undefined;
  /** In the list's order. What is here stays at its place until the list is asked for anew. */
  readonly ids: readonly string[];
  /** Whether the server has more. */
  readonly hasMore: boolean;
  readonly loading: boolean;
  /** What the server said when it would not give the list. */
  readonly problem: string | undefined;
  /** Tickets of each status under the other filters; of those pending, what was put aside is left out. */
  readonly counts: Readonly<Partial<Record<DecisionStatus, number>>>;
  /** Those that were put aside under the other filters; undefined before they were counted. */
  readonly aside: number | undefined;
  /** Tickets that belong here and have come since. */
  readonly arrived: ReadonlySet<string>;
  /** Grows with each change of a row. */
  readonly version: number;
}

const NOTHING: ListState = {
  filter: undefined,
  ids: [],
  hasMore: false,
  loading: true,
  problem: undefined,
  counts: {},
  aside: undefined,
  arrived: new Set(),
  version: 0,
};

/**
 * The list as it was asked for, kept while one reads a ticket. A change renews a row where it is; what is new is announced and
 * not put in, so that nothing moves under the pointer.
 */
export class TicketList {
  /** Where the page was, and at which ticket, for coming back to it. */
  scrollY = 0;
  selected: string | undefined;
  /** What is to be decided together. */
  readonly selection = new Selection();
  #state = NOTHING;
  /** What is being shown, or loaded to be. */
  #wanted: ListFilter | undefined;
  #asked: TicketFilter = {};
  #after: string | null = null;
  #wantedRows = 0;
  /** What was asked for before is not to be shown any more. */
  #generation = 0;
  #countAgain: ReturnType<typeof setTimeout> | undefined;
  readonly #alarm = new WakeAlarm((ids) => void Promise.all(ids.map((id) => this.#wake(id))));
  readonly #rows = new Map<string, TicketRowFragment>();
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly client: Client,
    private readonly viewerId: string,
  ) {}

  state = (): ListState => this.#state;
  row = (id: string): TicketRowFragment | undefined => this.#rows.get(id);

  /** What leads back to what is shown. */
  get address(): string {
    return addressOf(this.#wanted ?? UNFILTERED);
  }

  /** The ticket after that one, or the one before; has more of the list loaded when its end comes near. */
  neighbour(id: string, by: 1 | -1): string | undefined {
    const { ids } = this.#state;
    const at = ids.indexOf(id);
    if (at < 0) return undefined;
    this.want(at + LIST.ahead);
    return ids[at + by];
  }

  /** @returns what stops it */
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Shows what that filter finds; where it is on the page already, that stays as it was left. */
  show(filter: ListFilter): void {
    if (this.#wanted !== undefined && addressOf(this.#wanted) === addressOf(filter)) return;
    this.#wanted = filter;
    this.scrollY = 0;
    this.selected = undefined;
    this.refresh();
  }

  /** Asks for the list anew, from its beginning. */
  refresh = (): void => {
    if (this.#wanted === undefined) return;
    this.#asked = toTicketFilter(this.#wanted, this.viewerId, Date.now());
    this.#after = null;
    this.#wantedRows = 0;
    this.#become({ loading: true, problem: undefined });
    void this.#load(++this.#generation);
    void this.#count();
  };

  /** Has the server give as many as that, if there are as many. */
  want(rows: number): void {
    this.#wantedRows = Math.max(this.#wantedRows, rows);
    const { ids, hasMore, loading, problem } = this.#state;
    if (loading || !hasMore || problem !== undefined || ids.length >= this.#wantedRows) return;
    this.#become({ loading: true });
    void this.#load(this.#generation);
  }

  /** Goes on after a failure from where it stopped. */
  retry = (): void => {
    if (this.#state.problem === undefined) return;
    if (this.#after === null) {
      this.refresh();
      return;
    }
    this.#become({ problem: undefined });
    this.want(this.#state.ids.length + 1);
  };

  /** Takes in what has changed. */
  change({ ticket, event }: TicketChange): void {
    this.selection.change(ticket);
    this.#takeIn(ticket, this.#hasJustCome(ticket, event));
    this.#setAlarm(ticket);
    this.#countSoon();
  }

  #takeIn(ticket: TicketRowFragment, hasJustCome: boolean): void {
    const { filter, ids, arrived, version } = this.#state;
    if (this.#rows.has(ticket.id)) {
      this.#rows.set(ticket.id, ticket);
      this.#become({ version: version + 1 });
    } else if (filter !== undefined) {
      const now = new Set(arrived);
      now.delete(ticket.id);
      if (belongs(ticket, filter, this.viewerId, Date.now()) && hasJustCome) now.add(ticket.id);
      if (now.size !== arrived.size || ids.length === 0) this.#become({ arrived: now });
    }
  }

  #setAlarm({ id, viewerSnoozedUntil }: TicketRowFragment, notBefore = 0): void {
    const until = viewerSnoozedUntil === null ? null : Date.parse(viewerSnoozedUntil);
    this.#alarm.set(id, until === null ? null : Math.max(until, notBefore));
  }

  /** Its time has come by this clock: the server has the last word. */
  async #wake(id: string): Promise<void> {
    const { data } = await this.client
      .query(OneTicketRowDocument, { id }, { requestPolicy: "network-only" })
      .toPromise();
    if (!data) {
      this.#alarm.set(id, Date.now() + LIST.wakingAgainMs);
      return;
    }
    const { ticket } = data;
    if (ticket === null) return;
    this.#takeIn(ticket, this.#leavesOutAside);
    this.#setAlarm(ticket, Date.now() + LIST.wakingAgainMs);
    this.#countSoon();
  }

  #hasWoken({ id, viewerSnoozedUntil }: TicketRowFragment): boolean {
    return viewerSnoozedUntil === null && this.#alarm.has(id);
  }

  /** Whether what wakes comes into the list, rather than having been in it all along. */
  get #leavesOutAside(): boolean {
    const { status, aside } = this.#state.filter ?? UNFILTERED;
    return status === "PENDING" && !aside;
  }

  /** Whether a ticket that is not on the page was not in the list before either, or may just not have been loaded yet. */
  #hasJustCome(ticket: TicketRowFragment, { type, actor }: TicketChange["event"]): boolean {
    const { mine, status, aside } = this.#state.filter ?? UNFILTERED;
    if (!this.#state.hasMore || type === "SUBMITTED" || type === "RESUBMITTED") return true;
    if (type === "SNOOZED") return aside && actor.id === this.viewerId;
    if (this.#hasWoken(ticket) || (type === "UNSNOOZED" && actor.id === this.viewerId))
      return this.#leavesOutAside;
    if (type === "CLAIMED" || type === "ASSIGNED") return mine;
    return ["DECIDED", "EXPIRED", "WITHDRAWN"].includes(type) && status !== "PENDING" && status !== null;
  }

  async #load(generation: number): Promise<void> {
    const first = this.#wantedRows > this.#state.ids.length + LIST.farPage ? LIST.farPage : LIST.page;
    const after = this.#after;
    const { data, error } = await this.client
      .query(
        TicketsDocument,
        { filter: this.#asked, orderBy: this.#wanted?.order ?? null, first, after },
        { requestPolicy: "network-only" },
      )
      .toPromise();
    if (generation !== this.#generation) return;
    if (error !== undefined || data === undefined) {
      const [refusal] = error?.graphQLErrors ?? [];
      this.#become({ loading: false, problem: refusal?.message ?? "The server cannot be reached." });
      return;
    }
    if (after === null) this.#begin();
    this.#append(data.tickets);
    this.want(0);
  }

  #begin(): void {
    this.#rows.clear();
    this.#state = { ...this.#state, filter: this.#wanted, ids: [], arrived: new Set() };
  }

  #append({ edges, pageInfo }: TicketsQuery["tickets"]): void {
    const { ids, arrived, version } = this.#state;
    for (const { node } of edges) this.selection.change(node);
    // What has moved down the list meanwhile would be there twice.
    const added = edges.map(({ node }) => node).filter(({ id }) => !this.#rows.has(id));
    for (const ticket of added) this.#rows.set(ticket.id, ticket);
    this.#after = pageInfo.endCursor;
    this.#become({
      ids: [...ids, ...added.map(({ id }) => id)],
      arrived: new Set([...arrived].filter((id) => !this.#rows.has(id))),
      hasMore: pageInfo.hasNextPage,
      loading: false,
      version: version + 1,
    });
  }

  async #count(): Promise<void> {
    if (this.#wanted === undefined) return;
    const wanted = this.#wanted;
    const counted = await countTickets(this.client, this.#asked);
    if (wanted !== this.#wanted || counted === undefined) return;
    const { asleep, ...counts } = counted;
    this.#alarm.replace(asleep);
    this.#become(counts);
  }

  #countSoon(): void {
    this.#countAgain ??= setTimeout(() => {
      this.#countAgain = undefined;
      void this.#count();
    }, LIST.countingMs);
  }

  #become(change: Partial<ListState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

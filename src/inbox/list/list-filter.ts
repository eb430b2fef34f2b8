import type {
  DecisionStatus,
  Priority,
  TicketFilter,
  TicketOrder,
  TicketRowFragment,
} from "../api/generated.js";
import { LIST } from "./list-limits.js";

/** What the list shows, as its address says it. */
export interface ListFilter {
  /** Null is any. */
  readonly status: DecisionStatus | null;
  readonly queue: string | null;
  readonly priority: Priority | null;
  /** Only what I have put aside; where pending tickets are asked for otherwise, those are left out. */
  readonly aside: boolean;
  /** Only what is in my hands. */
  readonly mine: boolean;
  /** Only what is due within a day, or overdue. */
  readonly soon: boolean;
  readonly search: string;
  readonly order: TicketOrder;
}

/** The statuses in the order of their tabs, in the words of the page. */
export const STATUS_WORDS: Readonly<Record<DecisionStatus, string>> = {
  PENDING: "Pending",
  NEEDS_CHANGES: "Needs changes",
  APPROVED: "Approved",
  REJECTED: "Rejected",
  EXPIRED: "Expired",
  WITHDRAWN: "Withdrawn",
};

/** The most urgent first. */
export const PRIORITIES: Readonly<Record<Priority, string>> = {
  URGENT: "Urgent",
  HIGH: "High",
  NORMAL: "Normal",
  LOW: "Low",
};

/** In which order the list may be. */
export const ORDERS: Readonly<Record<TicketOrder, string>> = {
  PRIORITY: "Most urgent first",
  DUE: "Due first",
  OLDEST: "Oldest first",
  NEWEST: "Newest first",
};

/** What an address without parameters shows. */
export const UNFILTERED: ListFilter = {
  status: "PENDING",
  queue: null,
  priority: null,
  aside: false,
  mine: false,
  soon: false,
  search: "",
  order: "PRIORITY",
};

/** Reads an address's parameters; what they say wrongly counts as not said. */
export function readFilter(search: string): ListFilter {
  const parameters = new URLSearchParams(search);
  const status = parameters.get("status")?.toUpperCase();
  const aside = parameters.get("snoozed") === "1";
  return {
    // What is settled does not sleep.
    status: aside ? "PENDING" : status === "ANY" ? null : (keyIn(STATUS_WORDS, status) ?? UNFILTERED.status),
    queue: parameters.get("queue") || null,
    priority: keyIn(PRIORITIES, parameters.get("priority")?.toUpperCase()) ?? null,
    aside,
    mine: parameters.get("mine") === "1",
    soon: parameters.get("due") === "soon",
    search: parameters.get("q") ?? "",
    order: keyIn(ORDERS, parameters.get("order")?.toUpperCase()) ?? UNFILTERED.order,
  };
}

/** The address that shows that: the shortest that does. */
export function addressOf({ status, queue, priority, aside, mine, soon, search, order }: ListFilter): string {
  const parameters = new URLSearchParams();
  if (aside) parameters.set("snoozed", "1");
  else if (status !== UNFILTERED.status) parameters.set("status", (status ?? "any").toLowerCase());
  if (queue !== null) parameters.set("queue", queue);
  if (priority !== null) parameters.set("priority", priority.toLowerCase());
  if (mine) parameters.set("mine", "1");
  if (soon) parameters.set("due", "soon");
  if (search.trim() !== "") parameters.set("q", search.trim());
  if (order !== UNFILTERED.order) parameters.set("order", order.toLowerCase());
  const text = parameters.toString();
  return text === "" ? "/" : `/?${text}`;
}

/** The same, as the API asks for it. */
export function toTicketFilter(filter: ListFilter, viewerId: string, now: number): TicketFilter {
  return {
    status: filter.status === null ? null : [filter.status],
    queue: filter.queue === null ? null : [filter.queue],
    priority: filter.priority === null ? null : [filter.priority],
    assigneeId: filter.mine ? viewerId : null,
    snoozed: filter.aside || (filter.status === "PENDING" ? false : null),
    dueBefore: filter.soon ? new Date(now + LIST.soonMs).toISOString() : null,
    search: filter.search.trim() || null,
  };
}

/** Whether a ticket belongs into the list; of a search, only the title can be told here. */
export function belongs(
  ticket: TicketRowFragment,
  filter: ListFilter,
  viewerId: string,
  now: number,
): boolean {
  const title = ticket.proposal.title.toLowerCase();
  return (
    (filter.status === null || ticket.status === filter.status) &&
    (filter.status !== "PENDING" || filter.aside === (ticket.viewerSnoozedUntil !== null)) &&
    (filter.queue === null || ticket.queue === filter.queue) &&
    (filter.priority === null || ticket.priority === filter.priority) &&
    (!filter.mine || ticket.assignee?.id === viewerId) &&
    (!filter.soon || (ticket.dueAt !== null && Date.parse(ticket.dueAt) < now + LIST.soonMs)) &&
    filter.search
      .toLowerCase()
      .split(/\s+/)
      .every((word) => title.includes(word))
  );
}

function keyIn<Key extends string>(
  table: Readonly<Record<Key, string>>,
  text: string | undefined,
): Key | undefined {
  return text !== undefined && Object.hasOwn(table, text) ? (text as Key) : undefined;
}

import { type Actor, isReviewer, seesEverything } from "../domain/principal.js";
import { DECISION_STATUSES, type DecisionStatus, type Priority } from "../domain/ticket-state.js";
import { NEVER, priorityRank, type StoredTicket } from "./rows.js";
import { isAwake, ticketsAsleep } from "./snooze-queries.js";
import { placeholders, type Sql, type SqlValue } from "./sql.js";
import { type JoinedTicketRow, TICKET_SELECT, toStoredTicket, visibleTo } from "./ticket-queries.js";

/** In which order tickets can be listed. */
export const TICKET_ORDERS = ["NEWEST", "OLDEST", "PRIORITY", "DUE"] as const;

export type TicketOrder = (typeof TICKET_ORDERS)[number];

/** What listed tickets have in common; what is left out asks for nothing, and an empty list matches nothing. */
export interface TicketCriteria {
  readonly statuses?: readonly DecisionStatus[];
  readonly queues?: readonly string[];
  readonly priorities?: readonly Priority[];
  /** Who holds the ticket now; a lapsed claim holds nothing. */
  readonly assigneeId?: string;
  readonly submittedBy?: string;
  /** Lower-case NFKC words that must all occur in the current revision. */
  readonly words?: readonly string[];
  /** Milliseconds since the epoch, exclusive. */
  readonly dueBefore?: number;
  /** Whether the actor has put it aside, and it still sleeps. */
  readonly snoozed?: boolean;
  /** Some revision has exactly this digest. */
  readonly digest?: string;
}

/** A ticket's place in an order: the values of the order's columns. None of them ever changes for a ticket. */
export type TicketKey = readonly SqlValue[];

interface KeyColumn {
  readonly name: "submitted_at" | "priority" | "due_at" | "id";
  readonly descending: boolean;
  readonly of: (ticket: StoredTicket) => SqlValue;
}

const submitted = { name: "submitted_at", of: (ticket: StoredTicket) => ticket.state.submittedAt } as const;
const id = { name: "id", of: (ticket: StoredTicket) => ticket.state.id } as const;
const priority = {
  name: "priority",
  of: (ticket: StoredTicket) => priorityRank(ticket.state.priority),
} as const;
const due = { name: "due_at", of: (ticket: StoredTicket) => ticket.state.dueAt ?? NEVER } as const;

const ascending = { descending: false } as const;
const descending = { descending: true } as const;

interface Order {
  readonly key: readonly KeyColumn[];
  /** The index that holds one status in this order, and the one that holds all of them where there is such a one. */
  readonly indexes: { readonly oneStatus: string; readonly anyStatus?: string };
}

const BY_TIME = { oneStatus: "ticket_status_newest", anyStatus: "ticket_newest" } as const;

const ORDERS: Readonly<Record<TicketOrder, Order>> = {
  NEWEST: {
    key: [
      { ...submitted, ...descending },
      { ...id, ...descending },
    ],
    indexes: BY_TIME,
  },
  OLDEST: {
    key: [
      { ...submitted, ...ascending },
      { ...id, ...ascending },
    ],
    indexes: BY_TIME,
  },
  PRIORITY: {
    key: [
      { ...priority, ...ascending },
      { ...submitted, ...ascending },
      { ...id, ...ascending },
    ],
    indexes: { oneStatus: "ticket_status_priority" },
  },
  DUE: {
    key: [
      { ...due, ...ascending },
      { ...id, ...ascending },
    ],
    indexes: { oneStatus: "ticket_status_due" },
  },
};

/** The ticket's place in that order. */
export function ticketKey(order: TicketOrder, ticket: StoredTicket): TicketKey {
  return ORDERS[order].key.map((column) => column.of(ticket));
}

/** Whether the values can be a place in that order: as many, and of the right kinds. */
export function isTicketKey(order: TicketOrder, values: readonly unknown[]): values is TicketKey {
  const { key } = ORDERS[order];
  return (
    values.length === key.length &&
    key.every(({ name }, at) =>
      name === "id" ? typeof values[at] === "string" : Number.isSafeInteger(values[at]),
    )
  );
}

/** A page of a list of tickets. */
export interface TicketPage {
  readonly criteria: TicketCriteria;
  readonly order: TicketOrder;
  /** The page begins after this place; null for the first page. */
  readonly after: TicketKey | null;
  readonly limit: number;
  /** Milliseconds since the epoch: claims that have lapsed by then do not count. */
  readonly now: number;
}

/** SQL with its values, in the order of the placeholders. */
interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/**
 * The tickets of a page that the actor may see, in order. A place in the order is found by its key, not by counting, so
 * that a page costs the same however deep it lies and new tickets shift nothing.
 */
export async function listTickets(sql: Sql, actor: Actor, page: TicketPage): Promise<StoredTicket[]> {
  const ranges = rangesOf(page);
  if (ranges.length === 0) return [];
  const shared = [visibleTo(actor), ...conditionsOf(page.criteria, actor, page.now)];
  const { key } = ORDERS[page.order];
  const columns = key.map((column) => `t.${column.name}${column.descending ? " DESC" : ""}`).join(", ");
  const tail = `ORDER BY ${columns} LIMIT ${Math.trunc(page.limit)}`;
  const hint = hintOf(actor, page);
  const source = sourceOf(actor, page.criteria, page.now);
  const parts = ranges.map((range, at) => {
    const { text, values } = all([...shared, ...range]);
    return {
      text: `SELECT r${at}.id FROM (SELECT t.id FROM ${source.text} ${hint}WHERE ${text} ${tail}) r${at}`,
      values: [...source.values, ...values],
    };
  });
  // Each range is read in its index's order up to the limit; only those few rows are sorted. One statement, so that a
  // ticket which moves between ranges meanwhile is not listed twice.
  const rows = await sql.query<JoinedTicketRow>(
    `${TICKET_SELECT} WHERE t.id IN (SELECT r.id FROM (${parts.map(({ text }) => text).join(" UNION ALL ")}) r) ${tail}`,
    parts.flatMap(({ values }) => values),
  );
  return rows.map(toStoredTicket);
}

/** How many tickets the actor may see that meet the criteria. */
export async function countTickets(
  sql: Sql,
  actor: Actor,
  criteria: TicketCriteria,
  now: number,
): Promise<number> {
  if (matchesNothing(criteria)) return 0;
  // Looking each of a million tickets up would take long; what the actor has put aside is little.
  if (criteria.snoozed === false) {
    const { snoozed: _, ...others } = criteria;
    const asleep = await countTickets(sql, actor, { ...others, snoozed: true }, now);
    return Math.max(0, (await countTickets(sql, actor, others, now)) - asleep);
  }
  const { statuses } = criteria;
  const status = statuses === undefined ? [] : [oneOf("t.status", statuses)];
  const { text, values } = all([visibleTo(actor), ...conditionsOf(criteria, actor, now), ...status]);
  const source = sourceOf(actor, criteria, now);
  const [row] = await sql.query<{ count: number }>(
    `SELECT COUNT(*) AS count FROM ${source.text} WHERE ${text}`,
    [...source.values, ...values],
  );
  return Number(row?.count ?? 0);
}

/**
 * The parts of the list that an index holds in the wanted order: one per status, and one per way of coming after the
 * key (a greater first column, or an equal first and a greater second one, …).
 */
function rangesOf({ criteria, order, after }: TicketPage): Condition[][] {
  if (matchesNothing(criteria)) return [];
  const { key } = ORDERS[order];
  const statuses = statusesOf(criteria, order);
  const perStatus: Condition[][] =
    statuses === undefined
      ? [[]]
      : [...new Set(statuses)].map((status) => [{ text: "t.status = ?", values: [status] }]);
  const starts: Condition[][] = after === null ? [[]] : key.map((_, at) => [startOf(key, after, at)]);
  return perStatus.flatMap((status) => starts.map((start) => [...status, ...start]));
}

/** The statuses that are ranges of their own; undefined where one index holds them all in order. */
function statusesOf({ statuses }: TicketCriteria, order: TicketOrder): readonly DecisionStatus[] | undefined {
  return statuses ?? (ORDERS[order].indexes.anyStatus === undefined ? DECISION_STATUSES : undefined);
}

/**
 * Names the index to MySQL, which otherwise takes one that begins at the wrong end of a deep page. SQLite, which chooses
 * well, reads a comment. Where the list is narrowed to few tickets by something else, the database knows better.
 */
function hintOf(actor: Actor, { criteria, order }: TicketPage): string {
  const { submittedBy, assigneeId, digest, snoozed } = criteria;
  const narrow = snoozed === true || [submittedBy, assigneeId, digest].some((given) => given !== undefined);
  if (narrow || !(seesEverything(actor) || isReviewer(actor))) return "";
  const { oneStatus, anyStatus } = ORDERS[order].indexes;
  return `/*! FORCE INDEX (${statusesOf(criteria, order) === undefined ? (anyStatus ?? oneStatus) : oneStatus}) */ `;
}

/** Equal to the key in the columns before `at`, and beyond it in that one. */
function startOf(key: readonly KeyColumn[], after: TicketKey, at: number): Condition {
  const columns = key.slice(0, at + 1);
  return {
    text: columns
      .map(({ name, descending: down }, index) => `t.${name} ${index < at ? "=" : down ? "<" : ">"} ?`)
      .join(" AND "),
    values: after.slice(0, at + 1),
  };
}

function matchesNothing({ statuses, queues, priorities }: TicketCriteria): boolean {
  return [statuses, queues, priorities].some((list) => list?.length === 0);
}

/** Where the tickets are looked for. */
function sourceOf(actor: Actor, { snoozed }: TicketCriteria, now: number): Condition {
  return snoozed === true ? ticketsAsleep(actor.id, now) : { text: "ticket t", values: [] };
}

/** Everything else that is asked for, but for the status. */
function conditionsOf(criteria: TicketCriteria, actor: Actor, now: number): Condition[] {
  const { queues, priorities, assigneeId, submittedBy, words, dueBefore, snoozed, digest } = criteria;
  const conditions: Condition[] = [];
  if (queues !== undefined) conditions.push(oneOf("t.queue", queues));
  if (priorities !== undefined) conditions.push(oneOf("t.priority", priorities.map(priorityRank)));
  if (submittedBy !== undefined) conditions.push({ text: "t.submitted_by = ?", values: [submittedBy] });
  if (dueBefore !== undefined) conditions.push({ text: "t.due_at < ?", values: [dueBefore] });
  if (assigneeId !== undefined) {
    conditions.push({
      text: "t.assignee_id = ? AND (t.claimed_until IS NULL OR t.claimed_until > ?)",
      values: [assigneeId, now],
    });
  }
  if (snoozed === false) conditions.push(isAwake(actor.id, now));
  if (digest !== undefined) {
    conditions.push({
      text: "t.id IN (SELECT p.ticket_id FROM proposal p WHERE p.workspace_id = t.workspace_id AND p.digest = ?)",
      values: [digest],
    });
  }
  if (words !== undefined && words.length > 0) conditions.push(containing(words));
  return conditions;
}

function containing(words: readonly string[]): Condition {
  const like = words.map(() => "p.search_text LIKE ? ESCAPE '!'").join(" AND ");
  return {
    text: `EXISTS (SELECT 1 FROM proposal p WHERE p.ticket_id = t.id AND p.revision = t.revision AND ${like})`,
    values: words.map((word) => `%${word.replace(/[!%_]/g, "!$&")}%`),
  };
}

function oneOf(column: string, values: readonly SqlValue[]): Condition {
  return { text: `${column} IN (${placeholders(values.length)})`, values };
}

function all(conditions: readonly Condition[]): Condition {
  return {
    text: conditions.map(({ text }) => text).join(" AND "),
    values: conditions.flatMap(({ values }) => values),
  };
}

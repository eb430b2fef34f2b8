import type { EventType } from "../domain/ticket-event.js";
import type { Database } from "../persistence/database.js";
import { EVENT_COLUMNS, type EventRow } from "../persistence/rows.js";
import { placeholders, type Sql, type SqlValue } from "../persistence/sql.js";

/** An event of a ticket with what decides who hears of it. */
export interface RoutedEvent extends EventRow {
  readonly ticket_id: string;
  readonly revision: number;
  readonly queue: string;
  readonly submitted_by: string;
}

/** Which routed events to read. */
export interface RoutedRange {
  readonly workspaceId: string;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo?: number;
  readonly types?: readonly EventType[];
  /**
   * Only events of tickets that this principal submitted. They are found from the tickets that changed since, rather than by
   * reading past everybody else's events.
   */
  readonly ofSubmitter?: string;
  /** A further condition on the event `e` and its ticket `t`. */
  readonly where?: { readonly text: string; readonly values: readonly SqlValue[] };
  readonly limit: number;
}

const COLUMNS = EVENT_COLUMNS.map((name) => `e.${name}`).join(", ");

/** Events of tickets in ledger order. */
export async function readRouted(sql: Sql, range: RoutedRange): Promise<RoutedEvent[]> {
  const conditions = ["e.workspace_id = ?", "e.sequence > ?"];
  const values: SqlValue[] = [range.workspaceId, range.after];
  if (range.upTo !== undefined) {
    conditions.push("e.sequence <= ?");
    values.push(range.upTo);
  }
  if (range.types !== undefined) {
    conditions.push(`e.type IN (${placeholders(range.types.length)})`);
    values.push(...range.types);
  }
  if (range.ofSubmitter !== undefined) {
    // A ticket is never older than its last event, and events are in order of time. Reads and what is of a reviewer's own list
    // leave it as it was; submitters are not told of those.
    conditions.push(
      "e.ticket_id IN (SELECT s.id FROM ticket s WHERE s.workspace_id = ? AND s.submitted_by = ? AND s.updated_at >= " +
        "COALESCE((SELECT c.occurred_at FROM audit_event c WHERE c.workspace_id = ? AND c.sequence = ?), 0))",
    );
    values.push(range.workspaceId, range.ofSubmitter, range.workspaceId, range.after);
  }
  if (range.where !== undefined) {
    conditions.push(range.where.text);
    values.push(...range.where.values);
  }
  return sql.query<RoutedEvent>(
    `SELECT ${COLUMNS}, t.queue, t.submitted_by FROM audit_event e JOIN ticket t ON t.id = e.ticket_id ` +
      `WHERE ${conditions.join(" AND ")} ORDER BY e.sequence LIMIT ${Math.trunc(range.limit)}`,
    values,
  );
}

/** The head of a workspace's ledger as committed. */
export async function readHead(sql: Sql, workspaceId: string): Promise<{ sequence: number; hash: string }> {
  const [row] = await sql.query<{ sequence: number; hash: string }>(
    "SELECT sequence, hash FROM ledger_head WHERE workspace_id = ?",
    [workspaceId],
  );
  if (row === undefined) throw new Error(`workspace ${workspaceId} has no ledger`);
  return row;
}

const PAGE = 500;

/**
 * Reads one workspace's ledger forward as it grows and hands each event on, in order, once. A wake-up only tells it to
 * look; it reads until it has reached what it was told of.
 */
export class LedgerTail {
  #position = 0;
  #known = 0;
  #reading: Promise<void> | undefined;
  #started = false;
  #closed = false;

  constructor(
    private readonly database: Database,
    readonly workspaceId: string,
    private readonly deliver: (events: readonly RoutedEvent[]) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Everything up to here has been handed on. */
  get position(): number {
    return this.#position;
  }

  /** Takes its place at the present head: what was committed before is not handed on. */
  async start(): Promise<void> {
    const { sequence } = await readHead(this.database.read, this.workspaceId);
    this.#position = sequence;
    this.#started = true;
    this.wake(sequence);
  }

  /** Says that the ledger has grown to that sequence; doubled, late or lost calls cost latency only. */
  wake(sequence: number): void {
    if (sequence > this.#known) this.#known = sequence;
    if (!this.#started || this.#closed || this.#known <= this.#position) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
  }

  close(): void {
    this.#closed = true;
  }

  async #shows(sequence: number): Promise<boolean> {
    const rows = await this.database.read.query(
      "SELECT sequence FROM audit_event WHERE workspace_id = ? AND sequence = ?",
      [this.workspaceId, sequence],
    );
    return rows.length > 0;
  }

  async #read(): Promise<void> {
    try {
      while (!this.#closed && this.#position < this.#known) {
        const target = this.#known;
        const events = await readRouted(this.database.read, {
          workspaceId: this.workspaceId,
          after: this.#position,
          upTo: target,
          limit: PAGE,
        });
        const last = events.at(-1);
        // Fewer than a page: the rest up to the target are events of no ticket, provided that the read has seen the target.
        const whole = events.length < PAGE && (last?.sequence === target || (await this.#shows(target)));
        const reached = whole ? target : last?.sequence;
        if (reached !== undefined) this.#position = reached;
        if (events.length > 0) this.deliver(events);
        // A read that lags behind the signal is tried again with the next poll.
        if (reached === undefined) return;
      }
    } catch (error) {
      // The next poll wakes it again from where it stands.
      this.failed(error);
    }
  }
}

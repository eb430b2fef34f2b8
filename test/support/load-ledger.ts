import type { DecisionStatus, ReviewOutcome } from "../../src/domain/ticket-state.js";
import { encodeCursor } from "../../src/ledger/cursor.js";
import { chainHash, type EventBody, genesisHash, parseBody } from "../../src/ledger/event-body.js";
import type { EventRow } from "../../src/persistence/rows.js";
import type { Sql } from "../../src/persistence/sql.js";
import { findEventsAfter } from "../../src/persistence/ticket-queries.js";

/** An event as the chain holds it, with its hash derived anew. */
export interface ChainEvent extends EventBody {
  readonly hash: string;
  readonly cursor: string;
}

/** How a revision was settled, as the chain says. */
export interface Settlement {
  readonly ticketId: string;
  readonly revision: number;
  readonly status: DecisionStatus;
  readonly cursor: string;
  readonly sequence: number;
}

const PAGE = 1_000;

/**
 * A workspace's chain as the tests read it: from the stored texts alone, every hash computed anew. It grows with the
 * ledger, and what it has read once is not read again.
 */
export class Chain {
  readonly events: ChainEvent[] = [];
  #hash: string;

  constructor(readonly workspaceId: string) {
    this.#hash = genesisHash(workspaceId);
  }

  /** Hash of the last event that was read. */
  get hash(): string {
    return this.#hash;
  }

  /**
   * Reads what has been added.
   * @throws Error at the first gap or wrong hash; also where what was read before is not there any more
   */
  async grow(sql: Sql): Promise<readonly ChainEvent[]> {
    await this.#stillThere(sql);
    const from = this.events.length;
    for (;;) {
      const page = await findEventsAfter(sql, this.workspaceId, this.events.length, PAGE);
      for (const row of page) this.#add(row);
      if (page.length < PAGE) break;
    }
    const [head] = await sql.query<{ sequence: number; hash: string }>(
      "SELECT sequence, hash FROM ledger_head WHERE workspace_id = ?",
      [this.workspaceId],
    );
    if (head?.sequence !== this.events.length || head.hash !== this.#hash) {
      throw new Error(
        `the head is ${JSON.stringify(head)}, the chain ends at ${this.events.length} ${this.#hash}`,
      );
    }
    return this.events.slice(from);
  }

  async #stillThere(sql: Sql): Promise<void> {
    if (this.events.length === 0) return;
    const [row] = await sql.query<{ hash: string }>(
      "SELECT hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
      [this.workspaceId, this.events.length],
    );
    if (row?.hash !== this.#hash) throw new Error(`event ${this.events.length} is gone, or another one`);
  }

  #add(row: EventRow): void {
    const sequence = this.events.length + 1;
    if (row.sequence !== sequence)
      throw new Error(`event ${sequence} is missing: ${row.sequence} comes next`);
    if (row.previous_hash !== this.#hash)
      throw new Error(`event ${sequence} does not follow the one before it`);
    const hash = chainHash(this.#hash, row.body);
    if (row.hash !== hash) throw new Error(`event ${sequence} has the wrong hash`);
    const body = parseBody(row.body);
    if (body.sequence !== sequence || body.workspace !== this.workspaceId) {
      throw new Error(`event ${sequence} says of itself that it is ${body.sequence} of ${body.workspace}`);
    }
    this.events.push({ ...body, hash, cursor: encodeCursor(sequence, hash) });
    this.#hash = hash;
  }
}

/** The decisions among the events, in ledger order. */
export function settlements(events: readonly ChainEvent[]): Settlement[] {
  return events.flatMap(({ type, ticket, revision, data, cursor, sequence }) => {
    if (ticket === null || revision === null) return [];
    if (type !== "DECIDED" && type !== "EXPIRED" && type !== "WITHDRAWN") return [];
    const status = type === "DECIDED" ? (data.status as ReviewOutcome) : type;
    return [{ ticketId: ticket, revision, status, cursor, sequence }];
  });
}

import { randomUUID } from "node:crypto";
import type { Database } from "../persistence/database.js";
import {
  deleteServers,
  deleteViewers,
  findDeadServers,
  findViewersElsewhere,
  insertViewers,
  renewServer,
  type ViewerRow,
  viewerServer,
} from "../persistence/viewer-queries.js";
import type { TicketViewerRef } from "./presence.js";

/** Milliseconds. */
const TIMES = {
  /** How often the server says that it lives: one row, however many viewers it has. */
  beat: 5_000,
  /** After which a server that says nothing has no viewers. */
  ttl: 15_000,
  /** How often what dead servers left is looked for. */
  sweep: 60_000,
} as const;

/** For how long what the other servers said may be believed without hearing from the database, milliseconds. */
export const BELIEVED_MS = TIMES.ttl;

/**
 * What this server tells the others of its viewers, and reads of theirs. Nothing here is urgent or lasting: rows are written
 * together, and where it is not known what the database holds, all of this server's are written anew.
 */
export class SharedViewers {
  readonly #server = viewerServer(randomUUID());
  /** What the database should hold. */
  readonly #wanted = new Map<string, ViewerRow>();
  /** What it holds. */
  readonly #written = new Map<string, ViewerRow>();
  readonly #changed = new Set<string>();
  /** That it is not known what it holds: a write has failed, or the server has been taken for dead. */
  #uncertain = false;
  #beatAt = Number.NEGATIVE_INFINITY;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly database: Database,
    private readonly now: () => number,
  ) {}

  /** Whether nothing is left to be written or renewed. */
  get isIdle(): boolean {
    return this.#wanted.size === 0 && this.#written.size === 0 && !this.#uncertain;
  }

  add(row: ViewerRow): void {
    const key = keyOf(row);
    this.#wanted.set(key, row);
    this.#changed.add(key);
  }

  remove(row: Pick<ViewerRow, "ticket_id" | "principal_id">): void {
    const key = keyOf(row);
    this.#wanted.delete(key);
    this.#changed.add(key);
  }

  /** Writes what has changed in one transaction, or renews the server's name where that is due, or does nothing. */
  async write(): Promise<void> {
    const now = this.now();
    // Whoever was silent for too long (a suspended process) may have been swept away.
    if (this.#written.size > 0 && now - this.#beatAt > TIMES.ttl) this.#uncertain = true;
    const { gone, come } = this.#difference();
    const beatDue = this.#wanted.size > 0 ? now - this.#beatAt >= TIMES.beat : this.#written.size > 0;
    if (gone.length + come.length === 0 && !this.#uncertain && !beatDue) return;
    const whole = this.#uncertain;
    const rows = [...this.#wanted];
    this.#uncertain = true;
    await this.database.transaction(async (sql) => {
      const { dialect } = this.database;
      if (rows.length === 0) return deleteServers(sql, [this.#server]);
      if (whole) await deleteServers(sql, [this.#server]);
      else await deleteViewers(sql, this.#server, gone);
      await renewServer(sql, dialect, this.#server, TIMES.ttl);
      await insertViewers(sql, dialect, this.#server, whole ? rows.map(([, row]) => row) : come);
    });
    this.#uncertain = false;
    this.#beatAt = now;
    this.#written.clear();
    for (const [key, row] of rows) this.#written.set(key, row);
  }

  /** Who has the tickets open on other servers, by ticket. */
  async elsewhere(ticketIds: readonly string[]): Promise<Map<string, TicketViewerRef[]>> {
    const { read, dialect } = this.database;
    const found = new Map<string, TicketViewerRef[]>(ticketIds.map((id) => [id, []]));
    for (const { ticket_id, since, ...principal } of await findViewersElsewhere(
      read,
      dialect,
      this.#server,
      ticketIds,
    )) {
      found.get(ticket_id)?.push({ principal, since: Number(since) });
    }
    return found;
  }

  /** Removes what servers left that died a while ago, where it is time to. */
  async sweep(): Promise<void> {
    const now = this.now();
    if (now - this.#sweptAt < TIMES.sweep) return;
    this.#sweptAt = now;
    const { read, dialect } = this.database;
    const dead = await findDeadServers(read, dialect, TIMES.sweep);
    if (dead.length > 0) await this.database.transaction((sql) => deleteServers(sql, dead));
  }

  /** Takes everything back that it has told the others. */
  async withdraw(): Promise<void> {
    this.#wanted.clear();
    if (!this.isIdle) await this.write();
  }

  #difference(): { gone: ViewerRow[]; come: ViewerRow[] } {
    const gone: ViewerRow[] = [];
    const come: ViewerRow[] = [];
    for (const key of this.#changed) {
      const wanted = this.#wanted.get(key);
      const written = this.#written.get(key);
      if (wanted === undefined && written !== undefined) gone.push(written);
      if (wanted !== undefined && wanted.since !== written?.since) come.push(wanted);
    }
    this.#changed.clear();
    return { gone, come };
  }
}

function keyOf(row: Pick<ViewerRow, "ticket_id" | "principal_id">): string {
  return `${row.ticket_id} ${row.principal_id}`;
}

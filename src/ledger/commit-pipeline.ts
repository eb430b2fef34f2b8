import { setTimeout as pause } from "node:timers/promises";
import { DomainError } from "../domain/domain-error.js";
import type { Database } from "../persistence/database.js";
import { CommitUnknownError, isConflict, unavailable } from "../persistence/database-errors.js";
import type { EventRow } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { Batch, type BatchOptions } from "./batch.js";
import { loadFacts, lockHead } from "./batch-facts.js";
import type { Ledger, TicketOutcome, TicketRequest, WorkspaceChange } from "./ledger.js";

/** What the pipeline is made of. */
export interface PipelineOptions extends BatchOptions {
  readonly database: Database;
  /** Commands in one batch. */
  readonly maxCommands?: number;
}

const MAX_COMMANDS = 256;
/** Commands of one workspace that may wait: beyond that, callers are told at once that the database does not keep up. */
const MAX_WAITING = 10_000;
/** Room that the texts of a batch may take of a statement: each may be stored twice, and quoting doubles at worst. */
const STATEMENT_SHARE = 1 / 8;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const CONFLICT_TRIES = 12;
/** How long the fate of a commit is asked after before its callers are told that it is unknown. */
const LOOK_UP_TRIES = 40;
const LOOK_UP_PAUSE_MS = 250;

/** Something that waits for its place in the ledger. */
type Entry = TicketEntry | ChangeEntry;

interface Waiting<Result> {
  readonly bytes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}
interface TicketEntry extends Waiting<TicketOutcome> {
  readonly request: TicketRequest;
}
interface ChangeEntry extends Waiting<readonly EventRow[]> {
  readonly change: WorkspaceChange;
}

/** Commands of one workspace that wait, and whether a batch of theirs is under way. */
interface Lane {
  readonly waiting: Entry[];
  running: boolean;
}

/**
 * The commit pipeline: commands that arrive together are committed together, in one transaction per workspace and batch,
 * and every caller is answered after the commit. See docs/adr/002-group-commit.md.
 */
export function createLedger(options: PipelineOptions): Ledger {
  return new CommitPipeline(options);
}

class CommitPipeline implements Ledger {
  readonly #lanes = new Map<string, Lane>();
  readonly #listeners: ((workspaceId: string, sequence: number) => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #closed = false;

  constructor(private readonly options: PipelineOptions) {}

  execute(request: TicketRequest): Promise<TicketOutcome> {
    return new Promise((resolve, reject) => {
      this.#enqueue(request.actor.workspaceId, { request, bytes: weigh(request), resolve, reject });
    });
  }

  change(change: WorkspaceChange): Promise<readonly EventRow[]> {
    return new Promise((resolve, reject) => {
      this.#enqueue(change.workspaceId, { change, bytes: 0, resolve, reject });
    });
  }

  onCommit(listener: (workspaceId: string, sequence: number) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #enqueue(workspaceId: string, entry: Entry): void {
    if (this.#closed) {
      entry.reject(
        new DomainError("UNAVAILABLE", "The server is shutting down; try again.", { retryAfter: 1 }),
      );
      return;
    }
    let lane = this.#lanes.get(workspaceId);
    if (lane === undefined) {
      lane = { waiting: [], running: false };
      this.#lanes.set(workspaceId, lane);
    }
    if (lane.waiting.length >= MAX_WAITING) {
      entry.reject(
        new DomainError("UNAVAILABLE", "Too much is waiting to be committed; try again.", { retryAfter: 1 }),
      );
      return;
    }
    lane.waiting.push(entry);
    if (lane.running) return;
    lane.running = true;
    // Whatever else has arrived by the end of this turn of the event loop shares the batch.
    const started = lane;
    setImmediate(() => void this.#work(workspaceId, started));
  }

  async #work(workspaceId: string, lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) await this.#commit(workspaceId, this.#take(lane));
    lane.running = false;
    this.#lanes.delete(workspaceId);
    if (this.#closed && this.#lanes.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(lane: Lane): Entry[] {
    const limit = Math.min(MAX_BATCH_BYTES, this.options.database.maxStatementBytes * STATEMENT_SHARE);
    let bytes = 0;
    let count = 0;
    for (const entry of lane.waiting) {
      bytes += entry.bytes;
      if (count > 0 && (bytes > limit || count >= (this.options.maxCommands ?? MAX_COMMANDS))) break;
      count += 1;
      // What follows a change of members must see it, and the facts of a batch are loaded before any of it runs.
      if ("change" in entry && entry.change.write !== undefined) break;
    }
    return lane.waiting.splice(0, count);
  }

  /** Commits the entries and answers every one of them. Never rejects. */
  async #commit(workspaceId: string, entries: readonly Entry[]): Promise<void> {
    try {
      const { answers, head } = await this.#run(workspaceId, entries);
      if (head !== undefined) for (const listener of this.#listeners) listener(workspaceId, head);
      for (const answer of answers) answer();
    } catch (error) {
      // One that the database chokes on must not sink the others; a refusal has been answered for itself already.
      if (entries.length > 1 && !(error instanceof DomainError)) {
        for (const entry of entries) await this.#commit(workspaceId, [entry]);
      } else {
        const reason = error instanceof ChangeRefused ? error.cause : error;
        for (const entry of entries) entry.reject(reason);
      }
    }
  }

  async #run(workspaceId: string, entries: readonly Entry[]): Promise<BatchResult> {
    for (let attempt = 1; ; attempt += 1) {
      const last: { batch?: Batch; result?: BatchResult } = {};
      try {
        return await this.options.database.transaction(async (sql) => {
          last.batch = await this.#begin(sql, workspaceId, entries);
          last.result = await runEntries(last.batch, sql, entries);
          await last.batch.flush(sql, this.options.database.dialect);
          return last.result;
        });
      } catch (error) {
        if (error instanceof CommitUnknownError && last.batch !== undefined && last.result !== undefined) {
          if (await this.#committed(last.batch, error)) return last.result;
        } else if (!isConflict(error)) {
          throw error;
        }
        if (attempt >= CONFLICT_TRIES) throw unavailable(error);
        await pause(Math.random() * 5 * 2 ** Math.min(attempt, 6));
      }
    }
  }

  async #begin(sql: Sql, workspaceId: string, entries: readonly Entry[]): Promise<Batch> {
    const head = await lockHead(sql, this.options.database, workspaceId);
    const requests = entries.flatMap((entry) => ("request" in entry ? [entry.request] : []));
    return new Batch(workspaceId, head, await loadFacts(sql, workspaceId, requests, head.now), this.options);
  }

  /**
   * Whether a batch of which the COMMIT was not answered has been committed: the hash at its last place names it, since
   * it covers everything before. The head is locked first, so a transaction that still holds it has ended by then.
   * @throws DomainError UNAVAILABLE where the database stays away
   */
  async #committed(batch: Batch, cause: unknown): Promise<boolean> {
    const { sequence, hash } = batch.newHead;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.options.database.transaction(async (sql) => {
          await lockHead(sql, this.options.database, batch.workspaceId);
          const [row] = await sql.query<{ hash: string }>(
            "SELECT hash FROM audit_event WHERE workspace_id = ? AND sequence = ?",
            [batch.workspaceId, sequence],
          );
          return row?.hash === hash;
        });
      } catch {
        if (attempt >= LOOK_UP_TRIES) throw unknownOutcome(cause);
        await pause(LOOK_UP_PAUSE_MS);
      }
    }
  }
}

/** A change of the workspace was refused for the reason in its cause. */
class ChangeRefused extends Error {}

interface BatchResult {
  readonly answers: readonly (() => void)[];
  /** The new head, where anything was written. */
  readonly head: number | undefined;
}

async function runEntries(batch: Batch, sql: Sql, entries: readonly Entry[]): Promise<BatchResult> {
  const answers: (() => void)[] = [];
  for (const entry of entries) answers.push(await runEntry(batch, sql, entry));
  const { sequence } = batch.newHead;
  return { answers, head: sequence === batch.head.sequence ? undefined : sequence };
}

/** How the entry will be answered once the batch is committed: a refusal, too, may rest on what the batch writes. */
async function runEntry(batch: Batch, sql: Sql, entry: Entry): Promise<() => void> {
  try {
    if ("request" in entry) {
      const outcome = batch.execute(entry.request);
      return () => entry.resolve(outcome);
    }
    const events = await batch.change(entry.change, sql);
    return () => entry.resolve(events);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code === "UNAVAILABLE") throw error;
    // A change may have written rows before it was refused: the transaction has to go, and the others run without it.
    if ("change" in entry) throw new ChangeRefused("a change of the workspace was refused", { cause: error });
    return () => entry.reject(error);
  }
}

/** Roughly the bytes of the texts that a request stores. */
function weigh({ command }: TicketRequest): number {
  const proposal =
    command.kind === "submit" || command.kind === "resubmit"
      ? command.proposal
      : command.kind === "decide"
        ? command.amendment
        : null;
  const said =
    command.kind === "decide" ? command.comments : command.kind === "comment" ? command.body : null;
  const length = (text: string | null | undefined): number => (text ?? "").length;
  return (
    1_000 +
    3 * (length(proposal?.title) + length(proposal?.detail) + length(proposal?.payload) + length(said))
  );
}

function unknownOutcome(cause: unknown): DomainError {
  return new DomainError(
    "UNAVAILABLE",
    "The database went away while this was being committed, so it is not known whether it was. " +
      "Send it again under the same idempotency key.",
    { retryAfter: 5, outcome: "UNKNOWN" },
    { cause },
  );
}

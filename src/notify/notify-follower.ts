import type { Database } from "../persistence/database.js";
import {
  type FollowerLag,
  findLags,
  insertDeliveries,
  lockFollower,
  readFollowed,
  saveFollower,
} from "../persistence/delivery-queries.js";
import type { Dialect } from "../persistence/dialect.js";
import { hasEndpoints } from "../persistence/endpoint-queries.js";
import type { Sql } from "../persistence/sql.js";
import { BODY_TYPES, type PlannerOptions, planDeliveries } from "./planner.js";

/** The name that positions are stored under. */
export const NOTIFY_FOLLOWER = "notify";

/** Events that are read at a time. */
const PAGE = 200;
/**
 * How long a position that nothing was planned up to may stay in memory, milliseconds: reading it again costs little. Less
 * than the lease lasts, with which it is forgotten.
 */
const UNSAVED_MS = 2_000;

/** What the follower is made of. */
export interface NotifyFollowerOptions extends PlannerOptions {
  readonly database: Database;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Where a workspace has been read to. */
interface Position {
  sequence: number;
  saved: number;
  /** When the position in memory got ahead of what is saved. */
  aheadSince: number | undefined;
}

/**
 * Reads the ledgers forward and turns each event into the deliveries that it leads to. The position is committed together with
 * them, so that an event leads to them once, whatever happens in between. For one server at a time.
 */
export class NotifyFollower {
  readonly #positions = new Map<string, Position>();

  constructor(private readonly options: NotifyFollowerOptions) {}

  /** The workspaces in which there is something to read, or a position to save. */
  async lags(): Promise<FollowerLag[]> {
    const lags = await findLags(this.options.database.read, NOTIFY_FOLLOWER);
    const now = this.options.now();
    return lags.filter(({ workspace_id, head }) => {
      const position = this.#positions.get(workspace_id);
      if (position === undefined || position.sequence < head) return true;
      return position.aheadSince !== undefined && now - position.aheadSince >= UNSAVED_MS;
    });
  }

  /** Reads a page of each; whether there is more. A workspace that fails does not hold up the others. */
  async advance(lags: readonly FollowerLag[]): Promise<boolean> {
    let more = false;
    for (const lag of lags) {
      try {
        if (await this.#read(lag)) more = true;
      } catch (error) {
        // What is stored is the truth again.
        this.#positions.delete(lag.workspace_id);
        this.options.onError(error);
      }
    }
    return more;
  }

  /** Forgets what is in memory: another server may have gone on. */
  forget(): void {
    this.#positions.clear();
  }

  async #read({ workspace_id: workspaceId, position: stored, head }: FollowerLag): Promise<boolean> {
    const { database, now } = this.options;
    let position = this.#positions.get(workspaceId);
    if (position === undefined) {
      position = { sequence: stored, saved: stored, aheadSince: undefined };
      this.#positions.set(workspaceId, position);
    }
    // The head was read before it is looked whether anybody listens: who begins to later is told what comes later.
    const deaf = !(await this.#heard(workspaceId));
    const events = deaf
      ? []
      : await readFollowed(database.read, workspaceId, position.sequence, BODY_TYPES, PAGE);
    const { rows, upTo } = await planDeliveries(database.read, workspaceId, events, this.options, now());
    const reached = deaf ? Math.max(head, position.sequence) : (upTo ?? position.sequence);
    const unsaved = position.aheadSince !== undefined && now() - position.aheadSince >= UNSAVED_MS;
    if (rows.length > 0 || unsaved || reached - position.saved >= PAGE) {
      const { saved } = position;
      await database.transaction(async (sql) => {
        await requirePosition(sql, database.dialect, workspaceId, saved);
        await insertDeliveries(sql, database.dialect, rows);
        await saveFollower(sql, database.dialect, NOTIFY_FOLLOWER, workspaceId, reached);
      });
      position.saved = reached;
      position.aheadSince = undefined;
    } else if (reached > position.saved) {
      position.aheadSince ??= now();
    }
    position.sequence = reached;
    return events.length === PAGE || (upTo !== undefined && upTo < (events.at(-1)?.sequence ?? 0));
  }

  /** Whether anybody is to be told of anything in that workspace. */
  async #heard(workspaceId: string): Promise<boolean> {
    const { database, mails, core } = this.options;
    return mails !== undefined || core || (await hasEndpoints(database.read, workspaceId));
  }
}

/** @throws Error where another server has gone on from there: what it planned must not be planned again */
async function requirePosition(
  sql: Sql,
  dialect: Dialect,
  workspaceId: string,
  expected: number,
): Promise<void> {
  const found = await lockFollower(sql, dialect, NOTIFY_FOLLOWER, workspaceId);
  if (found !== expected) throw new Error(`another server follows workspace ${workspaceId}`);
}

import { type Actor, isReviewer } from "../domain/principal.js";
import type { Database } from "../persistence/database.js";
import { findHolders, findSystemPrincipal, type Holder } from "../persistence/principal-queries.js";
import type { PrincipalRow } from "../persistence/rows.js";
import type { SqlValue } from "../persistence/sql.js";
import { placeholders } from "../persistence/sql.js";
import { toActor } from "./batch-facts.js";
import type { Ledger } from "./ledger.js";

/** What orphaned holds are looked for in, and released with. */
export interface HoldsOptions {
  readonly database: Database;
  readonly ledger: Ledger;
}

/** Tickets that are released at a time, of one member: what shares a batch or two. */
const PAGE = 200;

/**
 * Takes tickets out of the hands of those who cannot review them any more: an assignment does not lapse, and would keep
 * everybody else away. In the name of Countersign, on record as RELEASED. The rule is held against the members as they are
 * under the head's lock, so it does no harm to run this at any time, twice, or on several servers at once; which is why
 * the change of a member need not be one transaction with it: it follows the change, and a timer follows it.
 * @param of one member; everybody, unless told
 * @returns whether there may be more to release
 */
export async function releaseOrphanedHolds(
  { database, ledger }: HoldsOptions,
  of?: Holder,
): Promise<boolean> {
  let more = false;
  for (const row of await findHolders(database.read, of)) {
    const ids = await heldInVain(database, row);
    if (ids.length === 0) continue;
    const system = await findSystemPrincipal(database.read, row.workspace_id);
    if (system === undefined) throw new Error(`workspace ${row.workspace_id} has no system principal`);
    const actor = toActor(system);
    await Promise.all(
      ids.map((ticketId) => ledger.execute({ actor, ticketId, command: { kind: "release" } })),
    );
    more ||= ids.length === PAGE;
  }
  return more;
}

/** Tickets in that member's hands which they cannot review. A lapsed claim keeps nobody away. */
async function heldInVain({ read, dialect }: Database, row: PrincipalRow): Promise<string[]> {
  const member: Actor = toActor(row);
  const own = isReviewer(member) && row.removed_at === null ? member.queues : [];
  if (own === null) return [];
  const elsewhere = own.length === 0 ? "" : `AND queue NOT IN (${placeholders(own.length)}) `;
  const values: SqlValue[] = [row.workspace_id, row.id, ...own];
  const rows = await read.query<{ id: string }>(
    `SELECT id FROM ticket WHERE workspace_id = ? AND assignee_id = ? ${elsewhere}AND status = 'PENDING' ` +
      `AND (claimed_until IS NULL OR claimed_until > ${dialect.now}) ORDER BY submitted_at, id LIMIT ${PAGE}`,
    values,
  );
  return rows.map(({ id }) => id);
}

import { badInput } from "../../domain/domain-error.js";
import { LIMITS } from "../../domain/limits.js";
import type { EventType } from "../../domain/ticket-event.js";
import { cursorMatches, decodeCursor, invalidCursor } from "../../ledger/cursor.js";
import { genesisHash } from "../../ledger/event-body.js";
import { findEventHash, listEvents } from "../../persistence/event-listing.js";
import { toAuditEvent } from "../mappers/to-audit-event.js";
import { toPageInfo } from "../mappers/to-page-info.js";
import { pageSize } from "../page-size.js";
import { actorOf, type RequestContext } from "../request-context.js";
import type { AuditEventConnection } from "../types/audit-event-connection.js";

/** Which page of the audit trail. */
export interface AuditPage {
  /** Of this ticket only; whether the viewer may see it has been checked. */
  readonly ticketId?: string;
  readonly types?: readonly EventType[] | null | undefined;
  readonly first: number | null | undefined;
  /** A LedgerCursor: an edge's, or any other of this workspace's ledger. */
  readonly after?: string | null | undefined;
  /** Backwards from there, or from the end. */
  readonly newestFirst?: boolean;
}

/**
 * A page of the ledger, in its order or backwards.
 * @throws DomainError BAD_USER_INPUT for `first` and `types`, CURSOR_INVALID for a cursor that is not of this ledger
 */
export async function auditPage(context: RequestContext, page: AuditPage): Promise<AuditEventConnection> {
  const { ticketId, types, after, newestFirst = false } = page;
  const size = pageSize(page.first);
  if ((types?.length ?? 0) > LIMITS.filterList) {
    throw badInput("types", `types may have at most ${LIMITS.filterList} entries.`);
  }
  const start = newestFirst ? Number.MAX_SAFE_INTEGER : 0;
  const position = after === null || after === undefined ? start : await positionOf(context, after);
  const rows = await listEvents(context.services.read, actorOf(context), {
    ...(ticketId === undefined ? {} : { ticketId }),
    ...(types ? { types } : {}),
    after: position,
    newestFirst,
    limit: size + 1,
  });
  const edges = rows.slice(0, size).map((row) => {
    const node = toAuditEvent(row);
    return { cursor: node.cursor, node };
  });
  return {
    edges,
    pageInfo: toPageInfo(edges, { hasNextPage: rows.length > size, hasPreviousPage: position !== start }),
  };
}

/**
 * Where the cursor stands. Its hash is looked at: a cursor of a ledger that was restored since must not pass unseen.
 * @throws DomainError CURSOR_INVALID
 */
export async function positionOf(context: RequestContext, after: string): Promise<number> {
  const cursor = decodeCursor(after);
  const { workspaceId } = actorOf(context);
  const hash =
    cursor.sequence === 0
      ? genesisHash(workspaceId)
      : await findEventHash(context.services.read, workspaceId, cursor.sequence);
  if (hash === undefined || !cursorMatches(cursor, hash))
    throw invalidCursor("this ledger has no such event");
  return cursor.sequence;
}

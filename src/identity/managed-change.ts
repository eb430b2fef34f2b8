import { DomainError } from "../domain/domain-error.js";
import type { Actor, PrincipalRef } from "../domain/principal.js";
import { requireRole } from "../domain/refusals.js";
import type { Ledger, WorkspaceEvent } from "../ledger/ledger.js";
import { findPrincipal } from "../persistence/principal-queries.js";
import { parseRoles } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import type { Credential } from "./credential.js";
import { requireCredentialNow } from "./credential-now.js";
import { parseQueues } from "./queue-list.js";

/** Who changes how a workspace is set up. */
export interface Manager {
  readonly workspaceId: string;
  readonly actor: PrincipalRef;
  /** What the actor came with, where that is the API: it must not have ended. */
  readonly credential?: Pick<Credential, "kind" | "id"> | undefined;
}

/**
 * Makes a change that only an ADMIN, or Countersign itself, may make; its events follow from what the transaction finds.
 * @throws DomainError FORBIDDEN, UNAUTHENTICATED, and whatever `work` throws
 */
export async function managedChange<Result>(
  ledger: Ledger,
  { workspaceId, actor, credential }: Manager,
  work: (sql: Sql, at: number) => Promise<{ result: Result; events: readonly WorkspaceEvent[] }>,
): Promise<Result> {
  const last: { result?: Result } = {};
  await ledger.change({
    workspaceId,
    actor,
    events: [],
    write: async (sql, at) => {
      if (actor.kind !== "SYSTEM") requireRole(await actorNow(sql, { ...actor, workspaceId }), "ADMIN");
      if (credential !== undefined) await requireCredentialNow(sql, credential, at);
      const { result, events } = await work(sql, at);
      last.result = result;
      return events;
    },
  });
  if (last.result === undefined) throw new Error("a change was committed without having run");
  return last.result;
}

/**
 * An actor with the rights that they have now: a credential is known for a moment after they were taken away, and whoever
 * loses ADMIN must not use that moment to get it back.
 * @throws DomainError UNAUTHENTICATED where the membership has ended
 */
export async function actorNow(
  sql: Sql,
  actor: PrincipalRef & { readonly workspaceId: string },
): Promise<Actor> {
  const row = await findPrincipal(sql, actor.workspaceId, actor.id);
  if (row === undefined || row.removed_at !== null)
    throw new DomainError("UNAUTHENTICATED", "Your membership has ended.");
  return { ...actor, roles: parseRoles(row.roles), queues: parseQueues(row.queues) };
}

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

/** What a change led to, and what the record says of it. */
export interface Changed<Result> {
  readonly result: Result;
  readonly events: readonly WorkspaceEvent[];
}

/**
 * Makes a change that only an ADMIN, or Countersign itself, may make; its events follow from what the transaction finds.
 * @throws DomainError FORBIDDEN, UNAUTHENTICATED, and whatever `work` throws
 */
export async function managedChange<Result>(
  ledger: Ledger,
  manager: Manager,
  work: (sql: Sql, at: number) => Promise<Changed<Result>>,
): Promise<Result> {
  const mayManage = (actor: Actor): void => {
    if (actor.kind !== "SYSTEM") requireRole(actor, "ADMIN");
  };
  return memberChange(ledger, manager, mayManage, work);
}

/**
 * Makes a change that whoever `mayChange` lets may make: held against the rights and the credential as
 * they are in the transaction.
 * @param mayChange throws where the actor may not
 * @throws DomainError UNAUTHENTICATED, and whatever `mayChange` and `work` throw
 */
export async function memberChange<Result>(
  ledger: Ledger,
  { workspaceId, actor, credential }: Manager,
  mayChange: (actor: Actor) => void,
  work: (sql: Sql, at: number) => Promise<Changed<Result>>,
): Promise<Result> {
  const last: { result?: Result } = {};
  await ledger.change({
    workspaceId,
    actor,
    events: [],
    write: async (sql, at) => {
      mayChange(await actorNow(sql, { ...actor, workspaceId }));
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

import { DomainError } from "../domain/domain-error.js";
import { findKey } from "../persistence/key-queries.js";
import { findSession } from "../persistence/sign-in-queries.js";
import type { Sql } from "../persistence/sql.js";
import type { Credential } from "./credential.js";

/**
 * Holds a credential against the database under the lock of the ledger's head: it is known for a moment after it has ended,
 * and what is made with it in that moment (a key, an invitation) would last.
 * @param at milliseconds since the epoch
 * @returns when the key ends that it is; null where it has no end, or is no key
 * @throws DomainError UNAUTHENTICATED where it has ended
 */
export async function requireCredentialNow(
  sql: Sql,
  { kind, id }: Pick<Credential, "kind" | "id">,
  at: number,
): Promise<number | null> {
  if (kind === "SESSION") {
    const session = await findSession(sql, id);
    if (session === undefined || session.ended_at !== null || session.expires_at <= at) throw ended();
  }
  if (kind !== "API_KEY") return null;
  const key = await findKey(sql, id);
  if (key === undefined || key.revoked_at !== null) throw ended();
  if (key.expires_at !== null && key.expires_at <= at) throw ended();
  return key.expires_at;
}

function ended(): DomainError {
  return new DomainError("UNAUTHENTICATED", "This credential has ended.");
}

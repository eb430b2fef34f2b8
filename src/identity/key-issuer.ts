import { badInput, DomainError, notFound } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import { type Actor, hasRole, type PrincipalKind, seesEverything } from "../domain/principal.js";
import { iso, requireRole } from "../domain/refusals.js";
import type { Sql } from "../persistence/sql.js";
import type { Credential } from "./credential.js";
import { requireCredentialNow } from "./credential-now.js";
import { actorNow } from "./managed-change.js";

const DAY_MS = 86_400_000;

/** Whoever makes keys over the API. The operator's command line is bound by none of the rules below. */
export type KeyIssuer = Pick<Credential, "kind" | "id" | "actor">;

/** An issuer as found under the lock of the ledger's head: a credential is known for a moment after it has ended. */
export interface IssuerNow {
  readonly actor: Actor;
  /** When the key ends with which the issuer came; null where it does not, or they came otherwise. */
  readonly keyEnds: number | null;
}

/**
 * Who issues keys, with the rights that they have now.
 * @param at milliseconds since the epoch
 * @throws DomainError UNAUTHENTICATED where the credential or the membership has ended, FORBIDDEN for a machine
 */
export async function issuerNow(sql: Sql, { kind, id, actor }: KeyIssuer, at: number): Promise<IssuerNow> {
  requireHuman(actor);
  return { actor: await actorNow(sql, actor), keyEnds: await requireCredentialNow(sql, { kind, id }, at) };
}

/**
 * A human makes keys for themselves, an ADMIN for agents too; nobody makes one for another human.
 * @throws DomainError FORBIDDEN
 */
export function requireMayMakeKeyOf(
  actor: Actor,
  holder: { readonly id: string; readonly kind: PrincipalKind },
): void {
  requireHuman(actor);
  if (holder.id === actor.id) return;
  requireRole(actor, "ADMIN");
  if (holder.kind !== "AGENT") {
    throw new DomainError(
      "FORBIDDEN",
      "Humans make their keys themselves; a key is made for oneself or an agent.",
    );
  }
}

/**
 * Whoever holds a key may end it, and an ADMIN any.
 * @throws DomainError NOT_FOUND where the actor may not know of the key, FORBIDDEN
 */
export function requireMayRevoke(actor: Actor, key: { readonly principalId: string }): void {
  if (key.principalId === actor.id || hasRole(actor, "ADMIN")) return;
  requireMaySeeKeysOf(actor, key.principalId);
  requireRole(actor, "ADMIN");
}

/**
 * Auditors and admins see every key of their workspace, everybody else their own.
 * @throws DomainError NOT_FOUND
 */
export function requireMaySeeKeysOf(actor: Actor, principalId: string): void {
  if (principalId !== actor.id && !seesEverything(actor)) throw notFound("key");
}

/**
 * When a new key ends: as asked for, or by default as late as it may.
 * @param issuer undefined for the operator, whose keys may last for ever
 * @throws DomainError BAD_USER_INPUT
 */
export function keyExpiry(
  asked: number | null,
  holder: PrincipalKind,
  issuer: IssuerNow | undefined,
  at: number,
): number | null {
  if (asked !== null && !(Number.isSafeInteger(asked) && asked > at)) {
    throw badInput("expiresAt", "expiresAt must be an instant in the future.");
  }
  if (issuer === undefined) return asked;
  const { keyEnds } = issuer;
  if (asked === null) {
    const usual = holder === "HUMAN" ? at + LIMITS.personalKeyUsualDays * DAY_MS : null;
    return usual === null || keyEnds === null ? (usual ?? keyEnds) : Math.min(usual, keyEnds);
  }
  if (keyEnds !== null && asked > keyEnds) {
    throw badInput(
      "expiresAt",
      `A key may not outlive the key that it is made with, which ends at ${iso(keyEnds)}. Sign in by browser for a longer one.`,
    );
  }
  if (holder === "HUMAN" && asked > at + LIMITS.personalKeyDays * DAY_MS) {
    throw badInput("expiresAt", `A human's key lasts for at most ${LIMITS.personalKeyDays} days.`);
  }
  return asked;
}

function requireHuman({ kind }: Actor): void {
  if (kind !== "HUMAN") throw new DomainError("FORBIDDEN", "Only humans make keys.");
}

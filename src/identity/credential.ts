import { DomainError } from "../domain/domain-error.js";
import type { Actor } from "../domain/principal.js";
import type { CredentialPrincipal } from "../persistence/principal-queries.js";
import { parseRoles } from "../persistence/rows.js";
import { parseQueues } from "./queue-list.js";

/** What proves who a caller is: a key (or a token made from it), a browser's session, or a JWT of the identity provider. */
export type CredentialKind = "API_KEY" | "SESSION" | "PROVIDER_TOKEN";

/** Who a caller is, as the credential proves it. */
export interface Credential {
  readonly kind: CredentialKind;
  /** Of the key, the session, or the identity at the provider. */
  readonly id: string;
  readonly actor: Actor;
  /** Milliseconds since the epoch: the earliest of its ends; null where it has none. */
  readonly expiresAt: number | null;
}

/** One kind of credential: what the authenticator is made of. */
export interface CredentialSource {
  readonly kind: CredentialKind;
  /**
   * Those of its credentials that would still be given, by what the database says now.
   * @param now milliseconds since the epoch
   */
  stillValid(credentials: readonly Credential[], now: number): Promise<readonly Credential[]>;
}

/** JWTs of the identity provider, for frontends with a sign-in of their own. */
export interface ProviderCredentials extends CredentialSource {
  /** @throws DomainError UNAUTHENTICATED, FORBIDDEN where the claims let nobody in, UNAVAILABLE */
  fromJwt(text: string): Promise<Credential>;
}

/** What an actor was made from, so that thousands of them are compared with the database without any parsing. */
const madeFrom = new WeakMap<Actor, string>();

/**
 * The actor that a credential's principal is.
 * @param onBehalfOf the human behind an agent's key, where one is named
 */
export function actorFrom(row: CredentialPrincipal, onBehalfOf: string | null = null): Actor {
  const actor: Actor = {
    id: row.principal_id,
    name: row.principal_name,
    kind: row.kind,
    workspaceId: row.workspace_id,
    roles: parseRoles(row.roles),
    queues: parseQueues(row.queues),
    ...(onBehalfOf === null ? {} : { onBehalfOf }),
  };
  madeFrom.set(actor, principalText(row));
  return actor;
}

/** What {@link isUnchanged} compares: worked out once for many credentials of one principal. */
export function principalText(row: CredentialPrincipal): string {
  const { principal_id: id, principal_name: name, kind, workspace_id: workspace, roles, queues } = row;
  return `${workspace} ${id} ${kind} ${roles} ${queues} ${row.removed_at} ${name}`;
}

/** Whether the credential's principal is what it was. */
export function isUnchanged({ actor }: Credential, text: string): boolean {
  return madeFrom.get(actor) === text;
}

/** The earliest of some ends; null where there is none. */
export function earliest(...ends: readonly (number | null)[]): number | null {
  const given = ends.filter((end) => end !== null);
  return given.length === 0 ? null : Math.min(...given);
}

/** One message for every cause: which of them it is helps only who guesses. */
export function unauthenticated(): DomainError {
  return new DomainError(
    "UNAUTHENTICATED",
    "This credential is not valid. Send `Authorization: Bearer <API key or token>` with one that is neither expired nor revoked, or sign in again.",
  );
}

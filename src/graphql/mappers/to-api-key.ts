import type { KeyInfo } from "../../identity/keys.js";
import type { ApiKey } from "../types/api-key.js";

/** A key as the API shows it. Whatever else is known of it stays here. */
export function toApiKey(key: KeyInfo): ApiKey {
  const { id, label, principalId, name, kind, roles, onBehalfOf, createdAt, expiresAt, revokedAt } = key;
  const principal = { id: principalId, name, kind };
  return { id, label, principal, roles, behind: onBehalfOf, createdAt, expiresAt, revokedAt };
}

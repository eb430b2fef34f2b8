import { setImmediate as turn } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Database } from "../persistence/database.js";
import { findKey, findKeys, type KeyWithPrincipalRow } from "../persistence/key-queries.js";
import { parseApiKey } from "./api-key.js";
import {
  actorFrom,
  type Credential,
  type CredentialSource,
  earliest,
  isUnchanged,
  principalText,
  unauthenticated,
} from "./credential.js";
import { secretMatches } from "./secret-text.js";
import type { SigningKeys } from "./signing-key.js";
import { verifyToken } from "./token.js";

/** API keys, and the short-lived tokens that are made from them. */
export interface KeyCredentials extends CredentialSource {
  /** @throws DomainError UNAUTHENTICATED */
  fromKey(text: string): Promise<Credential>;
  /** @throws DomainError UNAUTHENTICATED */
  fromToken(text: string): Promise<Credential>;
}

/** How long a revoked key may go on working for new requests; open sockets are looked after by `stillValid`. */
const CACHE_MS = 2_000;
const CACHE_KEYS = 20_000;
/** Keys that are looked up at a time where thousands of sockets are looked after: others must get their turn between. */
const SWEEP = 200;

export function createKeyCredentials(
  database: Pick<Database, "read">,
  keys: SigningKeys,
  now: () => number,
): KeyCredentials {
  // Keys that do not exist are not kept, so that guesses cannot push out what is in use.
  const rows = new LRUCache<string, KeyWithPrincipalRow>({
    max: CACHE_KEYS,
    ttl: CACHE_MS,
    fetchMethod: (id) => findKey(database.read, id),
  });
  return {
    kind: "API_KEY",
    async fromKey(text) {
      const presented = parseApiKey(text);
      if (presented === undefined) throw unauthenticated();
      const known = rows.get(presented.id);
      if (known !== undefined && secretMatches(presented, known.secret_hash))
        return keyCredential(known, null, now());
      // What does not match asks the database anew, as an unknown one does: else the time would tell which keys are in use.
      const row = await rows.fetch(presented.id, { forceRefresh: true });
      if (!secretMatches(presented, row?.secret_hash) || row === undefined) throw unauthenticated();
      return keyCredential(row, null, now());
    },
    async fromToken(text) {
      const token = await verifyToken(keys, text, now());
      if (token === undefined) throw unauthenticated();
      const row = await rows.fetch(token.keyId);
      const same = row?.principal_id === token.principalId && row.workspace_id === token.workspaceId;
      if (!same) throw unauthenticated();
      return keyCredential(row, token.expiresAt, now());
    },
    async stillValid(credentials, instant) {
      const ids = [...new Set(credentials.map((credential) => credential.id))];
      const found = new Map<string, FoundKey>();
      for (let from = 0; from < ids.length; from += SWEEP) {
        if (from > 0) await turn();
        for (const row of await findKeys(database.read, ids.slice(from, from + SWEEP))) {
          found.set(row.id, { row, principal: principalText(row) });
        }
      }
      return credentials.filter((credential) => holds(credential, found.get(credential.id), instant));
    },
  };
}

interface FoundKey {
  readonly row: KeyWithPrincipalRow;
  readonly principal: string;
}

/**
 * What a key's row proves, on its own or through a token made from it (`tokenEnds`).
 * @throws DomainError UNAUTHENTICATED where it has ended
 */
export function keyCredential(row: KeyWithPrincipalRow, tokenEnds: number | null, now: number): Credential {
  const expiresAt = earliest(row.expires_at, tokenEnds);
  const ended = row.revoked_at !== null || row.removed_at !== null;
  if (ended || (expiresAt !== null && expiresAt <= now)) throw unauthenticated();
  return { kind: "API_KEY", id: row.id, actor: actorFrom(row, row.on_behalf_of), expiresAt };
}

function holds(credential: Credential, found: FoundKey | undefined, now: number): boolean {
  if (found === undefined || found.row.revoked_at !== null) return false;
  if (found.row.expires_at !== null && found.row.expires_at <= now) return false;
  return isUnchanged(credential, found.principal);
}

import { setImmediate as turn } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { DomainError } from "../domain/domain-error.js";
import type { Actor } from "../domain/principal.js";
import type { Database } from "../persistence/database.js";
import { findKey, findKeys, type KeyWithPrincipalRow } from "../persistence/identity-queries.js";
import { parseRoles } from "../persistence/rows.js";
import { looksLikeApiKey, parseApiKey, secretMatches } from "./api-key.js";
import { parseQueues } from "./keys.js";
import type { SigningKeys } from "./signing-key.js";
import { verifyToken } from "./token.js";

/** Who a caller is, as the credential proves it. */
export interface Credential {
  readonly actor: Actor;
  /** The API key that it is, or that the token was made from. */
  readonly keyId: string;
  /** Milliseconds since the epoch: the earlier end of token and key; null where neither ends. */
  readonly expiresAt: number | null;
}

export interface Authenticator {
  /**
   * Who presents this API key or token (what follows `Bearer `).
   * @throws DomainError UNAUTHENTICATED, with one message for every cause: which of them it is helps only who guesses
   */
  authenticate(bearer: string): Promise<Credential>;
  /**
   * Those of the credentials that would still be given: their key neither revoked nor expired, and the principal's kind,
   * name, roles and queues what they were. Asks the database afresh, in few statements however many they are. Only
   * credentials that this authenticator gave (or copies of them) hold.
   */
  stillValid(credentials: Iterable<Credential>): Promise<Set<Credential>>;
}

export interface AuthenticatorOptions {
  readonly database: Pick<Database, "read">;
  readonly keys: SigningKeys;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** How long a revoked key may go on working for new requests; open sockets are looked after by `stillValid`. */
const CACHE_MS = 2_000;
const CACHE_KEYS = 20_000;
/** Keys that are looked up at a time where thousands of sockets are looked after: others must get their turn between. */
const SWEEP = 200;
/** Longer texts are no credentials of ours; refused before anything is computed. */
const MAX_LENGTH = 4_096;

export function createAuthenticator({ database, keys, now = Date.now }: AuthenticatorOptions): Authenticator {
  // Keys that do not exist are not kept, so that guesses cannot push out what is in use.
  const rows = new LRUCache<string, KeyWithPrincipalRow>({
    max: CACHE_KEYS,
    ttl: CACHE_MS,
    fetchMethod: (id) => findKey(database.read, id),
  });

  async function fromKey(text: string): Promise<Credential> {
    const presented = parseApiKey(text);
    if (presented === undefined) throw unauthenticated();
    const row = await rows.fetch(presented.id);
    if (!secretMatches(presented, row?.secret_hash) || row === undefined) throw unauthenticated();
    return credentialOf(row, null, now());
  }

  async function fromToken(text: string): Promise<Credential> {
    const token = await verifyToken(keys, text, now());
    if (token === undefined) throw unauthenticated();
    const row = await rows.fetch(token.keyId);
    const same = row?.principal_id === token.principalId && row.workspace_id === token.workspaceId;
    if (!same) throw unauthenticated();
    return credentialOf(row, token.expiresAt, now());
  }

  async function stillValid(credentials: Iterable<Credential>): Promise<Set<Credential>> {
    const open = [...credentials];
    const ids = [...new Set(open.map((credential) => credential.keyId))];
    const found = new Map<string, FoundKey>();
    for (let from = 0; from < ids.length; from += SWEEP) {
      if (from > 0) await turn();
      for (const row of await findKeys(database.read, ids.slice(from, from + SWEEP))) {
        found.set(row.id, { row, principal: principalText(row) });
      }
    }
    const instant = now();
    return new Set(open.filter((credential) => holds(credential, found.get(credential.keyId), instant)));
  }

  return {
    authenticate: async (bearer) => {
      if (bearer.length > MAX_LENGTH) throw unauthenticated();
      return looksLikeApiKey(bearer) ? fromKey(bearer) : fromToken(bearer);
    },
    stillValid,
  };
}

interface FoundKey {
  readonly row: KeyWithPrincipalRow;
  readonly principal: string;
}

/** What an actor was made from, so that thousands of them are compared with the database without any parsing. */
const madeFrom = new WeakMap<Actor, string>();

function credentialOf(row: KeyWithPrincipalRow, tokenEnds: number | null, now: number): Credential {
  const ends = [row.expires_at, tokenEnds].filter((end) => end !== null);
  const expiresAt = ends.length === 0 ? null : Math.min(...ends);
  if (row.revoked_at !== null || (expiresAt !== null && expiresAt <= now)) throw unauthenticated();
  return { actor: actorOf(row), keyId: row.id, expiresAt };
}

function holds(credential: Credential, found: FoundKey | undefined, now: number): boolean {
  if (found === undefined || found.row.revoked_at !== null) return false;
  if (credential.expiresAt !== null && credential.expiresAt <= now) return false;
  if (found.row.expires_at !== null && found.row.expires_at <= now) return false;
  return madeFrom.get(credential.actor) === found.principal;
}

function actorOf(row: KeyWithPrincipalRow): Actor {
  const actor: Actor = {
    id: row.principal_id,
    name: row.principal_name,
    kind: row.kind,
    workspaceId: row.workspace_id,
    roles: parseRoles(row.roles),
    queues: parseQueues(row.queues),
  };
  madeFrom.set(actor, principalText(row));
  return actor;
}

function principalText(row: KeyWithPrincipalRow): string {
  const { principal_id: id, principal_name: name, kind, workspace_id: workspace, roles, queues } = row;
  return `${workspace} ${id} ${kind} ${roles} ${queues} ${name}`;
}

function unauthenticated(): DomainError {
  return new DomainError(
    "UNAUTHENTICATED",
    "This credential is not valid. Send `Authorization: Bearer <API key or token>` with one that is neither expired nor revoked.",
  );
}

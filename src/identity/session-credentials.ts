import { LRUCache } from "lru-cache";
import { DomainError } from "../domain/domain-error.js";
import type { Database } from "../persistence/database.js";
import {
  findSession,
  findSessions,
  markSeen,
  type SessionWithPrincipalRow,
} from "../persistence/sign-in-queries.js";
import {
  actorFrom,
  type Credential,
  type CredentialSource,
  isUnchanged,
  principalText,
  unauthenticated,
} from "./credential.js";
import { secretMatches } from "./secret-text.js";
import { parseSession } from "./session.js";

/** Browsers' sessions. */
export interface SessionCredentials extends CredentialSource {
  /**
   * Who the cookie's text belongs to. Counts as use of the session: its idle time begins again.
   * @throws DomainError UNAUTHENTICATED
   */
  fromCookie(text: string): Promise<Credential>;
  /** Says that the session is in use, where a request came over something that was opened earlier. */
  touch(credential: Credential): void;
  /** Makes this process forget what it knows of a session, so that an end counts at once. */
  forget(sessionId: string): void;
}

export interface SessionCredentialsOptions {
  readonly database: Pick<Database, "read" | "transaction">;
  /** After how long without a request a session ends, milliseconds. */
  readonly idleMs: number;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** How long an ended session may go on working for new requests on another server. */
const CACHE_MS = 2_000;
const CACHE_SESSIONS = 20_000;
/** Use is noted this often at most, so that a busy page is no load on the database. */
const SEEN_MS = 60_000;

export function createSessionCredentials(options: SessionCredentialsOptions): SessionCredentials {
  const { database, idleMs, now, onError } = options;
  const rows = new LRUCache<string, SessionWithPrincipalRow>({
    max: CACHE_SESSIONS,
    ttl: CACHE_MS,
    fetchMethod: (id) => findSession(database.read, id),
  });
  const noted = new LRUCache<string, true>({ max: CACHE_SESSIONS, ttl: Math.min(SEEN_MS, idleMs / 4) });

  const note = (id: string): void => {
    if (noted.has(id)) return;
    noted.set(id, true);
    const at = now();
    database
      .transaction((sql) => markSeen(sql, id, at))
      .catch((error: unknown) => {
        noted.delete(id);
        onError(error);
      });
  };
  const isOpen = (row: SessionWithPrincipalRow, instant: number): boolean =>
    row.ended_at === null &&
    row.removed_at === null &&
    row.kind === "HUMAN" &&
    row.expires_at > instant &&
    row.seen_at + idleMs > instant;

  return {
    kind: "SESSION",
    async fromCookie(text) {
      const presented = parseSession(text);
      if (presented === undefined) throw unauthenticated();
      const known = rows.get(presented.id);
      // What does not match asks the database anew, as an unknown one does: else the time would tell which sessions are open.
      const row =
        known !== undefined && secretMatches(presented, known.secret_hash)
          ? known
          : await rows.fetch(presented.id, { forceRefresh: true });
      if (!secretMatches(presented, row?.secret_hash) || row === undefined) throw unauthenticated();
      // Said to nobody but who has the right cookie, so that a tab that was left open is not taken for somebody who guesses.
      if (!isOpen(row, now()))
        throw new DomainError("UNAUTHENTICATED", "Your session has ended: sign in again.", {
          reason: "SESSION_ENDED",
        });
      note(row.id);
      return { kind: "SESSION", id: row.id, actor: actorFrom(row), expiresAt: row.expires_at };
    },
    touch: ({ kind, id }) => {
      if (kind === "SESSION") note(id);
    },
    forget: (sessionId) => {
      rows.delete(sessionId);
    },
    async stillValid(credentials, instant) {
      const ids = [...new Set(credentials.map((credential) => credential.id))];
      const open = (await findSessions(database.read, ids)).filter((row) => isOpen(row, instant));
      const found = new Map(open.map((row) => [row.id, principalText(row)]));
      return credentials.filter((credential) => {
        const principal = found.get(credential.id);
        return principal !== undefined && isUnchanged(credential, principal);
      });
    },
  };
}

import { DomainError } from "../domain/domain-error.js";
import type { Actor, PrincipalRef } from "../domain/principal.js";
import { iso } from "../domain/refusals.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Database } from "../persistence/database.js";
import { fingerprintOf } from "../persistence/fingerprint.js";
import { findPrincipal } from "../persistence/principal-queries.js";
import {
  endSession,
  endSessionsOf,
  findSignInLink,
  insertSession,
  markLinkUsed,
  type SignInLinkWithPrincipalRow,
} from "../persistence/sign-in-queries.js";
import type { Sql } from "../persistence/sql.js";
import { secretMatches } from "./secret-text.js";
import { newSession } from "./session.js";
import { parseSignInLink } from "./sign-in-link.js";

/** A session in the only moment in which its text is known. */
export interface OpenedSession {
  readonly id: string;
  /** What the browser's cookie is to hold. */
  readonly text: string;
  /** Milliseconds since the epoch: its end in any case. */
  readonly expiresAt: number;
  readonly principal: PrincipalRef;
}

/** How somebody came in, as the record tells it. */
export type CameInBy = { readonly linkId: string } | { readonly issuer: string; readonly identityId: string };

/** What sessions are made of and stored in. */
export interface SessionStore {
  readonly ledger: Ledger;
  readonly database: Database;
  /** After how long a session ends in any case, milliseconds. */
  readonly sessionMs: number;
}

/**
 * Who a sign-in link would let in; nothing is used up. For the page that asks for a click.
 * @param now milliseconds since the epoch
 * @throws DomainError UNAUTHENTICATED, with one message for every cause
 */
export async function lookAtLink(sql: Sql, text: string, now: number): Promise<SignInLinkWithPrincipalRow> {
  const presented = parseSignInLink(text);
  if (presented === undefined) throw linkRefused();
  const row = await findSignInLink(sql, presented.id);
  if (!secretMatches(presented, row?.secret_hash) || row === undefined) throw linkRefused();
  if (row.used_at !== null || row.expires_at <= now || row.removed_at !== null) throw linkRefused();
  return row;
}

/**
 * Uses a link up and opens a session, on record as SIGNED_IN. However many use it at once, one gets in.
 * @throws DomainError UNAUTHENTICATED
 */
export async function signInByLink(store: SessionStore, text: string, now: number): Promise<OpenedSession> {
  const link = await lookAtLink(store.database.read, text, now);
  return openSession(store, link.workspace_id, link.principal_id, { linkId: link.id }, async (sql, at) => {
    const row = await findSignInLink(sql, link.id);
    if (row === undefined || row.used_at !== null || row.expires_at <= at) throw linkRefused();
    await markLinkUsed(sql, link.id, at);
  });
}

/**
 * Opens a session for a member, on record as SIGNED_IN.
 * @param alongside runs first, in the same transaction
 * @throws DomainError UNAUTHENTICATED where there is no such member any more
 */
export async function openSession(
  { ledger, database, sessionMs }: SessionStore,
  workspaceId: string,
  principalId: string,
  by: CameInBy,
  alongside: (sql: Sql, at: number) => Promise<void> = async () => undefined,
): Promise<OpenedSession> {
  const principal = await findPrincipal(database.read, workspaceId, principalId);
  if (principal === undefined) throw linkRefused();
  const session = newSession();
  const ref = { id: principal.id, name: principal.name, kind: principal.kind };
  const opened: { expiresAt?: number } = {};
  await ledger.change({
    workspaceId,
    actor: ref,
    events: [],
    write: async (sql, at) => {
      const now = await findPrincipal(sql, workspaceId, principalId);
      if (now === undefined || now.removed_at !== null || now.kind !== "HUMAN") throw linkRefused();
      await alongside(sql, at);
      const expiresAt = at + sessionMs;
      opened.expiresAt = expiresAt;
      await insertSession(sql, {
        id: session.id,
        workspace_id: workspaceId,
        principal_id: principalId,
        secret_hash: session.secretHash,
        created_at: at,
        seen_at: at,
        expires_at: expiresAt,
        ended_at: null,
      });
      const data = {
        sessionId: session.id,
        fingerprint: fingerprintOf(session.secretHash),
        expiresAt: iso(expiresAt),
        ...by,
      };
      return [{ type: "SIGNED_IN", data }];
    },
  });
  if (opened.expiresAt === undefined) throw new Error("a session was committed without having been made");
  return { id: session.id, text: session.text, expiresAt: opened.expiresAt, principal: ref };
}

/**
 * Ends one session, or with `everywhere` all of the person's, on every server; links that were not used go too.
 * @param now milliseconds since the epoch
 */
export async function signOut(
  database: Database,
  { workspaceId, id: principalId }: Pick<Actor, "workspaceId" | "id">,
  { sessionId, everywhere, now }: { sessionId: string; everywhere: boolean; now: number },
): Promise<void> {
  await database.transaction((sql) =>
    everywhere
      ? endSessionsOf(sql, workspaceId, principalId, now)
      : endSession(sql, workspaceId, sessionId, now),
  );
}

function linkRefused(): DomainError {
  return new DomainError(
    "UNAUTHENTICATED",
    "This sign-in link does not work: it was used, replaced by a newer one, or is older than 15 minutes. Ask for another one.",
  );
}

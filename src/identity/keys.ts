import { typeid } from "typeid-js";
import { badInput, notFound } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import type { PrincipalKind, PrincipalRef, Role } from "../domain/principal.js";
import { iso } from "../domain/refusals.js";
import type { Ledger, WorkspaceEvent } from "../ledger/ledger.js";
import { fingerprintOf } from "../persistence/fingerprint.js";
import {
  findKey,
  insertKey,
  type KeyWithPrincipalRow,
  listKeyRows,
  markRevoked,
  setKeyExpiry,
} from "../persistence/key-queries.js";
import { findPrincipal, insertPrincipal } from "../persistence/principal-queries.js";
import { type PrincipalRow, parseRoles } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { newApiKey } from "./api-key.js";
import { checkedRoles, memberEvent } from "./members.js";
import { requiredName } from "./names.js";
import { parseQueues, queuesColumn } from "./queue-list.js";
import { requireQueues } from "./queues.js";

/** What every new key has. */
interface KeyTerms {
  readonly workspaceId: string;
  /** Milliseconds since the epoch; null for a key that does not expire. */
  readonly expiresAt: number | null;
  /** What it is for; the principal's name, unless told. */
  readonly label?: string | undefined;
  /** The human behind an agent's key: who cannot review what it submits. */
  readonly onBehalfOf?: string | null | undefined;
  /** Who creates it, for the record. */
  readonly actor: PrincipalRef;
}

/** Whom a new key is for: somebody new. */
export interface NewPrincipal extends KeyTerms {
  readonly name: string;
  readonly kind: Exclude<PrincipalKind, "SYSTEM">;
  readonly roles: readonly Role[];
  /** The queues that a reviewer works in; null means every queue. */
  readonly queues: readonly string[] | null;
}

/** Whom a new key is for: somebody who has one, or had. */
export interface FurtherKey extends KeyTerms {
  readonly principalId: string;
}

/** A key that is to be replaced. */
export interface Rotation {
  readonly workspaceId: string;
  readonly keyId: string;
  /** How long the old key goes on working, milliseconds, where it does not end before. */
  readonly overlapMs: number;
  /** Of the new key: milliseconds since the epoch; null for never. */
  readonly expiresAt: number | null;
  readonly actor: PrincipalRef;
}

/** What is known of a key after its making. */
export interface KeyInfo {
  readonly id: string;
  readonly principalId: string;
  /** Of the principal. */
  readonly name: string;
  readonly label: string;
  readonly kind: PrincipalKind;
  readonly roles: readonly Role[];
  readonly queues: readonly string[] | null;
  readonly onBehalfOf: string | null;
  /** Milliseconds since the epoch, like those below. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** A key in the only moment in which its text is known. */
export interface CreatedKey extends KeyInfo {
  readonly key: string;
}

/** A key whose text is known already, and what will make it valid. */
export interface PlannedKey {
  readonly text: string;
  /** For a change of the workspace: writes the rows and returns the events. */
  readonly write: (sql: Sql, at: number) => Promise<readonly WorkspaceEvent[]>;
  /** What was made, once that is committed. */
  readonly created: () => CreatedKey;
}

/**
 * Creates a principal and its first key, on the record as MEMBER_CHANGED and API_KEY_CREATED.
 * @throws DomainError BAD_USER_INPUT; an agent never gets a role that signs off
 */
export async function createPrincipalWithKey(ledger: Ledger, input: NewPrincipal): Promise<CreatedKey> {
  return commitKey(ledger, input, planPrincipalWithKey(input));
}

/**
 * What {@link createPrincipalWithKey} would commit: for who has to keep the key's text before it is valid, or to make
 * several at once.
 * @throws DomainError BAD_USER_INPUT, as above
 */
export function planPrincipalWithKey(input: NewPrincipal): PlannedKey {
  const { workspaceId } = input;
  const name = requiredName(input.name, "name", LIMITS.principalName);
  const kind = checkedKind(input.kind);
  const roles = JSON.stringify(checkedRoles(input.roles, kind));
  const queues = input.queues === null ? null : [...new Set(input.queues)].sort();
  const id = typeid("principal").toString();
  return planKey(input, async (sql, at) => {
    await requireQueues(sql, workspaceId, queues);
    const row: PrincipalRow = {
      id,
      workspace_id: workspaceId,
      name,
      kind,
      roles,
      queues: queuesColumn(queues),
      email: null,
      created_at: at,
      removed_at: null,
    };
    await insertPrincipal(sql, row);
    return { principal: row, events: [memberEvent(row)] };
  });
}

/**
 * Creates another key for a principal, on the record as API_KEY_CREATED.
 * @throws DomainError NOT_FOUND where the workspace has no such agent or human, BAD_USER_INPUT
 */
export async function createKey(ledger: Ledger, input: FurtherKey): Promise<CreatedKey> {
  const plan = planKey(input, async (sql) => {
    const principal = await findPrincipal(sql, input.workspaceId, input.principalId);
    if (principal === undefined || principal.kind === "SYSTEM" || principal.removed_at !== null)
      throw notFound("principal");
    return { principal, events: [] };
  });
  return commitKey(ledger, input, plan);
}

/**
 * Replaces a key: a new one for the same principal and purpose, and a nearer end for the old one, so that whoever uses it
 * has time to change over. On the record as API_KEY_CREATED, which names the old key and its end.
 * @throws DomainError NOT_FOUND, BAD_USER_INPUT where it has ended already
 */
export async function rotateKey(ledger: Ledger, read: Sql, input: Rotation): Promise<CreatedKey> {
  const { workspaceId, keyId, overlapMs, expiresAt, actor } = input;
  const known = await keyIn(read, workspaceId, keyId);
  const terms = { workspaceId, expiresAt, label: known.label, onBehalfOf: known.onBehalfOf, actor };
  const plan = planKey(terms, async (sql, at) => {
    const old = await keyIn(sql, workspaceId, keyId);
    const principal = await findPrincipal(sql, workspaceId, old.principalId);
    if (principal === undefined || principal.removed_at !== null) throw notFound("key");
    if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= at))
      throw badInput("keyId", "This key has ended already; create a new one.");
    const until = Math.min(at + overlapMs, old.expiresAt ?? Number.POSITIVE_INFINITY);
    await setKeyExpiry(sql, workspaceId, keyId, until);
    return { principal, events: [], replaces: { keyId, until: iso(until) } };
  });
  return commitKey(ledger, terms, plan);
}

/**
 * Ends a key, on the record as API_KEY_REVOKED; one that is revoked already stays as it is.
 * @throws DomainError NOT_FOUND where the workspace has no such key
 */
export async function revokeKey(
  ledger: Ledger,
  input: { readonly workspaceId: string; readonly keyId: string; readonly actor: PrincipalRef },
): Promise<KeyInfo> {
  const { workspaceId, keyId, actor } = input;
  const revoked: { key?: KeyInfo } = {};
  await ledger.change({
    workspaceId,
    actor,
    events: [],
    write: async (sql, at) => {
      const known = await keyIn(sql, workspaceId, keyId);
      revoked.key = { ...known, revokedAt: known.revokedAt ?? at };
      if (known.revokedAt !== null) return [];
      await markRevoked(sql, workspaceId, keyId, at);
      return [{ type: "API_KEY_REVOKED", data: { keyId, principalId: known.principalId } }];
    },
  });
  if (revoked.key === undefined) throw new Error("a change was committed without having run");
  return revoked.key;
}

/** The keys of a workspace, oldest first, without their secrets; only those of one principal where it is named. */
export async function listKeys(sql: Sql, workspaceId: string, principalId?: string): Promise<KeyInfo[]> {
  return (await listKeyRows(sql, workspaceId, principalId)).map(toKeyInfo);
}

/**
 * What is known of a key.
 * @throws DomainError NOT_FOUND
 */
export async function keyIn(sql: Sql, workspaceId: string, keyId: string): Promise<KeyInfo> {
  const row = await findKey(sql, keyId);
  if (row === undefined || row.workspace_id !== workspaceId) throw notFound("key");
  return toKeyInfo(row);
}

/** For whom a key is committed, found or made in the same transaction. */
interface KeyHolder {
  readonly principal: PrincipalRow;
  readonly events: readonly WorkspaceEvent[];
  readonly replaces?: { readonly keyId: string; readonly until: string };
}

async function commitKey(
  ledger: Ledger,
  { workspaceId, actor }: KeyTerms,
  { write, created }: PlannedKey,
): Promise<CreatedKey> {
  await ledger.change({ workspaceId, actor, events: [], write });
  return created();
}

function planKey(terms: KeyTerms, holderOf: (sql: Sql, at: number) => Promise<KeyHolder>): PlannedKey {
  const { workspaceId } = terms;
  const expiresAt = checkedExpiry(terms.expiresAt);
  const label =
    terms.label === undefined ? undefined : requiredName(terms.label, "label", LIMITS.principalName);
  const key = newApiKey();
  const last: { info?: KeyInfo } = {};
  return {
    text: key.text,
    write: async (sql, at) => {
      const { principal, events, replaces } = await holderOf(sql, at);
      const onBehalfOf = await humanBehind(sql, principal, terms.onBehalfOf ?? null);
      const row = {
        id: key.id,
        workspace_id: workspaceId,
        principal_id: principal.id,
        name: label ?? principal.name,
        secret_hash: key.secretHash,
        created_at: at,
        expires_at: expiresAt,
        revoked_at: null,
        on_behalf_of: onBehalfOf,
      };
      await insertKey(sql, row);
      last.info = toKeyInfo({ ...row, ...credentialPrincipal(principal) });
      return [...events, createdEvent(last.info, key.secretHash, replaces)];
    },
    created: () => {
      if (last.info === undefined) throw new Error("a key was committed without having been made");
      return { ...last.info, key: key.text };
    },
  };
}

function createdEvent(key: KeyInfo, secretHash: string, replaces: KeyHolder["replaces"]): WorkspaceEvent {
  const { id: keyId, principalId, name, label, kind, roles, queues, onBehalfOf } = key;
  const expiresAt = iso(key.expiresAt);
  const fingerprint = fingerprintOf(secretHash);
  return {
    type: "API_KEY_CREATED",
    data: {
      keyId,
      principalId,
      name,
      label,
      kind,
      roles,
      queues,
      onBehalfOf,
      expiresAt,
      fingerprint,
      ...(replaces === undefined ? {} : { replaces }),
    },
  };
}

/** @throws DomainError BAD_USER_INPUT where that is no human member of the workspace, or the key is a human's own */
async function humanBehind(sql: Sql, holder: PrincipalRow, id: string | null): Promise<string | null> {
  if (id === null) return null;
  if (holder.kind !== "AGENT")
    throw badInput(
      "onBehalfOf",
      "Only an agent's key has somebody behind it; a human's stands for themselves.",
    );
  const human = await findPrincipal(sql, holder.workspace_id, id);
  if (human === undefined || human.kind !== "HUMAN" || human.removed_at !== null)
    throw badInput("onBehalfOf", "There is no such human in this workspace.");
  return human.id;
}

function checkedExpiry(expiresAt: number | null): number | null {
  if (expiresAt !== null && !(Number.isSafeInteger(expiresAt) && expiresAt > Date.now())) {
    throw badInput("expiresAt", "expiresAt must be an instant in the future.");
  }
  return expiresAt;
}

function checkedKind(kind: PrincipalKind): PrincipalKind {
  if (kind !== "AGENT" && kind !== "HUMAN") throw badInput("kind", "kind must be AGENT or HUMAN.");
  return kind;
}

function credentialPrincipal(row: PrincipalRow) {
  const { name: principal_name, kind, roles, queues, removed_at } = row;
  return { principal_name, kind, roles, queues, removed_at };
}

function toKeyInfo(row: KeyWithPrincipalRow): KeyInfo {
  return {
    id: row.id,
    principalId: row.principal_id,
    name: row.principal_name,
    label: row.name,
    kind: row.kind,
    roles: parseRoles(row.roles),
    queues: parseQueues(row.queues),
    onBehalfOf: row.on_behalf_of,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

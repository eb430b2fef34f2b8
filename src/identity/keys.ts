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
import { requireCredentialNow } from "./credential-now.js";
import {
  type IssuerNow,
  issuerNow,
  type KeyIssuer,
  keyExpiry,
  requireMayMakeKeyOf,
  requireMayRevoke,
  requireMaySeeKeysOf,
} from "./key-issuer.js";
import { actorNow } from "./managed-change.js";
import { checkedRoles, memberEvent } from "./members.js";
import { requiredName } from "./names.js";
import { checkedOverlap } from "./overlap.js";
import { parseQueues, queuesColumn, uniqueQueues } from "./queue-list.js";
import { requireQueues } from "./queues.js";

/** What every new key has. */
export interface KeyTerms {
  readonly workspaceId: string;
  /** Milliseconds since the epoch; null for a key that does not expire, or as late as {@link keyExpiry} lets it. */
  readonly expiresAt: number | null;
  /** What it is for; the principal's name, unless told. */
  readonly label?: string | undefined;
  /** The human behind an agent's key: who cannot review what it submits. */
  readonly onBehalfOf?: string | null | undefined;
  /** Who creates it, for the record. */
  readonly actor: PrincipalRef;
  /** Where it is made over the API: what the issuer may do is looked at. */
  readonly issuer?: KeyIssuer | undefined;
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
  /** Of the key that is to be replaced. */
  readonly keyId: string;
  /** How long the old key goes on working, minutes, where it does not end before. */
  readonly overlapMinutes: number;
  /** Of the new key, as of any. */
  readonly expiresAt: number | null;
  readonly actor: PrincipalRef;
  readonly issuer?: KeyIssuer | undefined;
}

/** A key that replaces another, and what has become of that one. */
export interface RotatedKey {
  readonly made: CreatedKey;
  readonly replaced: KeyInfo;
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
  const queues = uniqueQueues(input.queues);
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
 * @throws DomainError NOT_FOUND, FORBIDDEN, BAD_USER_INPUT where it has ended already
 */
export async function rotateKey(ledger: Ledger, input: Rotation): Promise<RotatedKey> {
  const { workspaceId, keyId, overlapMinutes } = input;
  const last: { replaced?: KeyInfo } = {};
  const plan = planKey(input, async (sql, at, issuer) => {
    const old = await keyIn(sql, workspaceId, keyId);
    if (issuer !== undefined) requireMaySeeKeysOf(issuer.actor, old.principalId);
    const principal = await findPrincipal(sql, workspaceId, old.principalId);
    if (principal === undefined || principal.removed_at !== null) throw notFound("key");
    if (issuer !== undefined) requireMayMakeKeyOf(issuer.actor, principal);
    if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= at))
      throw badInput("keyId", "This key has ended already; create a new one.");
    const until = Math.min(at + checkedOverlap(overlapMinutes), old.expiresAt ?? Number.POSITIVE_INFINITY);
    await setKeyExpiry(sql, workspaceId, keyId, until);
    last.replaced = { ...old, expiresAt: until };
    const { label, onBehalfOf } = old;
    return { principal, events: [], label, onBehalfOf, replaces: { keyId, until: iso(until) } };
  });
  const made = await commitKey(ledger, input, plan);
  if (last.replaced === undefined) throw new Error("a key was committed without having been rotated");
  return { made, replaced: last.replaced };
}

/**
 * Ends a key, on the record as API_KEY_REVOKED; one that is revoked already stays as it is.
 * @throws DomainError NOT_FOUND where the workspace has no such key, or the revoker may not know of it; FORBIDDEN
 */
export async function revokeKey(
  ledger: Ledger,
  input: {
    readonly workspaceId: string;
    readonly keyId: string;
    readonly actor: PrincipalRef;
    /** Where it is revoked over the API: what this one may do is looked at. */
    readonly revoker?: KeyIssuer | undefined;
  },
): Promise<KeyInfo> {
  const { workspaceId, keyId, actor, revoker } = input;
  const revoked: { key?: KeyInfo } = {};
  await ledger.change({
    workspaceId,
    actor,
    events: [],
    write: async (sql, at) => {
      const known = await keyIn(sql, workspaceId, keyId);
      if (revoker !== undefined) {
        await requireCredentialNow(sql, revoker, at);
        requireMayRevoke(await actorNow(sql, revoker.actor), known);
      }
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
export interface KeyHolder {
  readonly principal: PrincipalRow;
  readonly events: readonly WorkspaceEvent[];
  /** Those of the key that is replaced. */
  readonly label?: string;
  readonly onBehalfOf?: string | null;
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

/** A key for whomever the transaction finds or makes; see {@link PlannedKey}. */
export function planKey(
  terms: KeyTerms,
  holderOf: (sql: Sql, at: number, issuer: IssuerNow | undefined) => Promise<KeyHolder>,
): PlannedKey {
  const { workspaceId } = terms;
  const key = newApiKey();
  const last: { info?: KeyInfo } = {};
  return {
    text: key.text,
    write: async (sql, at) => {
      const issuer = terms.issuer === undefined ? undefined : await issuerNow(sql, terms.issuer, at);
      const { principal, events, replaces, ...former } = await holderOf(sql, at, issuer);
      if (issuer !== undefined) requireMayMakeKeyOf(issuer.actor, principal);
      const expiresAt = keyExpiry(terms.expiresAt, principal.kind, issuer, at);
      const onBehalfOf = await humanBehind(sql, principal, terms.onBehalfOf ?? former.onBehalfOf ?? null);
      const row = {
        id: key.id,
        workspace_id: workspaceId,
        principal_id: principal.id,
        name: labelOf(terms.label ?? former.label ?? principal.name),
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

function labelOf(label: string): string {
  return requiredName(label, "label", LIMITS.principalName);
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

function checkedKind(kind: PrincipalKind): PrincipalKind {
  if (kind !== "AGENT" && kind !== "HUMAN") throw badInput("kind", "kind must be AGENT or HUMAN.");
  return kind;
}

function credentialPrincipal(row: PrincipalRow) {
  const { name: principal_name, kind, roles, queues, removed_at } = row;
  return { principal_name, kind, roles, queues, removed_at };
}

export function toKeyInfo(row: KeyWithPrincipalRow): KeyInfo {
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

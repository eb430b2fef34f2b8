import { typeid } from "typeid-js";
import { badInput, DomainError, notFound } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import { HUMAN_ROLES, type PrincipalKind, type PrincipalRef, ROLES, type Role } from "../domain/principal.js";
import { iso } from "../domain/refusals.js";
import type { Ledger, WorkspaceChange } from "../ledger/ledger.js";
import {
  findKey,
  findPrincipal,
  insertKey,
  insertPrincipal,
  type KeyWithPrincipalRow,
  keyFingerprint,
  listKeyRows,
  listQueueRows,
  markRevoked,
} from "../persistence/identity-queries.js";
import { parseRoles } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { newApiKey } from "./api-key.js";
import { requiredName } from "./names.js";

/** Whom a new key is for: somebody new. */
export interface NewPrincipal {
  readonly workspaceId: string;
  readonly name: string;
  readonly kind: Exclude<PrincipalKind, "SYSTEM">;
  readonly roles: readonly Role[];
  /** The queues that a reviewer works in; null means every queue. */
  readonly queues: readonly string[] | null;
  /** Milliseconds since the epoch; null for a key that does not expire. */
  readonly expiresAt: number | null;
  /** Who creates it, for the record. */
  readonly actor: PrincipalRef;
}

/** Whom a new key is for: somebody who has one, or had, so that keys can be changed with an overlap. */
export interface FurtherKey {
  readonly workspaceId: string;
  readonly principalId: string;
  readonly expiresAt: number | null;
  readonly actor: PrincipalRef;
}

/** What is known of a key after its making. */
export interface KeyInfo {
  readonly id: string;
  readonly principalId: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly roles: readonly Role[];
  readonly queues: readonly string[] | null;
  /** Milliseconds since the epoch, like those below. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** A key in the only moment in which its text is known. */
export interface CreatedKey extends KeyInfo {
  readonly key: string;
}

/** A key whose text is known already, and the change of the workspace that will make it valid. */
export interface PlannedKey {
  readonly text: string;
  readonly change: Required<WorkspaceChange>;
  /** What was made, once `at` (milliseconds since the epoch) the change was committed. */
  readonly created: (at: number) => CreatedKey;
}

/**
 * Creates a principal and its first key, on the record as MEMBER_CHANGED and API_KEY_CREATED.
 * @throws DomainError BAD_USER_INPUT; an agent never gets a role that signs off
 */
export async function createPrincipalWithKey(ledger: Ledger, input: NewPrincipal): Promise<CreatedKey> {
  return commitKey(ledger, planPrincipalWithKey(input));
}

/**
 * What {@link createPrincipalWithKey} would commit: for who has to keep the key's text before it is valid, or to make
 * several at once.
 * @throws DomainError BAD_USER_INPUT, as above
 */
export function planPrincipalWithKey(input: NewPrincipal): PlannedKey {
  const principal = {
    id: typeid("principal").toString(),
    name: requiredName(input.name, "name", LIMITS.principalName),
    kind: checkedKind(input.kind),
    roles: checkedRoles(input.roles, input.kind),
    queues: input.queues === null ? null : [...new Set(input.queues)].sort(),
  };
  const { id, name, kind, roles, queues } = principal;
  return planKey(input, principal, {
    events: [{ type: "MEMBER_CHANGED", data: { principalId: id, name, kind, roles, queues } }],
    write: async (sql, at) => {
      await requireQueues(sql, input.workspaceId, queues);
      await insertPrincipal(sql, {
        id,
        workspace_id: input.workspaceId,
        name,
        kind,
        roles: JSON.stringify(roles),
        queues: queues === null ? null : JSON.stringify(queues),
        created_at: at,
      });
    },
  });
}

/**
 * Creates another key for a principal, on the record as API_KEY_CREATED.
 * @throws DomainError NOT_FOUND where the workspace has no such agent or human, BAD_USER_INPUT
 */
export async function createKey(ledger: Ledger, read: Sql, input: FurtherKey): Promise<CreatedKey> {
  const row = await findPrincipal(read, input.workspaceId, input.principalId);
  if (row === undefined || row.kind === "SYSTEM") throw notFound("principal");
  const principal = {
    id: row.id,
    name: row.name,
    kind: row.kind,
    roles: parseRoles(row.roles),
    queues: parseQueues(row.queues),
  };
  return commitKey(ledger, planKey(input, principal, { events: [], write: async () => undefined }));
}

/**
 * Ends a key, on the record as API_KEY_REVOKED; one that is revoked already stays as it is.
 * @throws DomainError NOT_FOUND where the workspace has no such key
 */
export async function revokeKey(
  ledger: Ledger,
  read: Sql,
  input: { readonly workspaceId: string; readonly keyId: string; readonly actor: PrincipalRef },
): Promise<KeyInfo> {
  const { workspaceId, keyId, actor } = input;
  const known = await keyIn(read, workspaceId, keyId);
  if (known.revokedAt !== null) return known;
  try {
    const [event] = await ledger.change({
      workspaceId,
      actor,
      events: [{ type: "API_KEY_REVOKED", data: { keyId, principalId: known.principalId } }],
      write: async (sql, at) => {
        const now = await keyIn(sql, workspaceId, keyId);
        if (now.revokedAt !== null) throw new RevokedMeanwhile(now);
        await markRevoked(sql, workspaceId, keyId, at);
      },
    });
    return { ...known, revokedAt: event?.occurred_at ?? null };
  } catch (error) {
    if (error instanceof RevokedMeanwhile) return error.key;
    throw error;
  }
}

/** The keys of a workspace, oldest first, without their secrets. */
export async function listKeys(sql: Sql, workspaceId: string): Promise<KeyInfo[]> {
  return (await listKeyRows(sql, workspaceId)).map(toKeyInfo);
}

/** Two revoked the same key at once: the second has nothing to put on record. */
class RevokedMeanwhile extends DomainError {
  constructor(readonly key: KeyInfo) {
    super("BAD_USER_INPUT", "This key is revoked already.");
  }
}

type Principal = Pick<KeyInfo, "name" | "kind" | "roles" | "queues"> & { readonly id: string };
type Beside = Pick<Required<Parameters<Ledger["change"]>[0]>, "events" | "write">;

async function commitKey(ledger: Ledger, { change, created }: PlannedKey): Promise<CreatedKey> {
  const createdAt = (await ledger.change(change)).at(-1)?.occurred_at;
  if (createdAt === undefined) throw new Error("a change with an event was committed without one");
  return created(createdAt);
}

function planKey(
  input: { readonly workspaceId: string; readonly expiresAt: number | null; readonly actor: PrincipalRef },
  principal: Principal,
  beside: Beside,
): PlannedKey {
  const { workspaceId, expiresAt, actor } = input;
  const { id: principalId, name, kind, roles, queues } = principal;
  if (expiresAt !== null && !(Number.isSafeInteger(expiresAt) && expiresAt > Date.now())) {
    throw badInput("expiresAt", "expiresAt must be an instant in the future.");
  }
  const key = newApiKey();
  const data = {
    keyId: key.id,
    principalId,
    name,
    kind,
    roles,
    queues,
    expiresAt: iso(expiresAt),
    fingerprint: keyFingerprint(key.secretHash),
  };
  const change: PlannedKey["change"] = {
    workspaceId,
    actor,
    events: [...beside.events, { type: "API_KEY_CREATED", data }],
    write: async (sql, at) => {
      await beside.write(sql, at);
      await insertKey(sql, {
        id: key.id,
        workspace_id: workspaceId,
        principal_id: principalId,
        name,
        secret_hash: key.secretHash,
        created_at: at,
        expires_at: expiresAt,
        revoked_at: null,
      });
    },
  };
  const made = {
    id: key.id,
    principalId,
    name,
    kind,
    roles,
    queues,
    expiresAt,
    revokedAt: null,
    key: key.text,
  };
  return { text: key.text, change, created: (createdAt) => ({ ...made, createdAt }) };
}

async function keyIn(sql: Sql, workspaceId: string, keyId: string): Promise<KeyInfo> {
  const row = await findKey(sql, keyId);
  if (row === undefined || row.workspace_id !== workspaceId) throw notFound("key");
  return toKeyInfo(row);
}

function checkedKind(kind: PrincipalKind): PrincipalKind {
  if (kind !== "AGENT" && kind !== "HUMAN") throw badInput("kind", "kind must be AGENT or HUMAN.");
  return kind;
}

function checkedRoles(roles: readonly Role[], kind: PrincipalKind): Role[] {
  const unknown = roles.find((role) => !ROLES.includes(role));
  if (unknown !== undefined)
    throw badInput("roles", `There is no role ${unknown}; there are ${ROLES.join(", ")}.`);
  if (roles.length === 0) throw badInput("roles", "At least one role is needed.");
  const human = roles.find((role) => HUMAN_ROLES.includes(role));
  if (kind !== "HUMAN" && human !== undefined) {
    throw badInput("roles", `Only a human can hold ${human}: sign-off never comes from a machine.`);
  }
  return ROLES.filter((role) => roles.includes(role));
}

async function requireQueues(sql: Sql, workspaceId: string, queues: readonly string[] | null): Promise<void> {
  if (queues === null) return;
  if (queues.length === 0)
    throw badInput("queues", "Name at least one queue, or none at all for every queue.");
  const known = new Set((await listQueueRows(sql, workspaceId)).map((queue) => queue.name));
  const unknown = queues.find((queue) => !known.has(queue));
  if (unknown !== undefined) throw badInput("queues", `There is no queue "${unknown}".`);
}

/** The queues in a `queues` column; null means every queue. */
export function parseQueues(text: string | null): string[] | null {
  return text === null ? null : (JSON.parse(text) as string[]);
}

function toKeyInfo(row: KeyWithPrincipalRow): KeyInfo {
  return {
    id: row.id,
    principalId: row.principal_id,
    name: row.principal_name,
    kind: row.kind,
    roles: parseRoles(row.roles),
    queues: parseQueues(row.queues),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

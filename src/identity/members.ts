import { typeid } from "typeid-js";
import { badInput, notFound } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import { HUMAN_ROLES, type PrincipalKind, ROLES, type Role } from "../domain/principal.js";
import type { Ledger, WorkspaceEvent } from "../ledger/ledger.js";
import { listKeyRows, markRevoked } from "../persistence/key-queries.js";
import {
  findPrincipal,
  findPrincipalByEmail,
  insertPrincipal,
  listPrincipals,
  updatePrincipal,
} from "../persistence/principal-queries.js";
import { type PrincipalRow, parseRoles } from "../persistence/rows.js";
import {
  deleteExternalIdentities,
  endSessionsOf,
  hasExternalIdentity,
  hasSignedIn,
  insertSignInLink,
} from "../persistence/sign-in-queries.js";
import type { Sql } from "../persistence/sql.js";
import { type Manager, managedChange } from "./managed-change.js";
import { requiredEmail, requiredName } from "./names.js";
import { parseQueues, queuesColumn, uniqueQueues } from "./queue-list.js";
import { requireQueues } from "./queues.js";
import { linkEvent, linkRow, newSignInLink, type SignInLink } from "./sign-in-link.js";

/** An agent or a human of a workspace. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly roles: readonly Role[];
  /** The queues that a reviewer works in; null means every queue. */
  readonly queues: readonly string[] | null;
  readonly email: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When it was removed; null while it is a member. */
  readonly removedAt: number | null;
}

/** A human who is to come in, or to come in again. */
export interface Invitation extends Manager {
  /** Null for the very first ADMIN, whose address nobody knows yet. */
  readonly email: string | null;
  /** The address, unless told. */
  readonly name?: string | undefined;
  /** Needed for somebody new; for a member, they must be the ones that the member has. */
  readonly roles?: readonly Role[] | undefined;
  readonly queues?: readonly string[] | null | undefined;
}

/** What is to be changed of a member; what is undefined stays. */
export interface MemberChange extends Manager {
  readonly principalId: string;
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly queues?: readonly string[] | null | undefined;
}

/** An invited member, with the link in the only moment in which it is known. */
export interface Invited {
  readonly member: Member;
  readonly link: SignInLink;
}

/**
 * Invites a human, or sends a member another sign-in link. On record as MEMBER_CHANGED. Who was removed is a member again.
 * @throws DomainError BAD_USER_INPUT
 */
export async function inviteMember(ledger: Ledger, input: Invitation): Promise<Invited> {
  const { write } = planInvitation(input);
  return managedChange(ledger, input, write);
}

/** What {@link inviteMember} would commit, with the link's text already: for who has to keep it before it is valid. */
export function planInvitation(input: Invitation): {
  readonly text: string;
  readonly write: (
    sql: Sql,
    at: number,
  ) => Promise<{ readonly result: Invited; readonly events: readonly WorkspaceEvent[] }>;
} {
  const { workspaceId } = input;
  const email = input.email === null ? null : requiredEmail(input.email, "email");
  const link = newSignInLink();
  const write = async (sql: Sql, at: number) => {
    const known = email === null ? undefined : await findPrincipalByEmail(sql, workspaceId, email);
    const row =
      known === undefined || known.removed_at !== null
        ? await newcomer(sql, input, email, at, known)
        : await again(sql, input, known);
    const stored = linkRow(link, row, at);
    await insertSignInLink(sql, stored);
    return {
      result: {
        member: toMember(row),
        link: { id: link.id, text: link.text, expiresAt: stored.expires_at },
      },
      events: [memberEvent(row, { invitation: linkEvent(link, at) })],
    };
  };
  return { text: link.text, write };
}

/**
 * Changes what a member may do; open connections of theirs end within seconds. On record as MEMBER_CHANGED.
 * @throws DomainError NOT_FOUND, BAD_USER_INPUT
 */
export async function changeMember(ledger: Ledger, input: MemberChange): Promise<Member> {
  const { workspaceId, principalId } = input;
  return managedChange(ledger, input, async (sql, at) => {
    const known = await memberIn(sql, workspaceId, principalId);
    const row = await withChange(sql, known, input);
    if (sameMember(row, known)) return { result: toMember(known), events: [] };
    await requireAnotherAdmin(sql, known, row, at);
    await updatePrincipal(sql, row);
    return { result: toMember(row), events: [memberEvent(row)] };
  });
}

/**
 * Ends a membership with every key, session and unused link. On record as MEMBER_CHANGED and API_KEY_REVOKED.
 * @throws DomainError NOT_FOUND, BAD_USER_INPUT for the last ADMIN
 */
export async function removeMember(
  ledger: Ledger,
  input: Manager & Pick<MemberChange, "principalId">,
): Promise<Member> {
  const { workspaceId, principalId } = input;
  return managedChange(ledger, input, async (sql, at) => {
    const known = await memberIn(sql, workspaceId, principalId);
    const row: PrincipalRow = { ...known, removed_at: at };
    await requireAnotherAdmin(sql, known, row, at);
    await updatePrincipal(sql, row);
    await endSessionsOf(sql, workspaceId, principalId, at);
    const events = [memberEvent(row)];
    for (const key of await listKeyRows(sql, workspaceId, principalId)) {
      if (key.revoked_at !== null) continue;
      await markRevoked(sql, workspaceId, key.id, at);
      events.push({ type: "API_KEY_REVOKED", data: { keyId: key.id, principalId } });
    }
    return { result: toMember(row), events };
  });
}

export function toMember(row: PrincipalRow): Member {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    roles: parseRoles(row.roles),
    queues: parseQueues(row.queues),
    email: row.email,
    createdAt: row.created_at,
    removedAt: row.removed_at,
  };
}

/** The agents and humans of a workspace, oldest first. */
export async function listMembers(sql: Sql, workspaceId: string, removed: boolean): Promise<Member[]> {
  const rows = await listPrincipals(sql, workspaceId);
  return rows
    .filter((row) => row.kind !== "SYSTEM" && (removed || row.removed_at === null))
    .map((row) => toMember(row));
}

/** What the record says of a member: all of it, so that the last word is the whole truth. */
export function memberEvent(row: PrincipalRow, more: Readonly<Record<string, unknown>> = {}): WorkspaceEvent {
  const { id: principalId, name, kind, email } = row;
  const [roles, queues] = [parseRoles(row.roles), parseQueues(row.queues)];
  const removed = row.removed_at !== null;
  return {
    type: "MEMBER_CHANGED",
    data: { principalId, name, kind, roles, queues, email, removed, ...more },
  };
}

async function newcomer(
  sql: Sql,
  input: Invitation,
  email: string | null,
  at: number,
  removed: PrincipalRow | undefined,
): Promise<PrincipalRow> {
  const { roles } = input;
  if (roles === undefined) throw badInput("roles", "Say which roles the new member is to have.");
  const queues = uniqueQueues(input.queues ?? null);
  await requireQueues(sql, input.workspaceId, queues);
  const row: PrincipalRow = {
    id: removed?.id ?? typeid("principal").toString(),
    workspace_id: input.workspaceId,
    name: requiredName(input.name ?? email, "name", LIMITS.principalName),
    kind: "HUMAN",
    roles: JSON.stringify(checkedRoles(roles, "HUMAN")),
    queues: queuesColumn(queues),
    email,
    created_at: removed?.created_at ?? at,
    removed_at: null,
  };
  if (removed === undefined) {
    await insertPrincipal(sql, row);
    return row;
  }
  // The address may have changed hands since: at a provider it has to be shown anew, by whoever has it now.
  await deleteExternalIdentities(sql, input.workspaceId, removed.id);
  await updatePrincipal(sql, row);
  return row;
}

/** A member who gets another link stays as they are: roles are changed on purpose, or not at all. */
async function again(sql: Sql, input: Invitation, known: PrincipalRow): Promise<PrincipalRow> {
  const { name, roles, queues, workspaceId, actor } = input;
  const asked = await withChange(sql, known, {
    workspaceId,
    principalId: known.id,
    name,
    roles,
    queues,
    actor,
  });
  if (sameMember(asked, known)) return known;
  throw badInput(
    "email",
    "This is a member already, with another name, roles or queues: change the member instead.",
  );
}

async function withChange(sql: Sql, known: PrincipalRow, change: MemberChange): Promise<PrincipalRow> {
  const { name, roles, queues } = change;
  const wanted = queues === undefined ? undefined : uniqueQueues(queues);
  if (wanted !== undefined) await requireQueues(sql, change.workspaceId, wanted);
  return {
    ...known,
    ...(name === undefined ? {} : { name: requiredName(name, "name", LIMITS.principalName) }),
    ...(roles === undefined ? {} : { roles: JSON.stringify(checkedRoles(roles, known.kind)) }),
    ...(wanted === undefined ? {} : { queues: queuesColumn(wanted) }),
  };
}

function sameMember(one: PrincipalRow, other: PrincipalRow): boolean {
  return one.name === other.name && one.roles === other.roles && one.queues === other.queues;
}

/** Nobody locks the last ADMIN out of a workspace, themselves included. */
async function requireAnotherAdmin(
  sql: Sql,
  before: PrincipalRow,
  after: PrincipalRow,
  at: number,
): Promise<void> {
  const isAdmin = (row: PrincipalRow): boolean =>
    row.removed_at === null && parseRoles(row.roles).includes("ADMIN");
  if (!isAdmin(before) || isAdmin(after)) return;
  for (const row of await listPrincipals(sql, before.workspace_id)) {
    if (row.id !== before.id && isAdmin(row) && (await canComeIn(sql, row, at))) return;
  }
  throw badInput(
    "memberId",
    "This is the last ADMIN of the workspace who has ever come in; have another one sign in first.",
  );
}

/** Whether somebody has a key that works, or has found the way in before; an invitation alone may never be followed. */
async function canComeIn(
  sql: Sql,
  { workspace_id: workspaceId, id }: PrincipalRow,
  at: number,
): Promise<boolean> {
  const keys = await listKeyRows(sql, workspaceId, id);
  const works = keys.some(
    (key) => key.revoked_at === null && (key.expires_at === null || key.expires_at > at),
  );
  return (
    works || (await hasSignedIn(sql, workspaceId, id)) || (await hasExternalIdentity(sql, workspaceId, id))
  );
}

async function memberIn(sql: Sql, workspaceId: string, principalId: string): Promise<PrincipalRow> {
  const row = await findPrincipal(sql, workspaceId, principalId);
  if (row === undefined || row.kind === "SYSTEM" || row.removed_at !== null) throw notFound("member");
  return row;
}

/** @throws DomainError BAD_USER_INPUT; a machine never gets a role that signs off */
export function checkedRoles(roles: readonly Role[], kind: PrincipalKind): Role[] {
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

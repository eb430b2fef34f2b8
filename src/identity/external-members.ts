import { createHash } from "node:crypto";
import { typeid } from "typeid-js";
import { DomainError } from "../domain/domain-error.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Database } from "../persistence/database.js";
import {
  findPrincipal,
  findPrincipalByEmail,
  insertPrincipal,
  updatePrincipal,
} from "../persistence/principal-queries.js";
import type { PrincipalRow } from "../persistence/rows.js";
import {
  type ExternalIdentityWithPrincipalRow,
  findExternalIdentities,
  findExternalIdentity,
  hasExternalIdentity,
  insertExternalIdentity,
  markClaims,
} from "../persistence/sign-in-queries.js";
import type { Sql } from "../persistence/sql.js";
import { type Membership, membershipOf } from "./claims-mapping.js";
import { checkedRoles, memberEvent } from "./members.js";
import { foldedEmail } from "./names.js";
import type { Claims } from "./oidc-claims.js";
import type { ClaimRules } from "./oidc-settings.js";
import { queuesColumn } from "./queue-list.js";
import { requireQueues } from "./queues.js";
import { findWorkspaceByName, listWorkspaces, systemActor } from "./workspaces.js";

/** Those who come from an identity provider. */
export interface ExternalMembers {
  /**
   * The member that those claims speak of: made, or brought in line with them, where the claims are newer than what is known.
   * @param issuedAt of the claims, milliseconds since the epoch
   * @throws DomainError FORBIDDEN where they let nobody in; the message is for the person
   */
  admit(membership: Membership, issuedAt: number): Promise<ExternalIdentityWithPrincipalRow>;
  /**
   * Takes every role from the members that somebody was, where newer claims let them in nowhere: otherwise who lost the
   * last role at the provider would be refused at the door, and keep it for as long as a session or a key of theirs lasts.
   * @param exceptIn the workspace where they do let them in
   */
  shutOut(subject: Membership["subject"], issuedAt: number, exceptIn?: string): Promise<void>;
}

/**
 * The member that claims speak of, or the refusal, after which nothing of the claims before is left either.
 * @param issuedAt of the claims, milliseconds since the epoch
 * @throws DomainError FORBIDDEN
 */
export async function admitByClaims(
  members: ExternalMembers,
  claims: Claims,
  rules: ClaimRules,
  issuedAt: number,
): Promise<ExternalIdentityWithPrincipalRow> {
  let membership: Membership;
  try {
    membership = membershipOf(claims, rules);
  } catch (error) {
    if (error instanceof DomainError && error.code === "FORBIDDEN")
      await members.shutOut({ issuer: claims.iss, sub: claims.sub }, issuedAt);
    throw error;
  }
  const row = await members.admit(membership, issuedAt);
  // Who was moved to another workspace has nothing left in the one before.
  if (rules.workspaceClaim !== undefined)
    await members.shutOut(membership.subject, issuedAt, row.workspace_id);
  return row;
}

/** Members by what a provider says of them; every change is on record as MEMBER_CHANGED, by Countersign itself. */
export function createExternalMembers(ledger: Ledger, database: Database): ExternalMembers {
  return {
    async admit(membership, issuedAt) {
      const workspace = await findWorkspaceByName(database.read, membership.workspace);
      if (workspace === undefined)
        throw noEntry("your organisation's sign-in names a workspace that is not here");
      const id = identityId(workspace.id, membership.subject);
      const known = await findExternalIdentity(database.read, id);
      if (known !== undefined && !(await isBehind(database.read, known, membership, issuedAt))) {
        if (known.removed_at !== null) throw noEntry("your membership has ended");
        // What says nothing new is the newest word all the same: older claims must not count after it.
        if (issuedAt > known.claims_at) await database.transaction((sql) => markClaims(sql, id, issuedAt));
        return known;
      }
      await ledger.change({
        workspaceId: workspace.id,
        actor: await systemActor(database.read, workspace.id),
        events: [],
        write: async (sql, at) => {
          const now = await findExternalIdentity(sql, id);
          if (now !== undefined) return bringInLine(sql, now, membership, issuedAt);
          return welcome(sql, { workspaceId: workspace.id, identity: id, membership, issuedAt, at });
        },
      });
      const made = await findExternalIdentity(database.read, id);
      if (made === undefined) throw new Error("an identity was committed and is not there");
      if (made.removed_at !== null) throw noEntry("your membership has ended");
      return made;
    },
    async shutOut(subject, issuedAt, exceptIn) {
      const workspaces = await listWorkspaces(database.read);
      const left = workspaces.filter(({ id }) => id !== exceptIn);
      const ids = left.map((workspace) => identityId(workspace.id, subject));
      for (const known of await findExternalIdentities(database.read, ids)) {
        if (issuedAt <= known.claims_at || known.removed_at !== null) continue;
        await ledger.change({
          workspaceId: known.workspace_id,
          actor: await systemActor(database.read, known.workspace_id),
          events: [],
          write: (sql) => withoutRoles(sql, known.id, issuedAt),
        });
      }
    },
  };
}

/** The same person of the same issuer, in one workspace; neither text could be a key column of either database. */
function identityId(workspaceId: string, { issuer, sub }: Membership["subject"]): string {
  return createHash("sha256")
    .update(JSON.stringify([workspaceId, issuer, sub]))
    .digest("hex");
}

/** Whether the claims are newer than what was taken over, and say something else. */
async function isBehind(
  sql: Sql,
  known: ExternalIdentityWithPrincipalRow,
  membership: Membership,
  issuedAt: number,
): Promise<boolean> {
  if (issuedAt <= known.claims_at || known.removed_at !== null) return false;
  const row = await findPrincipal(sql, known.workspace_id, known.principal_id);
  return row !== undefined && !isSame(row, wanted(row, membership));
}

async function bringInLine(
  sql: Sql,
  known: ExternalIdentityWithPrincipalRow,
  membership: Membership,
  issuedAt: number,
) {
  const row = await findPrincipal(sql, known.workspace_id, known.principal_id);
  if (row === undefined || row.removed_at !== null || issuedAt <= known.claims_at) return [];
  await markClaims(sql, known.id, issuedAt);
  const next = wanted(row, membership);
  if (isSame(row, next)) return [];
  await checkQueues(sql, row.workspace_id, membership);
  await updatePrincipal(sql, next);
  return [memberEvent(next)];
}

async function withoutRoles(sql: Sql, identity: string, issuedAt: number) {
  const known = await findExternalIdentity(sql, identity);
  if (known === undefined || issuedAt <= known.claims_at) return [];
  const row = await findPrincipal(sql, known.workspace_id, known.principal_id);
  if (row === undefined || row.removed_at !== null) return [];
  await markClaims(sql, identity, issuedAt);
  if (row.roles === "[]") return [];
  const next: PrincipalRow = { ...row, roles: "[]" };
  await updatePrincipal(sql, next);
  return [memberEvent(next)];
}

interface Newcomer {
  readonly workspaceId: string;
  readonly identity: string;
  readonly membership: Membership;
  readonly issuedAt: number;
  readonly at: number;
}

/** Somebody who comes for the first time: the member that was invited under that address, or where claims give roles, a new one. */
async function welcome(sql: Sql, { workspaceId, identity, membership, issuedAt, at }: Newcomer) {
  const { roles, subject } = membership;
  const email = membership.email === null ? null : foldedEmail(membership.email);
  const invited = email === null ? undefined : await findPrincipalByEmail(sql, workspaceId, email);
  if (invited !== undefined && invited.removed_at !== null) throw noEntry("your membership has ended");
  // Addresses change hands; the person who first came under one keeps the membership until it is ended.
  if (invited !== undefined && (await hasExternalIdentity(sql, workspaceId, invited.id)))
    throw noEntry("your address belongs to a member whom your organisation knows as somebody else");
  if (invited === undefined && roles === null)
    throw noEntry("nobody has invited you under an address that your organisation has verified");
  await checkQueues(sql, workspaceId, membership);
  const blank: PrincipalRow = {
    id: typeid("principal").toString(),
    workspace_id: workspaceId,
    name: membership.name,
    kind: "HUMAN",
    roles: "[]",
    queues: null,
    email,
    created_at: at,
    removed_at: null,
  };
  const row = wanted(invited ?? blank, membership);
  if (invited === undefined) await insertPrincipal(sql, row);
  else await updatePrincipal(sql, row);
  await insertExternalIdentity(sql, {
    id: identity,
    workspace_id: workspaceId,
    principal_id: row.id,
    issuer: subject.issuer,
    subject: subject.sub,
    claims_at: issuedAt,
    created_at: at,
  });
  const known = { identityId: identity, issuer: subject.issuer, subject: subject.sub };
  return [memberEvent(row, { identity: known })];
}

/** What the member's row should be; without a role map, only the provider's word on the name counts. */
function wanted(row: PrincipalRow, { name, roles, queues }: Membership): PrincipalRow {
  return {
    ...row,
    name,
    ...(roles === null ? {} : { roles: JSON.stringify(checkedRoles(roles, "HUMAN")) }),
    ...(queues === undefined
      ? {}
      : { queues: queuesColumn(queues === null ? null : [...new Set(queues)].sort()) }),
  };
}

async function checkQueues(sql: Sql, workspaceId: string, { queues }: Membership): Promise<void> {
  try {
    // None at all is what the claims may well say: such a reviewer sees no ticket of others.
    if (queues !== undefined && queues?.length !== 0) await requireQueues(sql, workspaceId, queues);
  } catch (error) {
    if (error instanceof DomainError)
      throw noEntry("your organisation's sign-in names a queue that is not here");
    throw error;
  }
}

function isSame(one: PrincipalRow, other: PrincipalRow): boolean {
  return one.name === other.name && one.roles === other.roles && one.queues === other.queues;
}

function noEntry(reason: string): DomainError {
  return new DomainError("FORBIDDEN", `You cannot come in: ${reason}. Ask whoever runs this for you.`);
}

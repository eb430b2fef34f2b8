import { DomainError } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import { ROLES, type Role } from "../domain/principal.js";
import { requiredName } from "./names.js";
import { type Claims, claimAt } from "./oidc-claims.js";
import type { ClaimRules } from "./oidc-settings.js";

/** Whom the claims speak of, and as what that person comes in. */
export interface Membership {
  /** Who it is, for good: addresses and names change hands. */
  readonly subject: { readonly issuer: string; readonly sub: string };
  /** The workspace's name; it may not exist. */
  readonly workspace: string;
  readonly name: string;
  /** As the provider writes it; null unless the provider has verified it. */
  readonly email: string | null;
  /** In the order of ROLES, at least one; null where no roles are mapped: the person must have been invited. */
  readonly roles: readonly Role[] | null;
  /** A reviewer's queues, which may not exist; null means every queue; undefined where claims do not tell. */
  readonly queues: readonly string[] | null | undefined;
}

/** Bounds of what a provider may say about a person. */
export const CLAIM_LIMITS = {
  /** Characters; OpenID Connect Core 1.0, section 2. */
  sub: 255,
  /** Characters; RFC 5321, 4.5.3.1.3. */
  email: 254,
  queues: 1_000,
} as const;

/** The value of the queues' claim that stands for every queue. */
export const EVERY_QUEUE = "*";

/** Claims whose one text is a list with blanks between by definition (RFC 8693, 4.2; Entra ID). */
const SCOPES = /(^|\.)(scope|scp)$/;

/**
 * What a person's claims mean here. Nothing is guessed: a text is one value, blanks and all, except for `scope` and `scp`
 * (who may name a group could name it "staff admin"); in lists, what is no text does not count.
 * @throws DomainError FORBIDDEN, in words for the person and with the claim's name, where a claim that is needed does not hold
 */
export function membershipOf(claims: Claims, rules: ClaimRules): Membership {
  const subject = { issuer: claims.iss, sub: subjectOf(claims) };
  const workspace = workspaceOf(claims, rules);
  const roles = rolesOf(claims, rules);
  const email = emailOf(claims);
  const name = nameOf(claims, email);
  return { subject, workspace, name, email, roles, queues: queuesOf(claims, rules, roles) };
}

function subjectOf({ sub }: Claims): string {
  if (
    typeof sub === "string" &&
    sub.length <= CLAIM_LIMITS.sub &&
    /^[\x21-\x7e]+( +[\x21-\x7e]+)*$/.test(sub)
  )
    return sub;
  throw forbidden("sub", "The identity provider does not say who you are in a way that can be used here.");
}

function workspaceOf(claims: Claims, { workspace, workspaceClaim }: ClaimRules): string {
  if (workspaceClaim === undefined) return workspace;
  const values = textsAt(claims, workspaceClaim);
  const [value] = values;
  if (value === undefined)
    throw forbidden(workspaceClaim, `The identity provider does not say which workspace you belong to.`);
  if (values.length > 1)
    throw forbidden(workspaceClaim, "The identity provider names more than one workspace for you.");
  const name = nameOrUndefined(value, LIMITS.principalName);
  if (name === undefined)
    throw forbidden(workspaceClaim, "The identity provider names a workspace for you that cannot exist.");
  return name;
}

function rolesOf(claims: Claims, { roles: rules, rolesClaim }: ClaimRules): readonly Role[] | null {
  if (rules.length === 0) return null;
  const values = new Set(textsAt(claims, rolesClaim));
  const given = new Set(rules.filter((rule) => values.has(rule.claim)).map((rule) => rule.role));
  if (given.size > 0) return ROLES.filter((role) => given.has(role));
  throw forbidden(
    rolesClaim,
    values.size === 0
      ? "The identity provider gives you no role."
      : "Nothing that the identity provider says about you gives you a role here.",
  );
}

function queuesOf(
  claims: Claims,
  { queuesClaim }: ClaimRules,
  roles: readonly Role[] | null,
): readonly string[] | null | undefined {
  if (queuesClaim === undefined) return undefined;
  if (claimAt(claims, queuesClaim) === undefined && roles?.includes("REVIEWER"))
    throw forbidden(queuesClaim, "The identity provider does not say which queues you review.");
  const values = new Set(textsAt(claims, queuesClaim));
  if (values.has(EVERY_QUEUE)) return null;
  const names = [...values].filter((value) => nameOrUndefined(value, LIMITS.queueName) !== undefined);
  if (names.length > CLAIM_LIMITS.queues)
    throw forbidden(
      queuesClaim,
      `The identity provider names more than ${CLAIM_LIMITS.queues} queues for you.`,
    );
  return names.sort();
}

function emailOf({ email, email_verified: verified }: Claims): string | null {
  // Not "true" and not 1: an address that anybody could have typed in must not open an invitation.
  if (verified !== true || typeof email !== "string" || email.length > CLAIM_LIMITS.email) return null;
  return /^[^\s\p{C}@]+@[^\s\p{C}@]+$/u.test(email) ? email : null;
}

/** A name to show, from the best source there is. It identifies nobody, so it is made to fit instead of being refused. */
function nameOf(claims: Claims, email: string | null): string {
  const { name, given_name: given, family_name: family, preferred_username: user, sub } = claims;
  const both =
    typeof given === "string" && typeof family === "string" ? `${start(given)} ${start(family)}` : given;
  for (const candidate of [name, both, user, email]) {
    const shown = typeof candidate === "string" ? shownName(candidate) : undefined;
    if (shown !== undefined) return shown;
  }
  return sub.slice(0, LIMITS.principalName).trim();
}

function shownName(text: string): string | undefined {
  const plain = start(text)
    .replace(UNSHOWN, " ")
    .replace(/\s+/gu, " ")
    .slice(0, LIMITS.principalName)
    // Cut in the middle of a pair, perhaps.
    .replace(/\p{Surrogate}/gu, "")
    .trim();
  return nameOrUndefined(plain, LIMITS.principalName);
}

/** Control characters, line ends, halves of surrogate pairs, and what turns the direction of the text after it. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/gu;

/** Enough of a text to make a name of, however long it is. */
function start(text: string): string {
  return text.slice(0, 4 * LIMITS.principalName);
}

function nameOrUndefined(value: string, limit: number): string | undefined {
  try {
    return requiredName(value, "name", limit);
  } catch {
    return undefined;
  }
}

/** The texts of a claim. */
function textsAt(claims: Claims, path: string): string[] {
  const value = claimAt(claims, path);
  if (Array.isArray(value)) return value.filter((one) => typeof one === "string" && one !== "");
  if (typeof value !== "string") return [];
  return (SCOPES.test(path) ? value.split(" ") : [value]).filter((one) => one !== "");
}

function forbidden(claim: string, why: string): DomainError {
  return new DomainError(
    "FORBIDDEN",
    `${why} Ask whoever manages it to look at its claim "${claim}" for you.`,
    { claim },
  );
}

import type { ClaimRules } from "./oidc-settings.js";

/** What the identity provider says about somebody, verified as to its origin; every other value may be of any kind. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly [name: string]: unknown;
}

/**
 * The value of a claim; undefined where there is none. A claim of exactly this name comes first, for some providers name
 * theirs as URLs; else dots lead into objects. What objects and lists inherit is no claim.
 */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Whether something that is looked for in the claims is not there, so that UserInfo is worth asking. */
export function missingClaims(claims: Claims, rules: ClaimRules): boolean {
  const { workspaceClaim, rolesClaim, roles, queuesClaim } = rules;
  const wanted = ["name", "email", workspaceClaim, roles.length > 0 ? rolesClaim : undefined, queuesClaim];
  return wanted.some((path) => path !== undefined && claimAt(claims, path) === undefined);
}

/** Claims that say what a token is good for, and not who somebody is: UserInfo has no word in them. */
const ABOUT_THE_TOKEN = ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "auth_time", "acr", "amr"];

/**
 * An ID token's claims, with those of UserInfo that it does not have: the signed ones win. An address and whether it is
 * verified come from one of them together, or else the one could vouch for what the other says.
 */
export function withUserInfo(claims: Claims, userInfo: Readonly<Record<string, unknown>>): Claims {
  const left = new Set(["email", "email_verified", ...ABOUT_THE_TOKEN]);
  const facts = Object.entries(userInfo).filter(([name]) => !left.has(name));
  const mail = claims["email"] === undefined ? userInfo : claims;
  return {
    ...Object.fromEntries(facts),
    ...claims,
    email: mail["email"],
    email_verified: mail["email_verified"],
  };
}

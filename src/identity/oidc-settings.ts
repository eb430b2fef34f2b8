import type { Role } from "../domain/principal.js";

/** Which value of a claim gives which role. */
export interface RoleRule {
  readonly claim: string;
  readonly role: Role;
}

/** What the provider's claims mean here. */
export interface ClaimRules {
  /** Name of the workspace, where no claim says it. */
  readonly workspace: string;
  readonly workspaceClaim: string | undefined;
  /** Dots lead into objects: `realm_access.roles`. */
  readonly rolesClaim: string;
  /** Empty where members are invited instead. */
  readonly roles: readonly RoleRule[];
  readonly queuesClaim: string | undefined;
}

/** How the identity provider is asked, and what its claims mean. */
export interface OidcClientSettings extends ClaimRules {
  /** An https URL, or an http one on a loopback address. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  /** With blanks between; `openid` is always asked for. */
  readonly scopes: string;
  /** The only algorithm that its signatures may have; an asymmetric one. */
  readonly algorithm: string;
  /** The audience of its JWTs that are taken as Bearer; where absent, none are. */
  readonly audience: string | undefined;
}

/** Bounds of what the provider is asked and believed. */
export const OIDC_LIMITS = {
  /** From asking to the last byte of the answer, for each request: milliseconds. */
  requestMs: 5_000,
  /** Of one answer; a person in ten thousand groups stays below it. */
  responseBytes: 1_048_576,
  /** From the button "Sign in" to the provider's answer: milliseconds. */
  flowMs: 10 * 60_000,
  /** By how much the provider's clock may be wrong: seconds. */
  clockToleranceS: 30,
  /** Characters of a JWT that is sent as Bearer; Node takes 16 KB of headers. */
  bearerLength: 8_192,
  /** How long the provider's keys are believed: one that it withdraws stops counting after that. Milliseconds. */
  keysMs: 10 * 60_000,
  /** After a successful look at the keys, unknown key ids cause no other one for so long: milliseconds. */
  keysCooldownMs: 30_000,
  /** After a failure the provider is left alone for so long, doubling up to the second: milliseconds. */
  firstPauseMs: 1_000,
  longestPauseMs: 30_000,
} as const;

export type OidcLimits = { readonly [Name in keyof typeof OIDC_LIMITS]: number };

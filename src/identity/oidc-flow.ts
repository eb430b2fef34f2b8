import { randomNonce, randomPKCECodeVerifier, randomState } from "openid-client";
import { beginAgain } from "./oidc-errors.js";
import type { OidcLimits } from "./oidc-settings.js";

/** What a browser must bring back for its sign-in to be completed. */
export interface OidcFlow {
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636): without it nobody can redeem the code. */
  readonly verifier: string;
}

/** Longer than anything that is ever kept in one, encoded: browsers keep no cookie beyond 4 KB. */
const MOST_GOES_TO = 2_000;

/** A new flow; each part is 256 random bits. */
export function newFlow(): OidcFlow {
  return { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
}

/**
 * A flow as a text that fits in a cookie. It is neither signed nor encrypted, since neither would stop an attack: it is kept
 * by the browser that it belongs to and says nothing about anybody. Who wants to sign somebody else in (login CSRF) does not
 * forge one but asks for a genuine one, and has to get it into the other browser: what stops that is the cookie's `__Host-`
 * prefix. Who alters their own at most prolongs their own flow, whose code the provider ends within minutes; and a code that
 * was stolen is bound, at the provider, to a verifier that only the cookie of the browser it was stolen from holds.
 * @param goesTo where the browser goes when it has come back; it is in the same text as the state, so that no other sign-in
 *   that is under way in that browser can change it
 */
export function flowText({ state, nonce, verifier }: OidcFlow, now: number, goesTo = ""): string {
  const text = `1.${state}.${nonce}.${verifier}.${now}`;
  const encoded = Buffer.from(goesTo).toString("base64url");
  return encoded === "" || encoded.length > MOST_GOES_TO ? text : `${text}.${encoded}`;
}

const FLOW = /^1\.([\w-]{43})\.([\w-]{43})\.([\w-]{43})\.(\d{1,15})(?:\.([\w-]{1,2000}))?$/;

/**
 * Where a flow's browser wanted to go, as it was told to {@link flowText}. Whoever has the browser can write anything there:
 * look at it before going.
 */
export function flowGoesTo(text: string | undefined): string | undefined {
  const [, , , , , encoded] = FLOW.exec(text ?? "") ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64url").toString();
}

/**
 * The flow that {@link flowText} wrote.
 * @throws DomainError UNAUTHENTICATED where it is none, or too old
 */
export function readFlow(text: string | undefined, now: number, limits: OidcLimits): OidcFlow {
  const [, state, nonce, verifier, madeAt] = FLOW.exec(text ?? "") ?? [];
  if (state === undefined || nonce === undefined || verifier === undefined)
    throw beginAgain("This browser has no sign-in under way, or its cookies are blocked.");
  const age = now - Number(madeAt);
  // Another server may have made it, whose clock is ahead.
  if (age > limits.flowMs || age < -limits.clockToleranceS * 1_000)
    throw beginAgain("This sign-in took too long.");
  return { state, nonce, verifier };
}

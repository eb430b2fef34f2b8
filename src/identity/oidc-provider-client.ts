import { errors, type JWTPayload, jwtVerify } from "jose";
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
} from "openid-client";
import { verifyProviderJwt } from "./oidc-bearer.js";
import { type Claims, missingClaims, withUserInfo } from "./oidc-claims.js";
import { createOidcDiscovery, type OidcProvider } from "./oidc-discovery.js";
import { bearerRefusal, type OidcLog, ProviderFault, reasonOf, signInRefusal } from "./oidc-errors.js";
import { flowText, newFlow, type OidcFlow, readFlow } from "./oidc-flow.js";
import { createProviderFetch } from "./oidc-http.js";
import { OIDC_LIMITS, type OidcClientSettings, type OidcLimits } from "./oidc-settings.js";

/** Claims of a JWT that was sent as Bearer. */
export type BearerClaims = Claims & {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly issuedAt: number;
};

/** Signs people in at an OpenID Connect provider (authorization code flow with PKCE), and verifies its JWTs. */
export interface OidcClient {
  /**
   * Begins a sign-in: where the browser is sent, and what it must bring back. The caller keeps `state` in a cookie of that
   * browser alone: `__Host-` prefix, HttpOnly, SameSite=Lax, ten minutes.
   * @param goesTo where it goes afterwards, kept within `state`
   * @throws DomainError UNAVAILABLE with `retryAfter`
   */
  begin(goesTo?: string): Promise<{ readonly url: string; readonly state: string }>;
  /**
   * Completes a sign-in: what the provider says about the person, verified.
   * @param callback where the browser was sent back to; only its query counts
   * @param state the cookie's text; undefined where there is none. It must be deleted, whatever comes of this
   * @throws DomainError UNAUTHENTICATED (begin again), FORBIDDEN (the provider or the person said no), UNAVAILABLE
   */
  finish(callback: URL, state: string | undefined): Promise<Claims>;
  /**
   * What a JWT of the provider says that was sent as Bearer.
   * @throws DomainError UNAUTHENTICATED, with one message for every cause; UNAVAILABLE
   */
  verifyBearer(jwt: string): Promise<BearerClaims>;
}

export interface OidcClientOptions {
  /** What the provider knows as our redirect URI; a function where the address is known only once the server listens. */
  readonly redirectUri: string | (() => string);
  readonly log: OidcLog;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
  readonly limits?: Partial<OidcLimits>;
}

/**
 * Does not ask the provider anything yet.
 * @throws Error where the issuer is neither https nor on a loopback address, or the algorithm is symmetric or none
 */
export function createOidcClient(settings: OidcClientSettings, options: OidcClientOptions): OidcClient {
  const { redirectUri, log, now = Date.now } = options;
  const limits: OidcLimits = { ...OIDC_LIMITS, ...options.limits };
  if (!/^(RS|PS|ES|Ed)/.test(settings.algorithm))
    throw new Error(`signatures with ${settings.algorithm} prove nothing here`);
  const http = createProviderFetch(settings.issuer, limits);
  const provider = createOidcDiscovery(settings, http, limits, log);
  const redirect = (): URL => new URL(typeof redirectUri === "string" ? redirectUri : redirectUri());

  return {
    begin: async (goesTo) => {
      try {
        const flow = newFlow();
        const url = await authorizationUrl(await provider(), settings, flow, redirect());
        return { url, state: flowText(flow, now(), goesTo) };
      } catch (error) {
        throw logged(log, error, signInRefusal(error));
      }
    },
    finish: async (callback, state) => {
      try {
        const flow = readFlow(state, now(), limits);
        // The query alone: behind a proxy, host and scheme of a request are what anybody wrote there.
        const answer = redirect();
        answer.search = callback.search;
        return await redeem(await provider(), settings, { flow, answer, now: now(), limits });
      } catch (error) {
        throw logged(log, error, signInRefusal(error));
      }
    },
    verifyBearer: async (jwt) => {
      try {
        const payload = await verifyProviderJwt(jwt, settings, provider, { now: now(), limits });
        const { exp, iat } = payload;
        return {
          ...claimsOf(payload),
          expiresAt: Math.floor(exp * 1_000),
          issuedAt: Math.floor(iat * 1_000),
        };
      } catch (error) {
        throw bearerRefusal(error);
      }
    },
  };
}

async function authorizationUrl(
  { configuration }: OidcProvider,
  { scopes }: OidcClientSettings,
  { state, nonce, verifier }: OidcFlow,
  redirectUri: URL,
): Promise<string> {
  const wanted = new Set(["openid", ...scopes.split(/\s+/).filter((scope) => scope !== "")]);
  return buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri.href,
    scope: [...wanted].join(" "),
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }).href;
}

interface Answer {
  readonly flow: OidcFlow;
  readonly answer: URL;
  readonly now: number;
  readonly limits: OidcLimits;
}

async function redeem(
  provider: OidcProvider,
  settings: OidcClientSettings,
  { flow, answer, now, limits }: Answer,
): Promise<Claims> {
  // Checks state, `iss` (RFC 9207: against mix-ups), and in the ID token nonce, audience, azp, issuer and times.
  const tokens = await authorizationCodeGrant(provider.configuration, answer, {
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    pkceCodeVerifier: flow.verifier,
    idTokenExpected: true,
  });
  if (tokens.id_token === undefined) throw new ProviderFault("the provider gave no ID token");
  // The signature too, though TLS protects the way (Core 3.1.3.7 would let that do); here, so that one cache of the
  // provider's keys serves everything and new ones are noticed at once. openid-client's own check has another.
  const { payload } = await jwtVerify(tokens.id_token, provider.keys.ofProvider, {
    algorithms: [settings.algorithm],
    issuer: provider.issuer,
    audience: settings.clientId,
    requiredClaims: ["sub", "exp", "iat"],
    clockTolerance: limits.clockToleranceS,
    currentDate: new Date(now),
  });
  const claims = claimsOf(payload);
  if (!provider.hasUserInfo || !missingClaims(claims, settings)) return claims;
  return withUserInfo(claims, await fetchUserInfo(provider.configuration, tokens.access_token, claims.sub));
}

function claimsOf(payload: JWTPayload): Claims {
  const { iss, sub } = payload;
  if (typeof iss !== "string" || typeof sub !== "string" || sub === "")
    throw new errors.JWTInvalid("iss and sub must be texts");
  return { ...payload, iss, sub };
}

function logged<Refusal extends { readonly code: string }>(
  log: OidcLog,
  error: unknown,
  refusal: Refusal,
): Refusal {
  const level = refusal.code === "UNAVAILABLE" ? "warn" : "info";
  // What was refused in plain words has no reason behind it that only the log may know.
  if (error !== refusal) log[level]({ code: refusal.code, reason: reasonOf(error) }, "a sign-in was refused");
  return refusal;
}

import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { OidcProvider } from "./oidc-discovery.js";
import type { OidcClientSettings, OidcLimits } from "./oidc-settings.js";

/** Types of a JWT that may speak for a person: an access token (RFC 9068), or an ID token, which names none. */
const TYPES = ["at+jwt", "application/at+jwt", "jwt", "application/jwt"];

/**
 * The claims of a JWT of the provider that was sent as Bearer. What can be refused without asking the provider is.
 * @param provider asked for only once the text looks like a JWT with the pinned algorithm
 * @throws JOSEError where it does not hold, ProviderFault where the keys cannot be had
 */
export async function verifyProviderJwt(
  jwt: string,
  settings: Pick<OidcClientSettings, "algorithm" | "audience">,
  provider: () => Promise<OidcProvider>,
  { now, limits }: { readonly now: number; readonly limits: OidcLimits },
): Promise<JWTPayload & { readonly exp: number; readonly iat: number }> {
  const { algorithm, audience } = settings;
  if (audience === undefined) throw refused("no audience is set");
  if (jwt.length > limits.bearerLength) throw refused("it is too long");
  const { alg, typ } = headerOf(jwt);
  if (alg !== algorithm) throw refused("another algorithm");
  if (typ !== undefined && !TYPES.includes(String(typ).toLowerCase())) throw refused("another type");
  const { issuer, keys } = await provider();
  // Tokens of other issuers must not make us look for their keys.
  if (decodeJwt(jwt).iss !== issuer) throw refused("another issuer");
  const { payload } = await jwtVerify(jwt, keys.ofStrangers, {
    algorithms: [algorithm],
    issuer,
    audience,
    requiredClaims: ["sub", "exp", "iat"],
    clockTolerance: limits.clockToleranceS,
    currentDate: new Date(now),
  });
  return checked(payload, now, limits);
}

/** What jose does not look at. */
function checked(
  payload: JWTPayload,
  now: number,
  limits: OidcLimits,
): JWTPayload & { readonly exp: number; readonly iat: number } {
  const { exp, iat } = payload;
  if (!isInstant(exp) || !isInstant(iat)) throw refused("its times are no times");
  // The tolerance is for clocks that differ, not for tokens that have ended: what lasts as long as one ends with it.
  if (exp * 1_000 <= now) throw refused("it has expired");
  if (iat * 1_000 > now + limits.clockToleranceS * 1_000) throw refused("it was issued in the future");
  // A logout token (OpenID Connect Back-Channel Logout 1.0, 2.4) or another security event is nobody's credential.
  if (payload["events"] !== undefined) throw refused("it tells of an event");
  // Bound to a key that a plain Bearer does not prove (RFC 7800, RFC 8705, RFC 9449): it may have been stolen.
  if (payload["cnf"] !== undefined) throw refused("it is bound to a key");
  if (isMachine(payload)) throw refused("it speaks for a machine");
  return { ...payload, exp, iat };
}

/**
 * Whether a token shows that no person is behind it: one of the client credentials grant. Sign-off must never come from a
 * machine; agents have API keys. RFC 9068 (section 5) tells by `sub`, and where providers do otherwise they mark it.
 */
function isMachine({
  sub,
  client_id: client,
  azp,
  idtyp,
  gty,
  preferred_username: user,
}: JWTPayload): boolean {
  return (
    sub === client ||
    sub === azp ||
    idtyp === "app" || // Entra ID
    gty === "client-credentials" || // Auth0
    (typeof user === "string" && user.startsWith("service-account-")) // Keycloak
  );
}

function headerOf(jwt: string): ReturnType<typeof decodeProtectedHeader> {
  try {
    return decodeProtectedHeader(jwt);
  } catch {
    throw refused("it is no JWT");
  }
}

function isInstant(seconds: number | undefined): seconds is number {
  return typeof seconds === "number" && seconds > 0 && seconds * 1_000 <= 8.64e15;
}

function refused(why: string): Error {
  return new errors.JWTInvalid(why);
}

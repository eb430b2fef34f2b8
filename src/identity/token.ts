import { decodeJwt, jwtVerify, SignJWT } from "jose";
import type { SigningKeys } from "./signing-key.js";

/** How long a token lasts where the settings do not say: seconds. */
export const DEFAULT_TOKEN_SECONDS = 15 * 60;

const PARTY = "countersign";
const TYP = "at+jwt";

/** Whom a token speaks for: always somebody's API key, on whose validity it keeps depending. */
export interface TokenSubject {
  readonly principalId: string;
  readonly workspaceId: string;
  readonly keyId: string;
}

export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface VerifiedToken extends TokenSubject {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * A short-lived token (RFC 9068, EdDSA) for what an API key may do.
 * @param limits `seconds` it lasts, unless the key expires before (`keyExpiresAt`, milliseconds); `now`, milliseconds
 */
export async function issueToken(
  keys: SigningKeys,
  subject: TokenSubject,
  limits: { readonly seconds: number; readonly keyExpiresAt: number | null; readonly now: number },
): Promise<IssuedToken> {
  const issuedAt = Math.floor(limits.now / 1000);
  const keyEnds =
    limits.keyExpiresAt === null ? Number.POSITIVE_INFINITY : Math.floor(limits.keyExpiresAt / 1000);
  const expiresAt = Math.min(issuedAt + limits.seconds, keyEnds);
  const token = await new SignJWT({ workspace: subject.workspaceId, key: subject.keyId })
    .setProtectedHeader({ alg: "EdDSA", kid: keys.kid, typ: TYP })
    .setIssuer(PARTY)
    .setAudience(PARTY)
    .setSubject(subject.principalId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(keys.privateKey);
  return { token, expiresAt: expiresAt * 1000 };
}

/** Whether a text says that it is a token of ours; nothing is proved by that. */
export function isOwnToken(text: string): boolean {
  try {
    return decodeJwt(text).iss === PARTY;
  } catch {
    return false;
  }
}

/**
 * What a token says; undefined where it is not one of ours, altered, or expired. Only the current key counts: one may have
 * been retired because it leaked, and a token is renewed within minutes anyway.
 * @param now milliseconds since the epoch
 */
export async function verifyToken(
  keys: SigningKeys,
  token: string,
  now: number,
): Promise<VerifiedToken | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys.publicKey, {
      algorithms: ["EdDSA"],
      typ: TYP,
      issuer: PARTY,
      audience: PARTY,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(now),
    });
    const { sub, exp, workspace, key } = payload;
    if (sub === undefined || exp === undefined || typeof workspace !== "string" || typeof key !== "string")
      return undefined;
    return { principalId: sub, workspaceId: workspace, keyId: key, expiresAt: exp * 1000 };
  } catch {
    // Malformed, forged, expired: all the same to the caller.
    return undefined;
  }
}

import { errors } from "jose";
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { DomainError } from "../domain/domain-error.js";

/** What of a pino logger is used here. Nothing that is passed to it holds a code, a token or a secret. */
export interface OidcLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** The provider does not answer, or not as it must: no fault of who signs in. */
export class ProviderFault extends Error {
  override readonly name = "ProviderFault";

  constructor(
    message: string,
    /** Milliseconds after which it is worth trying again. */
    readonly waitMs = 1_000,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

const TEMPORARY = ["server_error", "temporarily_unavailable"];
/** What the token endpoint answers where the code, and not our registration with the provider, is at fault. */
const WRONG_CODE = "invalid_grant";
/** Codes of oauth4webapi for answers that say nothing about the person: they are no JSON, or have another status. */
const NO_ANSWER = [
  "OAUTH_RESPONSE_IS_NOT_JSON",
  "OAUTH_RESPONSE_IS_NOT_CONFORM",
  "OAUTH_PARSE_ERROR",
  "OAUTH_TIMEOUT",
  "OAUTH_ABORT",
  "OAUTH_MISSING_SERVER_METADATA",
  "OAUTH_INVALID_SERVER_METADATA",
  "OAUTH_HTTP_REQUEST_FORBIDDEN",
  "OAUTH_REQUEST_PROTOCOL_FORBIDDEN",
];

/** Codes of jose for keys that are none, or cannot be had. */
const KEY_FAULTS = ["ERR_JOSE_GENERIC", "ERR_JWKS_INVALID", "ERR_JWKS_TIMEOUT", "ERR_JWK_INVALID"];

/**
 * What somebody is told whose sign-in failed with `error`: UNAVAILABLE where the provider or our registration with it is at
 * fault, FORBIDDEN where the provider (or the person, there) said no, else UNAUTHENTICATED. Only the log says why.
 */
export function signInRefusal(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const fault = faultIn(error);
  if (fault !== undefined) return unavailable(fault.waitMs);
  if (error instanceof AuthorizationResponseError) {
    if (TEMPORARY.includes(error.error)) return unavailable();
    return error.error === "access_denied"
      ? new DomainError("FORBIDDEN", "The identity provider did not let you in, or you declined there.")
      : beginAgain("The identity provider did not sign you in.");
  }
  if (error instanceof ResponseBodyError && error.error === WRONG_CODE)
    return beginAgain("The identity provider no longer knows this sign-in.");
  if (error instanceof ClientError && error.code !== undefined && !NO_ANSWER.includes(error.code))
    return unverified();
  if (isTokenFault(error)) return unverified();
  // The provider refuses our registration, or breaks the protocol.
  return unavailable();
}

/**
 * What is told to who sends a JWT that does not hold: one sentence for every cause, since which of them it is helps only who
 * guesses. UNAVAILABLE where the provider's keys cannot be had.
 */
export function bearerRefusal(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const fault = faultIn(error);
  if (fault !== undefined) return unavailable(fault.waitMs);
  if (!isTokenFault(error)) return unavailable();
  return new DomainError(
    "UNAUTHENTICATED",
    "This credential is not valid. Send `Authorization: Bearer <API key or token>` with one that is neither expired nor revoked.",
  );
}

/** UNAUTHENTICATED for a sign-in that has to be begun again. */
export function beginAgain(why: string): DomainError {
  return new DomainError("UNAUTHENTICATED", `${why} Please sign in again.`);
}

/** UNAVAILABLE while the provider cannot be asked. */
export function unavailable(waitMs = 1_000): DomainError {
  return new DomainError(
    "UNAVAILABLE",
    "The identity provider cannot be reached at the moment. Try again in a few seconds.",
    { retryAfter: Math.max(1, Math.ceil(waitMs / 1_000)) },
  );
}

/**
 * Why something failed, for the log: the messages from the outermost error to the innermost. The errors themselves stay
 * out of it, for the libraries attach whole answers to them, tokens included.
 */
export function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  for (const each of causes(error)) {
    if (!(each instanceof Error)) continue;
    const said = each instanceof WWWAuthenticateChallengeError ? each.cause[0]?.parameters : each;
    const { error: code, error_description: text } = (said ?? {}) as Record<string, unknown>;
    reasons.push([each.message, code, text].filter((part) => typeof part === "string").join(": "));
  }
  return reasons.join("; ").slice(0, 500);
}

function unverified(): DomainError {
  return beginAgain("The identity provider's answer could not be verified.");
}

function faultIn(error: unknown): ProviderFault | undefined {
  for (const each of causes(error)) if (each instanceof ProviderFault) return each;
  return undefined;
}

/** Whether jose complains about a token, and not about the provider's keys. */
function isTokenFault(error: unknown): boolean {
  return error instanceof errors.JOSEError && !KEY_FAULTS.includes(error.code);
}

function* causes(error: unknown): Generator<unknown> {
  let each = error;
  for (let depth = 0; depth < 8 && each !== undefined && each !== null; depth++) {
    yield each;
    each = (each as { cause?: unknown }).cause;
  }
}

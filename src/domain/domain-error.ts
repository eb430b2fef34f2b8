/**
 * The stable codes of everything that a caller can be refused for. Clients switch on them, so a code is never renamed.
 */
export const ERROR_CODES = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "BAD_USER_INPUT",
  "ALREADY_DECIDED",
  "STALE_REVISION",
  "NOT_PENDING",
  "CLAIMED_BY_ANOTHER",
  "OWN_SUBMISSION",
  "ALREADY_REVIEWED",
  "IDEMPOTENCY_CONFLICT",
  "CURSOR_INVALID",
  "QUERY_TOO_COMPLEX",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What goes with a code so that the caller can act on it; plain JSON. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * A refusal that the caller is meant to read: a stable code, a sentence that says what to do, and the facts it needs.
 * Everything else that is thrown is an internal error and is masked before it leaves the server.
 */
export class DomainError extends Error {
  override readonly name = "DomainError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A refused input, naming the field that is wrong. */
export function badInput(field: string, message: string): DomainError {
  return new DomainError("BAD_USER_INPUT", message, { field });
}

/** The one answer for what does not exist and for what the caller may not see: they must not differ. */
export function notFound(what: string): DomainError {
  return new DomainError("NOT_FOUND", `There is no such ${what}, or it is not visible to you.`);
}

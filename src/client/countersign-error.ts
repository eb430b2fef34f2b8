/** Codes that the server gives in `extensions.code`. */
export type ServerErrorCode =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "BAD_USER_INPUT"
  | "ALREADY_DECIDED"
  | "STALE_REVISION"
  | "NOT_PENDING"
  | "CLAIMED_BY_ANOTHER"
  | "OWN_SUBMISSION"
  | "ALREADY_REVIEWED"
  | "IDEMPOTENCY_CONFLICT"
  | "CURSOR_INVALID"
  | "QUERY_TOO_COMPLEX"
  | "RATE_LIMITED"
  | "UNAVAILABLE"
  | "INTERNAL_SERVER_ERROR";

/** Codes of what goes wrong on this side of the wire. */
export type ClientErrorCode =
  /** The server could not be reached, or the connection broke before it had answered. */
  | "NETWORK"
  /** What answered does not speak Countersign's API: most often a wrong coreUrl. */
  | "BAD_RESPONSE"
  | "TIMEOUT"
  | "ABORTED"
  | "CLIENT_CLOSED"
  /** The function given as apiKey failed; `cause` has its error. */
  | "CREDENTIAL_UNAVAILABLE"
  | "BAD_CONFIGURATION";

/** A code of this version, or one that a newer server has added. */
export type ErrorCode = ServerErrorCode | ClientErrorCode | (string & {});

export interface ErrorFacts {
  readonly details?: Record<string, unknown> | undefined;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Whatever a HitlClient throws. Tell errors apart by `code`, which is stable; the message is for people. No message, detail or
 * cause ever holds the API key.
 */
export class CountersignError extends Error {
  override readonly name: string = "CountersignError";
  readonly code: ErrorCode;
  /**
   * What the server says beside the code, such as `field` with BAD_USER_INPUT. Failed calls about a ticket add `ticketId`;
   * failed mutations add `idempotencyKey`: where the outcome is unknown (NETWORK, TIMEOUT, ABORTED …), calling again under
   * the same key cannot do the work twice.
   */
  readonly details: Record<string, unknown>;
  /** Find the request in the server's log by it. */
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.details = { ...facts.details };
    this.requestId = facts.requestId;
  }
}

/** The decision that won, as ALREADY_DECIDED carries it. */
export interface WinningDecision {
  readonly status: string;
  readonly revision: number;
  readonly decidedBy: { readonly id: string; readonly name: string } | null;
  readonly decidedAt: string | null;
  readonly comments: string | null;
  readonly cursor: string | null;
}

/** No credential, or one that is unknown, expired or revoked. */
export class UnauthenticatedError extends CountersignError {
  override readonly name = "UnauthenticatedError";
}

/** There is no such thing, or none that this principal may see. */
export class NotFoundError extends CountersignError {
  override readonly name = "NotFoundError";
}

/** Somebody else settled this revision first. */
export class AlreadyDecidedError extends CountersignError {
  override readonly name = "AlreadyDecidedError";
  get decision(): WinningDecision | undefined {
    return this.details.decision as WinningDecision | undefined;
  }
}

/** The revision that was named is not the current one. */
export class StaleRevisionError extends CountersignError {
  override readonly name = "StaleRevisionError";
  get currentRevision(): number | undefined {
    return this.details.currentRevision as number | undefined;
  }
}

/** The server cannot resume from this cursor: it is malformed, foreign, or from before a restored backup. */
export class CursorInvalidError extends CountersignError {
  override readonly name = "CursorInvalidError";
}

/** NETWORK: the server could not be reached, or the connection broke. */
export class ConnectionError extends CountersignError {
  override readonly name = "ConnectionError";
  constructor(message: string, facts?: ErrorFacts) {
    super("NETWORK", message, facts);
  }
}

/** TIMEOUT: `timeoutMs`, or a signal made by AbortSignal.timeout(), ran out. The ticket itself goes on. */
export class TimeoutError extends CountersignError {
  override readonly name = "TimeoutError";
  constructor(message: string, facts?: ErrorFacts) {
    super("TIMEOUT", message, facts);
  }
}

/** ABORTED: the caller's signal was aborted; its reason is the `cause`. Named as the platform names aborts. */
export class AbortedError extends CountersignError {
  override readonly name = "AbortError";
  constructor(facts?: ErrorFacts) {
    super("ABORTED", "The call was aborted.", facts);
  }
}

/** CLIENT_CLOSED: close() was called while this was under way, or before. */
export class ClientClosedError extends CountersignError {
  override readonly name = "ClientClosedError";
  constructor() {
    super("CLIENT_CLOSED", "The client is closed.");
  }
}

const CLASS_BY_CODE: Readonly<Record<string, typeof CountersignError>> = {
  UNAUTHENTICATED: UnauthenticatedError,
  NOT_FOUND: NotFoundError,
  ALREADY_DECIDED: AlreadyDecidedError,
  STALE_REVISION: StaleRevisionError,
  CURSOR_INVALID: CursorInvalidError,
};

/** The error of that code, in its own class where it has one. */
export function errorOf(code: ErrorCode, message: string, facts?: ErrorFacts): CountersignError {
  const Class = Object.hasOwn(CLASS_BY_CODE, code) ? CLASS_BY_CODE[code] : undefined;
  return new (Class ?? CountersignError)(code, message, facts);
}

/** From one entry of a GraphQL answer's `errors`, whatever it looks like. */
export function errorFromGraphQL(entry: unknown): CountersignError {
  const { message, extensions } = (entry ?? {}) as { message?: unknown; extensions?: unknown };
  const { code, requestId, stacktrace: _, ...details } = (extensions ?? {}) as Record<string, unknown>;
  return errorOf(
    typeof code === "string" ? code : "INTERNAL_SERVER_ERROR",
    typeof message === "string" ? message : "The server gave an error without a message.",
    { details, requestId: typeof requestId === "string" ? requestId : undefined },
  );
}

/** Adds what the caller needs to go on (a ticket's id, an idempotency key), where it is not there already. */
export function withDetails(error: unknown, details: Readonly<Record<string, unknown>>): unknown {
  if (error instanceof CountersignError) {
    for (const [key, value] of Object.entries(details)) {
      error.details[key] ??= value;
    }
  }
  return error;
}

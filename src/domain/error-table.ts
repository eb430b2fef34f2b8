import type { ErrorCode } from "./domain-error.js";

/** How one error code shows itself outside the domain. */
export interface ErrorAppearance {
  /** Status of an HTTP answer that consists of this error alone (RFC 9110). */
  readonly httpStatus: number;
  /** Exit status of the command line. */
  readonly exitCode: number;
  /** Level at which the server logs it. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/**
 * From code to HTTP status, exit status and log level: the only place where these are decided.
 * Exit 1 is left to unforeseen failures and 2 to wrong usage, as shells expect.
 */
export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorAppearance>> = {
  UNAUTHENTICATED: { httpStatus: 401, exitCode: 10, logLevel: "info" },
  FORBIDDEN: { httpStatus: 403, exitCode: 11, logLevel: "info" },
  NOT_FOUND: { httpStatus: 404, exitCode: 12, logLevel: "debug" },
  BAD_USER_INPUT: { httpStatus: 400, exitCode: 13, logLevel: "debug" },
  ALREADY_DECIDED: { httpStatus: 409, exitCode: 14, logLevel: "debug" },
  STALE_REVISION: { httpStatus: 409, exitCode: 15, logLevel: "debug" },
  NOT_PENDING: { httpStatus: 409, exitCode: 16, logLevel: "debug" },
  CLAIMED_BY_ANOTHER: { httpStatus: 409, exitCode: 17, logLevel: "debug" },
  OWN_SUBMISSION: { httpStatus: 403, exitCode: 18, logLevel: "info" },
  ALREADY_REVIEWED: { httpStatus: 409, exitCode: 19, logLevel: "debug" },
  IDEMPOTENCY_CONFLICT: { httpStatus: 409, exitCode: 20, logLevel: "info" },
  CURSOR_INVALID: { httpStatus: 409, exitCode: 21, logLevel: "info" },
  QUERY_TOO_COMPLEX: { httpStatus: 400, exitCode: 22, logLevel: "info" },
  RATE_LIMITED: { httpStatus: 429, exitCode: 23, logLevel: "debug" },
  UNAVAILABLE: { httpStatus: 503, exitCode: 24, logLevel: "warn" },
  INTERNAL_SERVER_ERROR: { httpStatus: 500, exitCode: 1, logLevel: "error" },
};

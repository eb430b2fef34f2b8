import type { ErrorDetails } from "./domain-error.js";

/** The media type of {@link ProblemDetails} (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** Codes are for good, so the types made from them are too; they are names, and lead nowhere. */
const TYPE_PREFIX = "urn:countersign:error:";

/** A refusal as it is answered over REST (RFC 9457). Whatever the caller needs to act on it stands beside these. */
export interface ProblemDetails extends ErrorDetails {
  readonly type: string;
  /** The same for every refusal of the type. */
  readonly title: string;
  /** Of the answer (RFC 9110). */
  readonly status: number;
  /** What is wrong this time, and what to do. */
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
}

/** What is known of a refusal before it is answered. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** @param requestId finds the request in the server's log */
export function problemDetails(
  { code, status, message, details }: Refusal,
  requestId: string,
): ProblemDetails {
  return {
    ...details,
    type: TYPE_PREFIX + code,
    title: titleOf(code),
    status,
    detail: message,
    code,
    requestId,
  };
}

function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

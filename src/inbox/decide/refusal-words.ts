import type { CombinedError } from "urql";
import { STATUS_WORDS } from "../list/list-filter.js";
import { exactTime } from "../ticket/words.js";

/** What came of an attempt that did not succeed. */
export interface Refusal {
  readonly code: string;
  readonly words: string;
  /** Sending the same again may help, and cannot do it twice. */
  readonly retry: boolean;
  /** Only signing in again helps. */
  readonly signIn: boolean;
}

type Details = Readonly<Record<string, unknown>>;
type Words = (details: Details, message: string) => string;

const WORDS: Readonly<Record<string, Words>> = {
  ALREADY_DECIDED: (details) => `Nothing was signed: this was decided before. ${winner(details)}`,
  NOT_PENDING: (details) => `Nothing was signed: there is nothing to decide any more. ${winner(details)}`,
  STALE_REVISION: ({ currentRevision }) =>
    `Nothing was signed: revision ${String(currentRevision)} has come in meanwhile. Look at it, then decide.`,
  CLAIMED_BY_ANOTHER: (details) =>
    `Nothing was signed: ${nameIn(details["assignee"]) ?? "another reviewer"} holds this ticket. Ask them to release it.`,
  OWN_SUBMISSION: () =>
    "Nothing was signed: you submitted this revision, so somebody else must decide on it.",
  ALREADY_REVIEWED: () =>
    "You have approved this revision already. Retract that approval first to change it.",
  FORBIDDEN: (_, message) => `That is not for you to do: ${message}`,
  NOT_FOUND: () => "There is no such ticket any more that you may see.",
  BAD_USER_INPUT: (_, message) => `The server did not take it: ${message}`,
  IDEMPOTENCY_CONFLICT: () =>
    "Something else was sent under this attempt before. Press again to send this anew.",
  RATE_LIMITED: () => "That was too much at once. Wait a moment, then press again.",
  UNAVAILABLE: () => "The server cannot take it just now. Press again in a moment: it counts once.",
  INTERNAL_SERVER_ERROR: () => "The server failed. Press again: it counts once.",
  UNAUTHENTICATED: () =>
    "Your session has ended. What you wrote is kept. Sign in again: that leads back here.",
};
const RETRYABLE = new Set(["UNAVAILABLE", "INTERNAL_SERVER_ERROR", "RATE_LIMITED", "IDEMPOTENCY_CONFLICT"]);

/** Nothing is known of what came of it. */
export const NO_ANSWER: Refusal = {
  code: "NETWORK",
  words: "No answer came. What you wrote is kept. Press again: it counts once.",
  retry: true,
  signIn: false,
};

/** An error in words that say what to do. */
export function refusalOf(error: CombinedError): Refusal {
  const [first] = error.graphQLErrors;
  if (first === undefined) return NO_ANSWER;
  const code = String(first.extensions["code"]);
  const words = WORDS[code]?.(first.extensions, first.message) ?? first.message;
  return { code, words, retry: RETRYABLE.has(code), signIn: code === "UNAUTHENTICATED" };
}

function winner(details: Details): string {
  const { decision } = details;
  if (typeof decision !== "object" || decision === null) return "Its deadline has passed.";
  const { status, decidedBy, decidedAt, revision, comments } = decision as Details;
  const word = STATUS_WORDS[status as keyof typeof STATUS_WORDS] ?? String(status);
  const by = nameIn(decidedBy);
  const said = typeof comments === "string" && comments !== "" ? ` They said: “${comments}”` : "";
  return `Revision ${String(revision)}: ${word}${by === undefined ? "" : ` by ${by}`}, ${exactTime(String(decidedAt))}.${said}`;
}

function nameIn(value: unknown): string | undefined {
  const name = typeof value === "object" && value !== null ? (value as Details)["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

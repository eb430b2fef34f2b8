import { CountersignError } from "./countersign-error.js";
import { whenAborted } from "./when-aborted.js";

/** How often, and how fast, something that failed for a passing reason is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Upper bound of the pause before the second try, in milliseconds; it doubles with every further one. */
  readonly baseMs: number;
  /** Upper bound that it stops doubling at, in milliseconds. */
  readonly capMs: number;
}

/** One retry that is about to happen, for whoever wants to log it. */
export interface RetryNotice {
  readonly error: CountersignError;
  /** Failures in a row, this one included. */
  readonly failures: number;
  readonly delayMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 6, baseMs: 250, capMs: 10_000 };

/** A server that asks for more patience than this (in seconds) gets no retry: its answer is the caller's to handle. */
const LONGEST_OBEYED_RETRY_AFTER_S = 120;

const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "NETWORK",
  "UNAVAILABLE",
  "RATE_LIMITED",
  "CREDENTIAL_UNAVAILABLE",
]);

/** Whether trying again may help. Everything else is final: the server has understood, and refused. */
export function isTransient(error: unknown): error is CountersignError {
  return (
    error instanceof CountersignError &&
    TRANSIENT_CODES.has(error.code) &&
    retryAfterSeconds(error) <= LONGEST_OBEYED_RETRY_AFTER_S
  );
}

/**
 * The pause after so many failures in a row: uniform between 0 and the doubled, capped base ("full jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that clients that lost the same server
 * do not come back together.
 */
export function fullJitter(failures: number, policy: RetryPolicy): number {
  return Math.random() * Math.min(policy.capMs, policy.baseMs * 2 ** (failures - 1));
}

/** The pause before the next try, in milliseconds: what the server asked for, and jitter on top. */
export function delayAfter(error: CountersignError, failures: number, policy: RetryPolicy): number {
  return retryAfterSeconds(error) * 1000 + fullJitter(failures, policy);
}

function retryAfterSeconds(error: CountersignError): number {
  const seconds = error.details.retryAfter;
  return typeof seconds === "number" && seconds > 0 ? seconds : 0;
}

/** Waits. Rejects with the signal's reason as soon as that is aborted, and leaves no timer behind. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason);
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, ms);
    const forget = whenAborted(signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** The promise's outcome, or the signal's reason if that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const forget = whenAborted(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(forget);
  });
}

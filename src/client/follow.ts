import { ConnectionError, type CountersignError } from "./countersign-error.js";
import type { LiveConnection } from "./live-connection.js";
import { delayAfter, isTransient, pause, type RetryNotice, type RetryPolicy } from "./retry-policy.js";
import type { TypedDocument } from "./typed-document.js";

export interface Follower<Data, Variables, Result> {
  readonly document: TypedDocument<Data, Variables>;
  /** Asked before every subscription, so that each resumes where the one before had come to. */
  readonly variables: () => Variables;
  /** Anything but undefined is the result. What it throws ends it all. */
  readonly next: (data: Data) => Result | undefined;
}

export interface FollowOptions {
  readonly retry: RetryPolicy;
  readonly onRetry: (notice: RetryNotice) => void;
  /** Whether the server has been reached before. */
  readonly reached?: boolean | undefined;
}

/**
 * Subscribes, and subscribes again whenever the connection or the server fails for a passing reason, until there is a
 * result. As long as the server has never been reached, it gives up after `retry.attempts`; after that, never.
 *
 * @throws CountersignError that is final; the signal's reason
 */
export async function follow<Data, Variables, Result>(
  live: LiveConnection,
  follower: Follower<Data, Variables, Result>,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Result> {
  let reached = options.reached ?? false;
  let failures = 0;
  const sink = {
    opened: () => {
      reached = true;
    },
    next: (data: Data) => {
      failures = 0;
      return follower.next(data);
    },
  };
  for (;;) {
    try {
      return await live.subscribe(follower.document, follower.variables(), sink, signal);
    } catch (error) {
      signal.throwIfAborted();
      failures++;
      if (!isTransient(error) || (!reached && failures >= options.retry.attempts)) throw error;
      const delayMs = delayBefore(live, error, failures, options.retry);
      options.onRetry({ error, failures, delayMs });
      await pause(delayMs, signal);
    }
  }
}

/** A broken connection's pause is kept by the connection; that of a refused or ended subscription is its own. */
function delayBefore(
  live: LiveConnection,
  error: CountersignError,
  failures: number,
  retry: RetryPolicy,
): number {
  const connectionsPause = live.delayMs;
  if (error instanceof ConnectionError && connectionsPause > 0) return connectionsPause;
  return delayAfter(error, failures, retry);
}

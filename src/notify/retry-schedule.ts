/**
 * When a delivery that failed is tried again: the schedule of the Standard Webhooks specification, which spans a bit more than
 * three days. Milliseconds after the first, the second … attempt.
 */
export const RETRY_MS: readonly number[] = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3_600_000,
  5 * 3_600_000,
  10 * 3_600_000,
  14 * 3_600_000,
  20 * 3_600_000,
  24 * 3_600_000,
];

/** As long as another side may put us off, milliseconds: what asks for more is asked again by then. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** Share by which a pause is longer at most: so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * The pause before the next attempt, milliseconds; undefined where there is none any more.
 * @param attempts that were made
 * @param retryAfterMs what the other side asked for: never tried sooner
 */
export function nextAttemptIn(
  schedule: readonly number[],
  attempts: number,
  retryAfterMs = 0,
  random: () => number = Math.random,
): number | undefined {
  const pause = schedule[attempts - 1];
  if (pause === undefined) return undefined;
  return Math.round(Math.max(pause * (1 + JITTER * random()), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
}

/** What is left of a type once a condition holds. */
export type Truthy<T> = Exclude<T, false | 0 | "" | null | undefined>;

export interface UntilOptions {
  /** How long to wait, in milliseconds; 10,000 unless told. */
  timeoutMs?: number;
  /** Pause between two looks, in milliseconds; 10 unless told. */
  intervalMs?: number;
  /** What is waited for, for the error's message. */
  what?: string;
}

/**
 * Waits until `check` gives something truthy, and gives that. A check that throws has not been met yet.
 *
 * @throws Error after `timeoutMs`, with the last thing that `check` threw as its cause.
 */
export async function until<T>(check: () => T | Promise<T>, options: UntilOptions = {}): Promise<Truthy<T>> {
  const { timeoutMs = 10_000, intervalMs = 10, what } = options;
  // The monotonic clock: a test may play with Date.
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value) {
        return value as Truthy<T>;
      }
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what ?? check.toString()}`, { cause: lastError });
    }
    await new Promise((resume) => setTimeout(resume, intervalMs));
  }
}

import { ProviderFault } from "./oidc-errors.js";
import type { OidcLimits } from "./oidc-settings.js";

/** Leaves a provider that fails alone for a while, twice as long after each further failure. */
export class OidcPause {
  private failures = 0;
  private endsAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly limits: OidcLimits,
    /** Told of each failure, but not of who comes during a pause. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * Asks the provider, unless it failed a moment ago.
   * @throws ProviderFault with the time after which it will be asked again
   */
  async around<T>(ask: () => Promise<T>): Promise<T> {
    // The monotonic clock: when the system's is put back, nobody should have to wait for it.
    const left = this.endsAt - performance.now();
    if (left > 0) throw new ProviderFault("the provider failed a moment ago and is left alone", left);
    try {
      const answer = await ask();
      this.failures = 0;
      return answer;
    } catch (error) {
      this.onFailure(error);
      const pause = Math.min(this.limits.longestPauseMs, this.limits.firstPauseMs * 2 ** this.failures);
      this.failures += 1;
      this.endsAt = performance.now() + pause;
      throw new ProviderFault("the provider failed", pause, { cause: error });
    }
  }
}

import { AbortedError, ClientClosedError, CountersignError, TimeoutError } from "./countersign-error.js";
import { whenAborted } from "./when-aborted.js";

/** What ends a call before its time. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; Infinity, the default, never runs out. */
  readonly timeoutMs?: number | undefined;
}

/** The longest delay that timers take; beyond it they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One call under way. Its signal is aborted by the caller's signal, by the time limit, or by the client's end, and its
 * reason is always the CountersignError to reject with.
 */
export class CallScope {
  readonly #controller = new AbortController();
  #forgetCaller = (): void => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ signal, timeoutMs = Number.POSITIVE_INFINITY }: CallLimits) {
    if (typeof timeoutMs !== "number" || Number.isNaN(timeoutMs) || timeoutMs < 0) {
      const message = "timeoutMs must be a number of milliseconds, 0 or more.";
      throw new CountersignError("BAD_USER_INPUT", message, { details: { field: "timeoutMs" } });
    }
    if (signal !== undefined) {
      const onAbort = (): void => this.abort(abortError(signal.reason));
      if (signal.aborted) onAbort();
      else this.#forgetCaller = whenAborted(signal, onAbort);
    }
    if (timeoutMs !== Number.POSITIVE_INFINITY) this.#arm(timeoutMs, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: CountersignError): void {
    this.#controller.abort(reason);
  }

  /** Lets go of timer and listeners. */
  end(): void {
    clearTimeout(this.#timer);
    this.#forgetCaller();
  }

  #arm(remainingMs: number, timeoutMs: number): void {
    const step = Math.min(remainingMs, LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      if (remainingMs > step) this.#arm(remainingMs - step, timeoutMs);
      else this.abort(new TimeoutError(`Timed out after ${timeoutMs} ms.`));
    }, step);
  }
}

/** Every call that a client has under way, so that closing it ends them all. */
export class CallScopes {
  readonly #open = new Set<CallScope>();
  #closed = false;

  /** @throws ClientClosedError after closeAll() */
  open(limits: CallLimits): CallScope {
    if (this.#closed) throw new ClientClosedError();
    const scope = new CallScope(limits);
    this.#open.add(scope);
    return scope;
  }

  end(scope: CallScope): void {
    scope.end();
    this.#open.delete(scope);
  }

  /** Does the work within limits; it must reject once its signal is aborted. */
  async run<T>(limits: CallLimits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const scope = this.open(limits);
    try {
      scope.signal.throwIfAborted();
      return await work(scope.signal);
    } finally {
      this.end(scope);
    }
  }

  closeAll(): void {
    this.#closed = true;
    for (const scope of this.#open) scope.abort(new ClientClosedError());
  }
}

function abortError(reason: unknown): CountersignError {
  // A call within a call: the outer one has said already why.
  if (reason instanceof CountersignError) return reason;
  const byTimeout = (reason as { name?: unknown } | null)?.name === "TimeoutError";
  return byTimeout
    ? new TimeoutError("The time that the signal allowed ran out.", { cause: reason })
    : new AbortedError({ cause: reason });
}

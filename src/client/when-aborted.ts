const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once, when a signal that is not aborted yet is. However many wait for the same signal (an agent's shutdown, say),
 * it has one listener: Node warns of a leak at the eleventh.
 *
 * @returns a function that takes it back
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  const callbacks = waiting.get(signal) ?? listenTo(signal);
  // A function of its own, so that the same callback may wait twice.
  const entry = (): void => callback();
  callbacks.add(entry);
  return () => {
    callbacks.delete(entry);
  };
}

/** The listener stays as long as the signal, and keeps alive nothing but an empty set. */
function listenTo(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  waiting.set(signal, callbacks);
  const callAll = (): void => {
    for (const callback of [...callbacks]) callback();
    callbacks.clear();
  };
  signal.addEventListener("abort", callAll, { once: true });
  return callbacks;
}

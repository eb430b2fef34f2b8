import { useDeferredValue, useEffect, useState } from "react";

/**
 * Counts up to a number of parts, one more with each frame: what is large is drawn piece by piece, so that the page never waits for
 * all of it. What was drawn stays when the number changes.
 */
export function useDrawnParts(total: number): number {
  const [count, setCount] = useState(1);
  const drawn = useDeferredValue(count);
  useEffect(() => {
    if (drawn < count || count >= total) return;
    const frame = requestAnimationFrame(() => setCount(count + 1));
    return () => cancelAnimationFrame(frame);
  }, [count, drawn, total]);
  return Math.min(drawn, total);
}

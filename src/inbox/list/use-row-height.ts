import { useSyncExternalStore } from "react";

/** Heights of a row, in the reader's own letter size (rem): one height for all, so that nothing jumps. */
const REM = { wide: 4, narrow: 8.75 } as const;

/** The same as in list.css. */
const wide = matchMedia("(min-width: 48rem)");

/** The height of a row in pixels. */
export function useRowHeight(): number {
  const isWide = useSyncExternalStore(
    (listener) => {
      wide.addEventListener("change", listener);
      return () => wide.removeEventListener("change", listener);
    },
    () => wide.matches,
  );
  const letter = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.round((isWide ? REM.wide : REM.narrow) * letter);
}

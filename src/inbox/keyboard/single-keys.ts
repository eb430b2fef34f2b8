const KEY = "countersign.single-keys";

const listeners = new Set<() => void>();

/** Whether shortcuts of a single character hold: a choice of this browser, since it depends on who sits at it. */
export const singleKeys = {
  /** They do unless they were switched off. */
  on(): boolean {
    try {
      return localStorage.getItem(KEY) !== "off";
    } catch {
      return true;
    }
  },
  switch(on: boolean): void {
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // A browser that keeps nothing cannot keep this either.
    }
    for (const listener of listeners) listener();
  },
  /** @returns what stops it */
  listen(listener: () => void): () => void {
    listeners.add(listener);
    addEventListener("storage", listener);
    return () => {
      listeners.delete(listener);
      removeEventListener("storage", listener);
    };
  },
};

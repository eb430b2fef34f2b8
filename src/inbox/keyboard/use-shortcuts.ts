import { createContext, useContext, useEffect, useRef } from "react";
import type { Shortcut } from "./shortcut.js";
import { ShortcutRegistry } from "./shortcut-registry.js";

/** Of the page; there is one. */
export const Shortcuts = createContext(new ShortcutRegistry());

/**
 * Makes these keys work as long as the component is there, and lists them in the sheet (`?`). Those of single characters rest
 * while one types, in an open dialog, and where they were switched off.
 * @param title what they stand under in the sheet
 */
export function useShortcuts(shortcuts: readonly Shortcut[], title = "On this page"): void {
  const registry = useContext(Shortcuts);
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  // What they do changes with every rendering, what they are called hardly ever: only then is the sheet told.
  const names = JSON.stringify(
    shortcuts.map(({ keys, label, repeats, inDialog }) => ({ keys, label, repeats, inDialog })),
  );
  useEffect(() => {
    const named = JSON.parse(names) as Omit<Shortcut, "run">[];
    return registry.add({
      title,
      shortcuts: named.map((one, index) => ({ ...one, run: (event) => latest.current[index]?.run(event) })),
    });
  }, [registry, title, names]);
}

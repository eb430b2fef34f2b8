import { parseKeybinding } from "tinykeys";

/** What a key, or keys one after the other, do on a page. */
export interface Shortcut {
  /** In tinykeys' words: `j`, `g i` (one after the other), `?`, `$mod+Enter` (⌘ on a Mac, Ctrl elsewhere). */
  readonly keys: string;
  /** What it does, for the sheet of shortcuts: `Next ticket`. */
  readonly label: string;
  readonly run: (event: KeyboardEvent) => void;
  /** Goes on while the key is held; otherwise it is done once. */
  readonly repeats?: boolean;
  /** Holds in an open dialog too, where all others rest. */
  readonly inDialog?: boolean;
}

/** One press: the modifiers that must be held, and the key. */
export interface Press {
  readonly modifiers: readonly string[];
  readonly key: string;
}

const COMMANDING = ["Control", "Meta", "Alt"];

/** The presses of a shortcut, in order. */
export function pressesOf({ keys }: Pick<Shortcut, "keys">): readonly Press[] {
  return parseKeybinding(keys).map(([modifiers, key]) => ({ modifiers, key: String(key) }));
}

/**
 * Whether it is made of characters alone, so that a slip or speech input can set it off: those can be switched off (WCAG 2.2,
 * success criterion 2.1.4), and never hold where one types.
 */
export function isCharacterShortcut(shortcut: Pick<Shortcut, "keys">): boolean {
  return pressesOf(shortcut).every(({ modifiers, key }) => isCharacter(key) && !commands(modifiers));
}

/** Whether it is held together with Ctrl, ⌘ or Alt, so that it means the same where one types. */
export function isCommandShortcut(shortcut: Pick<Shortcut, "keys">): boolean {
  return pressesOf(shortcut).every(({ modifiers }) => commands(modifiers));
}

/** @returns whether that event is that press */
export function matches(event: KeyboardEvent, { modifiers, key }: Press): boolean {
  if (event.key.toUpperCase() !== key.toUpperCase()) return false;
  // Which keyboards need Shift for a sign such as / differs from country to country.
  const shiftMatters = !isCharacter(key) || /\p{Letter}/u.test(key);
  return (
    event.ctrlKey === modifiers.includes("Control") &&
    event.metaKey === modifiers.includes("Meta") &&
    event.altKey === modifiers.includes("Alt") &&
    (!shiftMatters || event.shiftKey === modifiers.includes("Shift"))
  );
}

function isCharacter(key: string): boolean {
  return [...key].length === 1;
}

function commands(modifiers: readonly string[]): boolean {
  return modifiers.some((modifier) => COMMANDING.includes(modifier));
}

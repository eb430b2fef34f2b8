import {
  isCharacterShortcut,
  isCommandShortcut,
  matches,
  type Press,
  pressesOf,
  type Shortcut,
} from "./shortcut.js";
import { singleKeys } from "./single-keys.js";

/** Shortcuts that belong together, as the sheet lists them. */
export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

/** Longest pause between the keys of a sequence such as `g i`. */
const SEQUENCE_MS = 1_200;

const DIALOG = '[role="dialog"], [role="alertdialog"]';
const TYPING =
  'input, textarea, select, [contenteditable="true"], [role="textbox"], [role="searchbox"], [role="combobox"]';
/** Where a character looks for an entry. */
const CHOOSING = '[role="listbox"], [role="menu"], [role="tree"]';
const NOT_TYPING = new Set(["button", "checkbox", "radio", "reset", "submit"]);
/** What has a meaning of its own for Enter and the space bar. */
const PRESSABLE =
  'a[href], button, summary, input, [role="button"], [role="link"], [role="tab"], [role="checkbox"]';

interface Pending {
  readonly shortcut: Shortcut;
  readonly rest: readonly Press[];
}

/** The shortcuts of what is on the page now. What registered last comes first where two want the same keys. */
export class ShortcutRegistry {
  #groups: readonly ShortcutGroup[] = [];
  #pending: readonly Pending[] = [];
  #pendingUntil = 0;
  readonly #listeners = new Set<() => void>();

  /** @returns what takes them away again */
  add(group: ShortcutGroup): () => void {
    this.#become([...this.#groups, group]);
    return () => this.#become(this.#groups.filter((one) => one !== group));
  }

  /** The same array until something changes. */
  groups = (): readonly ShortcutGroup[] => this.#groups;

  /** @returns what stops it */
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Does what the key means, if it means anything here. */
  handle = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || isModifier(event.key)) return;
    const begun = event.timeStamp <= this.#pendingUntil ? this.#pending : [];
    this.#pending = [];
    // What follows a g is no key of its own, or `g a` would approve.
    const hits = (begun.length > 0 ? begun : this.#all())
      .filter(({ rest: [next] }) => next !== undefined && matches(event, next))
      .filter(({ shortcut }) => holds(shortcut, event))
      .map(({ shortcut, rest }) => ({ shortcut, rest: rest.slice(1) }));
    const done = hits.find(({ rest }) => rest.length === 0);
    if (done !== undefined) {
      event.preventDefault();
      if (!event.repeat || done.shortcut.repeats === true) done.shortcut.run(event);
      return;
    }
    this.#pending = hits;
    this.#pendingUntil = event.timeStamp + SEQUENCE_MS;
    if (hits.length > 0) event.preventDefault();
  };

  #all(): Pending[] {
    return this.#groups
      .toReversed()
      .flatMap(({ shortcuts }) => shortcuts.map((shortcut) => ({ shortcut, rest: pressesOf(shortcut) })));
  }

  #become(groups: readonly ShortcutGroup[]): void {
    this.#groups = groups;
    for (const listener of this.#listeners) listener();
  }
}

function holds(shortcut: Shortcut, event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : document.body;
  if (!isCommandShortcut(shortcut)) {
    if (isTyping(target)) return false;
    if (isCharacterShortcut(shortcut)) {
      if (!singleKeys.on() || target.closest(CHOOSING) !== null) return false;
    } else if (["Enter", " "].includes(event.key) && target.closest(PRESSABLE) !== null) return false;
  }
  // Last, since it looks through the whole page: that takes milliseconds where the page is large, and one may be typing.
  return shortcut.inDialog === true || (target.closest(DIALOG) ?? document.querySelector(DIALOG)) === null;
}

function isTyping(target: Element): boolean {
  const field = target.closest(TYPING);
  return field !== null && !(field instanceof HTMLInputElement && NOT_TYPING.has(field.type));
}

function isModifier(key: string): boolean {
  return ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"].includes(key);
}

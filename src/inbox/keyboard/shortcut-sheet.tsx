import { useContext, useSyncExternalStore } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { pressesOf, type Shortcut } from "./shortcut.js";
import type { ShortcutGroup } from "./shortcut-registry.js";
import { singleKeys } from "./single-keys.js";
import { Shortcuts } from "./use-shortcuts.js";
import "./shortcut-sheet.css";

const NAMES: Readonly<Record<string, string>> = {
  Meta: "⌘",
  Control: "Ctrl",
  ArrowUp: "↑",
  ArrowDown: "↓",
  " ": "Space",
};

/** Every shortcut of what is on the page, and the switch for those of a single character. */
export function ShortcutSheet({ close }: { readonly close: () => void }) {
  const registry = useContext(Shortcuts);
  const groups = useSyncExternalStore(registry.listen, registry.groups);
  const on = useSyncExternalStore(singleKeys.listen, singleKeys.on);
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && close()} className="sheet-overlay">
      <Modal className="sheet">
        <Dialog className="sheet-dialog">
          <Heading slot="title" className="sheet-title">
            Keyboard shortcuts
          </Heading>
          <label className="sheet-switch">
            <input
              type="checkbox"
              checked={on}
              onChange={({ target }) => singleKeys.switch(target.checked)}
            />
            Shortcuts of single characters, such as j and /
          </label>
          {titles(groups).map((title) => (
            <section key={title} aria-label={title}>
              <h3 className="sheet-group">{title}</h3>
              <dl className="sheet-list">
                {groups
                  .filter((group) => group.title === title)
                  .flatMap(({ shortcuts }) => shortcuts)
                  .map((shortcut) => (
                    <div key={`${shortcut.keys} ${shortcut.label}`} className="sheet-line">
                      <dt>
                        <Keys shortcut={shortcut} />
                      </dt>
                      <dd>{shortcut.label}</dd>
                    </div>
                  ))}
              </dl>
            </section>
          ))}
          <Button slot="close" className="sheet-close">
            Close
          </Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function titles(groups: readonly ShortcutGroup[]): string[] {
  const filled = groups.filter(({ shortcuts }) => shortcuts.length > 0);
  return [...new Set(filled.map(({ title }) => title))].toSorted((one, other) => one.localeCompare(other));
}

function Keys({ shortcut }: { readonly shortcut: Shortcut }) {
  const [first, ...rest] = pressesOf(shortcut).map(({ modifiers, key }) =>
    [...modifiers, key].map((name) => NAMES[name] ?? name).join(" + "),
  );
  return (
    <>
      <kbd>{first}</kbd>
      {rest.map((press) => (
        <span key={press}>
          {" "}
          then <kbd>{press}</kbd>
        </span>
      ))}
    </>
  );
}

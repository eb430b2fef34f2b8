/** Beyond it a text is not kept: there is room for a few million characters in all. */
const MOST_CHARACTERS = 50_000;

/** A text that is being written, kept by the tab until it is sent: the session may end meanwhile. */
export function keptText(name: string): { read(): string; keep(text: string): void } {
  const key = `countersign.${name}`;
  return {
    read: () => {
      try {
        return sessionStorage.getItem(key) ?? "";
      } catch {
        return "";
      }
    },
    keep: (text) => {
      try {
        if (text === "" || text.length > MOST_CHARACTERS) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, text);
      } catch {
        // A browser that keeps nothing cannot keep this either.
      }
    },
  };
}

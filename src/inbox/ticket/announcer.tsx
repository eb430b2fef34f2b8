import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

const Announce = createContext<(words: string) => void>(() => undefined);

/** Says what has happened to those who do not see it, without moving their focus. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState({ words: "", count: 0 });
  const announce = useCallback((words: string) => setSaid(({ count }) => ({ words, count: count + 1 })), []);
  return (
    <Announce value={announce}>
      {children}
      <p className="ticket-announcement" role="status">
        {/* The same words twice are two messages. */}
        <span key={said.count}>{said.words}</span>
      </p>
    </Announce>
  );
}

/** @returns what puts words into the page's status message */
export function useAnnounce(): (words: string) => void {
  return useContext(Announce);
}

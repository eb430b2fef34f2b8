import { useEffect, useSyncExternalStore } from "react";
import type { TicketDetailFragment } from "../api/generated.js";
import { listenToOpened, type Opened, openedBy, rememberOpened } from "./opened-tickets.js";

/** What this person has opened, by ticket. */
export function useOpened(principalId: string): ReadonlyMap<string, Opened> {
  return useSyncExternalStore(listenToOpened, () => openedBy(principalId));
}

/**
 * Remembers that a revision has been on the page, once it has been where somebody could see it: a tab in the background
 * shows nothing.
 * @param seen the revision that the viewer has looked at
 */
export function useRememberOpened(
  principalId: string,
  { id, revision, proposal }: TicketDetailFragment,
  seen: number,
): void {
  const { digest } = proposal;
  const shown = seen === revision && proposal.revision === revision;
  useEffect(() => {
    if (!shown) return;
    const remember = (): void => {
      if (document.visibilityState === "visible") rememberOpened(principalId, id, { revision, digest });
    };
    remember();
    document.addEventListener("visibilitychange", remember);
    return () => document.removeEventListener("visibilitychange", remember);
  }, [principalId, id, revision, digest, shown]);
}

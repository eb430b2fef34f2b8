import { createContext, useContext } from "react";
import type { LiveConnection } from "../api/client.js";
import type { ViewerQuery } from "../api/generated.js";
import type { TicketList } from "../list/ticket-list.js";

/** Whoever sits before the page, and what is kept for as long as it is open. */
export interface Session {
  readonly viewer: ViewerQuery["viewer"];
  readonly live: LiveConnection;
  readonly list: TicketList;
}

/** Of the page; see {@link useSession}. */
export const SessionContext = createContext<Session | undefined>(undefined);

/** @throws Error outside of the shell, which first finds out who the viewer is */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("there is a session only within the shell");
  return session;
}

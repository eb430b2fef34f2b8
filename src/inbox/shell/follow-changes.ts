import type { Client } from "urql";
import type { LiveConnection } from "../api/client.js";
import { TicketChangedDocument } from "../api/generated.js";
import type { TicketList } from "../list/ticket-list.js";

/** Before following is tried again after the server would not go on. */
const AGAIN_MS = 2_000;

interface Following {
  readonly client: Client;
  readonly live: LiveConnection;
  readonly list: TicketList;
}

/**
 * Hands every change since a position to the list, each once: the connection itself goes on after a break from what it last
 * delivered.
 * @param after from before anything on the page was read
 * @param currentCursor finds the ledger's end, for when the server cannot go on from a position (CURSOR_INVALID)
 * @returns what stops it
 */
export function followChanges(
  { client, live, list }: Following,
  after: string,
  currentCursor: () => Promise<string | undefined>,
): () => void {
  let stopped = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe: () => void = () => undefined;
  let last = after;
  const follow = (): void => {
    const subscription = client.subscription(TicketChangedDocument, { after: last }).subscribe((result) => {
      const change = result.data?.ticketChanged;
      if (change !== undefined && result.error === undefined) {
        last = change.cursor;
        list.change(change);
      }
      if (result.error === undefined) return;
      const lost = result.error.graphQLErrors.some(
        ({ extensions }) => extensions["code"] === "CURSOR_INVALID",
      );
      void recover(lost);
    });
    unsubscribe = () => subscription.unsubscribe();
  };
  const recover = async (lost: boolean): Promise<void> => {
    unsubscribe();
    const cursor = lost ? await currentCursor() : undefined;
    if (stopped) return;
    if (cursor !== undefined) {
      last = cursor;
      list.selection.lose();
      list.refresh();
      return follow();
    }
    clearTimeout(again);
    again = setTimeout(() => (lost ? void recover(true) : follow()), AGAIN_MS);
  };
  follow();
  let wasOffline = false;
  const stopListening = live.listen(() => {
    const connection = live.current();
    // What was asked for over HTTP while there was no server is asked for again.
    if (connection === "open" && wasOffline) list.retry();
    wasOffline = connection === "offline";
  });
  return () => {
    stopped = true;
    clearTimeout(again);
    unsubscribe();
    stopListening();
  };
}

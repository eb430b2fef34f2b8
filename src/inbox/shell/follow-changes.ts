import type { Client } from "urql";
import type { LiveConnection } from "../api/client.js";
import { follow } from "../api/follow.js";
import { TicketChangedDocument } from "../api/generated.js";
import type { TicketList } from "../list/ticket-list.js";

interface Following {
  readonly client: Client;
  readonly live: LiveConnection;
  readonly list: TicketList;
}

/**
 * Hands every change since a position to the list, each once.
 * @param after from before anything on the page was read
 * @param currentCursor finds the ledger's end, for when the server cannot go on from a position (CURSOR_INVALID)
 * @returns what stops it
 */
export function followChanges(
  { client, live, list }: Following,
  after: string,
  currentCursor: () => Promise<string | undefined>,
): () => void {
  const stop = follow(client, after, {
    document: TicketChangedDocument,
    variables: (position) => ({ after: position }),
    take: ({ ticketChanged }) => {
      list.change(ticketChanged);
      return ticketChanged.cursor;
    },
    renew: async () => {
      const cursor = await currentCursor();
      if (cursor !== undefined) {
        list.selection.lose();
        list.refresh();
      }
      return cursor;
    },
  });
  let wasOffline = false;
  const stopListening = live.listen(() => {
    const connection = live.current();
    // What was asked for over HTTP while there was no server is asked for again.
    if (connection === "open" && wasOffline) list.retry();
    wasOffline = connection === "offline";
  });
  return () => {
    stop();
    stopListening();
  };
}

import { useCallback, useEffect, useRef, useState } from "react";
import { type CombinedError, useClient, useSubscription } from "urql";
import { OneTicketChangedDocument, TicketDocument, type TicketQuery } from "../api/generated.js";

/** A ticket as one answer of the server showed it, and who looks at it. */
export interface TicketSnapshot {
  readonly ticket: NonNullable<TicketQuery["ticket"]>;
  readonly viewer: TicketQuery["viewer"];
}

/** What is known of a ticket. */
export interface LiveTicket {
  readonly snapshot: TicketSnapshot | undefined;
  /** Why the latest look at it failed. */
  readonly error: CombinedError | undefined;
  /** Grows with each change that came in. */
  readonly changes: number;
  /** Looks again. */
  readonly reload: () => void;
}

/**
 * A ticket that is looked at anew whenever it changes. What is shown is always one whole answer, never one that the
 * cache put together: a text of one revision beside the digest of another would be signed for what it is not.
 */
export function useTicket(id: string): LiveTicket {
  const client = useClient();
  const [found, setFound] = useState<{ snapshot?: TicketSnapshot; error?: CombinedError }>({});
  const [changes, setChanges] = useState(0);
  const [cursor, setCursor] = useState<string>();
  const latest = useRef(0);

  const reload = useCallback(() => {
    latest.current += 1;
    const asked = latest.current;
    void client
      .query(TicketDocument, { id }, { requestPolicy: "network-only" })
      .toPromise()
      .then(({ data, error }) => {
        // A later look knows more.
        if (asked !== latest.current) return;
        const ticket = data?.ticket;
        if (data === undefined || ticket === undefined || ticket === null) {
          setFound((before) => ({ ...before, ...(error === undefined ? {} : { error }) }));
          return;
        }
        setFound({ snapshot: { ticket, viewer: data.viewer } });
        setCursor((before) => before ?? data.viewer.ledgerCursor);
      });
  }, [client, id]);
  useEffect(reload, [reload]);

  const [{ data: change, error: lost }] = useSubscription({
    query: OneTicketChangedDocument,
    variables: { ticketId: id, ...(cursor === undefined ? {} : { after: cursor }) },
    pause: cursor === undefined,
  });
  const sequence = change?.ticketChanged.event.sequence ?? 0;
  const seen = useRef(0);
  useEffect(() => {
    // A connection that resumes brings what is known already once more.
    if (sequence <= seen.current) return;
    seen.current = sequence;
    setChanges((count) => count + 1);
    reload();
  }, [sequence, reload]);
  useEffect(() => {
    if (lost !== undefined) reload();
  }, [lost, reload]);

  return { snapshot: found.snapshot, error: found.error, changes, reload };
}

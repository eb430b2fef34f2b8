import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type CombinedError, useClient } from "urql";
import { follow } from "../api/follow.js";
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
  // The first answer says from where on the ticket is followed.
  const [start, setStart] = useState<string>();
  const latest = useRef(0);

  const ask = useCallback(async (): Promise<string | undefined> => {
    latest.current += 1;
    const asked = latest.current;
    const { data, error } = await client
      .query(TicketDocument, { id }, { requestPolicy: "network-only" })
      .toPromise();
    // A later look knows more.
    if (asked === latest.current) {
      const ticket = data?.ticket;
      if (data === undefined || ticket === undefined || ticket === null)
        setFound((before) => ({ ...before, ...(error === undefined ? {} : { error }) }));
      else {
        setFound({ snapshot: { ticket, viewer: data.viewer } });
        setStart((before) => before ?? data.viewer.ledgerCursor);
      }
    }
    return data?.viewer.ledgerCursor;
  }, [client, id]);
  const look = useMemo(() => oneAfterTheOther(ask), [ask]);
  const reload = useCallback(() => void look(), [look]);

  useEffect(reload, [reload]);
  useEffect(() => {
    if (start === undefined) return undefined;
    const changed = (): void => setChanges((count) => count + 1);
    return follow(client, start, {
      document: OneTicketChangedDocument,
      variables: (after) => ({ ticketId: id, after }),
      take: ({ ticketChanged }) => {
        changed();
        reload();
        return ticketChanged.cursor;
      },
      renew: () => {
        // What the restored ledger says instead has to be read too.
        changed();
        return look();
      },
      refused: reload,
    });
  }, [client, id, start, look, reload]);

  return { snapshot: found.snapshot, error: found.error, changes, reload };
}

/**
 * Asks anew only when the answer before has come: the client would hand on the answer that is under way, which may be older than
 * what has just been heard of. Whoever asks meanwhile shares the next one.
 */
function oneAfterTheOther<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let running: Promise<Answer> | undefined;
  let next: Promise<Answer> | undefined;
  const start = (): Promise<Answer> => {
    next = undefined;
    running = ask().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}

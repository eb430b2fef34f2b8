import { useEffect, useState } from "react";
import { useClient } from "urql";
import { TicketViewersDocument, type TicketViewersSubscription } from "../api/generated.js";
import { useSession } from "../shell/session.js";

/** Who has a ticket open, as the server said last. */
export type Viewers = TicketViewersSubscription["ticketViewers"];

/** Before asking again after the server would not say, milliseconds. */
const AGAIN_MS = 10_000;
/** Asking again would not help. */
const FINAL: ReadonlySet<unknown> = new Set(["FORBIDDEN", "NOT_FOUND"]);
/** Others may see a ticket too, but not who looks at it. */
const DESK: ReadonlySet<string> = new Set(["REVIEWER", "AUDITOR", "ADMIN"]);

/**
 * Who has the ticket open. Asking is having it open: it ends with the component. Undefined while it is not known: before
 * the first word, and while the connection is down, which asks again by itself when it is back.
 */
export function useViewers(ticketId: string): Viewers | undefined {
  const client = useClient();
  const { live, viewer } = useSession();
  const [seen, setSeen] = useState<Viewers>();
  const mayAsk = viewer.roles.some((role) => DESK.has(role));
  useEffect(() => {
    if (!mayAsk) return;
    let stop: () => void = () => undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      const subscription = client
        .subscription(TicketViewersDocument, { ticketId })
        .subscribe(({ data, error }) => {
          if (error === undefined) return setSeen(data?.ticketViewers);
          setSeen(undefined);
          if (error.graphQLErrors.some(({ extensions }) => FINAL.has(extensions["code"]))) return;
          clearTimeout(again);
          again = setTimeout(() => {
            stop();
            ask();
          }, AGAIN_MS);
        });
      stop = () => subscription.unsubscribe();
    };
    ask();
    const stopListening = live.listen(() => {
      if (live.current() !== "open") setSeen(undefined);
    });
    return () => {
      clearTimeout(again);
      stop();
      stopListening();
    };
  }, [client, live, ticketId, mayAsk]);
  return seen;
}

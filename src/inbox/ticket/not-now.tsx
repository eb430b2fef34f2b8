import { useEffect, useRef, useState } from "react";
import { type CombinedError, useMutation } from "urql";
import {
  type CannotDecideReason,
  type Role,
  type TicketDetailFragment,
  UnsnoozeDocument,
} from "../api/generated.js";
import { NextTicket } from "../decide/next-ticket.tsx";
import { fetched } from "../fetched.tsx";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { shortTime } from "../list/when.tsx";
import { useAnnounce } from "./announcer.tsx";
import { exactTime } from "./words.js";

const SnoozeDialog = fetched(async () => (await import("./snooze-dialog.tsx")).SnoozeDialog);

interface NotNowProps {
  readonly ticket: TicketDetailFragment;
  readonly viewer: { readonly principal: { readonly id: string }; readonly roles: readonly Role[] };
  readonly onChanged: () => void;
}

/** Who has nothing to decide has nothing to put off. That another holds the ticket keeps nobody. */
const NOTHING_TO_PUT_OFF: ReadonlySet<CannotDecideReason> = new Set([
  "NOT_A_REVIEWER",
  "NOT_IN_QUEUE",
  "OWN_SUBMISSION",
  "ALREADY_REVIEWED",
  "NOT_PENDING",
]);

/** Puts the ticket aside for the viewer alone, and takes it up again. */
export function NotNow({ ticket, viewer, onChanged }: NotNowProps) {
  const [choosing, setChoosing] = useState(false);
  const [justPut, setJustPut] = useState(false);
  const [error, setError] = useState<CombinedError>();
  const [, wake] = useMutation(UnsnoozeDocument);
  const chooser = useRef<HTMLButtonElement>(null);
  const announce = useAnnounce();
  useWaking(ticket, onChanged);
  const until = ticket.viewerSnoozedUntil;
  const can = !ticket.viewerCannotDecideReasons.some((reason) => NOTHING_TO_PUT_OFF.has(reason));
  const wakeUp = async (): Promise<void> => {
    const { error: failed } = await wake({ input: { ticketId: ticket.id } });
    setError(failed);
    if (failed === undefined) {
      announce("The ticket is in your list again.");
      // The button that was pressed goes away.
      chooser.current?.focus();
    }
    onChanged();
  };
  useShortcuts([
    { keys: "z", label: "Not now: put the ticket aside until a time", run: () => can && setChoosing(true) },
  ]);
  if (!can && until === null) return null;
  return (
    <div className="ticket-holding">
      {until !== null && (
        <p>
          Put aside until{" "}
          <time dateTime={until} title={exactTime(until)}>
            {shortTime(until)}
          </time>
          .
        </p>
      )}
      {can && (
        <button ref={chooser} type="button" onClick={() => setChoosing(true)}>
          {until === null ? "Not now" : "Another time"} <kbd>z</kbd>
        </button>
      )}
      {until !== null && (
        <button type="button" onClick={() => void wakeUp()}>
          Wake it now
        </button>
      )}
      {justPut && until !== null && <NextTicket after={ticket.id} />}
      {error !== undefined && (
        <p role="alert">
          {error.graphQLErrors[0]?.message ?? "The server cannot be reached. Press again in a moment."}
        </p>
      )}
      {choosing && (
        <SnoozeDialog
          ticket={ticket}
          mine={ticket.assignee?.id === viewer.principal.id}
          onClose={() => setChoosing(false)}
          onDone={(at) => {
            setChoosing(false);
            setJustPut(true);
            setError(undefined);
            announce(`Put aside until ${exactTime(at)}.`);
            onChanged();
          }}
        />
      )}
    </div>
  );
}

/** A timer cannot be set farther than that. */
const FARTHEST_MS = 2 ** 31 - 1;
/** Before the server is asked again whose clock is behind this one. */
const AGAIN_MS = 5_000;

/** Looks again when the ticket's time has come, which no event tells of. */
function useWaking(ticket: TicketDetailFragment, onChanged: () => void): void {
  const latest = useRef(onChanged);
  useEffect(() => {
    latest.current = onChanged;
  });
  useEffect(() => {
    if (ticket.viewerSnoozedUntil === null) return;
    const left = Date.parse(ticket.viewerSnoozedUntil) - Date.now();
    const timer = setTimeout(() => latest.current(), Math.min(left > 0 ? left + 1 : AGAIN_MS, FARTHEST_MS));
    return () => clearTimeout(timer);
  }, [ticket]);
}

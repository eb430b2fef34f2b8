import { useState } from "react";
import { useMutation } from "urql";
import { SnoozeDocument, type TicketDetailFragment } from "../api/generated.js";
import { BusyButton } from "../desk/busy-button.tsx";
import "../desk/desk.css";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { shortTime } from "../list/when.tsx";
import { instantOf, localText, snoozeChoices } from "./snooze-choices.js";

interface SnoozeDialogProps {
  readonly ticket: TicketDetailFragment;
  /** Whether it is in the viewer's hands. */
  readonly mine: boolean;
  readonly onClose: () => void;
  readonly onDone: (until: string) => void;
}

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Until when the ticket is put aside. */
export function SnoozeDialog({ ticket, mine, onClose, onDone }: SnoozeDialogProps) {
  const [, snooze] = useMutation(SnoozeDocument);
  const [opened] = useState(() => new Date());
  // What comes in meanwhile has not been looked at.
  const [revision] = useState(ticket.revision);
  const [choices] = useState(() => snoozeChoices(opened));
  const [text, setText] = useState("");
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);
  const putAside = async (at: Date | undefined): Promise<void> => {
    if (busy) return;
    if (at === undefined || at.getTime() <= Date.now()) {
      setRefusal("Choose a date and a time that are still to come.");
      return;
    }
    setRefusal("");
    setBusy(true);
    const until = at.toISOString();
    const { error } = await snooze({ input: { ticketId: ticket.id, revision, until } });
    setBusy(false);
    if (error === undefined) onDone(until);
    else setRefusal(error.graphQLErrors[0]?.message ?? "The server cannot be reached. Try again.");
  };
  return (
    <DeskDialog title="Not now" onClose={onClose}>
      <form
        className="desk-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void putAside(instantOf(text));
        }}
      >
        <p className="desk-lead">
          It leaves your list until then, or until a new revision comes in. Nothing is decided, and it stays
          in everybody else’s list.
          {mine && " You hold this ticket: it is given back, so that others can take it meanwhile."}
        </p>
        <ul className="snooze-choices" aria-label="Until when">
          {choices.map(({ label, at }) => (
            <li key={label}>
              <BusyButton
                says={`${label}: ${shortTime(at.toISOString())}`}
                busy={busy}
                look="main"
                onPress={() => void putAside(at)}
              />
            </li>
          ))}
        </ul>
        <div className="desk-field">
          <label htmlFor="snooze-until">Another date and time</label>
          <input
            id="snooze-until"
            type="datetime-local"
            value={text}
            min={localText(opened)}
            aria-describedby="snooze-zone"
            onChange={({ target }) => setText(target.value)}
          />
          <p id="snooze-zone" className="desk-hint">
            Times are in your zone, {ZONE}.
          </p>
        </div>
        <p role="alert" className="desk-refusal">
          {refusal}
        </p>
        <div className="desk-actions">
          <BusyButton says="Cancel" busy={busy} onPress={onClose} />
          <BusyButton says="Put aside until that date" busy={busy} />
        </div>
      </form>
    </DeskDialog>
  );
}

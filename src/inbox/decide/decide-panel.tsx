import { useMemo, useState } from "react";
import { useMutation } from "urql";
import { RetractDocument, type TicketDetailFragment } from "../api/generated.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { STATUS_WORDS } from "../list/list-filter.js";
import { CANNOT_DECIDE_WORDS } from "../ticket/words.js";
import { Approvals } from "./approvals.tsx";
import { blockedBy } from "./blocked-by.js";
import { DecideForm } from "./decide-form.tsx";
import "./decide-panel.css";
import { editOf } from "./decision-input.js";
import type { DraftPlace } from "./draft.js";
import { CHOICES, type Choice } from "./outcomes.js";
import { refusalOf } from "./refusal-words.js";
import type { Signed } from "./send-decision.js";
import { SignedCard } from "./signed-card.tsx";
import { useDecision } from "./use-decision.js";

interface DecidePanelProps {
  readonly ticket: TicketDetailFragment;
  readonly viewerId: string;
  /** The revision that the viewer has looked at. */
  readonly seen: number;
  readonly onLooked: () => void;
  readonly onChanged: (ticket?: TicketDetailFragment) => void;
}

/** Where one decides: the choices, the form, and what came of it. */
export function DecidePanel({ ticket, viewerId, seen, onLooked, onChanged }: DecidePanelProps) {
  const place: DraftPlace = useMemo(
    () => ({ principalId: viewerId, ticketId: ticket.id, revision: seen }),
    [viewerId, ticket.id, seen],
  );
  const decision = useDecision(place);
  const [signed, setSigned] = useState<Signed>();
  const [fresh, setFresh] = useState(false);
  const moved = seen !== ticket.revision;
  const { draft } = decision;
  const open = ticket.viewerCanDecide && (signed === undefined || signed.revision !== ticket.revision);

  const choose = (choice: Choice): void => {
    if (!open || decision.signing) return;
    setFresh(true);
    const edit = choice === "EDIT" ? (draft?.edit ?? editOf(ticket.proposal)) : (draft?.edit ?? null);
    decision.write({ choice, comment: draft?.comment ?? "", edit, attempt: draft?.attempt ?? null });
  };
  const choices = Object.entries(CHOICES) as [Choice, (typeof CHOICES)[Choice]][];
  useShortcuts(
    open ? choices.map(([choice, { key, label }]) => ({ keys: key, label, run: () => choose(choice) })) : [],
    "Deciding",
  );
  // Whatever has moved may be what one sent oneself.
  const blocked = decision.uncertain ? undefined : blockedBy(ticket, moved);
  return (
    <section className="decide" aria-labelledby="decide-heading">
      <h2 id="decide-heading">Decide</h2>
      <Approvals ticket={ticket} />
      {signed !== undefined && !open && <SignedCard signed={signed} />}
      {signed !== undefined && open && <p>Revision {ticket.revision} waits for you.</p>}
      {signed === undefined && !ticket.viewerCanDecide && !decision.uncertain && (
        <CannotDecide ticket={ticket} />
      )}
      <Retract
        ticket={ticket}
        viewerId={viewerId}
        onChanged={() => {
          setSigned(undefined);
          onChanged();
        }}
      />
      {open && (
        <fieldset className="decide-choices">
          <legend className="ticket-hidden">Outcome</legend>
          {choices.map(([choice, { key, label }]) => (
            <button
              key={choice}
              type="button"
              className={`decide-choice decide-choice-${choice.toLowerCase()}`}
              aria-pressed={draft?.choice === choice}
              onClick={() => choose(choice)}
            >
              {label} <kbd>{key}</kbd>
            </button>
          ))}
        </fieldset>
      )}
      {draft !== undefined && (
        <>
          {blocked !== undefined && (
            <div role="alert" className="decide-blocked">
              <p>{blocked} What you wrote is kept.</p>
              {moved && ticket.status === "PENDING" && (
                <button type="button" onClick={onLooked}>
                  I have looked at revision {ticket.revision}
                </button>
              )}
            </div>
          )}
          <DecideForm
            ticket={ticket}
            draft={draft}
            decision={decision}
            seen={seen}
            blocked={blocked}
            fresh={fresh}
            onRefused={() => onChanged()}
            onSigned={(next) => {
              setSigned(next);
              onChanged(next);
            }}
          />
        </>
      )}
    </section>
  );
}

function CannotDecide({ ticket }: { readonly ticket: TicketDetailFragment }) {
  // Whatever else would keep the viewer from it: nobody can.
  if (ticket.status !== "PENDING")
    return <p>{STATUS_WORDS[ticket.status]}: there is nothing to decide now.</p>;
  return (
    <ul className="decide-reasons">
      {ticket.viewerCannotDecideReasons.map((reason) => (
        <li key={reason}>{CANNOT_DECIDE_WORDS[reason]}</li>
      ))}
    </ul>
  );
}

function Retract(props: {
  readonly ticket: TicketDetailFragment;
  readonly viewerId: string;
  readonly onChanged: () => void;
}) {
  const { ticket, viewerId, onChanged } = props;
  const [{ fetching, error }, retract] = useMutation(RetractDocument);
  const approved = ticket.reviews.some(
    ({ reviewer, revision, retractedAt }) =>
      reviewer.id === viewerId && revision === ticket.revision && retractedAt === null,
  );
  if (ticket.status !== "PENDING" || !approved) return null;
  const press = async (): Promise<void> => {
    await retract({ input: { ticketId: ticket.id, revision: ticket.revision } });
    onChanged();
  };
  return (
    <>
      <button type="button" disabled={fetching} onClick={() => void press()}>
        Retract my approval
      </button>
      {error !== undefined && <p role="alert">{refusalOf(error).words}</p>}
    </>
  );
}

import { type ComponentProps, useEffect, useRef, useState } from "react";
import { type CombinedError, useMutation } from "urql";
import { ClaimDocument, ReleaseDocument, type Role, type TicketDetailFragment } from "../api/generated.js";
import { refusalOf } from "../decide/refusal-words.js";
import { fetched } from "../fetched.tsx";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { useAnnounce } from "./announcer.tsx";
import { visible } from "./text/visible-text.js";

interface HoldingProps {
  readonly ticket: TicketDetailFragment;
  readonly viewer: { readonly principal: { readonly id: string }; readonly roles: readonly Role[] };
  readonly onChanged: () => void;
}

const AssignForm = fetched(async () => (await import("./assign-form.tsx")).AssignForm, <p>Loading …</p>);
type AssignFormProps = ComponentProps<typeof AssignForm>;

/** In whose hands the ticket is, and how to take it, give it back or hand it on. */
export function Holding({ ticket, viewer, onChanged }: HoldingProps) {
  const [, claim] = useMutation(ClaimDocument);
  const [, release] = useMutation(ReleaseDocument);
  const [error, setError] = useState<CombinedError>();
  const announce = useAnnounce();
  const { assignee } = ticket;
  const mine = assignee?.id === viewer.principal.id;
  const pending = ticket.status === "PENDING";
  const isAdmin = viewer.roles.includes("ADMIN");
  const reviews =
    viewer.roles.includes("REVIEWER") && !ticket.viewerCannotDecideReasons.includes("NOT_IN_QUEUE");
  const canClaim = pending && reviews && assignee === null && ticket.viewerCanDecide;
  const canRelease = pending && assignee !== null && (mine || isAdmin);
  const act = async (
    asked: Promise<{ readonly error?: CombinedError | undefined }>,
    words: string,
  ): Promise<void> => {
    const { error: failed } = await asked;
    setError(failed);
    if (failed === undefined) announce(words);
    onChanged();
  };
  const input = { ticketId: ticket.id };
  const take = (): void => void act(claim({ input }), "You hold this ticket now.");
  const giveBack = (): void => void act(release({ input }), "The ticket is in nobody's hands now.");
  useShortcuts([
    {
      keys: "t",
      label: "Take the ticket, or give it back",
      run: () => {
        if (canClaim) take();
        else if (canRelease && mine) giveBack();
      },
    },
  ]);
  return (
    <div className="ticket-holding">
      <p>
        {assignee === null && pending && "Nobody holds this ticket."}
        {mine && "You hold this ticket."}
        {assignee !== null && !mine && (
          <>
            <bdi>{visible(assignee.name)}</bdi> holds this ticket.
          </>
        )}
      </p>
      {canClaim && (
        <button type="button" onClick={take}>
          Claim <kbd>t</kbd>
        </button>
      )}
      {canRelease && (
        <button type="button" onClick={giveBack}>
          {mine ? "Release" : `Take it out of ${assignee.name}’s hands`}
        </button>
      )}
      {pending && (isAdmin || (reviews && viewer.roles.includes("AUDITOR"))) && (
        <Assign ticket={ticket} onAct={act} />
      )}
      {error !== undefined && <p role="alert">{refusalOf(error).words}</p>}
    </div>
  );
}

/** Puts the ticket into a reviewer's hands: for those who may see who there is, who are asked for only where it is meant. */
function Assign({ ticket, onAct }: Pick<AssignFormProps, "ticket" | "onAct">) {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const opened = useRef(false);
  useEffect(() => {
    // The form that had the focus is gone.
    if (!open && opened.current) opener.current?.focus();
    opened.current = open;
  }, [open]);
  return (
    <div className="ticket-assign">
      {open ? (
        <AssignForm ticket={ticket} onAct={onAct} onClose={() => setOpen(false)} />
      ) : (
        <button ref={opener} type="button" onClick={() => setOpen(true)}>
          Assign …
        </button>
      )}
    </div>
  );
}

import { useState } from "react";
import { type CombinedError, useMutation, useQuery } from "urql";
import {
  AssignableDocument,
  AssignDocument,
  ClaimDocument,
  ReleaseDocument,
  type Role,
  type TicketDetailFragment,
} from "../api/generated.js";
import { refusalOf } from "../decide/refusal-words.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { useAnnounce } from "./announcer.tsx";
import { visible } from "./text/visible-text.js";

interface HoldingProps {
  readonly ticket: TicketDetailFragment;
  readonly viewer: { readonly principal: { readonly id: string }; readonly roles: readonly Role[] };
  readonly onChanged: () => void;
}

const MEMBERS = 100;

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
        {assignee === null && (pending ? "Nobody holds this ticket." : "In nobody's hands.")}
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

interface AssignProps {
  readonly ticket: TicketDetailFragment;
  readonly onAct: (
    asked: Promise<{ readonly error?: CombinedError | undefined }>,
    words: string,
  ) => Promise<void>;
}

/** Puts the ticket into a reviewer's hands: for those who may see who there is. */
function Assign({ ticket, onAct }: AssignProps) {
  const [{ data }] = useQuery({ query: AssignableDocument, variables: { first: MEMBERS } });
  const [, assign] = useMutation(AssignDocument);
  const able = (data?.members.edges ?? [])
    .map(({ node }) => node)
    .filter(
      ({ kind, roles, queues }) =>
        kind === "HUMAN" && roles.includes("REVIEWER") && (queues === null || queues.includes(ticket.queue)),
    );
  if (able.length === 0) return null;
  return (
    <form
      className="ticket-assign"
      onSubmit={(event) => {
        event.preventDefault();
        const assigneeId = String(new FormData(event.currentTarget).get("assignee"));
        const name = able.find(({ id }) => id === assigneeId)?.name ?? "";
        void onAct(assign({ input: { ticketId: ticket.id, assigneeId } }), `${name} holds this ticket now.`);
      }}
    >
      <label>
        Assign to{" "}
        <select name="assignee">
          {able.map(({ id, name }) => (
            <option key={id} value={id}>
              {visible(name)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Assign</button>
    </form>
  );
}

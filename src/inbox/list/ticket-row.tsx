import { memo } from "react";
import { Link } from "wouter";
import type { CannotDecideReason, TicketRowFragment } from "../api/generated.js";
import { PRIORITIES, STATUS_WORDS } from "./list-filter.js";
import { Ago, exactTime, inWords, shortTime, useNow } from "./when.tsx";

/** Why not, in as many words as fit into a row; what the row says elsewhere is left out. */
const CANNOT: Readonly<Record<CannotDecideReason, string | null>> = {
  ALREADY_REVIEWED: "you have reviewed it",
  CLAIMED_BY_ANOTHER: "in another’s hands",
  NOT_A_REVIEWER: "only reviewers decide",
  NOT_IN_QUEUE: "not your queue",
  NOT_PENDING: null,
  OWN_SUBMISSION: "your own submission",
};

interface TicketRowProps {
  readonly ticket: TicketRowFragment;
  readonly viewerId: string;
  readonly onSelect: (id: string) => void;
  /** Goes to the next ticket, or to the one before. */
  readonly onStep: (by: 1 | -1) => void;
}

/** A ticket in the list, the whole of it a link to its page. */
export const TicketRow = memo(function TicketRow({ ticket, viewerId, onSelect, onStep }: TicketRowProps) {
  const { id, proposal, queue, submittedBy, submittedAt, priority, status } = ticket;
  return (
    <Link
      href={`/tickets/${id}`}
      id={elementOf(id)}
      className={`row row-${priority.toLowerCase()} ${status === "PENDING" ? "" : "row-settled"}`}
      aria-labelledby={`${elementOf(id)}-title`}
      aria-describedby={`${elementOf(id)}-facts`}
      onFocus={() => onSelect(id)}
      onKeyDown={(event) => {
        // Arrows go along the list for those who have switched j and k off.
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        event.preventDefault();
        onStep(event.key === "ArrowDown" ? 1 : -1);
      }}
    >
      <span id={`${elementOf(id)}-title`} className="row-title" title={proposal.title}>
        {proposal.title}
      </span>
      <span id={`${elementOf(id)}-facts`} className="row-facts">
        <span className="row-priority">{PRIORITIES[priority]}</span>
        <span className="row-where">
          {queue} · {submittedBy.name} · <Ago at={submittedAt} />
        </span>
        <Standing ticket={ticket} viewerId={viewerId} />
      </span>
    </Link>
  );
});

/** The id of a row's element. */
export function elementOf(ticketId: string): string {
  return `row-${ticketId}`;
}

function Standing({ ticket, viewerId }: Pick<TicketRowProps, "ticket" | "viewerId">) {
  const { status, decision, assignee, approvalsRequired, dueAt, viewerCanDecide, viewerSnoozedUntil } =
    ticket;
  if (status !== "PENDING") {
    return (
      <span className="row-outcome">
        {STATUS_WORDS[status]}
        {decision.decidedBy !== null && ` by ${decision.decidedBy.name}`}
        {decision.decidedAt !== null && (
          <>
            , <Ago at={decision.decidedAt} />
          </>
        )}
      </span>
    );
  }
  const reasons = ticket.viewerCannotDecideReasons.map((reason) => CANNOT[reason]).filter(Boolean);
  return (
    <>
      {dueAt !== null && <Due at={dueAt} />}
      {approvalsRequired > 1 && (
        <span className="row-approvals">
          {approvalsOf(ticket)} of {approvalsRequired} approvals
        </span>
      )}
      {assignee !== null && (
        <span className="row-holder">
          {assignee.id === viewerId ? "In your hands" : `Held by ${assignee.name}`}
        </span>
      )}
      {viewerSnoozedUntil === null ? (
        <span className={viewerCanDecide ? "row-can" : "row-cannot"}>
          {viewerCanDecide ? "You can decide" : `Not for you: ${reasons.join(", ") || "not now"}`}
        </span>
      ) : (
        <time dateTime={viewerSnoozedUntil} title={exactTime(viewerSnoozedUntil)} className="row-aside">
          Put aside until {shortTime(viewerSnoozedUntil)}
        </time>
      )}
    </>
  );
}

function Due({ at }: { readonly at: string }) {
  const left = Date.parse(at) - useNow();
  const overdue = left < 0;
  return (
    <time dateTime={at} title={exactTime(at)} className={overdue ? "row-overdue" : "row-due"}>
      {overdue ? `⚠ Overdue by ${inWords(left)}` : `Due in ${inWords(left)}`}
    </time>
  );
}

/** Approvals of the current revision that stand. */
export function approvalsOf({ reviews, revision }: TicketRowFragment): number {
  return reviews.filter(
    (review) => review.revision === revision && review.outcome === "APPROVED" && review.retractedAt === null,
  ).length;
}

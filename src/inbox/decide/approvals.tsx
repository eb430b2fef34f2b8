import type { TicketDetailFragment } from "../api/generated.js";
import { visible } from "../ticket/text/visible-text.js";

/** Who has approved the current revision, and how many are missing. */
export function Approvals({ ticket }: { readonly ticket: TicketDetailFragment }) {
  const given = ticket.reviews.filter(
    ({ revision, outcome, retractedAt }) =>
      revision === ticket.revision && outcome === "APPROVED" && retractedAt === null,
  );
  const missing = Math.max(0, ticket.approvalsRequired - given.length);
  if (ticket.approvalsRequired === 1 && given.length === 0) return null;
  return (
    <p className="decide-approvals">
      {given.length} of {ticket.approvalsRequired} approvals
      {given.length > 0 && ": "}
      {given.map(({ reviewer }, index) => (
        <span key={reviewer.id}>
          {index > 0 && ", "}
          <bdi>{visible(reviewer.name)}</bdi>
        </span>
      ))}
      .{missing > 0 && ticket.status === "PENDING" && ` ${missing} more needed.`}
    </p>
  );
}

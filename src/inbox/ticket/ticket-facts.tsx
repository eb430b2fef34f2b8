import type { TicketDetailFragment } from "../api/generated.js";
import { CopyValue } from "./copy-value.tsx";
import { Moment } from "./moment.tsx";
import { visible } from "./text/visible-text.js";

/** What one may need to quote: revision, digest, receipt, and who asked for it when. */
export function TicketFacts({ ticket }: { readonly ticket: TicketDetailFragment }) {
  const { proposal, decision } = ticket;
  return (
    <section className="ticket-section" aria-labelledby="ticket-facts">
      <h2 id="ticket-facts">Facts</h2>
      <dl className="ticket-facts">
        <dt>Revision</dt>
        <dd>
          <CopyValue name="Revision" value={String(ticket.revision)} />
        </dd>
        <dt>Digest</dt>
        <dd>
          <CopyValue name="Digest" value={proposal.digest} />
        </dd>
        {decision.receipt !== null && (
          <>
            <dt>Receipt</dt>
            <dd>
              <CopyValue name="Receipt" value={decision.receipt} />
            </dd>
          </>
        )}
        <dt>Submitted by</dt>
        <dd>
          <bdi>{visible(proposal.submittedBy.name)}</bdi>, <Moment at={proposal.submittedAt} />
        </dd>
        {ticket.dueAt !== null && (
          <>
            <dt>Due</dt>
            <dd>
              <Moment at={ticket.dueAt} />
            </dd>
          </>
        )}
        {ticket.expiresAt !== null && (
          <>
            <dt>Expires</dt>
            <dd>
              <Moment at={ticket.expiresAt} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

import type { TicketDetailFragment } from "../api/generated.js";
import { CopyValue } from "./copy-value.tsx";
import { Moment } from "./moment.tsx";
import { ProofRows } from "./proof-rows.tsx";
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
        <ProofRows digest={proposal.digest} receipt={decision.receipt} />
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

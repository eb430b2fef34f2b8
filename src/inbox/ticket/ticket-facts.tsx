import { Link } from "wouter";
import type { TicketDetailFragment } from "../api/generated.js";
import { placesFor } from "../shell/header.tsx";
import { useSession } from "../shell/session.js";
import { CopyValue } from "./copy-value.tsx";
import { Moment } from "./moment.tsx";
import { ProofRows } from "./proof-rows.tsx";
import { visible } from "./text/visible-text.js";

/** What one may need to quote: revision, digest, receipt, and who asked for it when. */
export function TicketFacts({ ticket }: { readonly ticket: TicketDetailFragment }) {
  const { proposal, decision } = ticket;
  const { viewer } = useSession();
  const seesRecord = placesFor(viewer.roles).some(({ path }) => path === "/audit");
  return (
    <section className="ticket-section" aria-labelledby="ticket-facts">
      <h2 id="ticket-facts">Facts</h2>
      <dl className="ticket-facts">
        <dt>Revision</dt>
        <dd>
          <CopyValue name="Revision" value={String(ticket.revision)} />
        </dd>
        <dt>Ticket</dt>
        <dd>
          <CopyValue name="Ticket id" value={ticket.id} />
        </dd>
        {seesRecord && (
          <>
            <dt>Record</dt>
            <dd>
              <Link href={`/audit?ticket=${ticket.id}`}>Its events</Link>
            </dd>
          </>
        )}
        <ProofRows digest={proposal.digest} receipt={decision.receipt} />
        <dt>Submitted by</dt>
        <dd>
          <bdi>{visible(ticket.submittedBy.name)}</bdi>, <Moment at={ticket.submittedAt} />
        </dd>
        {ticket.revision > 1 && (
          <>
            <dt>Revision {ticket.revision} by</dt>
            <dd>
              <bdi>{visible(proposal.submittedBy.name)}</bdi>, <Moment at={proposal.submittedAt} />
            </dd>
          </>
        )}
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

import { useEffect, useRef } from "react";
import { STATUS_WORDS } from "../list/list-filter.js";
import { ProofRows } from "../ticket/proof-rows.tsx";
import { NextTicket } from "./next-ticket.tsx";
import type { Signed } from "./send-decision.js";

/** What was signed, to be kept, and the way to the next ticket. */
export function SignedCard({ signed }: { readonly signed: Signed }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { decision, proposal, approvalsRequired } = signed;
  const pending = decision.status === "PENDING";
  return (
    <div className="decide-signed" data-status={decision.status}>
      <h3 ref={heading} tabIndex={-1}>
        {pending ? "Signed: your approval counts" : `Signed: ${STATUS_WORDS[decision.status]}`}
      </h3>
      {pending && <p>It takes {approvalsRequired} approvals. Others must still give theirs.</p>}
      <dl className="ticket-facts">
        <dt>Revision</dt>
        <dd>{signed.revision}</dd>
        <ProofRows digest={proposal.digest} receipt={decision.receipt} />
      </dl>
      <NextTicket after={signed.id} />
    </div>
  );
}

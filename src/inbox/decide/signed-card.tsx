import { useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { Link } from "wouter";
import { TicketsDocument } from "../api/generated.js";
import { CopyValue } from "../ticket/copy-value.tsx";
import { visible } from "../ticket/text/visible-text.js";
import { STATUS_WORDS } from "../ticket/words.js";
import type { Signed } from "./use-decision.js";

/** Pending tickets that are looked through for one that the viewer may decide. */
const LOOKED_THROUGH = 50;

/** What was signed, to be kept, and the way to the next ticket. */
export function SignedCard({ signed }: { readonly signed: Signed }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { decision, proposal, approvalsRequired } = signed;
  const pending = decision.status === "PENDING";
  return (
    <div className="decide-signed">
      <h3 ref={heading} tabIndex={-1}>
        {pending ? "Signed: your approval counts" : `Signed: ${STATUS_WORDS[decision.status]}`}
      </h3>
      {pending && <p>It takes {approvalsRequired} approvals. Others must still give theirs.</p>}
      <dl className="ticket-facts">
        <dt>Revision</dt>
        <dd>{signed.revision}</dd>
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
      </dl>
      <NextTicket after={signed.id} />
    </div>
  );
}

type Next = { readonly id: string; readonly title: string } | "none" | undefined;

function NextTicket({ after }: { readonly after: string }) {
  const client = useClient();
  const [next, setNext] = useState<Next>();
  useEffect(() => {
    let wanted = true;
    void client
      .query(
        TicketsDocument,
        { filter: { status: ["PENDING"] }, orderBy: "PRIORITY", first: LOOKED_THROUGH },
        { requestPolicy: "network-only" },
      )
      .toPromise()
      .then(({ data }) => {
        const found = data?.tickets.edges.find(({ node }) => node.viewerCanDecide && node.id !== after)?.node;
        if (wanted) setNext(found === undefined ? "none" : { id: found.id, title: found.proposal.title });
      });
    return () => {
      wanted = false;
    };
  }, [client, after]);
  if (next === undefined) return null;
  if (next === "none") return <Link href="/">Back to the list: nothing else waits for you</Link>;
  return (
    <Link href={`/tickets/${next.id}`} className="decide-next">
      Next ticket: <bdi>{visible(next.title)}</bdi>
    </Link>
  );
}

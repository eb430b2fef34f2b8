import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { TicketDetailFragment } from "../api/generated.js";
import { signInAgainAddress } from "../api/session-ended.js";
import { useRememberOpened } from "../bulk/use-opened.js";
import { DecidePanel } from "../decide/decide-panel.tsx";
import { findDraft } from "../decide/draft.js";
import { refusalOf } from "../decide/refusal-words.js";
import { useSession } from "../shell/session.js";
import { AlsoHere } from "./also-here.tsx";
import { Announcer, useAnnounce } from "./announcer.tsx";
import { ChangesView } from "./changes-view.tsx";
import { CommentForm, mayComment } from "./comment-form.tsx";
import { Holding } from "./holding.tsx";
import { NotNow } from "./not-now.tsx";
import { PayloadView } from "./payload-view.tsx";
import { MarkdownView, PlainText } from "./text/markdown-view.tsx";
import { hidesSomething, visible } from "./text/visible-text.js";
import "./ticket-page.css";
import { STATUS_WORDS } from "../list/list-filter.js";
import { TicketFacts } from "./ticket-facts.tsx";
import { Timeline } from "./timeline.tsx";
import { type LiveTicket, type TicketSnapshot, useTicket } from "./use-ticket.js";
import { useWalk } from "./walk.js";

/** One ticket: what is proposed, what changed, what was said, and where one decides. */
export function TicketPage({ id }: { readonly id: string }) {
  useWalk(id);
  return (
    <Announcer>
      <TicketOrNot key={id} id={id} />
    </Announcer>
  );
}

function TicketOrNot({ id }: { readonly id: string }) {
  const live = useTicket(id);
  const { snapshot, error, reload } = live;
  if (snapshot !== undefined) return <Ticket live={live} snapshot={snapshot} />;
  if (error === undefined) {
    return (
      <main id="main" tabIndex={-1} className="ticket" aria-busy="true">
        <p>Loading …</p>
      </main>
    );
  }
  const refusal = refusalOf(error);
  const missing = refusal.code === "NOT_FOUND";
  return (
    <main id="main" tabIndex={-1} className="ticket">
      <h1>{missing ? "No such ticket" : "The ticket could not be read"}</h1>
      <p role="alert">
        {missing && "There is no ticket at this address that you may see."}
        {refusal.signIn && "Your session has ended."}
        {!missing && !refusal.signIn && "The server did not answer."}
      </p>
      <p>
        {missing && <Link href="/">Back to the list</Link>}
        {refusal.signIn && <a href={signInAgainAddress()}>Sign in again</a>}
        {!missing && !refusal.signIn && (
          <button type="button" onClick={reload}>
            Try again
          </button>
        )}
      </p>
    </main>
  );
}

/** The revision that the viewer has looked at; at first, the one that they have begun to write about. */
function useSeen({ ticket, viewer }: TicketSnapshot): [number, (revision: number) => void] {
  const [seen, setSeen] = useState(() => {
    const here = { principalId: viewer.principal.id, ticketId: ticket.id, revision: ticket.revision };
    return findDraft(here)?.revision ?? ticket.revision;
  });
  const announce = useAnnounce();
  useEffect(() => {
    if (seen !== ticket.revision) announce(`Revision ${ticket.revision} has come in.`);
  }, [announce, seen, ticket.revision]);
  return [seen, setSeen];
}

function Ticket({ live, snapshot }: { readonly live: LiveTicket; readonly snapshot: TicketSnapshot }) {
  const { ticket, viewer } = snapshot;
  const { proposal } = ticket;
  const { list } = useSession();
  const [seen, setSeen] = useSeen(snapshot);
  useRememberOpened(viewer.principal.id, ticket, seen);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${visible(proposal.title)} · Countersign`;
  }, [proposal.title]);
  useEffect(() => {
    // Whoever walked here by keys had the focus on what is gone.
    if (list.selected === ticket.id && document.activeElement === document.body) heading.current?.focus();
  }, [list, ticket.id]);
  const changed = (signed?: TicketDetailFragment): void => {
    // Who signs an edit has seen the revision that it makes.
    if (signed !== undefined) setSeen(signed.revision);
    live.reload();
  };
  const looked = (): void => {
    setSeen(ticket.revision);
    heading.current?.focus();
  };
  return (
    <main id="main" tabIndex={-1} className="ticket">
      <header className="ticket-header">
        <p className="ticket-quiet">
          <Link href={list.address}>Inbox</Link> · {ticket.queue} · revision {ticket.revision}
          {ticket.priority !== "NORMAL" && ` · ${ticket.priority.toLowerCase()}`}
        </p>
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{visible(proposal.title)}</bdi>
        </h1>
        <div className="ticket-standing">
          <p className={`ticket-status ticket-status-${ticket.status.toLowerCase()}`}>
            {STATUS_WORDS[ticket.status]}
            {ticket.decision.decidedBy !== null && ` by ${visible(ticket.decision.decidedBy.name)}`}
          </p>
          <AlsoHere ticketId={ticket.id} />
        </div>
        {live.error !== undefined && (
          <p role="alert" className="ticket-notice">
            This may be out of date:{" "}
            {refusalOf(live.error).signIn ? "your session has ended. " : "the server did not answer. "}
            {refusalOf(live.error).signIn ? (
              <a href={signInAgainAddress()}>Sign in again</a>
            ) : (
              <button type="button" className="ticket-small" onClick={live.reload}>
                Try again
              </button>
            )}
          </p>
        )}
        {seen !== ticket.revision && (
          <div className="ticket-notice">
            <p>
              Revision {ticket.revision} has come in since you looked at revision {seen}.
            </p>
            <a href="#ticket-changes">See what changed</a>{" "}
            <button type="button" className="ticket-small" onClick={looked}>
              I have looked
            </button>
          </div>
        )}
      </header>
      <div className="ticket-columns">
        <div className="ticket-proposal">
          <Proposal proposal={proposal} />
          {ticket.revision > 1 && <ChangesView ticket={ticket} viewerId={viewer.principal.id} seen={seen} />}
        </div>
        <div className="ticket-side">
          <DecidePanel
            ticket={ticket}
            viewerId={viewer.principal.id}
            seen={seen}
            onLooked={looked}
            onChanged={changed}
          />
          <Holding ticket={ticket} viewer={viewer} onChanged={live.reload} />
          <NotNow ticket={ticket} viewer={viewer} onChanged={live.reload} />
          <TicketFacts ticket={ticket} />
        </div>
        <div className="ticket-record">
          <Timeline id={ticket.id} changes={live.changes} />
          {mayComment(ticket, viewer) && (
            <CommentForm ticketId={ticket.id} viewerId={viewer.principal.id} onChanged={live.reload} />
          )}
        </div>
      </div>
    </main>
  );
}

function Proposal({ proposal }: { readonly proposal: TicketDetailFragment["proposal"] }) {
  const { title, detail, payload } = proposal;
  const [asWritten, setAsWritten] = useState(false);
  return (
    <>
      {hidesSomething(`${title}${detail ?? ""}${JSON.stringify(payload)}`) && (
        <p className="ticket-notice">
          This text has characters that nobody sees, such as direction marks. They are written out as
          ⟦U+202E⟧.
        </p>
      )}
      {detail !== null && (
        <section className="ticket-section" aria-labelledby="ticket-detail">
          <div className="ticket-heading">
            <h2 id="ticket-detail">Proposal</h2>
            <button
              type="button"
              className="ticket-small"
              aria-pressed={asWritten}
              onClick={() => setAsWritten(!asWritten)}
            >
              As written
            </button>
          </div>
          {asWritten ? <PlainText text={detail} /> : <MarkdownView text={detail} />}
        </section>
      )}
      <PayloadView payload={payload} />
    </>
  );
}

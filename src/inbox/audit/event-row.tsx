import { Link } from "wouter";
import { Copyable } from "../desk/copyable.tsx";
import { When } from "../desk/when.tsx";
import { visible } from "../ticket/text/visible-text.js";
import type { AuditEvent } from "./audit-event.js";
import { nameOfType } from "./event-types.js";
import { eventWords } from "./event-words.js";

interface EventRowProps {
  readonly event: AuditEvent;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** One event: a line in words, and everything that it holds once it is opened. */
export function EventRow({ event, open, onToggle }: EventRowProps) {
  const details = `event-${event.sequence}`;
  return (
    <>
      <button
        type="button"
        className="audit-line"
        aria-expanded={open}
        aria-controls={open ? details : undefined}
        onClick={onToggle}
      >
        <span className="audit-sequence">{event.sequence}</span>
        <span className="audit-words">
          <strong>{visible(event.actor.name)}</strong> {eventWords(event)}
          {event.proposal === null ? null : (
            <bdi className="audit-subject">{visible(event.proposal.title)}</bdi>
          )}
        </span>
        <span className="audit-when">
          <When at={event.at} />
        </span>
      </button>
      {open ? <EventDetails id={details} event={event} /> : null}
    </>
  );
}

function EventDetails({ id, event }: { readonly id: string; readonly event: AuditEvent }) {
  const { actor, ticketId, revision } = event;
  return (
    <div id={id} className="audit-details">
      <dl>
        <dt>Event</dt>
        <dd>
          {event.sequence}, {nameOfType(event.type)}
        </dd>
        <dt>By</dt>
        <dd>
          {actor.name} ({actor.kind.toLowerCase()}) <code>{actor.id}</code>
        </dd>
        {ticketId === null ? null : (
          <>
            <dt>Ticket</dt>
            <dd>
              <Link href={`/tickets/${ticketId}`}>{ticketId}</Link>
              {revision === null ? null : `, revision ${revision}`}
            </dd>
          </>
        )}
        <dt>Hash</dt>
        <dd>
          <Copyable text={event.hash} name={`the hash of event ${event.sequence}`} />
        </dd>
        <dt>Hash before</dt>
        <dd>
          <Copyable text={event.previousHash} name={`the hash before event ${event.sequence}`} />
        </dd>
        <dt>Data</dt>
        <dd>
          <pre className="audit-data">{JSON.stringify(event.data, null, 2)}</pre>
        </dd>
      </dl>
    </div>
  );
}

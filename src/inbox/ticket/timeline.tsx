import { useState } from "react";
import { Moment } from "./moment.tsx";
import { visible } from "./text/visible-text.js";
import { type TrailLine, trailLines } from "./trail-words.js";
import { useTrail } from "./use-trail.js";

/** Lines that are shown at first, and with each press. */
const SHOWN = 30;

/** Everything that happened to the ticket and was said about it, oldest first. */
export function Timeline({ id, changes }: { readonly id: string; readonly changes: number }) {
  const { events, failed, hasMore, more } = useTrail(id, changes);
  const [shown, setShown] = useState(SHOWN);
  const lines = trailLines(events);
  const earlier = Math.max(0, lines.length - shown);
  return (
    <section className="ticket-section" aria-labelledby="ticket-timeline">
      <h2 id="ticket-timeline">Conversation and record</h2>
      {earlier > 0 && (
        <button type="button" className="ticket-small" onClick={() => setShown(shown + SHOWN)}>
          Show earlier ({earlier})
        </button>
      )}
      <ol className="ticket-timeline">
        {lines.slice(earlier).map((line) => (
          <Entry key={line.key} line={line} />
        ))}
      </ol>
      {hasMore && (
        <button type="button" className="ticket-small" onClick={more}>
          Show later
        </button>
      )}
      {failed && (
        <p role="alert">
          The record could not be read.{" "}
          <button type="button" className="ticket-small" onClick={more}>
            Try again
          </button>
        </p>
      )}
    </section>
  );
}

function Entry({ line: { event, did, said, times } }: { readonly line: TrailLine }) {
  return (
    <li>
      <p className="ticket-entry">
        <b>
          <bdi>{visible(event.actor.name)}</bdi>
        </b>{" "}
        {did}
        {times > 1 && ` (${times} times, last)`}{" "}
        <span className="ticket-quiet">
          · <Moment at={event.at} />
        </span>
      </p>
      {said !== null && (
        <p className="ticket-said" dir="auto">
          {visible(said)}
        </p>
      )}
    </li>
  );
}

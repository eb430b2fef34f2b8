import { useMemo, useState } from "react";
import { useQuery } from "urql";
import { type TicketDetailFragment, TicketRevisionsDocument } from "../api/generated.js";
import { ComparisonView, useComparison } from "./comparison-view.tsx";
import { exactTime } from "./words.js";

interface ChangesViewProps {
  readonly ticket: TicketDetailFragment;
  readonly viewerId: string;
  /** The revision that this viewer had before their eyes before this one came in. */
  readonly seen: number;
}

/** What changed from an earlier revision to the current one. */
export function ChangesView({ ticket, viewerId, seen }: ChangesViewProps) {
  const mine = myLastReviewed(ticket, viewerId);
  // Of who has reviewed the latest revision, an earlier review is not the last.
  const hasReviewed = ticket.reviews.some(
    ({ reviewer, revision }) => reviewer.id === viewerId && revision === ticket.revision,
  );
  const usual = seen < ticket.revision ? seen : (mine ?? ticket.revision - 1);
  const [chosen, setChosen] = useState<number>();
  const base = chosen !== undefined && chosen < ticket.revision ? chosen : usual;
  const [{ data, error }] = useQuery({
    query: TicketRevisionsDocument,
    variables: { id: ticket.id },
    context: useMemo(
      // Another revision is another look; what one sees is never put together by the cache.
      () => ({ requestPolicy: "network-only" as const, revision: ticket.revision }),
      [ticket.revision],
    ),
  });
  const earlier = (data?.ticket?.proposals ?? []).filter(({ revision }) => revision < ticket.revision);
  const before = earlier.find(({ revision }) => revision === base);
  return (
    <section className="ticket-section" id="ticket-changes" aria-labelledby="ticket-changes-heading">
      <div className="ticket-heading">
        <h2 id="ticket-changes-heading">What changed</h2>
        <label className="ticket-base">
          since{" "}
          <select value={base} onChange={({ target }) => setChosen(Number(target.value))}>
            {earlier.toReversed().map(({ revision, submittedAt }) => (
              <option key={revision} value={revision} title={exactTime(submittedAt)}>
                {revisionWords(revision, { mine: hasReviewed ? undefined : mine, last: ticket.revision - 1 })}
              </option>
            ))}
          </select>
        </label>
      </div>
      {error !== undefined && before === undefined && (
        <p role="alert">Earlier revisions could not be read. Reload the page to try again.</p>
      )}
      {before !== undefined && <Changes before={before} after={ticket.proposal} />}
    </section>
  );
}

function Changes(props: {
  readonly before: TicketDetailFragment["proposal"];
  readonly after: TicketDetailFragment["proposal"];
}) {
  return <ComparisonView compared={useComparison(props.before, props.after)} />;
}

function myLastReviewed({ reviews, revision }: TicketDetailFragment, viewerId: string): number | undefined {
  return reviews.findLast((review) => review.reviewer.id === viewerId && review.revision < revision)
    ?.revision;
}

function revisionWords(
  revision: number,
  { mine, last }: { readonly mine: number | undefined; readonly last: number },
): string {
  const which = [revision === mine && "my last review", revision === last && "the last one"].filter(Boolean);
  return `revision ${revision}${which.length === 0 ? "" : ` (${which.join(", ")})`}`;
}

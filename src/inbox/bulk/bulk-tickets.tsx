import { visible } from "../ticket/text/visible-text.js";
import { isOpen, type Result } from "./bulk-signing.js";
import type { Picked, SelectionState } from "./selection.js";

/** As much of a digest as one compares by eye. */
const SHORT = 12;

interface BulkTicketsProps {
  readonly listed: readonly Picked[];
  readonly selected: SelectionState;
  readonly results: ReadonlyMap<string, Result>;
}

/** Every ticket that is signed together with others: what of it is signed, and what came of it. */
export function BulkTickets({ listed, selected, results }: BulkTicketsProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <ul className="bulk-tickets" aria-label="What you sign" tabIndex={0}>
      {listed.map(({ ticket, seen }) => {
        const { id, proposal } = ticket;
        const out = selected.picked.get(id)?.out;
        const result = standing(results.get(id), out);
        return (
          <li key={id} data-state={result?.state}>
            <bdi className="bulk-title">{visible(proposal.title)}</bdi>
            <span className="bulk-facts">
              revision {seen.revision} · <code>{shortDigest(seen.digest)}</code>
            </span>
            {result !== undefined && <span className="bulk-result">{result.words}</span>}
          </li>
        );
      })}
    </ul>
  );
}

/** The answer that came, or else why none will be asked for. */
function standing(
  result: Result | undefined,
  out: string | undefined,
): { readonly state: string; readonly words: string } | undefined {
  if (out !== undefined && (result === undefined || isOpen(result))) {
    return { state: "refused", words: `Taken out. ${out}` };
  }
  return result;
}

/** The beginning of a digest, without the name of its algorithm. */
function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, SHORT);
}

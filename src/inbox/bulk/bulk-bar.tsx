import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { CHOICES, type Choice } from "../decide/outcomes.js";
import { fetched } from "../fetched.tsx";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import type { TicketList } from "../list/ticket-list.js";
import { elementOf } from "../list/ticket-row.tsx";
import { useSession } from "../shell/session.js";
import { visible } from "../ticket/text/visible-text.js";
import { keptComment } from "./kept-comment.js";
import { type Picked, type SelectionState, signable } from "./selection.js";
import "./bulk.css";

const BulkDialog = fetched(async () => (await import("./bulk-dialog.tsx")).BulkDialog);

/** What can be said of many tickets at once: an edit is about one. */
const OFFERED: readonly Choice[] = ["APPROVE", "REJECT", "CHANGES"];
/** Tickets that were taken out and are named; of more, only how many. */
const NAMED = 3;

/** How much is selected, and what can be done with it. */
export function BulkBar({ list }: { readonly list: TicketList }) {
  const { viewer } = useSession();
  const { selection } = list;
  const state = useSyncExternalStore(selection.listen, selection.state);
  const [choice, setChoice] = useState<Choice>();
  const now = signable(state);
  const out = [...state.picked.values()].filter((one) => one.out !== undefined);
  const shown = state.picked.size > 0 || state.notice !== undefined;
  const offered = now.length > 0;
  const open = (one: Choice): void => {
    selection.hush();
    setChoice(one);
  };
  const clear = (): void => {
    // What one wrote was about these.
    for (const one of OFFERED) keptComment(viewer.principal.id, one).keep("");
    selection.clear();
  };
  useKeptFocus(list, offered || choice !== undefined);
  useShortcuts(
    offered
      ? OFFERED.map((one) => ({
          keys: CHOICES[one].key,
          label: `${CHOICES[one].label}: what is selected`,
          run: () => open(one),
        }))
      : [],
    "Selected tickets",
  );
  return (
    <section className="bulk-bar" data-shown={shown} aria-label="Selected tickets">
      <div role="status" className="bulk-said">
        <Said now={now} out={out} notice={state.notice} />
      </div>
      {shown && (
        <div className="bulk-buttons">
          {offered &&
            OFFERED.map((one) => (
              <button key={one} type="button" onClick={() => open(one)}>
                {CHOICES[one].label}… <kbd>{CHOICES[one].key}</kbd>
              </button>
            ))}
          <button type="button" onClick={clear}>
            {state.picked.size > 0 ? "Clear" : "Close"}
          </button>
        </div>
      )}
      {choice !== undefined && (
        <BulkDialog selection={selection} choice={choice} close={() => setChoice(undefined)} />
      )}
    </section>
  );
}

function Said({
  now,
  out,
  notice,
}: {
  readonly now: readonly Picked[];
  readonly out: readonly Picked[];
  readonly notice: SelectionState["notice"];
}) {
  const queue = now[0]?.ticket.queue;
  return (
    <>
      {queue !== undefined && (
        <p>
          {now.length} selected in queue {queue}
        </p>
      )}
      {out.slice(0, NAMED).map(({ ticket, out: why }) => (
        <p key={ticket.id} className="bulk-out">
          Taken out: <bdi>{visible(ticket.proposal.title)}</bdi>. {why}
        </p>
      ))}
      {out.length > NAMED && <p className="bulk-out">And {out.length - NAMED} more taken out.</p>}
      {notice !== undefined && (
        <p className="bulk-out">
          <bdi>{visible(notice.ticket.proposal.title)}</bdi>: {notice.words}
        </p>
      )}
    </>
  );
}

/** Where the button that had the focus goes away, the focus goes back to the list. */
function useKeptFocus(list: TicketList, offered: boolean): void {
  const before = useRef(offered);
  useEffect(() => {
    const gone = before.current && !offered;
    before.current = offered;
    if (!gone) return;
    // Only now has a dialog that closes given the focus back.
    const frame = requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (document.activeElement !== null && document.activeElement !== document.body) return;
        const row = list.selected === undefined ? null : document.getElementById(elementOf(list.selected));
        (row ?? document.getElementById("main"))?.focus({ preventScroll: true });
      }),
    );
    return () => cancelAnimationFrame(frame);
  }, [list, offered]);
}

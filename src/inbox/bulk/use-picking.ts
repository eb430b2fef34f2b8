import { useRef, useSyncExternalStore } from "react";
import type { TicketRowFragment } from "../api/generated.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import type { TicketList } from "../list/ticket-list.js";
import { useSession } from "../shell/session.js";
import type { Opened } from "./opened-tickets.js";
import { isPicked, type SelectionState } from "./selection.js";
import { useOpened } from "./use-opened.js";

/** What the rows of the list need for selecting. */
export interface Picking {
  readonly state: SelectionState;
  readonly opened: ReadonlyMap<string, Opened>;
  /** Selects a ticket, or not any more; with `range`, all from the last one to this. */
  readonly press: (ticket: TicketRowFragment, range: boolean) => void;
}

/**
 * Selecting in the list.
 * @param current the ticket that the keys are at
 * @returns undefined for whoever decides nothing, and where nothing that is listed waits for a decision
 */
export function usePicking(list: TicketList, current: string | undefined): Picking | undefined {
  const { viewer } = useSession();
  const { selection } = list;
  const state = useSyncExternalStore(selection.listen, selection.state);
  const opened = useOpened(viewer.principal.id);
  const { filter, ids } = list.state();
  const wanted =
    viewer.roles.includes("REVIEWER") && (filter?.status === "PENDING" || filter?.status === null);
  const last = useRef<string>(undefined);
  const press = (ticket: TicketRowFragment, range: boolean): void => {
    const from = last.current === undefined ? -1 : ids.indexOf(last.current);
    const to = ids.indexOf(ticket.id);
    if (range && from >= 0 && to >= 0) {
      const between = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
      // From where one began: beyond the bound, the far end is left out.
      const ordered = from < to ? between : between.toReversed();
      selection.pickAll(
        ordered.map((id) => list.row(id)).filter((row) => row !== undefined),
        opened,
      );
      if (isPicked(selection.state(), ticket.id)) return;
    }
    selection.toggle(ticket, opened);
    last.current = ticket.id;
  };
  const pressCurrent = (range: boolean): void => {
    const ticket = current === undefined ? undefined : list.row(current);
    if (ticket !== undefined) press(ticket, range);
  };
  useShortcuts(
    wanted
      ? [
          { keys: "x", label: "Select the ticket, or not any more", run: () => pressCurrent(false) },
          { keys: "Shift+X", label: "Select all from the last one to this", run: () => pressCurrent(true) },
        ]
      : [],
    "List",
  );
  return wanted ? { state, opened, press } : undefined;
}

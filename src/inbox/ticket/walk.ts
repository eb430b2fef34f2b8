import { useLocation } from "wouter";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import type { TicketList } from "../list/ticket-list.js";
import { useSession } from "../shell/session.js";

/** Walks from a ticket to its neighbours in the list that one came from, without going back to it: `j` and `k`. */
export function useWalk(id: string): void {
  const { list } = useSession();
  const [, navigate] = useLocation();
  const go = (by: 1 | -1) => {
    const neighbour = list.neighbour(id, by);
    if (neighbour === undefined) return;
    list.selected = neighbour;
    navigate(`/tickets/${neighbour}`);
  };
  useShortcuts(
    [
      { keys: "j", label: "Next ticket in the list", run: () => go(1) },
      { keys: "k", label: "Previous ticket in the list", run: () => go(-1) },
      { keys: "u", label: "Back to the list", run: () => navigate(list.address) },
    ],
    "Ticket",
  );
}

/** The ticket to decide on after that one: the next in the list that one came from, or else one before it there. */
export function nextToDecide(list: TicketList, id: string): string | undefined {
  const { ids, filter } = list.state();
  const at = ids.indexOf(id);
  return [...ids.slice(at + 1), ...ids.slice(0, Math.max(at, 0))].find((other) => {
    const row = list.row(other);
    // What was put aside comes next only to who works through just that.
    const asleep = row?.viewerSnoozedUntil != null && filter?.aside !== true;
    return row?.status === "PENDING" && row.viewerCanDecide && !asleep;
  });
}

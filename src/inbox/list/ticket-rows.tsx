import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { PickBox } from "../bulk/pick-box.tsx";
import { usePicking } from "../bulk/use-picking.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { useSession } from "../shell/session.js";
import { LIST } from "./list-limits.js";
import type { ListState, TicketList } from "./ticket-list.js";
import { elementOf, TicketRow } from "./ticket-row.tsx";
import { useRowHeight } from "./use-row-height.js";

interface TicketRowsProps {
  readonly list: TicketList;
  readonly state: ListState;
}

/** The tickets, of which only those on screen are in the document, however many there are. */
export function TicketRows({ list, state }: TicketRowsProps) {
  const { viewer } = useSession();
  const { ids } = state;
  const place = useRef<HTMLOListElement>(null);
  const margin = useTop(place);
  const height = useRowHeight();
  const [selected, setSelected] = useState(list.selected);
  const select = useCallback(
    (id: string | undefined) => {
      list.selected = id;
      if (list.selection.state().notice?.ticket.id !== id) list.selection.hush();
      setSelected(id);
    },
    [list],
  );
  const selectedIndex = selected === undefined ? -1 : ids.indexOf(selected);
  const count = rowsOf(state);
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => height,
    overscan: 10,
    scrollMargin: margin,
    initialOffset: list.scrollY,
    useFlushSync: false,
    getItemKey: (index) => ids[index] ?? index,
    // What has the focus must not vanish under it.
    rangeExtractor: (range: Range) =>
      selectedIndex < 0
        ? defaultRangeExtractor(range)
        : [...new Set([...defaultRangeExtractor(range), selectedIndex])].toSorted(
            (one, other) => one - other,
          ),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: with the height, what was measured by it has changed
  useEffect(() => virtualizer.measure(), [virtualizer, height]);
  const items = virtualizer.getVirtualItems();
  const last = virtualizer.range?.endIndex ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a page has come, the next one may be wanted
  useEffect(() => list.want(last + LIST.ahead), [list, last, state]);
  useKeptPlace(list);
  const step = useSteps(list, ids, virtualizer.range?.startIndex ?? 0, (index, id) => {
    select(id);
    virtualizer.scrollToIndex(index, { align: "auto" });
    requestAnimationFrame(() => {
      const row = document.getElementById(elementOf(id));
      row?.focus({ preventScroll: true });
      // Where something lies over the list, it is out of its way.
      row?.scrollIntoView({ block: "nearest" });
    });
  });
  const picking = usePicking(list, selected);
  return (
    <ol
      ref={place}
      aria-label="Tickets"
      aria-busy={state.loading}
      className="list-rows"
      style={{ height: virtualizer.getTotalSize() }}
    >
      {items.map(({ index, key, start }) => {
        const ticket = list.row(ids[index] ?? "");
        return (
          <li
            key={key}
            aria-posinset={index + 1}
            aria-setsize={count}
            className={index === selectedIndex ? "list-row list-selected" : "list-row"}
            style={{ height, transform: `translateY(${start - margin}px)` }}
          >
            {ticket === undefined ? (
              <span className="list-coming">Loading …</span>
            ) : (
              <>
                {picking !== undefined && <PickBox ticket={ticket} picking={picking} onFocus={select} />}
                <TicketRow ticket={ticket} viewerId={viewer.principal.id} onSelect={select} onStep={step} />
              </>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Browsers cannot make an element as high as millions of rows. */
const MOST_ROWS_TO_COME = 200_000;

/** The rows that there are, those included that were not loaded yet: the scroll bar tells the truth from the start. */
function rowsOf({ ids, hasMore, counts, aside = 0, filter }: ListState): number {
  if (!hasMore || filter === undefined) return ids.length;
  const listed = filter.aside ? aside : filter.status === null ? undefined : (counts[filter.status] ?? 0);
  const total = listed ?? Object.values(counts).reduce((sum, one) => sum + one, aside);
  return Math.min(Math.max(ids.length, total), ids.length + MOST_ROWS_TO_COME);
}

/**
 * The keys that go along the list.
 * @returns goes one ticket on, or one back; always the same function
 */
function useSteps(
  list: TicketList,
  ids: readonly string[],
  firstOnScreen: number,
  go: (index: number, id: string) => void,
): (by: 1 | -1) => void {
  const [, navigate] = useLocation();
  // Not what was drawn last: keys may come faster than that, and each is a step.
  const indexNow = () => (list.selected === undefined ? -1 : ids.indexOf(list.selected));
  const latest = useRef((_by: 1 | -1): void => undefined);
  useEffect(() => {
    latest.current = (by) => {
      const at = indexNow();
      const index = at < 0 ? firstOnScreen : at + by;
      const id = ids[index];
      if (id !== undefined) go(index, id);
    };
  });
  const step = useCallback((by: 1 | -1) => latest.current(by), []);
  const open = () => {
    const id = ids[indexNow()];
    if (id !== undefined) navigate(`/tickets/${id}`);
  };
  useShortcuts(
    [
      { keys: "j", label: "Next ticket", run: () => step(1), repeats: true },
      { keys: "k", label: "Previous ticket", run: () => step(-1), repeats: true },
      { keys: "Enter", label: "Open the ticket", run: open },
    ],
    "List",
  );
  return step;
}

/** Comes back to where the list was left, and remembers it for the next time. */
function useKeptPlace(list: TicketList): void {
  const left = useRef(list.selected);
  useEffect(() => {
    // Its row is in the document only once it is known where that is on the page.
    const row = left.current === undefined ? null : document.getElementById(elementOf(left.current));
    if (row === null) return;
    left.current = undefined;
    row.focus({ preventScroll: true });
  });
  useLayoutEffect(() => {
    scrollTo(0, list.scrollY);
    const remember = () => {
      list.scrollY = scrollY;
    };
    addEventListener("scroll", remember, { passive: true });
    return () => removeEventListener("scroll", remember);
  }, [list]);
}

/** How far below the document's top an element is, in pixels. */
function useTop(place: { readonly current: HTMLElement | null }): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop((place.current?.getBoundingClientRect().top ?? 0) + scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [place]);
  return top;
}

import { useEffect, useRef } from "react";
import { Link } from "wouter";
import type { DecisionStatus } from "../api/generated.js";
import { addressOf, type ListFilter, STATUS_WORDS } from "./list-filter.js";
import type { ListState } from "./ticket-list.js";

interface Tab {
  readonly status: DecisionStatus | null;
  /** Of what was put aside. */
  readonly aside?: boolean;
  readonly label: string;
  readonly count: number | undefined;
}

/** One link per status, and one for what was put aside, with how many tickets each leads to. */
export function StatusTabs({
  filter,
  counts,
  aside,
}: {
  readonly filter: ListFilter;
  readonly counts: ListState["counts"];
  readonly aside: ListState["aside"];
}) {
  const all = Object.values(counts).reduce((sum, one) => sum + one, aside ?? 0);
  const ofStatus = (Object.keys(STATUS_WORDS) as DecisionStatus[]).map((status) => ({
    status,
    label: STATUS_WORDS[status],
    count: counts[status],
  }));
  const tabs: Tab[] = [
    ...ofStatus.slice(0, 1),
    { status: "PENDING", aside: true, label: "Put aside", count: aside },
    ...ofStatus.slice(1),
    { status: null, label: "All", count: aside === undefined ? undefined : all },
  ];
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with the filter, another tab is the current one
  useEffect(() => {
    // On a narrow page the tabs are one line, of which only a part is seen.
    const current = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (current) nav.current?.scrollTo({ left: current.offsetLeft - nav.current.offsetLeft - 16 });
  }, [filter.status, filter.aside]);
  return (
    <nav ref={nav} aria-label="Status" className="list-tabs">
      {tabs.map(({ status, aside: ofThose = false, label, count }) => (
        <Link
          key={label}
          href={addressOf({ ...filter, status, aside: ofThose })}
          className="list-tab"
          aria-current={filter.status === status && filter.aside === ofThose ? "page" : undefined}
        >
          {label} <span className="list-count">{count?.toLocaleString("en") ?? "…"}</span>
        </Link>
      ))}
    </nav>
  );
}

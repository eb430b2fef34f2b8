import { Link } from "wouter";
import type { DecisionStatus } from "../api/generated.js";
import { addressOf, type ListFilter, STATUSES } from "./list-filter.js";
import type { ListState } from "./ticket-list.js";

/** One link per status, with how many tickets it leads to. */
export function StatusTabs({
  filter,
  counts,
}: {
  readonly filter: ListFilter;
  readonly counts: ListState["counts"];
}) {
  const numbers = Object.values(counts);
  const all = numbers.length === 0 ? undefined : numbers.reduce((sum, one) => sum + one, 0);
  const tabs: [DecisionStatus | null, string, number | undefined][] = [
    ...(Object.keys(STATUSES) as DecisionStatus[]).map(
      (status): [DecisionStatus, string, number | undefined] => [status, STATUSES[status], counts[status]],
    ),
    [null, "All", all],
  ];
  return (
    <nav aria-label="Status" className="list-tabs">
      {tabs.map(([status, label, count]) => (
        <Link
          key={label}
          href={addressOf({ ...filter, status })}
          className="list-tab"
          aria-current={filter.status === status ? "page" : undefined}
        >
          {label} <span className="list-count">{count?.toLocaleString("en") ?? "…"}</span>
        </Link>
      ))}
    </nav>
  );
}

import { useEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { type Priority, QueuesDocument, type TicketOrder } from "../api/generated.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { type ListFilter, ORDERS, PRIORITIES } from "./list-filter.js";
import { LIST } from "./list-limits.js";

interface FilterBarProps {
  readonly filter: ListFilter;
  /** Where `replace` is set, going back skips what was before. */
  readonly change: (changed: Partial<ListFilter>, replace?: boolean) => void;
}

/** Everything that narrows the list down, beside the status. */
export function FilterBar({ filter, change }: FilterBarProps) {
  const [{ data }] = useQuery({ query: QueuesDocument });
  const names = data?.queues.map(({ name }) => name) ?? [];
  // An address may name a queue that is not there (any more): the choice must not claim otherwise.
  const queues = filter.queue === null || names.includes(filter.queue) ? names : [filter.queue, ...names];
  return (
    <search className="list-filters" aria-label="Tickets">
      <SearchField search={filter.search} change={change} />
      <Choice
        label="Queue"
        value={filter.queue ?? ""}
        options={[["", "All queues"], ...queues.map((name): [string, string] => [name, name])]}
        choose={(queue) => change({ queue: queue || null })}
      />
      <Choice
        label="Priority"
        value={filter.priority ?? ""}
        options={[["", "Any priority"], ...Object.entries(PRIORITIES)]}
        choose={(priority) => change({ priority: (priority || null) as Priority | null })}
      />
      <Choice
        label="Order"
        value={filter.order}
        options={Object.entries(ORDERS)}
        choose={(order) => change({ order: order as TicketOrder })}
      />
      <button type="button" aria-pressed={filter.mine} onClick={() => change({ mine: !filter.mine })}>
        Assigned to me
      </button>
      <button type="button" aria-pressed={filter.soon} onClick={() => change({ soon: !filter.soon })}>
        Due soon
      </button>
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly choose: (value: string) => void;
}

function Choice({ label, value, options, choose }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={({ target }) => choose(target.value)}>
      {options.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}

function SearchField({ search, change }: Pick<FilterBarProps, "change"> & { readonly search: string }) {
  const [text, setText] = useState(search);
  const field = useRef<HTMLInputElement>(null);
  const latest = useRef(change);
  useEffect(() => {
    latest.current = change;
  });
  // The address changes by itself too: when one goes back, or follows a link.
  useEffect(() => setText((typed) => (typed.trim() === search ? typed : search)), [search]);
  useEffect(() => {
    if (text.trim() === search) return;
    const timer = setTimeout(() => latest.current({ search: text }, search !== ""), LIST.typingMs);
    return () => clearTimeout(timer);
  }, [text, search]);
  useShortcuts(
    [
      {
        keys: "/",
        label: "Search",
        run: () => {
          field.current?.focus();
          field.current?.select();
        },
      },
    ],
    "List",
  );
  return (
    <input
      ref={field}
      type="search"
      aria-label="Search titles and details"
      placeholder="Search titles and details"
      value={text}
      maxLength={200}
      onChange={({ target }) => setText(target.value)}
      onKeyDown={({ key }) => key === "Escape" && field.current?.blur()}
    />
  );
}

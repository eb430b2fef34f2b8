import { useEffect, useId, useRef, useState } from "react";
import { useQuery } from "urql";
import { type Priority, QueuesDocument, type Role, type TicketOrder } from "../api/generated.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { useSession } from "../shell/session.js";
import { type ListFilter, ORDERS, PRIORITIES, UNFILTERED } from "./list-filter.js";
import { LIST } from "./list-limits.js";

interface FilterBarProps {
  readonly filter: ListFilter;
  /** Where `replace` is set, going back skips what was before. */
  readonly change: (changed: Partial<ListFilter>, replace?: boolean) => void;
}

/** Everything that narrows the list down, beside the status; on a narrow page all but the search is folded away. */
export function FilterBar({ filter, change }: FilterBarProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const count = chosen(filter);
  return (
    <search className="list-filters" aria-label="Tickets">
      <SearchField search={filter.search} change={change} />
      <button
        type="button"
        className="list-filters-fold"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        Filters{count > 0 && ` (${count})`}
      </button>
      <div id={id} className="list-filters-folded" data-open={open}>
        <QueueChoice queue={filter.queue} change={change} />
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
      </div>
    </search>
  );
}

/** How many of the filters that may be folded away are not as an address without parameters has them. */
function chosen({ queue, priority, order, mine, soon }: ListFilter): number {
  return [queue !== null, priority !== null, order !== UNFILTERED.order, mine, soon].filter(Boolean).length;
}

/** The queues that there may be something of: one's own, and where one sees them the others too. */
function QueueChoice({ queue, change }: Pick<FilterBarProps, "change"> & Pick<ListFilter, "queue">) {
  const { roles, queues: own } = useSession().viewer;
  const [{ data }] = useQuery({ query: QueuesDocument });
  const names = data?.queues.map(({ name }) => name) ?? [];
  const mine = roles.includes("REVIEWER") ? (own ?? names) : [];
  const others = seesBeyond(roles) ? names.filter((name) => !mine.includes(name)) : [];
  // An address may name a queue that is not there (any more): the choice must not claim otherwise.
  const unknown = queue === null || mine.includes(queue) || others.includes(queue) ? [] : [queue];
  const parted = mine.length > 0 && others.length > 0;
  return (
    <select
      aria-label="Queue"
      value={queue ?? ""}
      onChange={({ target }) => change({ queue: target.value || null })}
    >
      <option value="">{seesBeyond(roles) || own === null ? "All queues" : "My queues"}</option>
      <Options names={unknown} />
      {parted ? (
        <>
          <optgroup label="My queues">
            <Options names={mine} />
          </optgroup>
          <optgroup label="Other queues">
            <Options names={others} />
          </optgroup>
        </>
      ) : (
        <Options names={[...mine, ...others]} />
      )}
    </select>
  );
}

function Options({ names }: { readonly names: readonly string[] }) {
  return names.map((name) => (
    <option key={name} value={name}>
      {name}
    </option>
  ));
}

/** Whether one sees tickets of queues that one does not review: all of them, or one's own ones, wherever they are. */
function seesBeyond(roles: readonly Role[]): boolean {
  return roles.includes("AUDITOR") || roles.includes("ADMIN") || !roles.includes("REVIEWER");
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

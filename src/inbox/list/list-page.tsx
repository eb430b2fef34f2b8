import { useEffect, useSyncExternalStore } from "react";
import { useLocation, useSearch } from "wouter";
import { BulkBar } from "../bulk/bulk-bar.tsx";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { useSession } from "../shell/session.js";
import { FilterBar } from "./filter-bar.tsx";
import { addressOf, type ListFilter, readFilter, UNFILTERED } from "./list-filter.js";
import { MyQueues, NoQueue } from "./my-queues.tsx";
import { StatusTabs } from "./status-tabs.tsx";
import { TicketRows } from "./ticket-rows.tsx";
import "./list.css";

/** The list of tickets, as its address says. */
export function ListPage() {
  const { list } = useSession();
  const [, navigate] = useLocation();
  const search = useSearch();
  const filter = readFilter(search);
  const address = addressOf(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an address is a filter, and the same one as often as it is read
  useEffect(() => list.show(filter), [list, address]);
  useEffect(() => {
    document.title = "Inbox · Countersign";
  }, []);
  const change = (changed: Partial<ListFilter>, replace = false) =>
    navigate(addressOf({ ...filter, ...changed }), { replace });
  const state = useSyncExternalStore(list.listen, list.state);
  return (
    <main id="main" className="list" tabIndex={-1}>
      <Arrivals count={state.arrived.size} show={list.refresh} />
      <div className="list-head">
        <h1 className="list-title">Inbox</h1>
        <MyQueues />
      </div>
      <StatusTabs filter={filter} counts={state.counts} aside={state.aside} />
      <FilterBar filter={filter} change={change} />
      <BulkBar list={list} />
      {state.problem !== undefined && (
        <p role="alert" className="list-problem">
          {state.problem}{" "}
          <button type="button" onClick={list.retry}>
            Try again
          </button>
        </p>
      )}
      {state.filter !== undefined &&
      state.ids.length === 0 &&
      !state.loading &&
      state.problem === undefined ? (
        <NothingHere filter={filter} />
      ) : (
        <TicketRows list={list} state={state} />
      )}
    </main>
  );
}

function Arrivals({ count, show }: { readonly count: number; readonly show: () => void }) {
  const anew = () => {
    scrollTo(0, 0);
    show();
  };
  useShortcuts([{ keys: "n", label: "Show new tickets", run: anew }], "List");
  return (
    <div className="list-arrivals">
      <span role="status" className="list-announced">
        {count > 0 && `${count} new ${count === 1 ? "ticket" : "tickets"}`}
      </span>
      {count > 0 && (
        <button type="button" className="list-announce" onClick={anew}>
          Show
        </button>
      )}
    </div>
  );
}

function NothingHere({ filter }: { readonly filter: ListFilter }) {
  const { roles, queues } = useSession().viewer;
  return roles.includes("REVIEWER") && queues?.length === 0 ? <NoQueue /> : <Nothing filter={filter} />;
}

function Nothing({ filter }: { readonly filter: ListFilter }) {
  const isDefault = addressOf(filter) === "/";
  const [, navigate] = useLocation();
  return (
    <div className="list-nothing" role="status">
      {isDefault ? (
        <>
          <p>Nothing waits for a review.</p>
          <p className="list-quiet">New tickets announce themselves here as soon as an agent submits them.</p>
        </>
      ) : (
        <>
          <p>{filter.aside ? "You have put no such ticket aside." : "No ticket is like this."}</p>
          <button type="button" onClick={() => navigate(addressOf(UNFILTERED))}>
            Show everything that is pending
          </button>
        </>
      )}
    </div>
  );
}

import { useCallback, useEffect, useMemo, useRef } from "react";
import { Button } from "react-aria-components";
import { useQuery } from "urql";
import { useSearchParams } from "wouter";
import { ViewerDocument } from "../api/generated.js";
import { BusyButton } from "../desk/busy-button.tsx";
import "../desk/desk.css";
import "../desk/own-styles.js";
import "./audit.css";
import type { AuditEvent } from "./audit-event.js";
import { EventList } from "./event-list.tsx";
import { typesOf } from "./event-types.js";
import { SaveFiltered } from "./save-filtered.tsx";
import { type Choice, TrailFilters } from "./trail-filters.tsx";
import { type Trail, useTrail } from "./use-trail.js";
import { VerifyRecord } from "./verify-record.tsx";

/** Pages in a row without anything of that person, after which the reader is asked whether to go on. */
const PAGES_IN_VAIN = 5;

/** The workspace's record: what happened, by whom, and whether it can be believed. */
export function AuditPage() {
  const [{ data }] = useQuery({ query: ViewerDocument });
  const [params, setParams] = useSearchParams();
  const choice: Choice = {
    type: params.get("type") ?? "",
    ticket: params.get("ticket") ?? "",
    actor: params.get("actor") ?? "",
  };
  const filter = { ticketId: choice.ticket === "" ? null : choice.ticket, types: typesOf(choice.type) };
  const trail = useTrail(filter);
  const wanted = useMemo(() => isBy(choice.actor), [choice.actor]);
  const listed = useMemo(() => trail.events.filter(wanted), [trail.events, wanted]);
  const nearEnd = useNearEnd(trail, listed.length);
  const choose = (next: Choice): void => {
    const kept = Object.entries(next).filter(([, value]) => value !== "");
    setParams(new URLSearchParams(kept), { replace: true });
  };
  const roles = data?.viewer.roles ?? [];
  const seesAll = roles.includes("AUDITOR") || roles.includes("ADMIN");
  return (
    <main className="desk-page audit-page">
      <title>Audit trail · Countersign</title>
      <h1>Audit trail</h1>
      <p className="desk-lead">
        {data === undefined || seesAll
          ? `Everything that happened in ${data?.viewer.workspace.name ?? "this workspace"}, the newest first.`
          : "What happened to the tickets that you may see, the newest first."}
      </p>
      {seesAll ? <VerifyRecord /> : null}
      <TrailFilters choice={choice} onChange={choose} />
      <div className="desk-bar audit-bar">
        <p role="status" className="desk-hint">
          {countWords(trail, listed.length)}
        </p>
        <div className="audit-buttons">
          <Button className="desk-button" onPress={trail.refresh}>
            Refresh
          </Button>
          <SaveFiltered filter={filter} wanted={wanted} />
          {seesAll ? (
            <a className="desk-button" href="/audit/export" download>
              Whole record, signed
            </a>
          ) : null}
        </div>
      </div>
      <p role="alert" className="desk-refusal">
        {trail.refusal}
      </p>
      {listed.length > 0 ? <EventList events={listed} onNearEnd={nearEnd} /> : <Empty trail={trail} />}
      {trail.hasMore ? (
        <div className="desk-actions">
          <BusyButton says="Look further back" busy={trail.loading} onPress={trail.loadMore} />
        </div>
      ) : null}
    </main>
  );
}

/** Loads more as the reader comes near the end, but not the whole record in search of somebody who is not in it. */
function useNearEnd(trail: Trail, listed: number): () => void {
  const { hasMore, loading, refusal, loadMore, events } = trail;
  const vain = useRef({ listed, loaded: 0 });
  if (vain.current.listed !== listed) vain.current = { listed, loaded: events.length };
  const inVain = events.length - vain.current.loaded >= PAGES_IN_VAIN * 100;
  const near = useCallback(() => {
    if (hasMore && !loading && refusal === "" && !inVain) loadMore();
  }, [hasMore, loading, refusal, inVain, loadMore]);
  useEffect(() => {
    if (listed === 0) near();
  }, [listed, near]);
  return near;
}

function Empty({ trail }: { readonly trail: Trail }) {
  if (trail.loading || trail.refusal !== "") return null;
  return (
    <p className="audit-empty">
      {trail.hasMore
        ? "Nothing of that kind among the newest events. Look further back, or ask for less."
        : "There is no such event. Choose another type, ticket or person."}
    </p>
  );
}

function countWords({ events, hasMore, loading }: Trail, listed: number): string {
  if (loading && events.length === 0) return "Loading …";
  const some = `${listed.toLocaleString()} event${listed === 1 ? "" : "s"} listed`;
  const looked = listed === events.length ? "" : ` of ${events.length.toLocaleString()} looked at`;
  return `${some}${looked}${hasMore ? "; there are older ones" : ""}.`;
}

function isBy(who: string): (event: AuditEvent) => boolean {
  const wanted = who.trim().toLocaleLowerCase();
  return ({ actor }) =>
    wanted === "" || actor.name.toLocaleLowerCase().includes(wanted) || actor.id.includes(wanted);
}

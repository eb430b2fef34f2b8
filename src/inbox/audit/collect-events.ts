import { RecentEventsDocument } from "../api/generated.js";
import { ask } from "../desk/desk-client.js";
import type { AuditEvent } from "./audit-event.js";
import type { TrailFilter } from "./use-trail.js";

/** So many events are put into one file of what is filtered; the whole record is had from the server. */
export const COLLECTED = 50_000;

const PAGE = 100;

/** What was collected. */
export interface Collected {
  readonly events: readonly AuditEvent[];
  /** Whether nothing was left out. */
  readonly whole: boolean;
}

/**
 * Everything that a filter lets through, the newest first, however much of it the page has listed.
 * @param wanted what the server cannot tell
 * @param onProgress called with how many were looked at; false to stop
 * @throws Refusal
 */
export async function collectEvents(
  filter: TrailFilter,
  wanted: (event: AuditEvent) => boolean,
  onProgress: (looked: number) => boolean,
): Promise<Collected | undefined> {
  const events: AuditEvent[] = [];
  let looked = 0;
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(filter, after);
    looked += page.edges.length;
    events.push(...page.edges.map(({ node }) => node).filter(wanted));
    if (!onProgress(looked)) return undefined;
    if (!page.pageInfo.hasNextPage) return { events, whole: true };
    if (events.length >= COLLECTED) return { events, whole: false };
    after = page.pageInfo.endCursor ?? null;
  }
}

async function nextPage({ ticketId, types }: TrailFilter, after: string | null) {
  return (await ask(RecentEventsDocument, { first: PAGE, after, ticketId, types })).recentEvents;
}

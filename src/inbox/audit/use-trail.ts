import { useCallback, useEffect, useRef, useState } from "react";
import { type AuditEventType, RecentEventsDocument } from "../api/generated.js";
import { ask, wordsOf } from "../desk/desk-client.js";
import type { AuditEvent } from "./audit-event.js";

/** What is asked of the server. */
export interface TrailFilter {
  readonly ticketId: string | null;
  readonly types: readonly AuditEventType[] | null;
}

/** The trail, as far back as it was loaded. */
export interface Trail {
  readonly events: readonly AuditEvent[];
  /** Whether there are older ones. */
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly refusal: string;
  loadMore(): void;
  /** Begins again at the newest. */
  refresh(): void;
}

const PAGE = 100;

interface Loaded {
  readonly events: readonly AuditEvent[];
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly refusal: string;
}

const NOTHING: Loaded = { events: [], hasMore: false, loading: true, refusal: "" };

/** Loads the trail page by page, the newest first. */
export function useTrail({ ticketId, types }: TrailFilter): Trail {
  const [loaded, setLoaded] = useState<Loaded>(NOTHING);
  const [round, setRound] = useState(0);
  const after = useRef<string | null>(null);
  const busy = useRef(false);
  const turn = useRef(0);
  const asked = types === null ? null : types.join(" ");

  const load = useCallback(
    async (mine: number): Promise<void> => {
      busy.current = true;
      setLoaded((known) => ({ ...known, loading: true, refusal: "" }));
      try {
        const { recentEvents } = await ask(RecentEventsDocument, {
          first: PAGE,
          after: after.current,
          ticketId,
          types: asked === null ? null : (asked.split(" ") as AuditEventType[]),
        });
        if (mine !== turn.current) return;
        const { edges, pageInfo } = recentEvents;
        after.current = pageInfo.endCursor ?? after.current;
        const more = edges.map(({ node }) => node);
        setLoaded((known) => ({
          events: [...known.events, ...more],
          hasMore: pageInfo.hasNextPage,
          loading: false,
          refusal: "",
        }));
      } catch (error) {
        if (mine === turn.current)
          setLoaded((known) => ({ ...known, loading: false, refusal: wordsOf(error) }));
      } finally {
        if (mine === turn.current) busy.current = false;
      }
    },
    [ticketId, asked],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what asks for it again
  useEffect(() => {
    // Answers to what was asked before no longer count.
    turn.current += 1;
    after.current = null;
    setLoaded(NOTHING);
    void load(turn.current);
    return () => {
      turn.current += 1;
    };
  }, [load, round]);

  const loadMore = useCallback(() => {
    if (!busy.current) void load(turn.current);
  }, [load]);
  const refresh = useCallback(() => setRound((one) => one + 1), []);
  return { ...loaded, loadMore, refresh };
}

import { useEffect, useRef, useState } from "react";
import { type CombinedError, useClient } from "urql";
import { TicketTrailDocument, type TicketTrailQuery } from "../api/generated.js";

type Edge = NonNullable<TicketTrailQuery["ticket"]>["auditTrail"]["edges"][number];
/** One event of a ticket. */
export type TrailEvent = Edge["node"];

const PAGE = 100;
/** Pages that are read at a time: an agent that asks often writes many events. */
const PAGES_AT_ONCE = 10;

/** A ticket's events, oldest first, and how to get those that follow. */
export interface Trail {
  readonly events: readonly TrailEvent[];
  readonly failed: boolean;
  readonly hasMore: boolean;
  readonly more: () => void;
}

/**
 * A ticket's part of the ledger, read on from where it ended.
 * @param changes grows when there may be more to read
 */
export function useTrail(id: string, changes: number): Trail {
  const client = useClient();
  const [asked, setAsked] = useState(0);
  const [trail, setTrail] = useState<{ events: readonly TrailEvent[]; hasMore: boolean; failed: boolean }>({
    events: [],
    hasMore: false,
    failed: false,
  });
  const end = useRef<string>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: either growing means to read on
  useEffect(() => {
    let wanted = true;
    const readOn = async (): Promise<void> => {
      for (let page = 0; page < PAGES_AT_ONCE && wanted; page += 1) {
        const after = end.current;
        const { data, error } = await client
          .query(
            TicketTrailDocument,
            { id, first: PAGE, ...(after === undefined ? {} : { after }) },
            { requestPolicy: "network-only" },
          )
          .toPromise();
        if (!wanted) return;
        const found = data?.ticket?.auditTrail;
        if (found === undefined && after !== undefined && isLost(error)) {
          // The ledger was restored from a backup: what it says now begins anew.
          end.current = undefined;
          setTrail((before) => ({ ...before, events: [] }));
          continue;
        }
        if (found === undefined) {
          setTrail((before) => ({ ...before, failed: true }));
          return;
        }
        end.current = found.pageInfo.endCursor ?? end.current;
        setTrail(({ events }) => ({
          events: [...events, ...found.edges.map(({ node }) => node)],
          hasMore: found.pageInfo.hasNextPage,
          failed: false,
        }));
        if (!found.pageInfo.hasNextPage) return;
      }
    };
    void readOn();
    return () => {
      wanted = false;
    };
  }, [client, id, changes, asked]);
  return { ...trail, more: () => setAsked((count) => count + 1) };
}

function isLost(error: CombinedError | undefined): boolean {
  return error?.graphQLErrors.some(({ extensions }) => extensions["code"] === "CURSOR_INVALID") ?? false;
}

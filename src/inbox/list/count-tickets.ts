import type { Client } from "urql";
import {
  AsleepDocument,
  type DecisionStatus,
  TicketCountDocument,
  type TicketFilter,
} from "../api/generated.js";
import { STATUS_WORDS } from "./list-filter.js";
import { LIST } from "./list-limits.js";

/** How many tickets there are of each status, and of those that the viewer has put aside. */
export interface TicketCounts {
  /** Those that are pending without those that were put aside. */
  readonly counts: Readonly<Record<DecisionStatus, number>>;
  readonly aside: number;
  /** When those come back, in milliseconds since the epoch. */
  readonly asleep: readonly (readonly [ticketId: string, until: number])[];
}

/**
 * Counts the tickets of each status that have everything else in common.
 * @returns undefined where the server did not answer
 */
export async function countTickets(client: Client, filter: TicketFilter): Promise<TicketCounts | undefined> {
  const statuses = Object.keys(STATUS_WORDS) as DecisionStatus[];
  const [asleep, ...counted] = await Promise.all([
    findAsleep(client, filter),
    ...statuses.map(async (status) => {
      const asked = { ...filter, status: [status], snoozed: status === "PENDING" ? false : null };
      const { data } = await client
        .query(TicketCountDocument, { filter: asked }, { requestPolicy: "network-only" })
        .toPromise();
      return data?.tickets.totalCount;
    }),
  ]);
  if (asleep === undefined || counted.includes(undefined)) return undefined;
  const counts = Object.fromEntries(statuses.map((status, index) => [status, counted[index]]));
  return { counts: counts as Record<DecisionStatus, number>, ...asleep };
}

async function findAsleep(
  client: Client,
  filter: TicketFilter,
): Promise<Pick<TicketCounts, "aside" | "asleep"> | undefined> {
  const asked = { ...filter, status: ["PENDING" as const], snoozed: true };
  const { data } = await client
    .query(AsleepDocument, { filter: asked, first: LIST.asleep }, { requestPolicy: "network-only" })
    .toPromise();
  // Null where the server refused.
  if (!data) return undefined;
  const asleep = data.tickets.edges.flatMap(({ node: { id, viewerSnoozedUntil } }) =>
    viewerSnoozedUntil === null ? [] : [[id, Date.parse(viewerSnoozedUntil)] as const],
  );
  return { aside: data.tickets.totalCount, asleep };
}

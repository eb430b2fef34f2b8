import type { Client } from "urql";
import { type DecisionStatus, TicketCountDocument, type TicketFilter } from "../api/generated.js";
import { STATUSES } from "./list-filter.js";

/**
 * Counts the tickets of each status that have everything else in common.
 * @returns undefined where the server did not answer
 */
export async function countTickets(
  client: Client,
  filter: TicketFilter,
): Promise<Readonly<Record<DecisionStatus, number>> | undefined> {
  const statuses = Object.keys(STATUSES) as DecisionStatus[];
  const counted = await Promise.all(
    statuses.map(async (status) => {
      const { data } = await client
        .query(
          TicketCountDocument,
          { filter: { ...filter, status: [status] } },
          { requestPolicy: "network-only" },
        )
        .toPromise();
      return data?.tickets.totalCount;
    }),
  );
  if (counted.includes(undefined)) return undefined;
  return Object.fromEntries(statuses.map((status, index) => [status, counted[index]])) as Record<
    DecisionStatus,
    number
  >;
}

import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { encodeCursor } from "../../ledger/cursor.js";
import { countTickets, listTickets, type TicketOrder, ticketKey } from "../../persistence/ticket-listing.js";
import { TicketOrderEnum } from "../enums.js";
import { TicketFilter } from "../inputs/ticket-filter.js";
import { toPageInfo } from "../mappers/to-page-info.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import { toTicketCriteria } from "../mappers/to-ticket-criteria.js";
import { DEFAULT_PAGE_SIZE, pageSize } from "../page-size.js";
import { actorOf, headBeforeReading, type RequestContext } from "../request-context.js";
import { GraphQLLedgerCursor } from "../scalars/ledger-cursor.js";
import { decodeTicketCursor, encodeTicketCursor } from "../ticket-cursor.js";
import { ReviewTicketConnection } from "../types/review-ticket-connection.js";

/** Lists of tickets. */
@Resolver(() => ReviewTicketConnection)
export class TicketsResolver {
  @Query(() => ReviewTicketConnection, {
    description: "The tickets that the viewer may see. first is capped at 100.",
  })
  async tickets(
    @Arg("filter", () => TicketFilter, { nullable: true }) filter: TicketFilter | null | undefined,
    @Arg("orderBy", () => TicketOrderEnum, { nullable: true, defaultValue: "NEWEST" })
    orderBy: TicketOrder | null,
    @Arg("first", () => Int, { nullable: true, defaultValue: DEFAULT_PAGE_SIZE }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<ReviewTicketConnection> {
    const actor = actorOf(context);
    const { read, now } = context.services;
    const order = orderBy ?? "NEWEST";
    const size = pageSize(first);
    const criteria = toTicketCriteria(filter);
    const key = after === null || after === undefined ? null : decodeTicketCursor(order, after);
    const found = await listTickets(read, actor, {
      criteria,
      order,
      after: key,
      limit: size + 1,
      now: now(),
    });
    const edges = found.slice(0, size).map((stored) => {
      context.loaders.tickets.prime(stored.state.id, stored);
      return { cursor: encodeTicketCursor(order, ticketKey(order, stored)), node: toReviewTicket(stored) };
    });
    return {
      edges,
      pageInfo: toPageInfo(edges, { hasNextPage: found.length > size, hasPreviousPage: key !== null }),
      count: () => countTickets(read, actor, criteria, now()),
    };
  }

  @FieldResolver(() => Int, { description: "Of the whole list; counted only where it is selected." })
  totalCount(@Root() connection: ReviewTicketConnection): Promise<number> {
    return connection.count();
  }

  @FieldResolver(() => GraphQLLedgerCursor, {
    description:
      "No later than what this answer shows: handing it to a subscription as 'after' misses nothing.",
  })
  async ledgerCursor(@Ctx() context: RequestContext): Promise<string> {
    const { sequence, hash } = await headBeforeReading(context);
    return encodeCursor(sequence, hash);
  }
}

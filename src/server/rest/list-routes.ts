import type { FastifyReply } from "fastify";
import { toTicketCriteria } from "../../graphql/mappers/to-ticket-criteria.js";
import { pageSize } from "../../graphql/page-size.js";
import { actorOf } from "../../graphql/request-context.js";
import { auditPage } from "../../graphql/resolvers/audit-page.js";
import { ticketOrRefusal } from "../../graphql/resolvers/ticket-or-refusal.js";
import { decodeTicketCursor, encodeTicketCursor } from "../../graphql/ticket-cursor.js";
import { listTickets, ticketKey } from "../../persistence/ticket-listing.js";
import { type RestApp, type RestRoutes, TICKETS_PATH } from "./rest-routes.js";
import { answer, refusals } from "./route-schemas.js";
import { toEventRepresentation, toTicketRepresentation } from "./ticket-representation.js";
import { EVENTS, lower, TICKETS } from "./wire-answers.js";
import { LISTING, TICKET_ID, TRAIL } from "./wire-inputs.js";

/** Last submitted first. */
const ORDER = "NEWEST";

/** What is read in pages. */
export function registerListRoutes(app: RestApp, { enter, prices }: RestRoutes): void {
  app.get(
    TICKETS_PATH,
    {
      schema: {
        operationId: "tickets",
        summary: "The tickets that the caller may see, last submitted first",
        description: "A Link header leads to the next page. Listing puts nothing on record.",
        tags: ["Reading"],
        querystring: LISTING,
        response: { 200: answer("A page of tickets.", TICKETS), ...refusals(400, 403) },
      },
    },
    async (request, reply) => {
      const { first, after, status, queue } = request.query;
      const { context } = await enter(request, reply, prices.tickets(first));
      const size = pageSize(first);
      const found = await listTickets(context.services.read, actorOf(context), {
        criteria: toTicketCriteria({ status: status ?? null, queue: queue ?? null }),
        order: ORDER,
        after: after === undefined ? null : decodeTicketCursor(ORDER, after),
        limit: size + 1,
        now: context.services.now(),
      });
      const page = found.slice(0, size);
      const last = page.at(-1);
      const next =
        found.length > size && last !== undefined ? encodeTicketCursor(ORDER, ticketKey(ORDER, last)) : null;
      linkToNext(reply, TICKETS_PATH, next, {
        first: first === undefined ? [] : [String(size)],
        status: (status ?? []).map(lower),
        queue: queue ?? [],
      });
      reply.header("cache-control", "no-store");
      return {
        tickets: await Promise.all(page.map((stored) => toTicketRepresentation(context, stored))),
        next,
      };
    },
  );

  app.get(
    `${TICKETS_PATH}/:id/events`,
    {
      schema: {
        operationId: "auditTrail",
        summary: "The ticket's part of the ledger, oldest first",
        tags: ["Reading"],
        params: TICKET_ID,
        querystring: TRAIL,
        response: { 200: answer("A page of events.", EVENTS), ...refusals(400, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { first, after } = request.query;
      const { context } = await enter(request, reply, prices.events(first));
      const { state } = await ticketOrRefusal(context, request.params.id);
      const { edges, pageInfo } = await auditPage(context, { ticketId: state.id, first, after });
      const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      const asked = { first: first === undefined ? [] : [String(pageSize(first))] };
      linkToNext(reply, `${TICKETS_PATH}/${state.id}/events`, next, asked);
      reply.header("cache-control", "no-store");
      return { events: edges.map(({ node }) => toEventRepresentation(node)), next };
    },
  );
}

/** Says where the next page is (RFC 8288), asked for as this one was. */
function linkToNext(
  reply: FastifyReply,
  path: string,
  next: string | null,
  asked: Readonly<Record<string, readonly string[]>>,
): void {
  if (next === null) return;
  const query = new URLSearchParams(
    Object.entries(asked).flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
  );
  query.set("after", next);
  reply.header("link", `<${path}?${query}>; rel="next"`);
}

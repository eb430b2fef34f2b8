import { requireRole } from "../../domain/refusals.js";
import { resubmitReview, submitReview, withdrawReview } from "../../graphql/commands/ticket-commands.js";
import { actorOf, forgetReads } from "../../graphql/request-context.js";
import { ticketOrRefusal } from "../../graphql/resolvers/ticket-or-refusal.js";
import type { StoredTicket } from "../../persistence/rows.js";
import { tagAnswer } from "./entity-tag.js";
import { idempotencyKeyOf, markReplay } from "./idempotency-key.js";
import { instantIn } from "./instant-in.js";
import { type RestApp, type RestRoutes, TICKETS_PATH } from "./rest-routes.js";
import { answer, refusals, UNCHANGED } from "./route-schemas.js";
import { toTicketRepresentation } from "./ticket-representation.js";
import { TICKET } from "./wire-answers.js";
import {
  CONDITIONAL,
  IDEMPOTENT,
  READING,
  RESUBMISSION,
  SUBMISSION,
  TICKET_ID,
  WITHDRAWAL,
} from "./wire-inputs.js";

const TAGS = ["Proposing"];

/** What agents do: submit, wait, resubmit, withdraw. */
export function registerTicketRoutes(app: RestApp, { enter, prices, longPolls }: RestRoutes): void {
  app.post(
    TICKETS_PATH,
    {
      schema: {
        operationId: "submitReview",
        summary: "Puts a proposal before humans",
        tags: TAGS,
        headers: IDEMPOTENT,
        body: SUBMISSION,
        response: {
          201: answer("The ticket; Location says where it is.", TICKET),
          ...refusals(400, 403, 409, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { context } = await enter(request, reply, prices.ticket);
      requireRole(actorOf(context), "AGENT");
      const { dueAt, expiresAt, ...body } = request.body;
      const outcome = await submitReview(context, {
        ...body,
        dueAt: instantIn(dueAt, "dueAt"),
        expiresAt: instantIn(expiresAt, "expiresAt"),
        idempotencyKey: idempotencyKeyOf(request.headers),
      });
      markReplay(reply, outcome);
      reply.code(201).header("location", `${TICKETS_PATH}/${outcome.ticket.state.id}`);
      return toTicketRepresentation(context, outcome.ticket);
    },
  );

  app.get(
    `${TICKETS_PATH}/:id`,
    {
      schema: {
        operationId: "decision",
        summary: "Where a ticket stands; with `wait`, as soon as it is settled",
        description:
          "That the caller was shown it goes on record first. With `wait` the answer comes once the ticket is not pending, or when the " +
          "seconds are over, as it stands then. The ETag changes whenever the answer does; If-None-Match is held against it when the answer is due.",
        tags: TAGS,
        params: TICKET_ID,
        querystring: READING,
        headers: CONDITIONAL,
        response: {
          200: answer("The ticket; ETag names this state of it.", TICKET),
          304: UNCHANGED,
          ...refusals(400, 403, 404),
        },
      },
      onSend: tagAnswer,
    },
    async (request, reply) => {
      const { context, credential, address } = await enter(request, reply, prices.ticket);
      const { id } = request.params;
      const { wait: seconds = 0 } = request.query;
      const actor = actorOf(context);
      const look = () => {
        forgetReads(context);
        return ticketOrRefusal(context, id);
      };
      let seen: StoredTicket | undefined;
      const isPending = async () => {
        seen = await look();
        return seen.state.status === "PENDING";
      };
      const poll = { actor, credential, ticketId: id, seconds, address, reply, isPending };
      if (seconds > 0 && !(await longPolls.wait(poll))) return reply.hijack();
      // What ended the wait is what is answered, even where it is pending again by now.
      const ticket = seen === undefined || seen.state.status === "PENDING" ? await look() : seen;
      const { revision, status } = ticket.state;
      await context.services.reads.record(actor, { ticketId: id, revision, status }, "QUERY");
      // What is final stays as it is, but who may see it does not: it is asked for again each time.
      reply.header("cache-control", "private, no-cache");
      return toTicketRepresentation(context, ticket);
    },
  );

  app.post(
    `${TICKETS_PATH}/:id/revisions`,
    {
      schema: {
        operationId: "resubmitReview",
        summary: "Makes a new revision: after needs_changes, or while pending",
        tags: TAGS,
        params: TICKET_ID,
        headers: IDEMPOTENT,
        body: RESUBMISSION,
        response: {
          201: answer("The ticket at its new revision.", TICKET),
          ...refusals(400, 403, 404, 409, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { context } = await enter(request, reply, prices.ticket);
      const idempotencyKey = idempotencyKeyOf(request.headers);
      const outcome = await resubmitReview(context, {
        ...request.body,
        ticketId: request.params.id,
        idempotencyKey,
      });
      markReplay(reply, outcome);
      reply.code(201).header("location", `${TICKETS_PATH}/${outcome.ticket.state.id}`);
      return toTicketRepresentation(context, outcome.ticket);
    },
  );

  app.post(
    `${TICKETS_PATH}/:id/withdrawal`,
    {
      schema: {
        operationId: "withdrawReview",
        summary: "Takes a proposal back that is still pending",
        tags: TAGS,
        params: TICKET_ID,
        headers: IDEMPOTENT,
        body: WITHDRAWAL,
        response: { 200: answer("The ticket, withdrawn.", TICKET), ...refusals(400, 403, 404, 409, 415) },
      },
    },
    async (request, reply) => {
      const { context } = await enter(request, reply, prices.ticket);
      const outcome = await withdrawReview(context, {
        ticketId: request.params.id,
        reason: request.body?.reason ?? null,
        idempotencyKey: idempotencyKeyOf(request.headers),
      });
      markReplay(reply, outcome);
      return toTicketRepresentation(context, outcome.ticket);
    },
  );
}

import {
  claimTicket,
  commentOnTicket,
  decideTicket,
  releaseTicket,
} from "../../graphql/commands/ticket-commands.js";
import { idempotencyKeyOf, markReplay } from "./idempotency-key.js";
import { type RestApp, type RestRoutes, TICKETS_PATH } from "./rest-routes.js";
import { answer, refusals } from "./route-schemas.js";
import { toTicketRepresentation } from "./ticket-representation.js";
import { TICKET } from "./wire-answers.js";
import { EMPTY, IDEMPOTENT, REMARK, SIGN_OFF, TICKET_ID } from "./wire-inputs.js";

const TAGS = ["Reviewing"];

/** What reviewers do: claim, release, remark, decide. */
export function registerDeskRoutes(app: RestApp, { enter, prices }: RestRoutes): void {
  app.post(
    `${TICKETS_PATH}/:id/reviews`,
    {
      schema: {
        operationId: "decideTicket",
        summary: "Records the caller's word on the revision that they saw",
        tags: TAGS,
        params: TICKET_ID,
        headers: IDEMPOTENT,
        body: SIGN_OFF,
        response: {
          200: answer("The ticket; pending where more approvals are needed.", TICKET),
          ...refusals(400, 403, 404, 409, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { context } = await enter(request, reply, prices.ticket);
      const idempotencyKey = idempotencyKeyOf(request.headers);
      const input = { ...request.body, ticketId: request.params.id, idempotencyKey };
      const outcome = await decideTicket(context, input);
      markReplay(reply, outcome);
      return toTicketRepresentation(context, outcome.ticket);
    },
  );

  const claim = {
    POST: {
      operationId: "claimTicket",
      summary: "Takes a ticket into the caller's hands for a while",
      body: EMPTY,
      command: claimTicket,
    },
    DELETE: {
      operationId: "releaseTicket",
      summary: "Gives a ticket back; changes nothing where nobody holds it",
      body: undefined,
      command: releaseTicket,
    },
  } as const;
  for (const [method, { command, body, ...about }] of Object.entries(claim)) {
    app.route({
      method,
      url: `${TICKETS_PATH}/:id/claim`,
      schema: {
        ...about,
        tags: TAGS,
        params: TICKET_ID,
        ...(body === undefined ? {} : { body }),
        response: { 200: answer("The ticket.", TICKET), ...refusals(400, 403, 404, 409, 415) },
      },
      handler: async (request, reply) => {
        const { context } = await enter(request, reply, prices.ticket);
        const { ticket } = await command(context, request.params.id);
        return toTicketRepresentation(context, ticket);
      },
    });
  }

  app.post(
    `${TICKETS_PATH}/:id/comments`,
    {
      schema: {
        operationId: "commentOnTicket",
        summary: "Adds a remark that decides nothing",
        tags: TAGS,
        params: TICKET_ID,
        headers: IDEMPOTENT,
        body: REMARK,
        response: { 201: answer("The ticket.", TICKET), ...refusals(400, 403, 404, 409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { context } = await enter(request, reply, prices.ticket);
      const idempotencyKey = idempotencyKeyOf(request.headers);
      const input = { ...request.body, ticketId: request.params.id, idempotencyKey };
      const outcome = await commentOnTicket(context, input);
      markReplay(reply, outcome);
      reply.code(201);
      return toTicketRepresentation(context, outcome.ticket);
    },
  );
}

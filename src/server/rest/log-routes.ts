import { checkLogEntry } from "../../domain/log-entry.js";
import { actorOf } from "../../graphql/request-context.js";
import { encodeCursor } from "../../ledger/cursor.js";
import type { RestApp, RestRoutes } from "./rest-routes.js";
import { answer, refusals } from "./route-schemas.js";
import { LOGGED } from "./wire-answers.js";
import { LOG_ENTRY } from "./wire-inputs.js";

/** What other services put on record. */
export function registerLogRoutes(app: RestApp, { enter }: RestRoutes): void {
  app.post(
    "/events",
    {
      schema: {
        operationId: "logEvent",
        summary: "Puts what a service did on record",
        description: "Notifies nobody, and is about no ticket. Who did it is who presents the credential.",
        tags: ["Logging"],
        body: LOG_ENTRY,
        response: { 201: answer("Where it stands on the record.", LOGGED), ...refusals(400, 413, 415) },
      },
    },
    async (request, reply) => {
      const { context } = await enter(request, reply, 1);
      const entry = checkLogEntry(request.body);
      const actor = actorOf(context);
      const [event] = await context.services.ledger.change({
        workspaceId: actor.workspaceId,
        actor,
        events: [{ type: "LOGGED", data: { ...entry } }],
      });
      if (event === undefined) throw new Error("an entry was committed without an event");
      reply.code(201);
      return { sequence: event.sequence, cursor: encodeCursor(event.sequence, event.hash) };
    },
  );
}

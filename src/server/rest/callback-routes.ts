import { actorOf, managerOf } from "../../graphql/request-context.js";
import { rotateCallbackSecret } from "../../notify/callback-secret.js";
import type { RestApp, RestRoutes } from "./rest-routes.js";
import { answer, refusals } from "./route-schemas.js";
import { CALLBACK_SECRET } from "./wire-answers.js";
import { CALLBACK_ROTATION } from "./wire-inputs.js";

/** How long the former secret goes on signing unless told, minutes: a day. */
const OVERLAP_MINUTES = 1_440;

/** What an agent needs to believe the callbacks of its tickets. */
export function registerCallbackRoutes(app: RestApp, { enter }: RestRoutes): void {
  app.post(
    "/hitl/callback-secret",
    {
      schema: {
        operationId: "rotateCallbackSecret",
        summary: "Shows an agent a new secret, which signs the callbacks of its tickets",
        tags: ["Callbacks"],
        body: CALLBACK_ROTATION,
        response: { 201: answer("The secret, this once.", CALLBACK_SECRET), ...refusals(400, 403, 413, 415) },
      },
    },
    async (request, reply) => {
      const { context } = await enter(request, reply, 1);
      const { credential } = managerOf(context);
      const overlapMinutes = request.body?.overlapMinutes ?? OVERLAP_MINUTES;
      const rotation = { actor: actorOf(context), credential, overlapMinutes };
      const secret = await rotateCallbackSecret(context.services.ledger, rotation);
      reply.code(201).header("cache-control", "no-store");
      return { secret };
    },
  );
}

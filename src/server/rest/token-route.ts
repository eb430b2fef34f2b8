import type { FastifySchema, FastifySerializerCompiler } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AuthRoutesOptions } from "../../identity/auth-routes.js";
import { answer, refusals } from "./route-schemas.js";

const BODY = z.object({ apiKey: z.string().optional().describe("csk_…") }).nullish();

const TOKEN = z
  .object({
    token: z.string(),
    tokenType: z.literal("Bearer"),
    expiresIn: z.number().meta({ type: "integer", description: "Seconds." }),
    expiresAt: z.string().meta({ format: "date-time" }),
  })
  .meta({ id: "Token", description: "Stands for the key for some minutes, and ends with it." });

/**
 * How `POST /auth/token` is described. Its input is not held against this: who brings no key at all is refused for that, as
 * UNAUTHENTICATED, whatever else the body is.
 */
export const TOKEN_ROUTE: NonNullable<AuthRoutesOptions["tokenRoute"]> = {
  schema: {
    operationId: "token",
    summary: "Exchanges an API key for a short-lived token",
    description: "The key comes in the body, or as `Authorization: Bearer <API key>`.",
    tags: ["Credentials"],
    security: [{ bearer: [] }, {}],
    body: BODY,
    response: {
      200: answer("A token.", TOKEN),
      ...refusals(400, 413, 415),
    },
  },
  validatorCompiler: () => (data: unknown) => ({ value: data }),
  serializerCompiler: serializerCompiler as FastifySerializerCompiler<FastifySchema>,
};

import type { FastifyInstance, FastifyRequest } from "fastify";
import { HttpProblem } from "../http-problem.js";
import type { OriginVerdict } from "../origins.js";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/**
 * Answers the methods that a path does not take, with those that it does: for the routes that are declared while the returned
 * function has not been called. The router alone would say that there is nothing.
 */
export function answerOtherMethods(
  app: FastifyInstance,
  originOf: (request: FastifyRequest) => OriginVerdict,
): () => void {
  const taken = new Map<string, Set<string>>();
  let gathering = true;
  app.addHook("onRoute", ({ url, method }) => {
    if (!gathering) return;
    const methods = taken.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    taken.set(url, methods);
  });
  return () => {
    gathering = false;
    for (const [url, methods] of taken) {
      const allow = METHODS.filter((method) => methods.has(method)).join(", ");
      app.route({
        method: METHODS.filter((method) => !methods.has(method)),
        url,
        schema: { hide: true },
        handler: async () => {
          throw new HttpProblem(405, `This takes ${allow} only.`, { allow });
        },
      });
      app.options(url, { schema: { hide: true } }, async (request, reply) => {
        // Pages that may use it have had their answer before they came here.
        if (originOf(request) === "refused")
          throw new HttpProblem(403, "Pages of this origin may not use the API (ALLOWED_ORIGINS).");
        return reply.code(204).header("allow", `${allow}, OPTIONS`).send();
      });
    }
  };
}

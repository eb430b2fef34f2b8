import type { FastifyInstance } from "fastify";

/**
 * Takes an empty body for none: many HTTP clients send the content type without a body. Everything else is read as on the
 * other paths, so that what is refused there is refused here.
 */
export function takeEmptyBodies(app: FastifyInstance): void {
  const read = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, text, done) => {
    if (text.trim() === "") done(null, undefined);
    else void read(request, text, done);
  });
}

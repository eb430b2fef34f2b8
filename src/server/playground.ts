import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import { playgroundPage, playgroundScript } from "./playground-page.js";

export interface PlaygroundOptions {
  /** Where the API is on the same host, such as `/graphql`. */
  readonly graphqlPath: string;
  /** Whether whoever asks may see it; everybody may where this is absent. */
  readonly signedIn?: (request: FastifyRequest) => Promise<boolean>;
}

const PATH = "/playground";
/** Where people sign in. */
const SIGN_IN = "/sign-in";

// Altair's styles come inline from half a dozen libraries; its scripts do not, so those are held to files of ours.
const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

// Altair runs its users' pre- and post-request scripts in this frame, and nowhere else.
const SANDBOX = `${sep}iframe-sandbox${sep}`;
const SANDBOX_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-eval'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

/**
 * Serves Altair, a GraphQL client for the browser, at /playground: prefilled for an agent and a reviewer, and out of
 * our own package. Its content security policy lets it reach no other host.
 */
export async function registerPlayground(app: FastifyInstance, options: PlaygroundOptions): Promise<void> {
  // What the package's getDistDirectory() gives, without loading the 14,000 lines around it.
  const assets = join(dirname(createRequire(import.meta.url).resolve("altair-static")), "dist");
  const page = playgroundPage(await readFile(join(assets, "index.html"), "utf8"), `${PATH}/`);
  const script = playgroundScript(options.graphqlPath);

  const playground: FastifyPluginAsync = async (scope) => {
    scope.addHook("onRequest", async (request, reply) => {
      reply.header("content-security-policy", PAGE_POLICY);
      if (options.signedIn === undefined || (await options.signedIn(request))) return undefined;
      return reply.header("cache-control", "no-store").redirect(SIGN_IN, 303);
    });
    for (const path of [PATH, `${PATH}/`]) {
      scope.get(path, (_request, reply) =>
        reply.type("text/html").header("cache-control", "no-cache").send(page),
      );
    }
    scope.get(`${PATH}/start.js`, (_request, reply) =>
      reply.type("text/javascript").header("cache-control", "no-cache").send(script),
    );
    await scope.register(fastifyStatic, {
      root: assets,
      prefix: `${PATH}/`,
      index: false,
      decorateReply: false,
      setHeaders: (reply, path) => {
        if (path.includes(SANDBOX)) {
          reply.header("content-security-policy", SANDBOX_POLICY);
        }
      },
    });
  };
  await app.register(playground);
}

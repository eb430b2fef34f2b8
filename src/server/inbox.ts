import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { INBOX_ROUTES } from "./own-page.js";

export interface InboxOptions {
  /** Whether the browser is signed in. */
  readonly signedIn: (request: FastifyRequest) => Promise<boolean>;
  /** Answers a browser that is not: it is sent to where one does that. */
  readonly sendToSignIn: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

/** Everything from here, scripts and styles from files alone; React sets styles through the CSSOM, which needs no exception. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const YEAR_SECONDS = 31_536_000;

/**
 * Serves the reviewers' inbox, a page that talks to the server through GraphQL alone.
 * @returns whether it is there: a checkout that was not built has none
 */
export async function registerInbox(
  app: FastifyInstance,
  { signedIn, sendToSignIn }: InboxOptions,
): Promise<boolean> {
  const folder = builtInbox();
  if (folder === undefined) return false;
  const page = await readFile(join(folder, "index.html"), "utf8");
  const inbox: FastifyPluginAsync = async (scope) => {
    for (const path of INBOX_ROUTES) {
      scope.get(path, async (request, reply) => {
        if (!(await signedIn(request))) return sendToSignIn(request, reply);
        reply.headers({ "cache-control": "no-store", "content-security-policy": POLICY });
        return reply.type("text/html; charset=utf-8").send(page);
      });
    }
    // Their names change with what is in them.
    await scope.register(fastifyStatic, {
      root: join(folder, "assets"),
      prefix: "/assets/",
      index: false,
      decorateReply: false,
      preCompressed: true,
      immutable: true,
      maxAge: YEAR_SECONDS * 1_000,
    });
  };
  await app.register(inbox);
  return true;
}

/** Beside the compiled server, or where a checkout builds it to. */
function builtInbox(): string | undefined {
  const candidates = ["../inbox", "../../dist/inbox"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find((path) => existsSync(join(path, "index.html")) && existsSync(join(path, "assets")));
}

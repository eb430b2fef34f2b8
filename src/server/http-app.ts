import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { DomainError } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import { acceptedMediaType } from "./graphql-request.js";
import { HttpProblem, INTERNAL_PROBLEM, type Problem, problemOf, sendProblem } from "./http-problem.js";
import type { Log } from "./log.js";
import type { OpenStreams } from "./open-streams.js";
import type { Origins } from "./origins.js";
import { PlainUpgrade } from "./plain-upgrade.js";
import { type RateLimits, rateHeaders, rateLimited } from "./rate-limits.js";
import { refuseRaw } from "./refuse-raw.js";
import { isFacadePath } from "./rest/facade-paths.js";
import { sendProblemDetails } from "./rest/rest-problem.js";
import { helmetOptions, RAW_HEADERS } from "./security-headers.js";
import { watchAnswer } from "./slow-answer.js";

/** Bytes of a request body, and of a WebSocket message. */
export const MAX_REQUEST_BYTES = 1024 * 1024;

/** How long a connection may take over things, milliseconds, and how much of a header it may send. */
const CONNECTION_LIMITS = {
  /** From the first byte of a request (or the connection's beginning) to the end of its header: one packet, usually. */
  headersTimeout: 10_000,
  /** To the end of its body: a mebibyte over a link of 300 kbit/s. */
  requestTimeout: 30_000,
  /** How often the two above are looked at. */
  connectionsCheckingInterval: 2_000,
  /** Without a byte in either direction, an answer that nobody takes included. Event streams send something more often. */
  connectionTimeout: 60_000,
  /** Between two requests; longer than the minute that balancers keep theirs, so that they close first. */
  keepAliveTimeout: 72_000,
  headerBytes: 16 * 1024,
  headerFields: 100,
} as const;

/**
 * Refusals of who sends too much are answered late, so that a client that asks again as soon as it is answered does not
 * keep the server busy with refusing; but only so many at a time, since each holds a request.
 */
const HELD_BACK = { milliseconds: 500, atMost: 1_000 } as const;

/** Where pages of other origins may come in, if the settings name them. */
const SHARED_PATHS = /^\/(?:graphql(?:\/stream)?|auth\/.*)$/;
/** Fields of an answer that they may read. */
const EXPOSED_HEADERS = [
  "RateLimit-Limit",
  "RateLimit-Remaining",
  "RateLimit-Reset",
  "RateLimit-Policy",
  "Retry-After",
  "X-Request-Id",
  "ETag",
  "Link",
  "Location",
  "Idempotent-Replayed",
];
const SHARED_SECONDS = 600;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
/** Probes come from balancers, which must not be told to wait. */
const UNCOUNTED_PATHS: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** What the HTTP side stands on. */
export interface HttpAppOptions {
  readonly log: Log;
  readonly origins: Origins;
  readonly limits: RateLimits;
  readonly streams: OpenStreams;
  readonly publicUrl: string | undefined;
  /** How long a peer may leave a long answer untouched. */
  readonly slowReaderMs: number;
  /** Where GraphQL answers are given, in media types of its own. */
  readonly graphqlPath: string;
  /** Requests that are not answered yet, kept up to date. */
  readonly requests: Set<FastifyRequest>;
  readonly readiness: { readonly accepting: boolean };
  readonly trust: (address: string) => boolean;
  readonly addressOf: (request: IncomingMessage) => string;
}

/** An HTTP server without routes: limits of connections and requests, header fields, and errors as JSON. */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const { log, requests, readiness, streams } = options;
  const { headerBytes, headerFields, connectionTimeout, ...timeouts } = CONNECTION_LIMITS;
  const answer = answerer(options);
  const app = Fastify({
    loggerInstance: log as never,
    bodyLimit: MAX_REQUEST_BYTES,
    connectionTimeout,
    requestTimeout: timeouts.requestTimeout,
    keepAliveTimeout: timeouts.keepAliveTimeout,
    http: {
      IncomingMessage: PlainUpgrade,
      maxHeaderSize: headerBytes,
      headersTimeout: timeouts.headersTimeout,
      connectionsCheckingInterval: timeouts.connectionsCheckingInterval,
    },
    genReqId: () => randomUUID(),
    trustProxy: (address: string) => options.trust(address),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => refuseBroken(error, socket),
    frameworkErrors: (error, request, reply) => {
      // No hook has run by then.
      reply.headers({ ...RAW_HEADERS, "x-request-id": request.id });
      void answer(error, request as FastifyRequest, reply as FastifyReply);
    },
  }) as unknown as FastifyInstance;
  app.server.maxHeadersCount = headerFields;
  // Without a listener Node hangs up without a word.
  app.server.on("connect", (_request, socket) => {
    socket.on("error", () => socket.destroy());
    refuseRaw(socket, NO_TUNNEL);
  });
  // JSON is all that the API takes; a text would be taken for one otherwise.
  app.removeContentTypeParser("text/plain");

  app.addHook("onRequest", async (request, reply) => {
    requests.add(request);
    reply.raw.once("close", () => requests.delete(request));
    reply.header("x-request-id", request.id);
  });
  await app.register(helmet, helmetOptions(options.publicUrl));
  await app.register(cors, { delegator: sharing(options.origins) });
  app.addHook("onRequest", async (request, reply) => {
    if (UNCOUNTED_PATHS.has(pathOf(request))) return;
    const rate = await options.limits.address(options.addressOf(request.raw), 1);
    if (rate === undefined) return;
    reply.headers(rateHeaders(rate));
    if (rate.exceeded) throw rateLimited(rate, "requests from this address");
  });
  // A connection with a request under way is not idle when the shutdown begins: its answer ends it.
  app.addHook("onSend", async (_request, reply, body) => {
    if (!readiness.accepting) reply.header("connection", "close");
    watchAnswer(streams, reply.raw, body, options.slowReaderMs);
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    request.log.debug(
      { method, path: pathOf(request), status: reply.statusCode, ms: reply.elapsedTime },
      "answered",
    );
  });
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => answer(nothingThere(app, request), request, reply));
  return app;
}

/** Answers with what an error means to the client, and logs the rest. */
function answerer({
  graphqlPath,
  readiness,
}: HttpAppOptions): (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  let heldBack = 0;
  return async (error, request, reply) => {
    const problem = problemOf(error);
    if (problem === undefined) request.log.error({ err: error }, "a request failed");
    else if (error instanceof DomainError) {
      request.log[ERROR_TABLE[error.code].logLevel]({ code: error.code }, "request refused");
    }
    if (problem?.status === 429 && heldBack < HELD_BACK.atMost && readiness.accepting) {
      heldBack += 1;
      await pause(HELD_BACK.milliseconds, undefined, { ref: false });
      heldBack -= 1;
    }
    const path = pathOf(request);
    if (isFacadePath(path)) return sendProblemDetails(request, reply, problem ?? INTERNAL_PROBLEM);
    const mediaType = path === graphqlPath ? acceptedMediaType(request.headers.accept) : undefined;
    return sendProblem(request, reply, problem ?? INTERNAL_PROBLEM, mediaType);
  };
}

function nothingThere(app: FastifyInstance, request: FastifyRequest): HttpProblem {
  const url = pathOf(request);
  const allowed = METHODS.filter((method) => app.hasRoute({ url, method }));
  if (allowed.length === 0) return new HttpProblem(404, "There is nothing here.");
  if (request.method === "OPTIONS")
    return new HttpProblem(403, "Pages of this origin may not use the API (ALLOWED_ORIGINS).");
  const allow = allowed.join(", ");
  return new HttpProblem(405, `This takes ${allow} only.`, { allow });
}

/** Who may use what from a browser: the same list as for WebSockets. */
function sharing(
  origins: Origins,
): (request: FastifyRequest, done: (error: Error | null, options: object) => void) => void {
  return (request, done) => {
    const { origin } = request.headers;
    const path = pathOf(request);
    if (!(SHARED_PATHS.test(path) || isFacadePath(path)) || origins.judge(origin) !== "allowed") {
      done(null, { origin: false });
      return;
    }
    done(null, {
      origin,
      credentials: true,
      methods: ["GET", "POST", "DELETE"],
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: SHARED_SECONDS,
    });
  };
}

function pathOf({ url }: FastifyRequest): string {
  return url.split("?", 1)[0] ?? url;
}

const BROKEN: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request took too long to arrive."],
  HPE_HEADER_OVERFLOW: [431, "The header is too large."],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "The body is too large."],
};

const NO_TUNNEL: Problem = {
  status: 405,
  code: "BAD_REQUEST",
  message: "This is no proxy: it opens no tunnels.",
  details: {},
  headers: { allow: METHODS.join(", ") },
};

/** What is no HTTP, or not soon enough. */
function refuseBroken(error: FastifyError, socket: Socket): void {
  const [status, message] = BROKEN[error.code] ?? [400, "This is not a request that can be read."];
  const problem: Problem = { status, code: "BAD_REQUEST", message, details: {}, headers: {} };
  // Where an answer is under way, another one would only garble it.
  const { _httpMessage: current } = socket as { _httpMessage?: { readonly headersSent?: boolean } | null };
  if (error.code === "ECONNRESET" || socket.destroyed || current?.headersSent === true) socket.destroy();
  else refuseRaw(socket, problem);
}

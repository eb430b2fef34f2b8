import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import { buildApiSchema } from "../graphql/schema.js";
import { authRoutes } from "../identity/auth-routes.js";
import { registerEventStream } from "./event-stream.js";
import { type FirstStart, firstStart } from "./first-start.js";
import { createFrontDoor } from "./graphql-front-door.js";
import { createGraphqlSocket } from "./graphql-socket.js";
import { registerHealth } from "./health.js";
import { registerHttpGraphql } from "./http-graphql.js";
import { createLog, type Log } from "./log.js";
import { OpenStreams } from "./open-streams.js";
import { PlainUpgrade } from "./plain-upgrade.js";
import { registerPlayground } from "./playground.js";
import { openServices, type Services } from "./services.js";
import type { Settings } from "./settings.js";

/** Bytes of a request body, and of a WebSocket message. */
const MAX_REQUEST_BYTES = 1024 * 1024;
const GRAPHQL_PATH = "/graphql";
const STREAM_PATH = "/graphql/stream";

/** A server that takes requests. */
export interface RunningServer {
  /** Where it is, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** What the very first start made; the keys are shown nowhere else. */
  readonly firstStart: FirstStart | undefined;
  readonly services: Services;
  readonly log: Log;
  /** HTTP requests that have come in and are not answered yet. */
  readonly inFlight: () => number;
  /** Finishes what runs, closes sockets with 1001, writes a last checkpoint, and lets go of the database. */
  close(): Promise<void>;
}

/** What may be given from outside. */
export interface ServerExtras {
  readonly log?: Log;
}

/**
 * Starts a server: the composition root, where everything is constructed and nothing is decided.
 * @throws SettingsError, SchemaError, or the database's error, before anything listens
 */
export async function startServer(settings: Settings, extras: ServerExtras = {}): Promise<RunningServer> {
  const log = extras.log ?? createLog(settings.logLevel);
  const services = await openServices(settings, log);
  try {
    return await listen(settings, log, services, await firstStart(services.database, services.ledger));
  } catch (error) {
    await services.close();
    throw error;
  }
}

async function listen(
  settings: Settings,
  log: Log,
  services: Services,
  made: FirstStart | undefined,
): Promise<RunningServer> {
  const readiness = { accepting: true };
  const requests = new Set<FastifyRequest>();
  const app = createApp(log, requests, readiness);
  const schema = buildApiSchema();
  const frontDoor = createFrontDoor({
    schema,
    authenticator: services.authenticator,
    services: services.graphql,
    log,
  });
  const streams = new OpenStreams({
    stillValid: (credentials) => services.authenticator.stillValid(credentials),
    pingMs: settings.pingMs,
    slowConsumerMs: settings.slowConsumerMs,
    slowConsumerBytes: settings.slowConsumerBytes,
    onError: (error) => log.warn({ err: error }, "leases could not be checked"),
  });
  const socket = createGraphqlSocket({
    schema,
    frontDoor,
    streams,
    path: GRAPHQL_PATH,
    maxMessageBytes: MAX_REQUEST_BYTES,
    log,
  });
  const stopHttp = await registerHttpGraphql(app, { schema, frontDoor, path: GRAPHQL_PATH });
  const endStreams = registerEventStream(app, { schema, frontDoor, streams, path: STREAM_PATH });
  registerHealth(app, services.database, readiness);
  await app.register(authRoutes, {
    authenticator: services.authenticator,
    keys: services.keys,
    tokenSeconds: settings.tokenMs / 1_000,
  });
  if (settings.playground !== "off") await registerPlayground(app, { graphqlPath: GRAPHQL_PATH });
  app.server.on("upgrade", (request, duplex, head) => socket.upgrade(request, duplex, head));
  await app.listen({ port: settings.port, host: settings.host });
  const { port } = app.server.address() as AddressInfo;

  const close = once(async () => {
    readiness.accepting = false;
    // The listener closes at once; requests under way are answered while sockets finish what they run.
    const drained = app.close();
    await socket.close(settings.shutdownMs);
    endStreams();
    await Promise.race([drained, deadline(settings.shutdownMs)]);
    app.server.closeAllConnections();
    await drained;
    await stopHttp();
    streams.close();
    await services.close();
  });
  const url = `http://${shownHost(settings.host)}:${port}`;
  services.listensAt(url);
  return { url, port, firstStart: made, services, log, inFlight: () => requests.size, close };
}

function createApp(
  log: Log,
  requests: Set<FastifyRequest>,
  readiness: { readonly accepting: boolean },
): FastifyInstance {
  const app = Fastify({
    loggerInstance: log as never,
    bodyLimit: MAX_REQUEST_BYTES,
    http: { IncomingMessage: PlainUpgrade },
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    return503OnClosing: false,
  }) as unknown as FastifyInstance;
  app.addHook("onRequest", async (request, reply) => {
    requests.add(request);
    reply.raw.once("close", () => requests.delete(request));
    reply.header("x-request-id", request.id);
  });
  // A connection with a request under way is not idle when the shutdown begins: its answer ends it.
  app.addHook("onSend", async (_request, reply) => {
    if (!readiness.accepting) reply.header("connection", "close");
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, url } = request;
    request.log.debug(
      { method, path: url.split("?")[0], status: reply.statusCode, ms: reply.elapsedTime },
      "answered",
    );
  });
  app.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, "a request failed");
    const message = status >= 500 ? "Internal error" : error.message;
    const code = status >= 500 ? "INTERNAL_SERVER_ERROR" : "BAD_USER_INPUT";
    return reply.code(status).send({ errors: [{ message, extensions: { code, requestId: request.id } }] });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      errors: [
        { message: "There is nothing here.", extensions: { code: "NOT_FOUND", requestId: request.id } },
      ],
    }),
  );
  return app;
}

function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}

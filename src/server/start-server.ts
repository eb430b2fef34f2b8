import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyRequest } from "fastify";
import { buildApiSchema } from "../graphql/schema.js";
import { ownUrl, signInUrl } from "./addresses.js";
import { registerAuditDownload } from "./audit-download.js";
import { clientAddress, trustedProxies } from "./client-address.js";
import { registerEventStream } from "./event-stream.js";
import { type FirstStart, firstStart } from "./first-start.js";
import { createFrontDoor, type RequestFacts } from "./graphql-front-door.js";
import { createGraphqlSocket } from "./graphql-socket.js";
import { registerHealth } from "./health.js";
import { createHttpApp, MAX_REQUEST_BYTES } from "./http-app.js";
import { registerHttpGraphql } from "./http-graphql.js";
import { registerInbox } from "./inbox.js";
import { createLog, type Log } from "./log.js";
import { OpenStreams } from "./open-streams.js";
import { createOrigins } from "./origins.js";
import { registerPlayground } from "./playground.js";
import { RateLimits } from "./rate-limits.js";
import { registerRest } from "./rest/register-rest.js";
import { openServices, type Services } from "./services.js";
import { privateCookies } from "./session-cookie.js";
import type { Settings } from "./settings.js";
import { browserCredential, registerSignIn, sendToSignIn } from "./sign-in-routes.js";
import { StreamPlaces } from "./stream-places.js";
import { registerUnsubscribe } from "./unsubscribe-routes.js";

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
    return await listen(
      settings,
      log,
      services,
      await firstStart(services.database, services.ledger, settings.dataDir, (link) =>
        signInUrl(settings, settings.port, link),
      ),
    );
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
  const trust = trustedProxies(settings.trustedProxies);
  const origins = createOrigins(settings);
  const cookies = privateCookies(settings.publicUrl?.startsWith("https:") === true);
  const limits = new RateLimits(settings);
  const places = new StreamPlaces(settings);
  const addressOf = (request: IncomingMessage): string => clientAddress(request, trust);
  const factsOf = (request: IncomingMessage): RequestFacts => ({
    headers: request.headers,
    address: addressOf(request),
    origin: origins.judge(request.headers.origin),
  });
  const streams = new OpenStreams({
    stillValid: (credentials) => services.authenticator.stillValid(credentials),
    pingMs: settings.pingMs,
    slowConsumerMs: settings.slowConsumerMs,
    slowConsumerBytes: settings.slowConsumerBytes,
    onError: (error) => log.warn({ err: error }, "leases could not be checked"),
  });
  const app = await createHttpApp({
    log,
    origins,
    limits,
    streams,
    publicUrl: settings.publicUrl,
    slowReaderMs: settings.slowConsumerMs,
    graphqlPath: GRAPHQL_PATH,
    requests,
    readiness,
    trust,
    addressOf,
  });
  const schema = buildApiSchema();
  const frontDoor = createFrontDoor({
    schema,
    authenticator: services.authenticator,
    services: services.graphql,
    limits,
    sessionCookie: cookies.session,
    introspection: settings.introspection,
    log,
  });
  const shared = { schema, frontDoor, streams, places, limits };
  const socket = createGraphqlSocket({
    ...shared,
    path: GRAPHQL_PATH,
    maxMessageBytes: MAX_REQUEST_BYTES,
    subscriptionsPerSocket: settings.subscriptionsPerSocket,
    factsOf,
    log,
  });
  const ofRequest = (request: FastifyRequest): RequestFacts => factsOf(request.raw);
  const stopHttp = await registerHttpGraphql(app, { ...shared, path: GRAPHQL_PATH, factsOf: ofRequest });
  const endStreams = registerEventStream(app, { ...shared, path: STREAM_PATH, factsOf: ofRequest });
  registerAuditDownload(app, {
    authenticate: (request) => frontDoor.authenticate(ofRequest(request), request.headers.authorization),
    location: settings.database,
    read: services.database.read,
    keys: services.keys,
    denials: services.graphql.denials,
    streams,
  });
  registerHealth(app, services.database, readiness);
  const endWaits = await registerRest(app, {
    ...shared,
    factsOf: ofRequest,
    push: services.push,
    publicUrl: settings.publicUrl,
    sessionCookie: cookies.session.name,
    auth: {
      authenticator: services.authenticator,
      keys: services.keys,
      coreKeys: services.coreKeys,
      tokenSeconds: settings.tokenMs / 1_000,
      proving: (request, proof, prove) => limits.proving(addressOf(request.raw), proof, prove),
    },
  });
  const browserIsSignedIn = async (request: FastifyRequest): Promise<boolean> =>
    (await browserCredential(services.signIn, cookies, request.headers.cookie)) !== undefined;
  const hasInbox = await registerInbox(app, { signedIn: browserIsSignedIn, sendToSignIn });
  await registerSignIn(app, {
    hasInbox,
    signIn: services.signIn,
    database: services.database,
    cookies,
    hasPublicUrl: settings.publicUrl !== undefined,
    playground: settings.playground !== "off",
    proving: (request, proof, prove) => limits.proving(addressOf(request.raw), proof, prove),
    origin: (request) => origins.judge(request.headers.origin),
  });
  await registerUnsubscribe(app, {
    ledger: services.ledger,
    read: services.database.read,
    keys: services.keys,
    proving: (request, proof, prove) => limits.proving(addressOf(request.raw), proof, prove),
  });
  if (settings.playground !== "off") {
    const signedIn = async (request: FastifyRequest): Promise<boolean> => {
      const { authorization, cookie } = request.headers;
      const credential =
        authorization === undefined
          ? await browserCredential(services.signIn, cookies, cookie)
          : await frontDoor.authenticate(ofRequest(request), authorization).catch(() => undefined);
      return credential !== undefined;
    };
    await registerPlayground(app, {
      graphqlPath: GRAPHQL_PATH,
      ...(settings.playground === "signed-in" ? { signedIn } : {}),
    });
  }
  app.server.on("upgrade", (request, duplex, head) => socket.upgrade(request, duplex, head));
  await app.listen({ port: settings.port, host: settings.host });
  const { port } = app.server.address() as AddressInfo;
  origins.listeningOn(port);
  services.listeningOn(port);

  const close = once(async () => {
    readiness.accepting = false;
    // The listener closes at once; requests under way are answered while sockets finish what they run.
    const drained = app.close();
    endWaits();
    await socket.close(settings.shutdownMs);
    endStreams();
    await Promise.race([drained, deadline(settings.shutdownMs)]);
    app.server.closeAllConnections();
    await drained;
    await stopHttp();
    streams.close();
    await services.close();
  });
  const url = ownUrl(settings.host, port);
  return { url, port, firstStart: made, services, log, inFlight: () => requests.size, close };
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

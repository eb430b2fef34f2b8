import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { execute, GraphQLError, type GraphQLSchema, subscribe } from "graphql";
import { type Context, handleProtocols, makeServer, type Server } from "graphql-ws";
import { WebSocketServer } from "ws";
import { DomainError } from "../domain/domain-error.js";
import type { GraphqlFrontDoor, RequestFacts } from "./graphql-front-door.js";
import { HttpProblem, INTERNAL_PROBLEM, problemOf } from "./http-problem.js";
import type { OpenStreams } from "./open-streams.js";
import { type RateLimits, rateLimited } from "./rate-limits.js";
import { refuseRaw } from "./refuse-raw.js";
import { type SocketExtra, type SocketLog, SocketStream, serveSocket } from "./socket-stream.js";
import type { StreamPlaces } from "./stream-places.js";

/** What the WebSocket side is made of. */
export interface GraphqlSocketOptions {
  readonly schema: GraphQLSchema;
  readonly frontDoor: GraphqlFrontDoor;
  readonly streams: OpenStreams;
  readonly places: StreamPlaces;
  readonly limits: RateLimits;
  readonly path: string;
  readonly maxMessageBytes: number;
  readonly subscriptionsPerSocket: number;
  readonly factsOf: (request: IncomingMessage) => RequestFacts;
  readonly log: SocketLog;
}

/** The WebSocket side of the API. */
export interface GraphqlSocket {
  /** Takes an HTTP upgrade, or refuses it with JSON before the handshake. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no more; waits for what runs (not for subscriptions), then closes every socket with 1001. */
  close(timeoutMs: number): Promise<void>;
}

/** Bounds of one socket's frames, beside the size of a message. */
const FRAME_LIMITS = {
  /** Frames of one message: browsers send one, libraries that stream send pieces of some KiB. */
  maxFragments: 1_024,
  /** Pieces that one frame may arrive in: a mebibyte in the smallest packets that networks make has about 2,000. */
  maxBufferedChunks: 4_096,
  /** Milliseconds that a peer has for its side of the closing handshake. */
  closeTimeout: 5_000,
} as const;

/** Milliseconds until `connection_init`: it is the first thing that a client sends. */
const WAIT_FOR_INIT_MS = 3_000;
/** Bytes of a message of somebody who has not authenticated: a credential, and what clients send along. */
const STRANGERS_BYTES = 16 * 1024;

/** graphql-transport-ws on the `ws` package. The adapter only carries; what is allowed is decided in the front door. */
export function createGraphqlSocket(options: GraphqlSocketOptions): GraphqlSocket {
  const { streams, limits, places, factsOf, log } = options;
  const running = new Set<string>();
  const server = createProtocol(options, running);
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: options.maxMessageBytes,
    ...FRAME_LIMITS,
    perMessageDeflate: false,
    // A turn for each message: others are served between those that came in one piece.
    allowSynchronousEvents: false,
    clientTracking: true,
  });
  // The library's own answer to a handshake that is none is HTML.
  sockets.on("wsClientError", (_error, socket) => {
    refuse(socket, new HttpProblem(400, "This is not a WebSocket handshake (RFC 6455)."));
  });
  const surroundings = { streams, log, answered: options.frontDoor.answered };
  let closing = false;

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (closing) throw new DomainError("UNAVAILABLE", "This server is stopping.", { retryAfter: 1 });
    if ((request.url ?? "").split("?")[0] !== options.path)
      throw new HttpProblem(404, "There is nothing here.");
    const facts = factsOf(request);
    if (facts.origin === "refused") {
      throw new DomainError("FORBIDDEN", "Pages of this origin may not use the API (ALLOWED_ORIGINS).");
    }
    const rate = await limits.address(facts.address, 1);
    if (rate?.exceeded) throw rateLimited(rate, "requests from this address");
    if (socket.destroyed) return;
    const place = places.take(facts.address);
    // Whatever becomes of the handshake and of the socket, this is their end.
    socket.once("close", () => place.leave());
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const stream = new SocketStream(accepted, STRANGERS_BYTES);
      serveSocket(server, accepted, { stream, address: facts.address, place, facts }, surroundings);
    });
  }

  return {
    upgrade(request, socket, head) {
      // Node has taken its own listener off by now; a peer that resets the connection must not end the process.
      socket.on("error", () => socket.destroy());
      admit(request, socket, head).catch((error: unknown) => {
        if (problemOf(error) === undefined) log.error({ err: error }, "an upgrade failed");
        refuse(socket, error);
      });
    },
    async close(timeoutMs) {
      closing = true;
      const deadline = Date.now() + timeoutMs;
      while (running.size > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
      for (const socket of sockets.clients) socket.close(1001, "Going away");
      await allClosed(sockets, Math.min(2_000, timeoutMs));
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

function refuse(socket: Duplex, error: unknown): void {
  refuseRaw(socket, problemOf(error) ?? INTERNAL_PROBLEM);
}

function createProtocol(options: GraphqlSocketOptions, running: Set<string>): Server<SocketExtra> {
  const { frontDoor, limits, subscriptionsPerSocket } = options;
  return makeServer<Record<string, unknown>, SocketExtra>({
    schema: options.schema,
    connectionInitWaitTimeout: WAIT_FOR_INIT_MS,
    execute: async (args) => {
      const id = randomUUID();
      running.add(id);
      try {
        return await execute(args);
      } finally {
        running.delete(id);
      }
    },
    subscribe,
    onConnect: (context) => authenticate(frontDoor, context),
    onSubscribe: async ({ extra: { stream, address }, subscriptions }, id, payload) => {
      const bytes = stream.messageBytes;
      // The library looks at the id alone: of two operations under one, it would lose the first, which nothing ends then.
      if (!stream.begin(id)) return [notEnded(id)];
      const refused = (error: GraphQLError): GraphQLError[] => {
        stream.finish(id);
        return [error];
      };
      // The one that is asked for is among them.
      if (Object.keys(subscriptions).length > subscriptionsPerSocket)
        return refused(tooMany(subscriptionsPerSocket));
      const rate = await limits.address(address, 1);
      if (rate?.exceeded) return refused(refusal(rateLimited(rate, "requests from this address")));
      const prepared = await frontDoor.prepare(payload, {
        id: requestId(stream, id),
        transport: "SOCKET",
        credential: stream.credential,
        address,
        bytes,
      });
      if (!("errors" in prepared)) return prepared.args;
      stream.finish(id);
      return prepared.errors;
    },
    onComplete: ({ extra }, id) => extra.stream.finish(id),
    onNext: ({ extra }, id, _payload, _args, { errors, ...result }) => {
      if (errors === undefined) return undefined;
      const shown = errors.map((error) => frontDoor.present(error, requestId(extra.stream, id)));
      return { ...(result as { data?: never }), errors: shown };
    },
    onError: ({ extra }, id, _payload, errors) =>
      errors.map((error) => frontDoor.present(error, requestId(extra.stream, id))),
  });
}

const NO_ENTRY: ReadonlySet<string> = new Set(["UNAUTHENTICATED", "FORBIDDEN"]);

/** Without an Origin it is no browser that opens the socket, so that a cookie proves nothing: then only a token counts. */
function withoutCookie(facts: RequestFacts): RequestFacts {
  if (facts.origin === "allowed") return facts;
  const { cookie: _, ...headers } = facts.headers;
  return { ...facts, headers };
}

/** False closes the socket with 4403. */
async function authenticate(
  frontDoor: GraphqlFrontDoor,
  context: Context<Record<string, unknown>, SocketExtra>,
): Promise<boolean> {
  const { connectionParams, extra } = context;
  const { facts, stream, place } = extra;
  extra.facts = undefined;
  // It is kept as long as the socket otherwise, and holds a secret.
  Reflect.deleteProperty(context, "connectionParams");
  if (facts === undefined) return false;
  try {
    const credential = await frontDoor.authenticate(withoutCookie(facts), bearerOf(connectionParams));
    if (credential === undefined) return false;
    place.authenticated(credential.actor.id);
    stream.credential = credential;
    return true;
  } catch (error) {
    if (error instanceof DomainError && NO_ENTRY.has(error.code)) return false;
    if (!(error instanceof DomainError) || error.code !== "RATE_LIMITED") throw error;
    // What clients of graphql-ws take for "come back later"; its own 4429 is about something else, and final for them.
    stream.refuse(1013, "Too many connections or failures: try again later");
    return false;
  }
}

function notEnded(id: string): GraphQLError {
  const message = `An operation "${id.slice(0, 40)}" has not come to its end yet: begin this one under another id.`;
  return refusal(new DomainError("BAD_USER_INPUT", message, { field: "id" }));
}

function tooMany(maximum: number): GraphQLError {
  return refusal(
    new DomainError(
      "RATE_LIMITED",
      `${maximum} operations run on this socket already: end some, or open another socket.`,
      { limit: "subscriptionsPerSocket", maximum },
    ),
  );
}

function refusal(error: DomainError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error });
}

/** The credential in connectionParams: `{Authorization: "Bearer …"}`, in either case. */
function bearerOf(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const value = params?.Authorization ?? params?.authorization;
  return typeof value === "string" ? value : undefined;
}

/** Names an operation of a socket in answers and in the log, without anything to be remembered for it. */
function requestId(stream: SocketStream, operationId: string): string {
  return `${stream.id}/${operationId.slice(0, 40)}`;
}

function allClosed(sockets: WebSocketServer, timeoutMs: number): Promise<void> {
  if (sockets.clients.size === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const deadline = setTimeout(resolve, timeoutMs);
    for (const socket of sockets.clients) {
      socket.once("close", () => {
        if ([...sockets.clients].every((other) => other.readyState === other.CLOSED)) {
          clearTimeout(deadline);
          resolve();
        }
      });
    }
  });
}

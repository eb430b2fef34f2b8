import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { execute, type GraphQLSchema, subscribe } from "graphql";
import { CloseCode, handleProtocols, makeServer, type Server } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { DomainError } from "../domain/domain-error.js";
import type { Credential } from "../identity/credential.js";
import type { GraphqlFrontDoor } from "./graphql-front-door.js";
import type { EndReason, OpenStream, OpenStreams } from "./open-streams.js";

/** What the WebSocket side is made of. */
export interface GraphqlSocketOptions {
  readonly schema: GraphQLSchema;
  readonly frontDoor: GraphqlFrontDoor;
  readonly streams: OpenStreams;
  readonly path: string;
  readonly maxMessageBytes: number;
  readonly log: {
    error(details: object, message: string): void;
    info(details: object, message: string): void;
  };
}

/** The WebSocket side of the API. */
export interface GraphqlSocket {
  /** Takes an HTTP upgrade; answers 404 where the path is not the API's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Waits for what runs (not for subscriptions), then closes every socket with 1001. */
  close(timeoutMs: number): Promise<void>;
}

interface Extra extends Record<PropertyKey, unknown> {
  readonly stream: SocketStream;
}

const WAIT_FOR_INIT_MS = 10_000;
const CLOSE_CODES: Readonly<Record<EndReason, readonly [code: number, reason: string]>> = {
  SLOW_CONSUMER: [1013, "Too slow: reconnect and resume from your last cursor"],
  CREDENTIAL_ENDED: [CloseCode.Forbidden, "The credential has ended"],
  DEAD_PEER: [1001, "No sign of life"],
};

/** graphql-transport-ws on the `ws` package. The adapter only carries; what is allowed is decided in the front door. */
export function createGraphqlSocket(options: GraphqlSocketOptions): GraphqlSocket {
  const { frontDoor, streams, log } = options;
  const running = new Set<string>();
  const server: Server<Extra> = makeServer<Record<string, unknown>, Extra>({
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
    onConnect: async (context) => {
      try {
        context.extra.stream.credential = await frontDoor.authenticate(bearerOf(context.connectionParams));
        return context.extra.stream.credential !== undefined;
      } catch (error) {
        if (error instanceof DomainError && error.code === "UNAUTHENTICATED") return false;
        throw error;
      }
    },
    onSubscribe: ({ extra }, id, payload) =>
      frontDoor.prepare(payload, extra.stream.credential, requestId(extra.stream, id)),
    onNext: ({ extra }, id, _payload, _args, { errors, ...result }) => {
      if (errors === undefined) return undefined;
      const shown = errors.map((error) => frontDoor.present(error, requestId(extra.stream, id)));
      return { ...(result as { data?: never }), errors: shown };
    },
    onError: ({ extra }, id, _payload, errors) =>
      errors.map((error) => frontDoor.present(error, requestId(extra.stream, id))),
  });

  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  sockets.on("connection", (socket) => {
    serve(server, socket, streams, log);
  });

  return {
    upgrade(request, socket, head) {
      // Node has taken its own listener off by now; a peer that resets the connection must not end the process.
      socket.on("error", () => socket.destroy());
      const path = (request.url ?? "").split("?")[0];
      if (path !== options.path) {
        socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (accepted) =>
        sockets.emit("connection", accepted, request),
      );
    },
    async close(timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      while (running.size > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
      for (const socket of sockets.clients) socket.close(1001, "Going away");
      await allClosed(sockets, Math.min(2_000, timeoutMs));
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
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

/** One socket's side of {@link OpenStream}. */
class SocketStream implements OpenStream {
  readonly id = randomUUID();
  credential: Credential | undefined;
  stalledSince: number | undefined;
  #sending = 0;
  #answered = true;
  #ending = false;

  constructor(private readonly socket: WebSocket) {
    socket.on("pong", () => {
      this.#answered = true;
    });
  }

  get pendingBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** Resolves when the peer's side of the connection has taken the bytes: this is what makes a subscriber pull. */
  send(data: string): Promise<void> {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    this.#sending += 1;
    this.stalledSince ??= Date.now();
    return new Promise((resolve, reject) => {
      socket.send(data, (error) => {
        this.#sending -= 1;
        this.stalledSince = this.#sending === 0 ? undefined : Date.now();
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
  }

  ping(): boolean {
    if (!this.#answered) return false;
    this.#answered = false;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
    return true;
  }

  end(reason: EndReason): void {
    // A peer that does not read will not read the closing frame either.
    if (this.#ending) this.socket.terminate();
    this.#ending = true;
    this.socket.close(...CLOSE_CODES[reason]);
  }
}

function serve(
  server: Server<Extra>,
  socket: WebSocket,
  streams: OpenStreams,
  log: GraphqlSocketOptions["log"],
): void {
  const stream = new SocketStream(socket);
  streams.add(stream);
  socket.on("error", (error) => log.info({ err: error }, "a socket broke"));
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (data) => stream.send(data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (listener) => {
        socket.on("message", (data) => {
          // What arrives while the closing handshake is under way comes from who has no right to it any more.
          if (socket.readyState !== socket.OPEN) return;
          listener(String(data)).catch((error: unknown) => {
            if (error instanceof DomainError && error.code === "UNAVAILABLE") {
              socket.close(1013, "Try again shortly");
              return;
            }
            log.error({ err: error }, "a socket message could not be handled");
            socket.close(CloseCode.InternalServerError, "Internal error");
          });
        });
      },
    },
    { stream },
  );
  socket.once("close", (code, reason) => {
    streams.remove(stream);
    void closed(code, String(reason));
  });
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

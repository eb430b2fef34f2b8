import { randomUUID } from "node:crypto";
import { CloseCode, type Server } from "graphql-ws";
import type { WebSocket } from "ws";
import { DomainError } from "../domain/domain-error.js";
import type { Credential } from "../identity/credential.js";
import type { GraphqlFrontDoor, RequestFacts } from "./graphql-front-door.js";
import type { EndReason, OpenStream, OpenStreams } from "./open-streams.js";
import type { StreamPlace } from "./stream-places.js";

/** What of the log a socket uses. */
export interface SocketLog {
  error(details: object, message: string): void;
  info(details: object, message: string): void;
}

/** What of a socket graphql-ws hands around. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  readonly stream: SocketStream;
  readonly address: string;
  readonly place: StreamPlace;
  /** Let go as soon as the socket has authenticated: waiting must not cost more than it has to. */
  facts: RequestFacts | undefined;
}

const CLOSE_CODES: Readonly<Record<EndReason, readonly [code: number, reason: string]>> = {
  SLOW_CONSUMER: [1013, "Too slow: reconnect and resume from your last cursor"],
  CREDENTIAL_ENDED: [CloseCode.Forbidden, "The credential has ended"],
  DEAD_PEER: [1001, "No sign of life"],
};

/**
 * Messages that a socket may send, pings included. A client that resumes sends all of its subscriptions at once; what
 * goes on sending a hundred a second is no client of a service in which humans decide.
 */
const MESSAGES = { burst: 1_000, perSecond: 100 } as const;

/** One socket's side of {@link OpenStream}. */
export class SocketStream implements OpenStream {
  readonly id = randomUUID();
  stalledSince: number | undefined;
  /** Of the message that is being handled, as long as nothing is waited for. */
  messageBytes = 0;
  credential: Credential | undefined;
  #sending = 0;
  #answered = true;
  #ending = false;
  #messagesLeft: number = MESSAGES.burst;
  #countedAt = Date.now();
  readonly #operations = new Set<string>();

  constructor(
    private readonly socket: WebSocket,
    /** Bytes of a message from somebody who has not authenticated. */
    private readonly strangersBytes: number,
  ) {
    socket.on("pong", () => {
      this.#answered = true;
    });
    // The library answers it, which is work too.
    socket.on("ping", () => {
      this.mayTake(0);
    });
  }

  get pendingBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** Whether a message of that size is to be handled; where it is not, the socket is being closed. */
  mayTake(bytes: number): boolean {
    const { socket } = this;
    // What arrives while the closing handshake is under way comes from who has no right to it any more.
    if (socket.readyState !== socket.OPEN) return false;
    const now = Date.now();
    const gained = ((now - this.#countedAt) / 1_000) * MESSAGES.perSecond;
    this.#messagesLeft = Math.min(MESSAGES.burst, this.#messagesLeft + gained) - 1;
    this.#countedAt = now;
    if (this.#messagesLeft < 0) {
      // 1008 is what RFC 6455 has for a policy, and what graphql-ws's clients do not come back from by themselves.
      this.refuse(1008, "Too many messages");
      return false;
    }
    if (this.credential === undefined && bytes > this.strangersBytes) {
      this.refuse(1009, "Too large for who has not authenticated");
      return false;
    }
    this.messageBytes = bytes;
    return true;
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

  refuse(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  /**
   * An operation begins under that id.
   * @returns false where an earlier one of that id has not come to its end yet, though the client may have done with it
   */
  begin(operationId: string): boolean {
    if (this.#operations.has(operationId)) return false;
    this.#operations.add(operationId);
    return true;
  }

  /** An operation has come to its end. */
  finish(operationId: string): void {
    this.#operations.delete(operationId);
  }
}

const PONG = JSON.stringify({ type: "pong" });

/** What all sockets of a server share. */
export interface SocketSurroundings {
  readonly streams: OpenStreams;
  readonly log: SocketLog;
  /** Told of the size of everything that is sent. */
  readonly answered: GraphqlFrontDoor["answered"];
}

/** Hands a socket to graphql-ws. */
export function serveSocket(
  server: Server<SocketExtra>,
  socket: WebSocket,
  extra: SocketExtra,
  { streams, log, answered }: SocketSurroundings,
): void {
  const { stream, address } = extra;
  streams.add(stream);
  socket.on("error", (error) => log.info({ err: error }, "a socket broke"));
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (data) => {
        answered({ credential: stream.credential, address }, data.length);
        return stream.send(data);
      },
      close: (code, reason) => socket.close(code, reason),
      // Without the ping's payload: the protocol leaves that open, and it may be as large and deep as a message can be.
      onPing: () => stream.send(PONG),
      onMessage: (listener) => {
        socket.on("message", (data: Buffer) => {
          if (!stream.mayTake(data.length)) return;
          listener(String(data)).catch((error: unknown) => {
            if (error instanceof DomainError && error.code === "UNAVAILABLE") {
              socket.close(1013, "Try again shortly");
              return;
            }
            // Of a type that only servers send: the library has no code for it.
            if (error instanceof Error && error.message.startsWith("Unexpected message of type")) {
              socket.close(CloseCode.BadRequest, "Invalid message received");
              return;
            }
            // A peer that is gone when its answer is sent is no failure of ours.
            if (socket.readyState !== socket.OPEN && isBrokenPipe(error)) {
              log.info({ err: error }, "a socket broke");
              return;
            }
            log.error({ err: error }, "a socket message could not be handled");
            socket.close(CloseCode.InternalServerError, "Internal error");
          });
        });
      },
    },
    extra,
  );
  socket.once("close", (code, reason) => {
    streams.remove(stream);
    void closed(code, String(reason));
  });
}

/** What the network or Node says where something was to be written to a peer that is gone. */
function isBrokenPipe(error: unknown): boolean {
  return (
    error instanceof Error &&
    ("syscall" in error || ("code" in error && error.code === "ERR_STREAM_DESTROYED"))
  );
}

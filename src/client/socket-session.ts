import { type Client, createClient, type SubscribePayload } from "graphql-ws/client";
import { READY_STATE, type WebSocketClass, type WebSocketLike } from "./web-socket.js";

export interface SessionOptions {
  readonly url: string;
  readonly WebSocket: WebSocketClass;
  readonly authorization: string;
  /** Milliseconds from the first subscription to the server's acknowledgement. */
  readonly connectTimeoutMs: number;
  /** Milliseconds between two pings, and those that a pong may take. */
  readonly heartbeatMs: number;
  /** Called once, when the session takes no more subscriptions: it broke, or nothing is subscribed any more. */
  readonly onEnd: (end: SessionEnd | undefined) => void;
}

/** How a connection broke. */
export interface SessionEnd {
  /** The close code, where the connection was closed and did not just break. */
  readonly code: number | undefined;
  readonly reason: string;
  /** Whether the server had accepted the credential. */
  readonly acknowledged: boolean;
  /** Milliseconds that it had been of use, from the acknowledgement on. */
  readonly aliveMs: number;
  readonly cause: unknown;
}

/** Where a subscription's messages go. After `refused`, `completed` or `broken` nothing follows. */
export interface SessionSink {
  opened(): void;
  next(result: unknown): void;
  /** The server refused it, with these GraphQL errors. */
  refused(errors: readonly unknown[]): void;
  completed(): void;
  broken(end: SessionEnd): void;
}

/** Time for the other side to answer our closing, before the connection is cut. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * One WebSocket and the subscriptions on it. It opens with the first of them and closes with the last; it never
 * reconnects: when it breaks, every subscription is told, and whoever needs another one makes another session.
 */
export class SocketSession {
  readonly #options: SessionOptions;
  readonly #sinks = new Set<SessionSink>();
  readonly #disposals = new WeakMap<SessionSink, () => void>();
  #client: Client | undefined;
  #socket: WebSocketLike | undefined;
  #acknowledgedAt: number | undefined;
  #ended = false;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  #pongTimer: ReturnType<typeof setTimeout> | undefined;
  #closed: Promise<void> = Promise.resolve();
  #onClosed = (): void => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Resolves when the socket is closed, or given up. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /**
   * Subscribes; the sink hears of everything else.
   * @returns a function that unsubscribes, silently
   * @throws Error where the platform refuses to open such a connection at all
   */
  subscribe(payload: SubscribePayload, sink: SessionSink): () => void {
    this.#client ??= this.#connect();
    this.#sinks.add(sink);
    const dispose = this.#client.subscribe(payload, {
      next: (result) => {
        if (this.#sinks.has(sink)) sink.next(result);
      },
      error: (error) => {
        // Anything but a list of errors is the connection's end, which is handled where the connection is.
        if (Array.isArray(error) && this.#remove(sink)) sink.refused(error);
      },
      complete: () => {
        if (this.#remove(sink)) sink.completed();
      },
    });
    this.#disposals.set(sink, dispose);
    if (this.#acknowledgedAt !== undefined) sink.opened();
    return () => {
      if (!this.#sinks.has(sink)) return;
      dispose();
      this.#remove(sink);
    };
  }

  /** Whether it was still there; the last one to go closes the session. */
  #remove(sink: SessionSink): boolean {
    const removed = this.#sinks.delete(sink);
    if (removed && this.#sinks.size === 0) this.#finish(undefined);
    return removed;
  }

  #connect(): Client {
    const { url, WebSocket, authorization, connectTimeoutMs, heartbeatMs } = this.#options;
    const socket = new WebSocket(url, "graphql-transport-ws");
    this.#socket = socket;
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    socket.addEventListener("close", () => this.#onClosed());
    this.#connectTimer = setTimeout(() => {
      this.#break(undefined, `no acknowledgement within ${connectTimeoutMs} ms`);
    }, connectTimeoutMs);
    return createClient({
      url,
      webSocketImpl: classThatGives(socket),
      connectionParams: { Authorization: authorization },
      retryAttempts: 0,
      keepAlive: heartbeatMs,
      on: {
        connected: () => {
          clearTimeout(this.#connectTimer);
          this.#acknowledgedAt = performance.now();
          for (const sink of this.#sinks) sink.opened();
        },
        ping: (received) => {
          if (received) return;
          this.#pongTimer = setTimeout(() => {
            this.#break(undefined, `no sign of life within ${heartbeatMs} ms`);
          }, heartbeatMs);
        },
        pong: () => clearTimeout(this.#pongTimer),
        error: (error) => this.#break(undefined, messageOf(error), causeOf(error)),
        closed: (event) => {
          const { code, reason } = event as { code?: number; reason?: string };
          this.#break(code, `closed with code ${code}${reason ? ` (${reason})` : ""}`);
        },
      },
    });
  }

  #break(code: number | undefined, reason: string, cause?: unknown): void {
    const { acknowledged, aliveMs } = this.#life();
    this.#finish({ code, reason, acknowledged, aliveMs, cause });
  }

  #life(): { acknowledged: boolean; aliveMs: number } {
    const since = this.#acknowledgedAt;
    return {
      acknowledged: since !== undefined,
      aliveMs: since === undefined ? 0 : performance.now() - since,
    };
  }

  #finish(end: SessionEnd | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#pongTimer);
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    for (const sink of sinks) this.#disposals.get(sink)?.();
    this.#closeSocket();
    this.#options.onEnd(end);
    if (end !== undefined) for (const sink of sinks) sink.broken(end);
  }

  #closeSocket(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === READY_STATE.CLOSED) return;
    // Otherwise a peer that is gone would keep the connection, and the process, for half a minute.
    const cut = setTimeout(() => {
      socket.terminate?.();
      this.#onClosed();
    }, CLOSE_TIMEOUT_MS);
    socket.addEventListener("close", () => clearTimeout(cut));
    socket.close(1000, "Normal Closure");
  }
}

/**
 * graphql-ws wants to construct the socket itself; this lets us keep hold of it, to close one that is still connecting
 * and to hear of a constructor that throws.
 */
function classThatGives(socket: WebSocketLike): unknown {
  return Object.assign(function adopted() {
    return socket;
  }, READY_STATE);
}

// Neither keeps the event itself, which would drag the socket along.
function messageOf(event: unknown): string {
  const message = event instanceof Error ? event.message : (event as { message?: unknown } | null)?.message;
  return typeof message === "string" && message !== "" ? message : "the connection failed";
}

function causeOf(event: unknown): unknown {
  return event instanceof Error ? event : (event as { error?: unknown } | null)?.error;
}

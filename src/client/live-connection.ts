import {
  ConnectionError,
  type CountersignError,
  errorFromGraphQL,
  errorOf,
  UnauthenticatedError,
} from "./countersign-error.js";
import type { Authorization } from "./credential.js";
import { fullJitter, orAborted, pause, type RetryPolicy } from "./retry-policy.js";
import { type SessionEnd, SocketSession } from "./socket-session.js";
import type { TypedDocument } from "./typed-document.js";
import { platformWebSocket, type WebSocketClass } from "./web-socket.js";
import { whenAborted } from "./when-aborted.js";

export interface LiveConnectionOptions {
  readonly url: string;
  readonly authorization: Authorization;
  readonly webSocketImpl: WebSocketClass | undefined;
  readonly retry: RetryPolicy;
  readonly connectTimeoutMs: number;
  readonly heartbeatMs: number;
}

/** What becomes of one subscription, until it ends. */
export interface LiveSink<Data, Result> {
  /** The server has accepted the connection. */
  opened(): void;
  /** Anything but undefined is the result: the subscription ends with it. */
  next(data: Data): Result | undefined;
}

/** Close codes of graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
const CREDENTIAL_REFUSED: ReadonlySet<number | undefined> = new Set([4401, 4403]);
const NOT_UNDERSTOOD: ReadonlySet<number | undefined> = new Set([4004, 4400, 4406]);

/** A connection that lived this long, in milliseconds, was a good one: the next pause is short again. */
const GOOD_LIFE_MS = 5_000;
/** So many connections in a row may be ended for their credential soon after it was accepted. */
const SHORT_LEASES = 3;

/**
 * The one WebSocket of a client: opened when something is subscribed, closed when nothing is. When it breaks, everything on
 * it fails with NETWORK, and may subscribe again at once: the pause before the next connection is kept here, once for all.
 */
export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  #session: SocketSession | undefined;
  #lastClosed: Promise<void> = Promise.resolve();
  #preparing: Promise<{ authorization: string; WebSocket: WebSocketClass }> | undefined;
  #failures = 0;
  #notBefore = 0;

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
  }

  /** Milliseconds until it may be connected again. */
  get delayMs(): number {
    return this.#session === undefined ? Math.max(0, this.#notBefore - performance.now()) : 0;
  }

  /** Resolves when the socket, if there was one, is closed. Subscriptions end by their own signals. */
  get closed(): Promise<void> {
    return this.#lastClosed;
  }

  /**
   * Subscribes once, until the sink has a result.
   * @throws CountersignError NETWORK where the connection breaks or the server ends the subscription; UNAUTHENTICATED and
   * the server's other refusals; the signal's reason
   */
  async subscribe<Data, Variables, Result>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    sink: LiveSink<Data, Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    await pause(this.delayMs, signal);
    signal.throwIfAborted();
    if (this.#session === undefined) {
      const prepared = await orAborted(this.#prepare(), signal);
      signal.throwIfAborted();
      // Somebody else who waited for the same may have been quicker.
      this.#session ??= this.#open(prepared);
    }
    return await this.#subscribeOn(this.#session, document, variables, sink, signal);
  }

  #prepare(): Promise<{ authorization: string; WebSocket: WebSocketClass }> {
    this.#preparing ??= (async () => {
      try {
        const { authorization, webSocketImpl } = this.#options;
        return {
          authorization: await authorization(),
          WebSocket: webSocketImpl ?? (await platformWebSocket()),
        };
      } finally {
        this.#preparing = undefined;
      }
    })();
    return this.#preparing;
  }

  #open(prepared: { authorization: string; WebSocket: WebSocketClass }): SocketSession {
    const { url, connectTimeoutMs, heartbeatMs } = this.#options;
    const session = new SocketSession({
      ...prepared,
      url,
      connectTimeoutMs,
      heartbeatMs,
      onEnd: (end) => {
        this.#lastClosed = session.closed;
        if (this.#session === session) this.#session = undefined;
        if (end !== undefined) this.#remember(end);
      },
    });
    return session;
  }

  #remember(end: SessionEnd): void {
    this.#failures = end.aliveMs >= GOOD_LIFE_MS ? 1 : this.#failures + 1;
    this.#notBefore = performance.now() + fullJitter(this.#failures, this.#options.retry);
  }

  #subscribeOn<Data, Variables, Result>(
    session: SocketSession,
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    sink: LiveSink<Data, Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const payload = {
      query: document.text,
      operationName: document.name,
      variables: variables as Record<string, unknown>,
    };
    return new Promise((resolve, reject) => {
      let unsubscribe = (): void => undefined;
      const forget = whenAborted(signal, () => fail(signal.reason));
      const leave = (): void => {
        forget();
        unsubscribe();
      };
      const fail = (error: unknown): void => {
        leave();
        reject(error);
      };
      const take = (message: unknown): void => {
        const data = dataOf<Data>(message);
        this.#failures = 0;
        const result = sink.next(data);
        if (result === undefined) return;
        leave();
        resolve(result);
      };
      try {
        unsubscribe = session.subscribe(payload, {
          opened: () => sink.opened(),
          next: (message) => {
            try {
              take(message);
            } catch (error) {
              fail(error);
            }
          },
          refused: (errors) => fail(errorFromGraphQL(errors[0])),
          completed: () => fail(new ConnectionError("The server ended the subscription.")),
          broken: (end) => fail(this.#errorOf(end)),
        });
      } catch (error) {
        // The platform refuses such a connection: an insecure one from a secure page, for example.
        this.#session = undefined;
        const message = `Cannot open a WebSocket to ${this.#options.url}.`;
        fail(errorOf("BAD_CONFIGURATION", message, { cause: error }));
      }
    });
  }

  #errorOf(end: SessionEnd): CountersignError {
    const { url } = this.#options;
    const details = end.code === undefined ? {} : { closeCode: end.code };
    if (CREDENTIAL_REFUSED.has(end.code) && (!end.acknowledged || this.#failures > SHORT_LEASES)) {
      return new UnauthenticatedError(
        "UNAUTHENTICATED",
        `${url} does not accept the API key: ${end.reason}.`,
        {
          details,
        },
      );
    }
    if (NOT_UNDERSTOOD.has(end.code)) {
      return errorOf("BAD_RESPONSE", `${url} does not understand this client: ${end.reason}.`, { details });
    }
    return new ConnectionError(`No connection to ${url}: ${end.reason}.`, { details, cause: end.cause });
  }
}

/** @throws CountersignError */
function dataOf<Data>(result: unknown): Data {
  const { data, errors } = (result ?? {}) as { data?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) throw errorFromGraphQL(errors[0]);
  if (typeof data !== "object" || data === null) {
    throw errorOf("BAD_RESPONSE", "The server sent a message without data.");
  }
  return data as Data;
}

import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "graphql-ws/client";
import WebSocket from "ws";
import type { GqlError } from "./graphql-client.js";
import type { Gate } from "./load-gate.js";

/** A decision as it was pushed. */
export interface Pushed {
  readonly ticketId: string;
  readonly revision: number;
  readonly status: string;
  readonly cursor: string;
}

/** How a subscription came to its end: by the socket's close code, a refusal's code, or in order. */
export interface StreamEnd {
  readonly closed?: number;
  readonly refused?: string;
  readonly completed?: true;
  /** Whether the server had accepted the connection. */
  readonly accepted: boolean;
}

const DECIDED =
  "subscription ($after: LedgerCursor) { ticketDecided(after: $after) { ticketId revision status cursor } }";

const RETRY_MS = 25;

/** An open subscription to every decision that the key's holder may see. */
export interface DecisionSubscription {
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<StreamEnd>;
  /** Whether the server has accepted the connection. */
  readonly accepted: boolean;
  dispose(): Promise<void>;
}

/** Subscribes once, after that cursor; nothing is tried again. */
export function subscribeDecided(
  url: string,
  key: string,
  after: string,
  push: (decision: Pushed) => void,
): DecisionSubscription {
  let accepted = false;
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
    on: {
      connected: () => {
        accepted = true;
      },
    },
    // A connection that is refused is told by the subscription's error already.
    onNonLazyError: () => undefined,
  });
  const ended = new Promise<StreamEnd>((resolve) => {
    client.subscribe<{ ticketDecided: Pushed }>(
      { query: DECIDED, variables: { after } },
      {
        next: ({ data, errors }) => {
          if (data?.ticketDecided) push(data.ticketDecided);
          else resolve({ refused: codeOf(errors), accepted });
        },
        error: (error) =>
          resolve(
            Array.isArray(error)
              ? { refused: codeOf(error), accepted }
              : { closed: closeCodeOf(error), accepted },
          ),
        complete: () => resolve({ completed: true, accepted }),
      },
    );
  });
  return {
    ended,
    get accepted() {
      return accepted;
    },
    dispose: async () => client.dispose(),
  };
}

/** Follows every decision by cursor, through whatever happens to the servers, and keeps what it was pushed. */
export class Follower {
  /** In order of arrival, as often as it came. */
  readonly pushed: Pushed[] = [];
  /** How each of its subscriptions but the last ended. */
  readonly ends: StreamEnd[] = [];
  #cursor: string;
  #current: DecisionSubscription | undefined;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly key: string,
    after: string,
  ) {
    this.#cursor = after;
  }

  /** Whether it is connected, and the server has said so. */
  get accepted(): boolean {
    return this.#current?.accepted ?? false;
  }

  start(gate: Gate): void {
    this.#running = this.#follow(gate);
  }

  /** A server must be there, so that it does not wait for one. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#current?.dispose();
    await this.#running;
  }

  async #follow(gate: Gate): Promise<void> {
    while (!this.#stopping) {
      const url = await gate.pass();
      this.#current = subscribeDecided(url, this.key, this.#cursor, (decision) => {
        this.pushed.push(decision);
        this.#cursor = decision.cursor;
      });
      const end = await this.#current.ended;
      this.#current = undefined;
      this.ends.push(end);
      // A client's manners: the database may be away while the server is not.
      await pause(RETRY_MS);
    }
  }
}

function codeOf(errors: unknown): string {
  return (errors as readonly GqlError[] | undefined)?.[0]?.extensions.code ?? "no data";
}

/** 1006 (RFC 6455) stands for a connection that broke, or never came about. */
function closeCodeOf(error: unknown): number {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "number"
    ? error.code
    : 1006;
}

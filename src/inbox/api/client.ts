import { cacheExchange } from "@urql/exchange-graphcache";
import { createClient as createSocket, type Client as SocketClient } from "graphql-ws";
import { Client, fetchExchange, mapExchange, subscriptionExchange } from "urql";
import { sessionEnded } from "./session-ended.js";

/** How the connection that pushes stands. */
export type Connection = "connecting" | "open" | "offline";

/** What of the connection the page shows and reacts to. */
export interface LiveConnection {
  current(): Connection;
  /** @returns what stops it */
  listen(listener: () => void): () => void;
}

const MAX_PAUSE_MS = 10_000;

/** The session's cookie goes along by itself, over HTTP and on the socket: the page never sees a secret. */
export function createApiClient(): Client & { readonly live: LiveConnection } {
  const listeners = new Set<() => void>();
  let connection: Connection = "connecting";
  const become = (next: Connection): void => {
    if (connection === next) return;
    connection = next;
    for (const listener of listeners) listener();
  };
  const socket: SocketClient = createSocket({
    url: `${location.origin.replace(/^http/, "ws")}/graphql`,
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (tries) =>
      new Promise((resolve) => {
        setTimeout(resolve, Math.min(MAX_PAUSE_MS, 250 * 2 ** tries) * (0.75 + Math.random() / 2));
      }),
    keepAlive: 15_000,
    on: {
      connected: () => become("open"),
      closed: (event) => {
        become("offline");
        // The session has ended: only signing in again helps.
        if ((event as CloseEvent).code === 4403) sessionEnded();
      },
    },
  });
  const client = new Client({
    url: "/graphql",
    preferGetMethod: false,
    exchanges: [
      mapExchange({
        onError: ({ graphQLErrors }) => {
          if (graphQLErrors.some(({ extensions }) => extensions["code"] === "UNAUTHENTICATED"))
            sessionEnded();
        },
      }),
      cacheExchange({
        keys: {
          Proposal: () => null,
          Review: () => null,
          TicketComment: () => null,
          Decision: () => null,
          Viewer: () => null,
          AuditEvent: () => null,
          TicketChange: () => null,
          Queue: () => null,
          TicketViewers: () => null,
          TicketViewer: () => null,
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => {
            // The socket says it again after each reconnect: then from where the page has got to.
            const resumable: Record<string, unknown> = { ...variables };
            return {
              unsubscribe: socket.subscribe(
                { query: query ?? "", variables: resumable },
                {
                  next: (result) => {
                    const cursor = cursorOf(result.data);
                    if (cursor !== undefined) resumable["after"] = cursor;
                    sink.next(result as never);
                  },
                  error: (error) => sink.error(error),
                  // Nothing that the page follows has an end: it is followed again.
                  complete: () => sink.error(new Error("the server has ended it")),
                },
              ),
            };
          },
        }),
      }),
    ],
  });
  const live: LiveConnection = {
    current: () => connection,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return Object.assign(client, { live });
}

/** The position of what a subscription delivered, where it says one. */
function cursorOf(data: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  for (const delivered of Object.values(data ?? {})) {
    const { cursor } = (delivered ?? {}) as { readonly cursor?: unknown };
    if (typeof cursor === "string") return cursor;
  }
  return undefined;
}

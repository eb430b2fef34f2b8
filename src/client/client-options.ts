import { CountersignError } from "./countersign-error.js";
import { type ApiKey, authorizationFrom } from "./credential.js";
import { endpointsOf } from "./endpoints.js";
import type { FollowOptions } from "./follow.js";
import { GraphQLHttp } from "./graphql-http.js";
import { LiveConnection } from "./live-connection.js";
import { DEFAULT_RETRY, type RetryNotice, type RetryPolicy } from "./retry-policy.js";
import type { WebSocketClass } from "./web-socket.js";

export interface HitlClientOptions {
  /** Where Countersign is, with or without a path prefix or a trailing slash: `https://core.gov.example`. */
  readonly coreUrl: string | URL;
  readonly apiKey: ApiKey;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Milliseconds that one HTTP request, or the opening of the WebSocket, may take before it is tried again. */
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds between the pings that find out whether a quiet WebSocket still lives. */
  readonly heartbeatMs?: number | undefined;
  /** Instead of the platform's own, or of the `ws` package's where there is none. */
  readonly webSocketImpl?: WebSocketClass | undefined;
  /** Told before every retry; for logs. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

const DEFAULTS = { requestTimeoutMs: 30_000, heartbeatMs: 15_000 } as const;

export interface ClientParts {
  readonly http: GraphQLHttp;
  readonly live: LiveConnection;
  readonly follow: FollowOptions;
}

/** @throws CountersignError BAD_CONFIGURATION */
export function partsOf(options: HitlClientOptions): ClientParts {
  const endpoints = endpointsOf(options.coreUrl);
  const authorization = authorizationFrom(options.apiKey);
  const retry: RetryPolicy = {
    attempts: positive("retry.attempts", options.retry?.attempts ?? DEFAULT_RETRY.attempts),
    baseMs: positive("retry.baseMs", options.retry?.baseMs ?? DEFAULT_RETRY.baseMs),
    capMs: positive("retry.capMs", options.retry?.capMs ?? DEFAULT_RETRY.capMs),
  };
  const requestTimeoutMs = positive(
    "requestTimeoutMs",
    options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
  );
  const heartbeatMs = positive("heartbeatMs", options.heartbeatMs ?? DEFAULTS.heartbeatMs);
  const onRetry = options.onRetry ?? (() => undefined);
  return {
    http: new GraphQLHttp({ url: endpoints.http, authorization, retry, requestTimeoutMs, onRetry }),
    live: new LiveConnection({
      url: endpoints.webSocket,
      authorization,
      webSocketImpl: options.webSocketImpl,
      retry,
      connectTimeoutMs: requestTimeoutMs,
      heartbeatMs,
    }),
    follow: { retry, onRetry },
  };
}

function positive(name: string, value: number): number {
  // Timers take no longer delays: they would fire at once.
  if (typeof value === "number" && value > 0 && value < 2 ** 31) return value;
  throw new CountersignError("BAD_CONFIGURATION", `${name} must be a number above 0 and below 2^31.`);
}

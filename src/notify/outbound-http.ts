import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { createGuardedAgent } from "./outbound-agent.js";
import { exchange, type OutboundAnswer } from "./outbound-exchange.js";
import type { OutboundPolicy, OutboundTarget } from "./outbound-policy.js";
import { createNameResolver, type NameResolver } from "./outbound-resolver.js";

/** A POST to a URL that a user gave. */
export interface OutboundRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal;
}

export interface OutboundHttp {
  readonly policy: OutboundPolicy;
  /**
   * Sends one request. It is sent once more, at once, where a connection that was kept turned out to be closed.
   * @throws OutboundFault where there is no answer: refused, failed, too late, aborted
   */
  post(request: OutboundRequest): Promise<OutboundAnswer>;
  /** Ends the connections that are kept and the questions to name servers. Requests under way end by their signals. */
  close(): void;
}

export interface OutboundHttpOptions {
  readonly policy: OutboundPolicy;
  /** Milliseconds from the request's beginning to its answer's last byte: DELIVERY_TIMEOUT_SECONDS. */
  readonly timeoutMs: number;
  /** How much of them it may take to resolve a name, connect and shake hands; 8,000 unless told. */
  readonly connectMs?: number;
  readonly resolver?: NameResolver;
  /** Certificates (PEM) to believe instead of the usual ones. */
  readonly ca?: string;
}

const CONNECT_MS = 8_000;
/** An answer's header, in bytes. */
const HEADER_BYTES = 16 * 1024;

/**
 * The HTTP client for URLs that users give. It reaches what {@link OutboundPolicy} lets it reach, follows no redirect, uses no proxy
 * of the environment, and is bounded in time and size whatever the other side does.
 */
export function createOutboundHttp(options: OutboundHttpOptions): OutboundHttp {
  const { policy, timeoutMs, connectMs = CONNECT_MS, ca } = options;
  const resolver = options.resolver ?? createNameResolver();
  const agentOf = (secure: boolean, keepAlive: boolean) =>
    createGuardedAgent(secure, { policy, resolver, keepAlive, ...(ca === undefined ? {} : { ca }) });
  const kept = { http: agentOf(false, true), https: agentOf(true, true) };
  const fresh = { http: agentOf(false, false), https: agentOf(true, false) };
  return {
    policy,
    post: async ({ url, headers, body, signal }) => {
      const target = policy.target(url);
      return exchange({
        open: (again) => open(target, (again ? fresh : kept)[target.secure ? "https" : "http"], headers),
        body,
        secure: target.secure,
        connectMs,
        timeoutMs,
        signal,
      });
    },
    close: () => {
      resolver.cancel();
      for (const agent of [...Object.values(kept), ...Object.values(fresh)]) agent.destroy();
    },
  };
}

function open(
  { url, secure, host, port }: OutboundTarget,
  agent: ReturnType<typeof createGuardedAgent>,
  headers: Readonly<Record<string, string>>,
) {
  return (secure ? httpsRequest : httpRequest)({
    method: "POST",
    host,
    port,
    path: `${url.pathname}${url.search}`,
    headers,
    agent,
    maxHeaderSize: HEADER_BYTES,
    insecureHTTPParser: false,
  });
}

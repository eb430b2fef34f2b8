/**
 * Why a request came to nothing: URL, refused for what the URL says; ADDRESS, for where its name leads; NETWORK, TIMEOUT,
 * ABORTED (by this side).
 */
export type OutboundFaultKind = "URL" | "ADDRESS" | "NETWORK" | "TIMEOUT" | "ABORTED";

/**
 * A request that got no answer. The message is for people, in a workspace that may not be the operator's: it names the host
 * at most. A path may be a secret (Slack's are), and an address that a name leads to is a look inside.
 */
export class OutboundFault extends Error {
  override readonly name = "OutboundFault";

  constructor(
    readonly kind: OutboundFaultKind,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut before an answer came",
  EPIPE: "the connection was cut before an answer came",
  ETIMEDOUT: "no connection came about in time",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ENOTFOUND: "the name cannot be resolved",
  ENODATA: "the name has no address",
  ETIMEOUT: "its name servers do not answer",
  ESERVFAIL: "its name servers cannot resolve the name",
  HPE_HEADER_OVERFLOW: "the header of the answer is too large",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not from a known authority",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not from a known authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not from a known authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not from a known authority",
  EPROTO: "it does not speak TLS",
};

/** What failed, in a sentence of ours: the messages of libraries may hold what is not for everybody. */
export function faultOf(error: unknown): OutboundFault {
  if (error instanceof OutboundFault) return error;
  const code = codeOf(error);
  const sentence =
    SENTENCES[code] ??
    (code.startsWith("HPE_")
      ? "the answer is not HTTP"
      : code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")
        ? "TLS failed"
        : "the request failed");
  return new OutboundFault("NETWORK", `${sentence} (${code})`, { cause: error });
}

/** The error's code; where all addresses of a name failed, that of the first. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code) ? code : "unknown";
}

import { ProviderFault } from "./oidc-errors.js";
import { OIDC_LIMITS, type OidcLimits } from "./oidc-settings.js";

/** What openid-client and jose ask `fetch` for. */
export interface ProviderRequest {
  readonly method: string;
  readonly headers: Headers | Record<string, string>;
  readonly body?: ArrayBuffer | null | ReadableStream | string | Uint8Array | undefined | URLSearchParams;
}

/** @throws ProviderFault */
export type ProviderFetch = (url: string, request: ProviderRequest) => Promise<Response>;

/**
 * `fetch` for an identity provider: over TLS (http only between loopback addresses), without following redirects, and
 * bounded in time and size up to the answer's last byte. Both libraries are given this one, so nothing goes around it.
 * @throws Error where the issuer is neither https nor on a loopback address
 */
export function createProviderFetch(issuer: string, limits: OidcLimits = OIDC_LIMITS): ProviderFetch {
  const plain = isPlainLoopback(issuer);
  if (!plain && !issuer.startsWith("https://"))
    throw new Error(`the issuer ${issuer} is neither https nor on a loopback address`);
  return async (url, { method, headers, body = null }) => {
    if (!url.startsWith("https://") && !(plain && isPlainLoopback(url)))
      throw new ProviderFault(`the provider names an address without TLS: ${url}`);
    const signal = AbortSignal.timeout(limits.requestMs);
    try {
      const init = {
        method,
        headers,
        body: body as NonNullable<RequestInit["body"]> | null,
        redirect: "manual",
        signal,
      } as const;
      return checked(await inMemory(await fetch(url, init), limits.responseBytes));
    } catch (error) {
      if (error instanceof ProviderFault) throw error;
      throw new ProviderFault(`${method} ${new URL(url).origin} failed`, undefined, { cause: error });
    }
  };
}

/** Whether a URL is http, and leads to this machine. */
export function isPlainLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(hostname);
}

function checked(response: Response): Response {
  const { status, headers } = response;
  if (status >= 500 || status === 429) throw new ProviderFault(`the provider answered with status ${status}`);
  // The libraries would take a signed UserInfo for what it says, whoever signed it; nothing else comes as a JWT.
  if (/^application\/jwt\b/i.test(headers.get("content-type") ?? ""))
    throw new ProviderFault("the provider answered with a JWT where JSON is expected (UserInfo?)");
  return response;
}

async function inMemory(response: Response, limit: number): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > limit) throw new ProviderFault(`the provider's answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  const { status, headers } = response;
  return new Response(size === 0 ? null : Buffer.concat(chunks), { status, headers });
}

import { parse, serialize } from "cookie";

/** A cookie that only this server reads, and no script. */
export interface PrivateCookie {
  readonly name: string;
  /** Its text in a Cookie header; undefined where there is none. */
  read(header: string | undefined): string | undefined;
  /** A Set-Cookie header that gives it to the browser. */
  give(text: string, seconds: number): string;
  /** A Set-Cookie header that takes it away. */
  take(): string;
}

/** How cookies are set at the address where people reach the server. */
export interface PrivateCookies {
  /** The browser's session. Strict: it does not go along where another site's page leads here. */
  readonly session: PrivateCookie;
  /** What a sign-in at the identity provider must bring back: it comes from the provider's page, so it has to be Lax. */
  readonly flow: PrivateCookie;
  /** The page that the browser wanted when it had to sign in first, for a link that is opened later. Strict: only a form of ours needs it. */
  readonly next: PrivateCookie;
}

/**
 * @param secure whether people reach the server by https; otherwise only over a loopback address, where browsers take no
 *   `__Host-` cookie (RFC 6265bis, 4.1.3.2: it has to be Secure)
 */
export function privateCookies(secure: boolean): PrivateCookies {
  return {
    session: privateCookie(secure ? "__Host-countersign" : "countersign_session", secure, "strict"),
    flow: privateCookie(secure ? "__Host-countersign-flow" : "countersign_flow", secure, "lax"),
    next: privateCookie(secure ? "__Host-countersign-next" : "countersign_next", secure, "strict"),
  };
}

function privateCookie(name: string, secure: boolean, sameSite: "strict" | "lax"): PrivateCookie {
  const attributes = { path: "/", httpOnly: true, secure, sameSite } as const;
  return {
    name,
    read(header) {
      if (header === undefined || header.length > MAX_HEADER) return undefined;
      const text = parse(header)[name];
      return text === undefined || text === "" ? undefined : text;
    },
    give: (text, seconds) =>
      serialize(name, text, { ...attributes, maxAge: Math.max(0, Math.floor(seconds)) }),
    take: () => serialize(name, "", { ...attributes, maxAge: 0 }),
  };
}

/** Node takes 16 KB of headers in all; what is longer was not set here. */
const MAX_HEADER = 16_384;

/** What the Origin header of a request amounts to. */
export type OriginVerdict = "absent" | "allowed" | "refused";

/** The pages that may use the API from a browser. */
export interface Origins {
  /** Anything but an origin of the list is refused, `null` and what is no origin at all included. */
  judge(origin: string | undefined): OriginVerdict;
  /** To be told as soon as it is known: without a public URL, the server's own addresses are allowed. */
  listeningOn(port: number): void;
}

export interface OriginsOptions {
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly host: string;
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/**
 * The list is made of the settings alone: what a request says about its own host (`Host`) is whatever a page that was
 * rebound to this address (DNS rebinding) would say, too.
 */
export function createOrigins({ publicUrl, allowedOrigins, host }: OriginsOptions): Origins {
  const allowed = new Set(allowedOrigins);
  if (publicUrl !== undefined) allowed.add(new URL(publicUrl).origin);
  return {
    judge: (origin) => {
      if (origin === undefined) return "absent";
      return allowed.has(origin) ? "allowed" : "refused";
    },
    listeningOn: (port) => {
      if (publicUrl !== undefined) return;
      const own = host.includes(":") ? `[${host}]` : host;
      for (const name of new Set([...LOOPBACK, own])) {
        if (URL.canParse(`http://${name}:${port}`)) allowed.add(new URL(`http://${name}:${port}`).origin);
      }
    },
  };
}

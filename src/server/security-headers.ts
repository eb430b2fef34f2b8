import type { FastifyHelmetOptions } from "@fastify/helmet";

/** What an answer that is no page allows a browser to do with it: nothing. */
export const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Of answers that are written past Fastify: refused upgrades, and what is no HTTP. */
export const RAW_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": API_POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

const YEAR_SECONDS = 365 * 24 * 3_600;

/**
 * Header fields of every answer; pages replace the policy by their own.
 * @param publicUrl where the server is reached; only over https may browsers be told to insist on it
 */
export function helmetOptions(publicUrl: string | undefined): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    referrerPolicy: { policy: "no-referrer" },
    strictTransportSecurity:
      publicUrl?.startsWith("https:") === true ? { maxAge: YEAR_SECONDS, includeSubDomains: false } : false,
    crossOriginResourcePolicy: { policy: "same-origin" },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    xContentTypeOptions: true,
    // The policy's frame-ancestors says the same, and lets the playground frame its own sandbox.
    xFrameOptions: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    xPoweredBy: false,
    originAgentCluster: false,
    crossOriginEmbedderPolicy: false,
  };
}

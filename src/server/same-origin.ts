import type { IncomingHttpHeaders } from "node:http";
import type { OriginVerdict } from "./origins.js";

/**
 * Whether a request that brings a cookie was sent by a page that may use it. The cookie's SameSite=Strict keeps other sites
 * out; this also keeps out pages of the same site under another origin, and browsers that do not know SameSite.
 *
 * Sec-Fetch-Site (W3C Fetch Metadata) is what counts where the browser sends it, since no page can forge it. Forms of pages
 * with `Referrer-Policy: no-referrer` send `Origin: null`, so the Origin alone would not do for them.
 */
export function comesFromOwnPage(headers: IncomingHttpHeaders, origin: OriginVerdict): boolean {
  if (origin === "allowed") return true;
  return headers["sec-fetch-site"] === "same-origin";
}

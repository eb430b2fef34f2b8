import { CountersignError } from "./countersign-error.js";

/** Where the GraphQL API listens. */
export interface Endpoints {
  readonly http: string;
  readonly webSocket: string;
}

/**
 * The API's addresses below coreUrl, which may have a path prefix, a trailing slash, or name the GraphQL endpoint itself.
 *
 * @throws CountersignError BAD_CONFIGURATION where coreUrl is no plain http(s) URL
 */
export function endpointsOf(coreUrl: string | URL): Endpoints {
  const url = parse(coreUrl);
  url.pathname = url.pathname.replace(/(\/graphql)?\/*$/, "/graphql");
  const http = url.href;
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return { http, webSocket: url.href };
}

// The text that was given is not repeated in the errors: it may hold a password.
function parse(coreUrl: string | URL): URL {
  let url: URL;
  try {
    url = new URL(String(coreUrl));
  } catch {
    throw new CountersignError("BAD_CONFIGURATION", "coreUrl must be an absolute http:// or https:// URL.");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new CountersignError("BAD_CONFIGURATION", "coreUrl must be an http:// or https:// URL.");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    const message = "coreUrl must not hold a user name, a password, a query or a fragment.";
    throw new CountersignError("BAD_CONFIGURATION", message);
  }
  return url;
}

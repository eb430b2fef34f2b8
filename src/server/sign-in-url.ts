import type { Settings } from "./settings.js";

/** Where a server with these settings is reached on its own machine, for as long as it is not known better. */
export function localUrl({ port }: Pick<Settings, "port">): string {
  return `http://127.0.0.1:${port}`;
}

/**
 * Where a browser uses a sign-in link up.
 * @param origin where browsers reach the server, without a trailing slash
 * @param link the link's text, which is a secret
 */
export function signInUrl(origin: string, link: string): string {
  return `${origin}/sign-in?link=${encodeURIComponent(link)}`;
}

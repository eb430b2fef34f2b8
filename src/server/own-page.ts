/** The inbox's pages as the router knows them, and what each looks like in an address, after the first slash. */
const PAGES: Readonly<Record<string, string>> = {
  "/": "",
  "/tickets/:id": "tickets/ticket_[0-9a-z]{26}",
  "/audit": "audit",
  "/admin": "admin",
  "/notifications": "notifications",
};

/** Where the inbox is served. */
export const INBOX_ROUTES: readonly string[] = Object.keys(PAGES);

/** Longer than any address that the inbox makes of its filters; it has to fit in a cookie, encoded. */
const MOST_CHARACTERS = 1_000;

/** Of a query (RFC 3986, 3.4): what stands for itself, and bytes in hexadecimal but for control characters. */
const QUERY = "(?:[A-Za-z0-9\\-._~!$'()*+,;:@/?=&]|%(?:[2-689a-fA-F][0-9a-fA-F]|7[0-9a-eA-E]))*";
const OWN_PAGE = new RegExp(`^/(?:${Object.values(PAGES).join("|")})(?:\\?${QUERY})?$`);

/**
 * Where somebody may be led after signing in: a path of the inbox, with its query. It is a list of what there is, not of what
 * is forbidden: the path is one of ours to the letter, so that nothing is left that a browser could take for another host, and
 * nothing in it is decoded here that something else might decode once more.
 * @param wanted what somebody said, of whatever type
 * @returns undefined for anything else
 */
export function ownPage(wanted: unknown): string | undefined {
  if (typeof wanted !== "string" || wanted.length > MOST_CHARACTERS) return undefined;
  return OWN_PAGE.test(wanted) ? wanted : undefined;
}

/** Where one signs in and is then led to that page; the inbox's first one needs no saying. */
export function signInAddress(wanted: unknown): string {
  return withNext("/sign-in", ownPage(wanted));
}

/** @param next what {@link ownPage} has let through */
export function withNext(path: string, next: string | undefined): string {
  return next === undefined || next === "/" ? path : `${path}?next=${encodeURIComponent(next)}`;
}

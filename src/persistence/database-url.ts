/** Where the database is, taken apart. */
export type DatabaseLocation =
  | { readonly dialect: "sqlite"; readonly path: string }
  | { readonly dialect: "mysql"; readonly url: string };

/**
 * Reads `sqlite:PATH` (relative to the working directory) or `mysql://user:password@host:port/database`.
 * @throws Error saying what is expected
 */
export function parseDatabaseUrl(text: string): DatabaseLocation {
  if (text.startsWith("sqlite:")) {
    const path = text.slice("sqlite:".length).replace(/^\/\//, "");
    if (path === "" || path.includes(":memory:")) throw new Error(EXPECTED);
    return { dialect: "sqlite", path };
  }
  if (/^(mysql|mariadb):\/\//.test(text)) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || url.hostname === "" || url.pathname.length < 2) throw new Error(EXPECTED);
    // The driver would drop them without a word, `?ssl=…` included.
    if (url.search !== "") throw new Error(`${EXPECTED}, without parameters`);
    return { dialect: "mysql", url: text.replace(/^mariadb:/, "mysql:") };
  }
  throw new Error(EXPECTED);
}

const EXPECTED = "expected sqlite:PATH (a file) or mysql://user:password@host:port/database";

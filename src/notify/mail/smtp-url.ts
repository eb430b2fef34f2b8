import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** How the mail server is reached. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS where it is offered. */
  readonly secure: boolean;
  /** No mail without TLS. */
  readonly requireTls: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
}

const EXPECTED =
  "expected smtps://user:password@host:465 or smtp://user:password@host:587, with ?tls=required where nothing may leave without TLS";

/**
 * Reads the address of a mail server. `smtps:` is TLS from the first byte, `smtp:` takes STARTTLS where it is offered, and insists on it with
 * `?tls=required`, and wherever a password would travel to another machine.
 * @throws Error saying what is expected, and nothing of what was given
 */
export function parseSmtpUrl(text: string): SmtpServer {
  if (!/^smtps?:\/\//i.test(text) || !URL.canParse(text)) throw new Error(EXPECTED);
  const url = new URL(text);
  const secure = url.protocol === "smtps:";
  const host = hostOf(url);
  const tls = url.searchParams.getAll("tls");
  const hasOthers = [...url.searchParams.keys()].some((name) => name !== "tls");
  if (
    host === undefined ||
    url.port === "0" ||
    !["", "/"].includes(url.pathname) ||
    url.hash !== "" ||
    hasOthers
  )
    throw new Error(EXPECTED);
  if (tls.length > 1 || (tls.length === 1 && tls[0] !== "required")) throw new Error(EXPECTED);
  const [user, pass] = [decoded(url.username), decoded(url.password)];
  if ((user === "") !== (pass === "")) throw new Error(EXPECTED);
  const auth = user === "" ? undefined : { user, pass };
  return {
    host,
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: !secure && (tls.length === 1 || (auth !== undefined && !isThisMachine(host))),
    auth,
  };
}

function hostOf({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0) return bare;
  const ascii = domainToASCII(decoded(bare));
  return ascii === "" ? undefined : ascii;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(EXPECTED);
  }
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

import { isIP } from "node:net";

/** Whether a host name or address can only be this machine. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/** Whether a URL leads to this machine. */
export function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
}

/** Whether a text is an IP address, or a range of them such as `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** The server's own URL, as it is shown to people: without a trailing slash. */
export function ownUrl(host: string, port: number): string {
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${shown}:${port}`;
}

/** Where people reach the server: what the settings say, or its own address. */
export function publicBase(
  { publicUrl, host }: { readonly publicUrl: string | undefined; readonly host: string },
  port: number,
): string {
  return publicUrl ?? ownUrl(host, port);
}

/** Where a sign-in link leads. @param link its text */
export function signInUrl(
  settings: { readonly publicUrl: string | undefined; readonly host: string },
  port: number,
  link: string,
): string {
  return `${publicBase(settings, port)}/sign-in?link=${link}`;
}

import { isIP } from "node:net";
import { type Address, parseAddress } from "./outbound-address.js";

/** One entry of OUTBOUND_ALLOW: an internal receiver that may be reached. */
export type AllowEntry =
  | { readonly kind: "NAME"; readonly host: string; readonly port: number | null }
  | { readonly kind: "RANGE"; readonly base: Address; readonly bits: number; readonly port: number | null };

/**
 * Reads one entry: a host name, an address or a range (`10.0.0.0/8`), with a port or without (`[fd00::1]:8080`).
 * A name opens itself and no name below it.
 */
export function parseAllowEntry(text: string): AllowEntry | null {
  if (text.includes("/")) return range(text);
  // An IPv6 address without brackets has no port.
  if (isIP(text) === 6) return addressEntry(text, null);
  const [, host = "", digits] = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? null : Number(digits);
  if (host === "" || port === 0 || (port !== null && port > 65_535)) return null;
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) === (host === bare ? 4 : 6)) return addressEntry(bare, port);
  return isUsualName(host) ? { kind: "NAME", host: host.toLowerCase().replace(/\.$/, ""), port } : null;
}

/** Whether the entry names this host, as it stands in a URL. */
export function entryNames(entry: AllowEntry, host: string, port: number): boolean {
  return entry.kind === "NAME" && entry.host === host && (entry.port ?? port) === port;
}

/** Whether the entry holds this address. */
export function entryHolds(entry: AllowEntry, address: Address, port: number): boolean {
  if (entry.kind !== "RANGE" || (entry.port ?? port) !== port) return false;
  return address.kind() === entry.base.kind() && address.match(entry.base, entry.bits);
}

function range(text: string): AllowEntry | null {
  const [base = "", bits = "", ...rest] = text.split("/");
  const address = parseAddress(base);
  if (address === null || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return null;
  // A range of mapped addresses is written as one of IPv4: as which they are compared.
  if ((address.kind() === "ipv4") !== (isIP(base) === 4)) return null;
  if (Number(bits) > (address.kind() === "ipv4" ? 32 : 128)) return null;
  return { kind: "RANGE", base: address, bits: Number(bits), port: null };
}

function addressEntry(text: string, port: number | null): AllowEntry | null {
  const base = parseAddress(text);
  return base && { kind: "RANGE", base, bits: base.kind() === "ipv4" ? 32 : 128, port };
}

/** A name that URL leaves as it is: not `0x7f.1`, which is an address in disguise, nor one to be made ASCII first. */
function isUsualName(host: string): boolean {
  const url = `https://${host}/`;
  return URL.canParse(url) && new URL(url).hostname === host.toLowerCase() && /^[\w.-]+$/.test(host);
}

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** An address, parsed; an IPv4-mapped IPv6 address is the IPv4 address that it stands for. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses that lie in public ranges, and yet are answered by the machine's own surroundings. */
const METADATA: readonly string[] = [
  // Azure's WireServer: the virtual host of every machine there.
  "168.63.129.16",
];

/** All of today's global unicast (RFC 4291, IANA): what lies outside is reserved, or is no place at all. */
const GLOBAL_UNICAST = [ipaddr.IPv6.parse("2000::"), 3] as [ipaddr.IPv6, number];

/** The well-known prefix of NAT64 (RFC 6052): behind it is the IPv4 address in its last 32 bits. */
const NAT64 = [ipaddr.IPv6.parse("64:ff9b::"), 96] as [ipaddr.IPv6, number];

/**
 * Reads an address in its usual spelling. Others (octal, hexadecimal, short forms) are for URL to make usual; they are no
 * addresses here, so that no two parsers can disagree on them.
 */
export function parseAddress(text: string): Address | null {
  if (isIP(text) === 0) return null;
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Why an address is not one of the public Internet, in a word or two; null for one that is. */
export function internalKind(address: Address): string | null {
  if (address instanceof ipaddr.IPv4) return internalKindOfIPv4(address);
  if (address.match(NAT64)) return internalKindOfIPv4(lastFour(address));
  // Of the ways to write an IPv4 address within an IPv6 one the others are out of use (RFC 4291, 7526): 6to4, Teredo and the
  // compatible ones are refused whatever they hold. The last look like unicast to the library.
  const range = address.range();
  if (range !== "unicast") return inWords(range);
  return address.match(GLOBAL_UNICAST) ? null : "reserved";
}

function internalKindOfIPv4(address: ipaddr.IPv4): string | null {
  if (METADATA.includes(address.toString())) return "metadata";
  const range = address.range();
  return range === "unicast" ? null : inWords(range);
}

function lastFour(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(-4));
}

function inWords(range: string): string {
  return range.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

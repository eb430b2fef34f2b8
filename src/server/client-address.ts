import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddr from "@fastify/proxy-addr";

/** Whether the word of a proxy at that address counts. */
export type TrustProxy = (address: string) => boolean;

/** Whose word on forwarded addresses counts: nobody's, where none are named. */
export function trustedProxies(ranges: readonly string[]): TrustProxy {
  if (ranges.length === 0) return () => false;
  const trust = proxyAddr.compile([...ranges]);
  return (address) => trust(address, 0);
}

/**
 * Where a request comes from, as limits count it: the nearest address that no trusted proxy has forwarded. IPv6 clients
 * count by their first 64 bits, since each usually has that many addresses to itself (RFC 6177).
 */
export function clientAddress(request: IncomingMessage, trust: TrustProxy): string {
  const direct = request.socket.remoteAddress ?? "";
  const said = direct === "" ? "" : proxyAddr(request, (address) => trust(address));
  return countedAddress(isIP(said) === 0 ? direct : said);
}

/** The address as limits count it. */
export function countedAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const [bare = ""] = address.toLowerCase().split("%");
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = bare.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const left = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: left }, () => "0"), ...after].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

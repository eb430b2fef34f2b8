import { createSocket, type RemoteInfo } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { createNameResolver, type NameResolver, QUERIES } from "../../src/notify/outbound-resolver.js";

/** What a name leads to: addresses, or another name. A function is asked anew with each question; of null nothing is said. */
export type Zone = Record<string, readonly string[] | null | (() => readonly string[])>;

const TYPES = { A: 1, CNAME: 5, AAAA: 28 } as const;

export interface NameServer {
  readonly zone: Zone;
  /** The questions so far: name and type. */
  readonly asked: readonly string[];
  /** Asks this name server alone. */
  readonly resolver: NameResolver;
  close(): Promise<void>;
}

/** A name server (RFC 1035) on a loopback address. It answers as a recursive one: with the whole chain of names. */
export async function startNameServer(zone: Zone = {}): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (question: Buffer, from: RemoteInfo) => {
    const { name, type, end } = readQuestion(question);
    asked.push(`${name} ${type === TYPES.AAAA ? "AAAA" : "A"}`);
    if (zone[name] === null) return;
    const records = recordsOf(zone, name, type);
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(records === null ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records?.length ?? 0, 6);
    socket.send(
      Buffer.concat([header, question.subarray(12, end), ...(records ?? [])]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const dns = new Resolver(QUERIES);
  dns.setServers([`127.0.0.1:${socket.address().port}`]);
  const { query } = createNameResolver(dns);
  return {
    zone,
    asked,
    // The test's names are in no hosts file, so the operator's are asked of the same server.
    resolver: createNameResolver(dns, query),
    close: async () => {
      dns.cancel();
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** Null for a name that does not exist. */
function recordsOf(zone: Zone, name: string, type: number): Buffer[] | null {
  const entry = zone[name];
  if (entry == null) return null;
  return (typeof entry === "function" ? entry() : entry).flatMap((value) => {
    if (/[g-z]/i.test(value))
      return [record(name, TYPES.CNAME, encodeName(value)), ...(recordsOf(zone, value, type) ?? [])];
    const kind = isIPv6(value) ? TYPES.AAAA : TYPES.A;
    return kind === type ? [record(name, kind, Buffer.from(ipaddr.parse(value).toByteArray()))] : [];
  });
}

function record(name: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  // A time to live of nothing: nobody may keep it.
  fixed.writeUInt32BE(0, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

function encodeName(name: string): Buffer {
  const labels = name
    .split(".")
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "latin1")]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

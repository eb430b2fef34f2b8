import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { OutboundFault } from "./outbound-fault.js";
import { loopbackName, type OutboundPlace, type OutboundPolicy } from "./outbound-policy.js";
import type { NameResolver } from "./outbound-resolver.js";

export interface GuardedAgentOptions {
  readonly policy: OutboundPolicy;
  readonly resolver: NameResolver;
  /** Whether connections are kept for the next request to the same host and port. */
  readonly keepAlive: boolean;
  /** Certificates (PEM) to believe instead of the usual ones. */
  readonly ca?: string;
}

/** How long a connection that nobody uses is kept, and how many of them for one host and port. */
const IDLE_MS = 10_000;
const IDLE_SOCKETS = 4;
/** How long one address of a name has, before the next is tried beside it (RFC 8305). */
const ATTEMPT_MS = 1_000;

/**
 * An agent whose connections go nowhere but where the policy lets them. A name is resolved once for each connection, all of its
 * addresses are looked at, and exactly these are connected to: a name server that changes its mind gains nothing.
 */
export function createGuardedAgent(secure: boolean, options: GuardedAgentOptions): HttpAgent | HttpsAgent {
  const { policy, resolver, keepAlive, ca } = options;
  const pool = { keepAlive, timeout: IDLE_MS, maxFreeSockets: IDLE_SOCKETS };
  // Said in so many words: NODE_TLS_REJECT_UNAUTHORIZED would turn it off for everything otherwise.
  const tls = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
  const agent = secure ? new HttpsAgent({ ...pool, ...tls }) : new HttpAgent(pool);
  const connect: HttpAgent["createConnection"] = agent.createConnection.bind(agent);
  agent.createConnection = (request, callback) => {
    const place = { secure, host: request.host ?? "", port: Number(request.port) };
    // Of an address there is nothing to look up, so `lookup` would not be asked.
    if (isIP(place.host) !== 0) check(policy, place, place.host);
    const guarded = {
      ...request,
      lookup: guardedLookup(policy, resolver, place),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    };
    const socket = connect(guarded, callback) as Socket;
    guardSocket(socket, policy, place);
    return socket;
  };
  return agent;
}

/**
 * Looks once more at where a socket has arrived, before anything is written to it: whatever may have led it there. To be called
 * before anybody else listens.
 */
export function guardSocket(socket: Socket, policy: OutboundPolicy, place: OutboundPlace): void {
  socket.prependOnceListener("connect", () => {
    const refusal = policy.refusal(place, socket.remoteAddress ?? "");
    // What waits to be written, the TLS handshake too, finds no connection any more.
    if (refusal !== null) socket.destroy(new OutboundFault("ADDRESS", refusal));
  });
}

/** Resolves a name to addresses of which each may be reached. */
function guardedLookup(policy: OutboundPolicy, resolver: NameResolver, place: OutboundPlace): LookupFunction {
  return (name, { all, family }, callback) => {
    resolve(policy, resolver, place, name).then(
      (addresses) => {
        const found = addresses
          .map((address) => ({ address, family: isIP(address) }))
          .filter((one) => (family !== 4 && family !== 6 ? true : one.family === family));
        const [first] = found;
        if (all === true || first === undefined) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    );
  };
}

async function resolve(
  policy: OutboundPolicy,
  resolver: NameResolver,
  place: OutboundPlace,
  name: string,
): Promise<readonly string[]> {
  const addresses = policy.names(place)
    ? await resolver.lookup(name)
    : [loopbackName(name) ?? (await resolver.query(name))].flat();
  // One that is internal refuses them all. A name that leads inside and outside is a mistake or an attack; and which of the
  // addresses gets the request would be up to who answers first.
  for (const address of addresses) check(policy, place, address);
  return addresses;
}

function check(policy: OutboundPolicy, place: OutboundPlace, address: string): void {
  const refusal = policy.refusal(place, address);
  if (refusal !== null) throw new OutboundFault("ADDRESS", refusal);
}

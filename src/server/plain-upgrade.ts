import { IncomingMessage } from "node:http";

const UPGRADE = Symbol("upgrade");

interface Flagged {
  [UPGRADE]?: boolean;
  readonly method?: string;
  readonly headers: IncomingMessage["headers"];
}

/**
 * A request that counts as an upgrade only where it asks for a WebSocket. As soon as a server has an `upgrade` listener,
 * Node takes every request with an `Upgrade` header for one, also the offer of HTTP/2 that some clients make with each
 * request, which a server is free to ignore (RFC 9110, 7.8).
 */
export class PlainUpgrade extends IncomingMessage {}

// An accessor pair on the prototype: Node's parser assigns the flag before the headers can be looked at by name.
Object.defineProperty(PlainUpgrade.prototype, "upgrade", {
  configurable: true,
  get(this: Flagged): boolean {
    if (this[UPGRADE] !== true) return false;
    return this.method === "CONNECT" || this.headers.upgrade?.toLowerCase() === "websocket";
  },
  set(this: Flagged, value: boolean) {
    this[UPGRADE] = value;
  },
});

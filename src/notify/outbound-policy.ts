import { networkInterfaces } from "node:os";
import { badInput } from "../domain/domain-error.js";
import { internalKind, parseAddress } from "./outbound-address.js";
import { type AllowEntry, entryHolds, entryNames, parseAllowEntry } from "./outbound-allow.js";
import { OutboundFault } from "./outbound-fault.js";

export interface OutboundRules {
  /** Entries of OUTBOUND_ALLOW. */
  readonly allow: readonly string[];
  /** Whether plain http may leave for anywhere, rather than for what `allow` names alone. */
  readonly http: boolean;
  /** Addresses of this machine; those of its interfaces unless told. */
  readonly ownAddresses?: () => readonly string[];
}

/** The other side of a connection, before its name is resolved. */
export interface OutboundPlace {
  readonly secure: boolean;
  /** In lower case, without brackets and without a dot at the end. */
  readonly host: string;
  readonly port: number;
}

/** Where a request goes, as its URL says. */
export interface OutboundTarget extends OutboundPlace {
  readonly url: URL;
}

const URL_LENGTH = 2_000;

/** Ports of other protocols, as https://fetch.spec.whatwg.org/#port-blocking has them: none is to be talked into taking HTTP for its own. */
const OTHER_PROTOCOLS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** Where requests to URLs that users give may go: the public Internet, and what the operator names. */
export class OutboundPolicy {
  readonly #allow: readonly AllowEntry[];
  readonly #http: boolean;
  readonly #ownAddresses: () => readonly string[];

  /** @throws Error for an entry that is none; the settings have looked at them before */
  constructor({ allow, http, ownAddresses = addressesOfInterfaces }: OutboundRules) {
    this.#allow = allow.map((text) => {
      const entry = parseAllowEntry(text);
      if (entry === null) throw new Error(`not a host, an address or a range: ${text}`);
      return entry;
    });
    this.#http = http;
    this.#ownAddresses = ownAddresses;
  }

  /**
   * Reads a URL and refuses what shows in it alone.
   * @throws OutboundFault of kind URL
   */
  target(text: string): OutboundTarget {
    if (text.length > URL_LENGTH) throw refused(`the URL is longer than ${URL_LENGTH} characters`);
    if (!URL.canParse(text)) throw refused("it is not a URL");
    const url = new URL(text);
    const secure = url.protocol === "https:";
    if (!secure && url.protocol !== "http:") throw refused("the URL must begin with https://");
    if (url.username !== "" || url.password !== "")
      throw refused("the URL must not hold a user name or a password");
    // URL has made one spelling of many: decimal, octal and hexadecimal addresses, fullwidth digits, upper case.
    const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
    if (host === "") throw refused("the URL names no host");
    const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
    const target = { url, secure, host, port };
    if (OTHER_PROTOCOLS.has(port) && !this.#namesPort(target))
      throw refused(`port ${port} belongs to another protocol than HTTP`);
    const address = loopbackName(host) ?? host;
    const refusal = parseAddress(address) ? this.refusal(target, address) : this.#refusalOfName(target);
    if (refusal !== null) throw refused(refusal);
    return target;
  }

  /** Whether the operator named the host itself: then wherever the name leads is meant. */
  names({ host, port }: OutboundPlace): boolean {
    return this.#allow.some((entry) => entryNames(entry, host, port));
  }

  /** Why a request must not go to this address; null where it may. */
  refusal(place: OutboundPlace, text: string): string | null {
    const { host, port, secure } = place;
    const address = parseAddress(text);
    if (address === null) return `${host} leads to something that is no address`;
    if (this.names(place) || this.#allow.some((entry) => entryHolds(entry, address, port))) return null;
    const kind = internalKind(address) ?? (this.#isOwn(address.toString()) ? "this machine's own" : null);
    if (kind !== null)
      return `${host} leads to an internal address (${kind}); the operator can allow it with OUTBOUND_ALLOW`;
    return secure || this.#http ? null : PLAIN_HTTP;
  }

  #refusalOfName(place: OutboundPlace): string | null {
    if (place.secure || this.#http || this.names(place)) return null;
    // Where the name leads is not known yet: to an allowed address, perhaps.
    return this.#allow.some(({ kind }) => kind === "RANGE") ? null : PLAIN_HTTP;
  }

  #namesPort({ host, port }: OutboundPlace): boolean {
    const address = parseAddress(host);
    return this.#allow.some(
      (entry) =>
        entry.port === port &&
        (entryNames(entry, host, port) || (address !== null && entryHolds(entry, address, port))),
    );
  }

  /** A public address of this machine is a way past its own firewall. */
  #isOwn(address: string): boolean {
    return this.#ownAddresses().some((own) => parseAddress(own)?.toString() === address);
  }
}

/**
 * For the moment when somebody configures a URL: refuses what can be seen already, and gives the URL as it will be used. The
 * check that counts is made at each connection, on the addresses that the name leads to then.
 * @throws DomainError BAD_USER_INPUT
 */
export function checkOutboundUrl(text: string, policy: OutboundPolicy, field = "url"): string {
  try {
    const { url } = policy.target(text);
    url.hash = "";
    return url.href;
  } catch (error) {
    if (!(error instanceof OutboundFault)) throw error;
    throw badInput(field, `${field} cannot be used: ${error.message}.`);
  }
}

/** What `localhost` and the names below it lead to (RFC 6761), whatever a name server says. */
export function loopbackName(host: string): string | null {
  return host === "localhost" || host.endsWith(".localhost") ? "127.0.0.1" : null;
}

const PLAIN_HTTP = "the URL must begin with https://: plain http is for receivers that the operator allows";

function refused(why: string): OutboundFault {
  return new OutboundFault("URL", why);
}

function addressesOfInterfaces(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((ones) => (ones ?? []).map(({ address }) => address));
}

import { connect as connectNet } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import { guardSocket } from "../../src/notify/outbound-agent.js";
import { OutboundFault } from "../../src/notify/outbound-fault.js";
import { createOutboundHttp, type OutboundHttp } from "../../src/notify/outbound-http.js";
import { checkOutboundUrl, OutboundPolicy, type OutboundRules } from "../../src/notify/outbound-policy.js";
import { until } from "../support/until.js";
import { INTERNAL_HOSTS, INTERNAL_NAMES, OWN, PUBLIC } from "./internal-places.js";
import { type NameServer, startNameServer } from "./name-server.js";
import { type Peer, type Receiver, startPeer, startReceiver } from "./receivers.js";

describe("requests to URLs of users", () => {
  let names: NameServer;
  let inside: Peer;
  const started: { close(): unknown }[] = [];

  beforeAll(async () => {
    names = await startNameServer({ ...INTERNAL_NAMES });
    // Every address of this machine, of both kinds.
    inside = await startPeer(undefined, { host: "::" });
  });
  afterAll(async () => {
    for (const one of started.reverse()) await one.close();
    await inside.close();
    await names.close();
  });

  function client(rules: Partial<OutboundRules> = {}): OutboundHttp {
    const policy = new OutboundPolicy({ allow: [], http: true, ownAddresses: () => [OWN], ...rules });
    const http = createOutboundHttp({ policy, timeoutMs: 3_000, resolver: names.resolver });
    started.push(http);
    return http;
  }

  async function receiver(options: { host?: string; port?: number } = {}): Promise<Receiver> {
    const one = await startReceiver(() => ({ status: 204, headers: { connection: "close" } }), options);
    started.push(one);
    return one;
  }

  const post = (http: OutboundHttp, url: string) => http.post({ url, headers: {}, body: "{}" });

  /** How a request was refused. */
  async function fault(http: OutboundHttp, url: string): Promise<OutboundFault> {
    const error = await post(http, url).then(
      ({ status }) => new Error(`it was answered with ${status}`),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof OutboundFault)) throw error;
    return error;
  }

  const INTERNAL = /leads to an internal address/;

  it.each(INTERNAL_HOSTS)("are refused to the host %s, before and at the connection", async (host) => {
    for (const scheme of ["http", "https"]) {
      const url = `${scheme}://${host}:${inside.port}/`;
      const http = client();
      expect(() => checkOutboundUrl(url, http.policy)).toThrow(INTERNAL);
      expect(await fault(http, url)).toMatchObject({
        kind: "URL",
        message: expect.stringMatching(INTERNAL),
      });
    }
    expect(inside.connections).toBe(0);
  });

  it.each(Object.keys(INTERNAL_NAMES))("are refused to the name %s, at the connection", async (name) => {
    for (const scheme of ["http", "https"]) {
      const url = `${scheme}://${name}:${inside.port}/`;
      const http = client();
      expect(checkOutboundUrl(url, http.policy)).toBe(url);
      const refused = await fault(http, url);
      expect(refused).toMatchObject({ kind: "ADDRESS", message: expect.stringMatching(INTERNAL) });
      // Who may configure a URL is not shown where names of the inside lead.
      expect(refused.message).not.toMatch(/\d+\.\d+\.\d+|::/);
    }
    expect(inside.connections).toBe(0);
  });

  it.each([
    "http://LOOPBACK.test:PORT/",
    "http://loopback.test.:PORT/",
    "http://bücher.test:PORT/",
    "http:\\\\loopback.test:PORT\\",
    "http:loopback.test:PORT",
    " http://loop\tback.test:PORT/\n",
  ])("are refused to a name however it is written: %j", async (url) => {
    expect((await fault(client(), url.replace("PORT", String(inside.port)))).kind).toBe("ADDRESS");
    expect(inside.connections).toBe(0);
  });

  it.each([
    ["", /not a URL/],
    ["/relative", /not a URL/],
    ["http://", /not a URL/],
    ["http://[::1", /not a URL/],
    ["http://1.2.3.4.5/", /not a URL/],
    ["http://256.256.256.256/", /not a URL/],
    ["http://example.org:99999/", /not a URL/],
    ["file:///etc/passwd", /must begin with https/],
    ["ftp://example.org/", /must begin with https/],
    ["gopher://example.org:70/", /must begin with https/],
    ["javascript:alert(1)", /must begin with https/],
    ["unix:/run/docker.sock", /must begin with https/],
    ["https://user@example.org/", /user name or a password/],
    ["https://user:secret@example.org/", /user name or a password/],
    ["https://example.org@127.0.0.1/", /user name or a password/],
    ["https://example.org:25/", /port 25 belongs to another protocol/],
    ["https://example.org:22/", /port 22 belongs to another protocol/],
    ["https://example.org:0/", /port 0 belongs to another protocol/],
    ["http://example.org:6667/", /port 6667 belongs to another protocol/],
    [`https://example.org/${"x".repeat(2_000)}`, /longer than 2000 characters/],
  ])("are refused for what the URL says: %s", async (url, why) => {
    const http = client();
    expect(await fault(http, url)).toMatchObject({ kind: "URL", message: expect.stringMatching(why) });
    try {
      checkOutboundUrl(url, http.policy, "callbackUrl");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DomainError);
      expect(error).toMatchObject({ code: "BAD_USER_INPUT", details: { field: "callbackUrl" } });
      expect((error as Error).message).toMatch(why);
    }
  });

  it("keep what is public, and lose the fragment", () => {
    const { policy } = client({ http: false });
    expect(checkOutboundUrl("HTTPS://Hooks.Example.ORG:443/a/../b?c=d#e", policy)).toBe(
      "https://hooks.example.org/b?c=d",
    );
    for (const host of ["8.8.8.8", "[2606:4700:4700::1111]", "[::ffff:8.8.8.8]", "[64:ff9b::808:808]"])
      expect(checkOutboundUrl(`https://${host}/`, policy)).toMatch(/^https:/);
  });

  it("go to none but the addresses that were looked at, whatever the name server says next", async () => {
    const allowed = await receiver({ host: "127.0.0.2" });
    const forbidden = await startPeer(undefined, { host: "127.0.0.1", port: allowed.port });
    started.push(forbidden);
    // The first question finds what may be reached, and every later one the inside.
    let questions = 0;
    names.zone["rebinding.test"] = () => {
      questions += 1;
      return questions <= 2 ? ["127.0.0.2"] : ["127.0.0.1"];
    };
    const http = client({ allow: ["127.0.0.2"] });
    const url = `http://rebinding.test:${allowed.port}/`;
    expect(await post(http, url)).toMatchObject({ status: 204 });
    // One question for each kind of address: nothing was asked between looking and connecting.
    expect(names.asked.filter((question) => question.startsWith("rebinding.test")).sort()).toEqual([
      "rebinding.test A",
      "rebinding.test AAAA",
    ]);
    expect(await fault(http, url)).toMatchObject({ kind: "ADDRESS" });
    expect(forbidden.connections).toBe(0);
    expect(allowed.connections).toBe(1);
  });

  it("are refused where a name that was public when it was configured leads inside later", async () => {
    let leads = [PUBLIC];
    names.zone["turncoat.test"] = () => leads;
    const http = client();
    const url = checkOutboundUrl(`http://turncoat.test:${inside.port}/`, http.policy);
    expect(await names.resolver.query("turncoat.test")).toEqual([PUBLIC]);
    leads = ["127.0.0.1"];
    expect(await fault(http, url)).toMatchObject({ kind: "ADDRESS" });
    expect(inside.connections).toBe(0);
  });

  it("use the connection that was checked again, rather than ask anew", async () => {
    const kept = await startReceiver();
    started.push(kept);
    let questions = 0;
    names.zone["kept.test"] = () => {
      questions += 1;
      return questions <= 2 ? ["127.0.0.1"] : ["10.0.0.1"];
    };
    const http = client({ allow: ["127.0.0.1"] });
    const url = `http://kept.test:${kept.port}/`;
    expect([await post(http, url), await post(http, url)]).toMatchObject([{ status: 204 }, { status: 204 }]);
    expect(kept.connections).toBe(1);
  });

  it("write nothing to a socket that has arrived inside all the same", async () => {
    const { policy } = client();
    for (const secure of [false, true]) {
      const peer = await startPeer();
      started.push(peer);
      const options = { host: "127.0.0.1", port: peer.port };
      const socket = secure ? connectTls(options) : connectNet(options);
      socket.write("a request");
      guardSocket(socket, policy, { secure, host: "elsewhere.test", port: peer.port });
      const error = await new Promise((resolve) => socket.once("error", resolve));
      expect(error).toMatchObject({ kind: "ADDRESS", message: expect.stringMatching(INTERNAL) });
      await until(() => peer.connections === 1 && peer.open === 0);
      expect(peer.received.length).toBe(0);
    }
  });

  describe("with an allow-list", () => {
    let allowed: Receiver;
    let other: Receiver;

    beforeAll(async () => {
      allowed = await receiver();
      other = await receiver();
      names.zone["receiver.test"] = ["127.0.0.1"];
      names.zone["below.receiver.test"] = ["127.0.0.1"];
      names.zone["receiver.test.elsewhere.test"] = ["127.0.0.1"];
      names.zone["halfway.test"] = ["127.0.0.1", "10.0.0.1"];
    });

    it.each([
      ["127.0.0.1", "127.0.0.1:ALLOWED", true],
      ["127.0.0.1", "loopback.test:ALLOWED", true],
      ["127.0.0.1", "localhost:ALLOWED", true],
      ["127.0.0.1", "[::ffff:127.0.0.1]:ALLOWED", true],
      ["127.0.0.1", "127.0.0.2:ALLOWED", false],
      ["127.0.0.1", "halfway.test:ALLOWED", false],
      ["127.0.0.1", "[::1]:ALLOWED", false],
      ["127.0.0.1:ALLOWED", "127.0.0.1:ALLOWED", true],
      ["127.0.0.1:ALLOWED", "127.0.0.1:OTHER", false],
      ["127.0.0.1:ALLOWED", "receiver.test:OTHER", false],
      ["127.0.0.0/8", "0x7f.1:ALLOWED", true],
      ["127.0.0.0/31", "127.0.0.2:ALLOWED", false],
      ["10.0.0.0/8", "127.0.0.1:ALLOWED", false],
      ["::/0", "127.0.0.1:ALLOWED", false],
      ["receiver.test", "receiver.test:ALLOWED", true],
      ["Receiver.Test.", "RECEIVER.test.:OTHER", true],
      ["receiver.test", "127.0.0.1:ALLOWED", false],
      ["receiver.test", "below.receiver.test:ALLOWED", false],
      ["receiver.test", "receiver.test.elsewhere.test:ALLOWED", false],
      ["receiver.test", "loopback.test:ALLOWED", false],
      ["receiver.test:ALLOWED", "receiver.test:ALLOWED", true],
      ["receiver.test:ALLOWED", "receiver.test:OTHER", false],
      ["localhost", "127.0.0.1:ALLOWED", false],
    ])("of %s, a request to %s goes out: %s", async (entry, host, goes) => {
      const ports = (text: string) =>
        text.replace("ALLOWED", String(allowed.port)).replace("OTHER", String(other.port));
      const http = client({ allow: [ports(entry)], http: false });
      const before = allowed.connections + other.connections;
      const url = `http://${ports(host)}/`;
      if (goes) expect(await post(http, url)).toMatchObject({ status: 204 });
      else expect(["URL", "ADDRESS"]).toContain((await fault(http, url)).kind);
      expect(allowed.connections + other.connections - before).toBe(goes ? 1 : 0);
    });

    it("plain http goes to what it names alone, unless it is allowed for all", async () => {
      names.zone["outside.test"] = [PUBLIC];
      const plain = /must begin with https/;
      for (const [allow, url, kind] of [
        [[], "http://outside.test/", "URL"],
        [["receiver.test"], "http://outside.test/", "URL"],
        [["10.0.0.0/8"], `http://${PUBLIC}/`, "URL"],
        // Where the name leads shows only when it is resolved.
        [["10.0.0.0/8"], "http://outside.test/", "ADDRESS"],
      ] as const)
        expect(await fault(client({ allow, http: false }), url)).toMatchObject({
          kind,
          message: expect.stringMatching(plain),
        });
      expect(checkOutboundUrl("http://outside.test/", client({ http: true }).policy)).toMatch(/^http:/);
    });

    it("the port of another protocol is open where it is named", () => {
      const policy = (allow: string[]) => client({ allow }).policy;
      const url = "https://receiver.test:25/";
      expect(checkOutboundUrl(url, policy(["receiver.test:25"]))).toBe(url);
      expect(() => checkOutboundUrl(url, policy(["receiver.test"]))).toThrow(/another protocol/);
      expect(checkOutboundUrl("https://10.0.0.1:25/", policy(["10.0.0.1:25"]))).toMatch(/:25/);
    });

    it.each([
      "",
      "*",
      "*.test",
      "a b",
      "http://a.test",
      "a.test/path",
      "10.0.0.0/33",
      "10.0.0/8",
      "0x7f.1",
      "127.1",
      "a.test:0",
      "a.test:99999",
      "[10.0.0.1]",
      "[fd00::1",
      "bücher.test",
      "@",
      "fe80::/129",
      "::ffff:10.0.0.0/104",
    ])("an entry %j is none", (entry) => {
      expect(() => new OutboundPolicy({ allow: [entry], http: false })).toThrow(/not a host/);
    });
  });
});

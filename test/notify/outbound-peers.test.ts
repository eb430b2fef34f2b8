import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { OutboundFault } from "../../src/notify/outbound-fault.js";
import { createOutboundHttp, type OutboundHttp } from "../../src/notify/outbound-http.js";
import { OutboundPolicy } from "../../src/notify/outbound-policy.js";
import { until } from "../support/until.js";
import { type NameServer, startNameServer } from "./name-server.js";
import { makeCertificate, type Peer, startPeer, startReceiver } from "./receivers.js";

const TIMEOUT_MS = 400;

describe("an answer from the other side", () => {
  let names: NameServer;
  const started: { close(): unknown }[] = [];

  beforeAll(async () => {
    names = await startNameServer({ "receiver.test": ["127.0.0.1"], "silent.test": ["127.0.0.1"] });
  });
  afterAll(() => names.close());
  afterEach(async () => {
    for (const one of started.splice(0).reverse()) await one.close();
  });

  const keep = <T extends { close(): unknown }>(one: T): T => {
    started.push(one);
    return one;
  };

  function client({
    timeoutMs = TIMEOUT_MS,
    ...more
  }: {
    timeoutMs?: number;
    connectMs?: number;
    ca?: string;
  } = {}): OutboundHttp {
    const policy = new OutboundPolicy({ allow: ["127.0.0.1"], http: false });
    return keep(createOutboundHttp({ policy, timeoutMs, resolver: names.resolver, ...more }));
  }

  const peer = async (handle: (socket: Socket) => void) => keep(await startPeer(handle));

  const post = (http: OutboundHttp, port: number, more: { body?: string; signal?: AbortSignal } = {}) =>
    http.post({ url: `http://127.0.0.1:${port}/hook`, headers: {}, body: "{}", ...more });

  async function fault(answer: Promise<unknown>): Promise<OutboundFault> {
    const error = await answer.then(
      () => new Error("it was answered"),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof OutboundFault)) throw error;
    return error;
  }

  /** Writes again and again, as fast as it is read, or with pauses. */
  function pour(socket: Socket, text: string, pauseMs = 0): void {
    const next = () => {
      if (socket.destroyed) return;
      const room = socket.write(text);
      if (pauseMs > 0) setTimeout(next, pauseMs);
      else if (room) setImmediate(next);
      else socket.once("drain", next);
    };
    next();
  }

  const closed = (one: Peer) => until(() => one.connections > 0 && one.open === 0);

  it("that never comes is waited for until the time is up, and no longer", async () => {
    const silent = await peer(() => {});
    expect(await fault(post(client(), silent.port))).toMatchObject({
      kind: "TIMEOUT",
      message: "there was no answer within 0.4 s",
    });
    await closed(silent);
  });

  it("that trickles is cut when the time is up", async () => {
    const trickling = await peer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nX: ");
      pour(socket, "x", 20);
    });
    expect(await fault(post(client(), trickling.port))).toMatchObject({ kind: "TIMEOUT" });
    await closed(trickling);
  });

  it("whose header never ends is cut at 16 KiB", async () => {
    const endless = await peer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      pour(socket, `X: ${"x".repeat(1_000)}\r\n`);
    });
    expect(await fault(post(client({ timeoutMs: 10_000 }), endless.port))).toMatchObject({
      kind: "NETWORK",
      message: "the header of the answer is too large (HPE_HEADER_OVERFLOW)",
    });
    await closed(endless);
  });

  it("whose body never ends counts by its status, and is cut at 64 KiB", async () => {
    const endless = await peer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      pour(socket, `1000\r\n${"y".repeat(0x1000)}\r\n`);
    });
    const { status, body } = await post(client({ timeoutMs: 10_000 }), endless.port);
    expect(status).toBe(200);
    expect(body).toBe("y".repeat(65_536));
    await closed(endless);
  });

  it("whose body trickles counts by its status, once the time is up", async () => {
    const trickling = await peer((socket) => {
      socket.write("HTTP/1.1 500 Oh\r\nContent-Length: 1000\r\n\r\n");
      pour(socket, "z", 20);
    });
    const { status, body } = await post(client(), trickling.port);
    expect(status).toBe(500);
    expect(body).toMatch(/^z+$/);
    await closed(trickling);
  });

  it.each([
    ["a reset", (socket: Socket) => socket.resetAndDestroy(), /cut before an answer \(?came|cut before/],
    ["an end", (socket: Socket) => socket.end(), /cut before an answer came/],
    ["half a header", (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nX"), /./],
    ["what is not HTTP", (socket: Socket) => socket.end("220 mail.example ESMTP\r\n"), /not HTTP/],
    [
      "another protocol",
      (socket: Socket) =>
        socket.write("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
      /another protocol/,
    ],
    [
      "interim answers without an end",
      (socket: Socket) => pour(socket, "HTTP/1.1 103 Early Hints\r\n\r\n"),
      /interim answers/,
    ],
    [
      "two lengths",
      (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
      /not HTTP/,
    ],
  ])("that is %s is a failure at once, and is not asked for again", async (_, handle, message) => {
    const bad = await peer((socket) => {
      socket.once("data", () => handle(socket));
    });
    expect(await fault(post(client({ timeoutMs: 10_000 }), bad.port))).toMatchObject({
      kind: "NETWORK",
      message: expect.stringMatching(message),
    });
    expect(bad.connections).toBe(1);
    await closed(bad);
  });

  it("is a failure where nobody listens", async () => {
    const gone = await startPeer();
    await gone.close();
    expect(await fault(post(client(), gone.port))).toMatchObject({
      kind: "NETWORK",
      message: "the connection was refused (ECONNREFUSED)",
    });
  });

  it("is not waited for by who does not read the request", async () => {
    const deaf = await peer((socket) => socket.pause());
    const body = "x".repeat(32 * 1024 * 1024);
    expect(await fault(post(client(), deaf.port, { body }))).toMatchObject({ kind: "TIMEOUT" });
  });

  it("is not waited for once this side gives up", async () => {
    const silent = await peer(() => {});
    const stop = new AbortController();
    const http = client({ timeoutMs: 60_000 });
    const answer = fault(post(http, silent.port, { signal: stop.signal }));
    await until(() => silent.received.includes("\r\n\r\n"));
    stop.abort();
    expect(await answer).toMatchObject({ kind: "ABORTED" });
    await closed(silent);
    expect(await fault(post(http, silent.port, { signal: stop.signal }))).toMatchObject({ kind: "ABORTED" });
    expect(silent.connections).toBe(1);
  });

  it("is not waited for while a name server says nothing", async () => {
    names.zone["mute.test"] = null;
    const http = keep(
      createOutboundHttp({
        policy: new OutboundPolicy({ allow: [], http: true }),
        timeoutMs: TIMEOUT_MS,
        resolver: names.resolver,
      }),
    );
    const answer = http.post({ url: "http://mute.test/", headers: {}, body: "" });
    expect(await fault(answer)).toMatchObject({ kind: "TIMEOUT" });
  });

  it.each([
    ["unknown.test", "the name cannot be resolved (ENOTFOUND)"],
    ["empty.test", "the name has no address (ENODATA)"],
  ])("does not come from the name %s", async (name, message) => {
    names.zone["empty.test"] = [];
    const answer = client().post({ url: `https://${name}/`, headers: {}, body: "" });
    expect(await fault(answer)).toMatchObject({ kind: "NETWORK", message });
  });

  it.each([301, 302, 303, 307, 308])("of %i sends nobody anywhere", async (status) => {
    const inside = await peer(() => {});
    const location = `http://127.0.0.1:${inside.port}/`;
    const redirecting = keep(await startReceiver(() => ({ status, headers: { location } })));
    expect(await post(client(), redirecting.port)).toMatchObject({ status });
    expect([redirecting.requests.length, inside.connections]).toEqual([1, 0]);
  });

  it("is not unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const packing = await peer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });
    expect((await post(client(), packing.port)).body.length).toBeLessThan(bomb.length);
  });

  it.each([
    ["reset", (socket: Socket) => socket.resetAndDestroy()],
    ["closed", (socket: Socket) => socket.end()],
  ])("is asked for again where a connection that was kept turns out to be %s", async (_, close) => {
    const closing = await peer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 204 No Content\r\n\r\n");
        socket.once("data", () => close(socket));
      });
    });
    const http = client({ timeoutMs: 10_000 });
    expect(await post(http, closing.port)).toMatchObject({ status: 204 });
    expect(await post(http, closing.port)).toMatchObject({ status: 204 });
    expect(closing.connections).toBe(2);
  });

  it.each(["http", "https"])(
    "comes over %s from the address that answers, where another does not",
    async (scheme) => {
      const tls = makeCertificate(inject("runDirectory"), "two.test");
      const receiver = keep(await startReceiver(undefined, scheme === "https" ? { tls } : {}));
      // Nobody listens at the first one.
      names.zone["two.test"] = ["127.0.0.2", "127.0.0.1"];
      const policy = new OutboundPolicy({ allow: ["127.0.0.0/8"], http: false });
      const options = { policy, timeoutMs: 10_000, resolver: names.resolver, ca: tls.cert };
      const http = keep(createOutboundHttp(options));
      const url = `${scheme}://two.test:${receiver.port}/`;
      expect(await http.post({ url, headers: {}, body: "{}" })).toMatchObject({ status: 204 });
    },
  );

  it("comes from a name of the machine's own hosts file, where the operator names it", async () => {
    const receiver = keep(await startReceiver());
    const allowed = `localhost:${receiver.port}`;
    const policy = new OutboundPolicy({ allow: [allowed], http: false });
    const http = keep(createOutboundHttp({ policy, timeoutMs: 10_000 }));
    expect(await http.post({ url: `http://${allowed}/`, headers: {}, body: "{}" })).toMatchObject({
      status: 204,
    });
  });

  it("comes past the proxies of the environment", async () => {
    const proxy = await peer(() => {});
    const receiver = keep(await startReceiver());
    const before = { ...process.env };
    for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"])
      process.env[name] = `http://127.0.0.1:${proxy.port}`;
    process.env["NODE_USE_ENV_PROXY"] = "1";
    try {
      expect(await post(client(), receiver.port)).toMatchObject({ status: 204 });
    } finally {
      process.env = before;
    }
    expect(proxy.connections).toBe(0);
  });

  it("sent what was configured: path, query, host, body and length", async () => {
    const receiver = keep(await startReceiver());
    const url = `http://receiver.test.:${receiver.port}/a%20b/ü?c=d&e#f`;
    await client().post({ url, headers: { "content-length": "2" }, body: "{}" });
    expect(receiver.requests).toMatchObject([{ method: "POST", path: "/a%20b/%C3%BC?c=d&e", body: "{}" }]);
    expect(receiver.requests[0]?.headers).toMatchObject({
      host: `receiver.test:${receiver.port}`,
      "content-length": "2",
    });
  });

  describe("over TLS", () => {
    let good: { key: string; cert: string };
    let bad: { key: string; cert: string };

    beforeAll(() => {
      good = makeCertificate(inject("runDirectory"), "receiver.test");
      bad = makeCertificate(inject("runDirectory"), "elsewhere.test");
    });

    const postTls = (http: OutboundHttp, port: number) =>
      http.post({ url: `https://receiver.test:${port}/`, headers: {}, body: "{}" });

    it("counts with a certificate of an authority for that host", async () => {
      const receiver = keep(await startReceiver(undefined, { tls: good }));
      const http = client({ ca: good.cert, timeoutMs: 10_000 });
      expect([await postTls(http, receiver.port), await postTls(http, receiver.port)]).toMatchObject([
        { status: 204 },
        { status: 204 },
      ]);
      expect(receiver.connections).toBe(1);
    });

    it("does not count with a certificate of nobody, whatever the environment says", async () => {
      const receiver = keep(await startReceiver(undefined, { tls: good }));
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
      try {
        expect(await fault(postTls(client({ timeoutMs: 10_000 }), receiver.port))).toMatchObject({
          kind: "NETWORK",
          message: "its certificate is not from a known authority (DEPTH_ZERO_SELF_SIGNED_CERT)",
        });
      } finally {
        delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      }
      expect(receiver.requests).toEqual([]);
    });

    it("does not count with a certificate for another host", async () => {
      const receiver = keep(await startReceiver(undefined, { tls: bad }));
      const http = client({ ca: bad.cert, timeoutMs: 10_000 });
      expect(await fault(postTls(http, receiver.port))).toMatchObject({
        kind: "NETWORK",
        message: "its certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID)",
      });
      expect(receiver.requests).toEqual([]);
    });

    it("does not come from who speaks plain HTTP, or hangs in the handshake", async () => {
      const plain = keep(await startReceiver());
      expect(await fault(postTls(client({ timeoutMs: 10_000 }), plain.port))).toMatchObject({
        kind: "NETWORK",
      });
      const silent = await peer(() => {});
      expect(await fault(postTls(client({ connectMs: 300, timeoutMs: 10_000 }), silent.port))).toMatchObject({
        kind: "TIMEOUT",
        message: "no connection came about within 0.3 s",
      });
      await closed(silent);
    });
  });

  it("is not held up by hundreds of names whose servers say nothing", async () => {
    const receiver = keep(await startReceiver());
    const http = client({ timeoutMs: 15_000, connectMs: 15_000 });
    const stop = new AbortController();
    let given = 0;
    const mute = Array.from({ length: 300 }, async (_, index) => {
      names.zone[`mute-${index}.test`] = null;
      const url = `https://mute-${index}.test/`;
      await fault(http.post({ url, headers: {}, body: "{}", signal: stop.signal }));
      given += 1;
    });
    const url = `http://receiver.test:${receiver.port}/`;
    expect(await http.post({ url, headers: {}, body: "{}" })).toMatchObject({ status: 204 });
    expect(given).toBe(0);
    stop.abort();
    await Promise.all(mute);
  });

  it("from a thousand receivers is not held up by one that hangs", async () => {
    const http = client({ timeoutMs: 15_000 });
    const silent = await peer(() => {});
    const stop = new AbortController();
    let hanging = true;
    const hung = fault(
      http.post({
        url: `http://silent.test:${silent.port}/`,
        headers: {},
        body: "{}",
        signal: stop.signal,
      }),
    ).finally(() => (hanging = false));
    await until(() => silent.connections === 1);
    const receiver = keep(await startReceiver());
    for (let index = 0; index < 1_000; index += 1) names.zone[`receiver-${index}.test`] = ["127.0.0.1"];
    const times = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        const began = performance.now();
        const url = `http://receiver-${index}.test:${receiver.port}/`;
        expect(await http.post({ url, headers: {}, body: "{}" })).toMatchObject({ status: 204 });
        return performance.now() - began;
      }),
    );
    expect(receiver.requests.length).toBe(1_000);
    expect(hanging).toBe(true);
    expect(Math.max(...times)).toBeLessThan(10_000);
    stop.abort();
    expect(await hung).toMatchObject({ kind: "ABORTED" });
  });
});

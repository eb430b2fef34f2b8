import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attack,
  answered,
  as,
  bytesOf,
  errorsIn,
  exchange,
  expectAlive,
  freshAddress,
  leaksNothing,
  post,
  raw,
  refused,
  type Seen,
  sent,
  startTarget,
  type Target,
} from "../support/attack.js";
import { databases } from "../support/databases.js";

const QUERY = { query: "{ __typename }" };
const TEXT = JSON.stringify(QUERY);

const url = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`;
const malformed = refused(400, "BAD_REQUEST");

/** The head of a POST whose body's length is told in a way of its own. */
const head = (...fields: readonly string[]): string =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${fields.join("\r\n")}\r\n\r\n`;

/** No answer but the first one: what came after it was not taken for a request of its own. */
function answeredOnce({ text }: Seen): void {
  expect(text.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1);
}

/** Refused, and nothing behind it was taken for another request. */
const smuggled: Attack["observe"] = (seen, target) => {
  answeredOnce(seen);
  return malformed(seen, target);
};

const framing: readonly Attack[] = [
  {
    name: "a length and chunks",
    send: raw(
      head("Content-Length: 4", "Transfer-Encoding: chunked"),
      "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ),
    observe: smuggled,
  },
  {
    name: "chunks and a length",
    send: raw(
      head("Transfer-Encoding: chunked", "Content-Length: 100"),
      "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ),
    observe: smuggled,
  },
  {
    name: "two lengths",
    send: raw(head("Content-Length: 2", "Content-Length: 40"), "{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
    observe: smuggled,
  },
  {
    name: "two lengths in one field",
    send: raw(head("Content-Length: 2, 40"), "{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
    observe: smuggled,
  },
  {
    name: "a length with a sign",
    send: raw(head("Content-Length: +2"), "{}GET /healthz HTTP/1.1\r\n\r\n"),
    observe: smuggled,
  },
  {
    name: "chunks under another name",
    send: raw(head("Transfer-Encoding: xchunked"), "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
    observe: smuggled,
  },
  {
    name: "chunked twice",
    send: raw(
      head("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
      "0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
    ),
    observe: smuggled,
  },
  {
    name: "a chunk's length that is none",
    send: raw(head("Transfer-Encoding: chunked"), "-1\r\n\r\n0\r\n\r\n"),
    observe: smuggled,
  },
  {
    name: "a field that goes on in the next line",
    send: raw(head("X-A: b", " Transfer-Encoding: chunked", "Content-Length: 2"), "{}"),
    observe: smuggled,
  },
  {
    name: "a bare carriage return",
    send: raw("GET /graphql HTTP/1.1\r\nHost: x\r\nX-A: b\rX-B: c\r\n\r\n"),
    observe: smuggled,
  },
  { name: "a blank before a field's colon", send: raw(head("Content-Length : 2"), "{}"), observe: smuggled },
  {
    name: "NUL in a header",
    send: raw("GET /graphql HTTP/1.1\r\nHost: x\r\nX-A: \0\r\n\r\n"),
    observe: smuggled,
  },
  { name: "no Host", send: raw("GET /graphql HTTP/1.1\r\nConnection: close\r\n\r\n"), observe: answeredOnce },
  { name: "a request of HTTP/0.9", send: raw("GET /graphql\r\n\r\n"), observe: smuggled },
  { name: "the preface of HTTP/2", send: raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), observe: smuggled },
  {
    name: "a handshake of TLS",
    send: raw(Buffer.from("16030100a5010000a10303", "hex"), "\r\n\r\n"),
    observe: smuggled,
  },
  {
    name: "a tunnel (CONNECT)",
    send: raw("CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "a header of 20 KB",
    send: sent({ headers: { "x-a": "x".repeat(20_000) } }),
    observe: refused(431, "BAD_REQUEST"),
  },
  {
    name: "thousands of fields, of which a hundred are looked at",
    send: (target) =>
      post(
        target,
        { query: "{ viewer { roles } }" },
        { headers: { "x-a": Array(3_000).fill("b"), ...as(target.server.keys.admin) } },
      ),
    observe: (seen) => {
      expect(errorsIn(seen).map(({ extensions: { code } }) => code)).toEqual(["UNAUTHENTICATED"]);
      leaksNothing(seen.text);
    },
  },
  {
    name: "a URL of 20 KB",
    send: sent({ path: url(`{ __typename } #${"x".repeat(20_000)}`) }),
    observe: refused(431, "BAD_REQUEST"),
  },
];

const paths: readonly Attack[] = [
  ...[
    "/graphql/../../etc/passwd",
    "//evil.example/graphql",
    "/playground/../package.json",
    "/playground/%2e%2e/%2e%2e/package.json",
    "/playground/..%2f..%2f..%2f..%2fetc/passwd",
    "/playground/..%5c..%5cpackage.json",
    "/playground/%252e%252e/package.json",
    "/playground/index.html%00.js",
    "/playground/.env",
    "/GRAPHQL",
    "/.git/config",
  ].map((path) => ({ name: `the path ${path}`, send: sent({ path }), observe: refusedPath })),
  { name: "a path that cannot be decoded", send: sent({ path: "/%E0%A4%A" }), observe: malformed },
  {
    name: "a URL as the target, of another host",
    send: sent({ path: "http://169.254.169.254/latest/meta-data/" }),
    observe: refusedPath,
  },
  {
    name: "another Host, which nothing is made of",
    send: sent({ path: "/sign-in", headers: { host: "evil.example", accept: "text/html" } }),
    observe: ({ status, text }) => {
      expect(status).toBe(200);
      expect(text).not.toContain("evil.example");
    },
  },
  {
    name: "another Host where somebody is sent on",
    send: sent({ path: "/", headers: { host: "evil.example", "x-forwarded-host": "evil.example" } }),
    observe: ({ status, headers, text }) => {
      expect([status, headers["location"]]).toEqual([303, "/sign-in"]);
      expect(text).not.toContain("evil.example");
    },
  },
];

/** Not there, or not to be read: never a file of the server's. */
function refusedPath(seen: Seen): void {
  expect([400, 403, 404]).toContain(seen.status);
  const [error] = errorsIn(seen);
  expect(error?.extensions.requestId).toBe(seen.headers["x-request-id"]);
  leaksNothing(seen.text.replaceAll("/etc/", ""));
  expect(seen.text).not.toMatch(/root:|"dependencies"/);
}

describe.each(databases)("HTTP itself under attack, on $name", (kind) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(kind, { RATE_FAILURES: "20" });
  });
  afterAll(() => target?.server.close());

  it.each([...framing, ...paths])("$name", async ({ send, observe }) => {
    await observe(await send(target), target);
    await expectAlive(target);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("an offer of HTTP/2 is ignored, and the request answered", async () => {
    const [start = "", body = ""] = bytesOf({
      body: TEXT,
      headers: { connection: "Upgrade, HTTP2-Settings, close", upgrade: "h2c", "http2-settings": "AAMAAABk" },
    });
    answered({ __typename: "Query" })(await exchange(target, [start, body]), target);
  });

  it("a hundred requests on one connection are answered in their order, each as whoever sent it", async () => {
    const { keys } = target.server;
    const names = ["agent", "auditor", "reviewer"] as const;
    const asked = Array.from({ length: 99 }, (_, at) => names[at % 3] ?? "agent");
    const parts = asked.flatMap((name, at) =>
      bytesOf({
        body: JSON.stringify({ query: "{ viewer { roles } }" }),
        headers: { ...as(keys[name]), ...(at < 98 ? { connection: null } : {}) },
      }),
    );
    const { text } = await exchange(target, parts);
    expect(text.match(/"roles":\["\w+"/g)).toEqual(asked.map((name) => `"roles":["${name.toUpperCase()}"`));
  });

  it("a forged X-Forwarded-For, Forwarded or X-Real-IP escapes no limit", async () => {
    const from = freshAddress();
    const guess = (at: number): Promise<Seen> =>
      post(target, QUERY, {
        from,
        headers: {
          ...as(`csk_guess${at}`),
          "x-forwarded-for": `203.0.113.${at}`,
          forwarded: `for=203.0.113.${at}`,
          "x-real-ip": `203.0.113.${at}`,
          "cf-connecting-ip": `203.0.113.${at}`,
        },
      });
    for (let at = 0; at < 20; at += 1) await refused(401, "UNAUTHENTICATED")(await guess(at), target);
    const over = await guess(99);
    await refused(429, "RATE_LIMITED")(over, target);
    expect(Number(over.headers["retry-after"])).toBeGreaterThan(0);
    // Whoever was named meets no limit for it.
    await refused(401, "UNAUTHENTICATED")(await post(target, QUERY, { headers: as("csk_other") }), target);
  });
});

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attack,
  answered,
  as,
  exchange,
  expectAlive,
  leaksNothing,
  post,
  posted,
  raw,
  refused,
  request,
  type Seen,
  sent,
  startTarget,
  type Target,
} from "../support/attack.js";
import { databases } from "../support/databases.js";

const QUERY = { query: "{ __typename }" };
const TEXT = JSON.stringify(QUERY);
const MUTATION = 'mutation { submitReview(input: { title: "by GET" }) { ticket { id } } }';
const FOREIGN = "https://evil.example";
const PREFLIGHT = { origin: FOREIGN, "access-control-request-method": "POST" };

const url = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`;
const malformed = refused(400, "BAD_REQUEST");

/** The head of a POST whose body's length is told in a way of its own. */
const head = (...fields: readonly string[]): string =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${fields.join("\r\n")}\r\n\r\n`;

/** A page of another origin is told nothing that it could read. */
function notShared({ headers, text }: Seen): void {
  expect(headers["access-control-allow-origin"]).toBeUndefined();
  expect(headers["access-control-allow-credentials"]).toBeUndefined();
  leaksNothing(text);
}

const bodies: readonly Attack[] = [
  { name: "a batch of a thousand", send: posted(Array(1_000).fill(QUERY)), observe: malformed },
  { name: "a batch within a batch", send: posted([[QUERY]]), observe: malformed },
  { name: "a body that is a number", send: posted("1e999"), observe: malformed },
  { name: "a query that is an object", send: posted({ query: { toString: "x" } }), observe: malformed },
  { name: "a query that is a list", send: posted({ query: ["{ __typename }"] }), observe: malformed },
  {
    name: "an operation's name that is an object",
    send: posted({ ...QUERY, operationName: {} }),
    observe: malformed,
  },
  {
    name: "two queries in one object: the last one counts, once",
    send: posted('{"query": "{ nope }", "query": "{ __typename }"}'),
    observe: answered({ __typename: "Query" }),
  },
  {
    name: "a constructor with a prototype",
    send: posted('{"query": "{ __typename }", "constructor": {"prototype": {"polluted": true}}}'),
    observe: malformed,
  },
  {
    name: "a prototype, escaped",
    send: posted('{"query": "{ __typename }", "\\u005f_proto__": {"polluted": true}}'),
    observe: malformed,
  },
  {
    name: "a byte order mark",
    send: posted(`\ufeff${TEXT}`),
    observe: answered({ __typename: "Query" }),
  },
  {
    name: "bytes that are no UTF-8",
    send: sent({
      body: Buffer.concat([
        Buffer.from('{"query": "{ '),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from(' }"}'),
      ]),
    }),
    observe: refused(200, "GRAPHQL_PARSE_FAILED"),
  },
  { name: "UTF-16", send: sent({ body: Buffer.from(TEXT, "utf16le") }), observe: malformed },
  {
    name: "a compressed body",
    send: sent({ body: gzipSync(TEXT), headers: { "content-encoding": "gzip" } }),
    observe: malformed,
  },
  {
    name: "a small body that would be large",
    send: sent({ body: gzipSync(" ".repeat(50_000_000)), headers: { "content-encoding": "deflate" } }),
    observe: malformed,
  },
  {
    name: "one byte more than a mebibyte",
    send: posted(" ".repeat(1_048_577)),
    observe: refused(413, "BAD_REQUEST"),
  },
  {
    name: "a length of which nothing comes",
    send: raw(head("Content-Length: 99999999999", "Connection: close")),
    observe: refused(413, "BAD_REQUEST"),
  },
  {
    name: "chunks without end",
    send: (target) =>
      exchange(target, [
        head("Transfer-Encoding: chunked", "Connection: close"),
        ...Array.from({ length: 40 }, () => `8000\r\n${" ".repeat(32_768)}\r\n`),
      ]),
    observe: refused(413, "BAD_REQUEST"),
  },
  {
    name: "a form",
    send: posted("query={__typename}", { "content-type": "application/x-www-form-urlencoded" }),
    observe: refused(415, "BAD_REQUEST"),
  },
  {
    name: "a form of many parts",
    send: posted('--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--', {
      "content-type": "multipart/form-data; boundary=x",
    }),
    observe: refused(415, "BAD_REQUEST"),
  },
  {
    name: "a plain text",
    send: posted(TEXT, { "content-type": "text/plain" }),
    observe: refused(415, "BAD_REQUEST"),
  },
  {
    name: "a media type that only begins like JSON",
    send: posted(TEXT, { "content-type": "application/jsonx" }),
    observe: refused(415, "BAD_REQUEST"),
  },
  {
    name: "a media type that is none",
    send: posted(TEXT, { "content-type": "/\u00ff;=" }),
    observe: refused(415, "BAD_REQUEST"),
  },
];

const methods: readonly Attack[] = [
  {
    name: "a mutation by GET",
    send: (target) =>
      request(target, {
        path: url(MUTATION),
        headers: { ...as(target.server.keys.agent), "apollo-require-preflight": "1" },
      }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "a GET that an image of another page could send",
    send: sent({ path: url("{ __typename }") }),
    observe: malformed,
  },
  {
    name: "a GET that says it is a form",
    send: sent({ path: url("{ __typename }"), headers: { "content-type": "text/plain" } }),
    observe: malformed,
  },
  {
    name: "a method that overrides itself",
    send: sent({
      path: url(MUTATION),
      headers: { "x-http-method-override": "POST", "apollo-require-preflight": "1" },
    }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "TRACE",
    send: sent({ method: "TRACE", headers: { cookie: "a=secret" } }),
    observe: refused(405, "BAD_REQUEST"),
  },
  { name: "DELETE", send: sent({ method: "DELETE" }), observe: refused(405, "BAD_REQUEST") },
  { name: "a method that nobody knows", send: sent({ method: "FROBNICATE" }), observe: malformed },
  {
    name: "a preflight from another origin",
    send: sent({ method: "OPTIONS", headers: PREFLIGHT }),
    observe: (seen, target) => {
      notShared(seen);
      return refused(403, "BAD_REQUEST")(seen, target);
    },
  },
  {
    name: "a preflight from a page without an origin",
    send: sent({ method: "OPTIONS", headers: { ...PREFLIGHT, origin: "null" } }),
    observe: (seen, target) => {
      notShared(seen);
      return refused(403, "BAD_REQUEST")(seen, target);
    },
  },
  {
    name: "a request from another origin, whose page may not read the answer",
    send: posted(QUERY, { origin: FOREIGN }),
    observe: (seen) => {
      notShared(seen);
      expect(seen.headers["cross-origin-resource-policy"]).toBe("same-origin");
    },
  },
  {
    name: "an origin that only contains the allowed one",
    send: (target) => post(target, QUERY, { headers: { origin: `${target.url}.evil.example` } }),
    observe: notShared,
  },
  {
    name: "two origins, the allowed one first",
    send: (target) => post(target, QUERY, { headers: { origin: [target.url, FOREIGN] } }),
    observe: notShared,
  },
];

describe.each(databases)("bodies and methods under attack, on $name", (kind) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(kind);
  });
  afterAll(() => target?.server.close());

  it.each([...bodies, ...methods])("$name", async ({ send, observe }) => {
    await observe(await send(target), target);
    await expectAlive(target);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

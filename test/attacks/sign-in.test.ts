import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import {
  type Attack,
  as,
  errorsIn,
  expectAlive,
  freshAddress,
  leaksNothing,
  post,
  type RawRequest,
  refused,
  request,
  sent,
  startTarget,
  type Target,
} from "../support/attack.js";
import { BrowserLike } from "../support/browser-like.js";
import { databases } from "../support/databases.js";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const OWN_PAGE = { ...FORM, "sec-fetch-site": "same-origin" };
const MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
const encoded = encodeURIComponent(MARKUP);

/** A page that is ours, without a script, and without the markup that was sent. */
function harmlessPage(status: number): Attack["observe"] {
  return (seen) => {
    expect([seen.status, seen.headers["content-type"]]).toEqual([status, "text/html; charset=utf-8"]);
    expect(seen.body).not.toMatch(/<script|<img|onerror=|javascript:|evil\.example/i);
    expect(seen.headers["content-security-policy"]).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(seen.headers["content-security-policy"]).not.toContain("unsafe");
    expect(seen.headers["x-content-type-options"]).toBe("nosniff");
    expect(seen.headers["referrer-policy"]).toBe("no-referrer");
    expect(seen.headers["cache-control"]).toBe("no-store");
    expect(seen.headers["set-cookie"]).toBeUndefined();
    leaksNothing(seen.text.replace(/<!doctype.*?<body>/s, ""));
  };
}

/** One comes back to our own page, whose query means nothing to it. */
function staysHere({ status, headers }: Parameters<Attack["observe"]>[0]): void {
  expect([status, headers["location"]]).toEqual([
    303,
    `/sign-in?next=${encodeURIComponent("/?next=https://evil.example")}`,
  ]);
}

const page = (path: string): Attack["send"] => sent({ path, headers: { accept: "text/html" } });
const form = (body: string, headers: RawRequest["headers"] = {}, path = "/sign-in"): Attack["send"] =>
  sent({ path, body, headers: { ...OWN_PAGE, ...headers } });

const signIn: readonly Attack[] = [
  { name: "markup as a link, in a page", send: page(`/sign-in?link=${encoded}`), observe: harmlessPage(401) },
  {
    name: "markup as a link, in JSON",
    send: sent({ path: `/sign-in?link=${encoded}` }),
    observe: refused(401, "UNAUTHENTICATED"),
  },
  {
    name: "markup as a link, in a form",
    send: form(`link=${encoded}`, { accept: "text/html" }),
    observe: harmlessPage(401),
  },
  { name: "two links", send: page("/sign-in?link=csl_a&link=csl_b"), observe: harmlessPage(400) },
  { name: "a link that is an object", send: page("/sign-in?link[$ne]=x"), observe: harmlessPage(200) },
  {
    name: "a link with a line break",
    send: page("/sign-in?link=csl_%0d%0aSet-Cookie:%20a=b"),
    observe: harmlessPage(401),
  },
  {
    name: "a link of 10 KB",
    send: page(`/sign-in?link=csl_${"x".repeat(10_000)}`),
    observe: harmlessPage(401),
  },
  {
    name: "a way on to another host",
    send: page("/sign-in?next=//evil.example"),
    observe: harmlessPage(200),
  },
  {
    name: "a way on that is a script",
    send: page("/sign-in?next=javascript:alert(1)"),
    observe: harmlessPage(200),
  },
  {
    name: "a way on with a backslash",
    send: page("/sign-in?next=/%5cevil.example"),
    observe: harmlessPage(200),
  },
  { name: "a home page at another host", send: page("/?next=https://evil.example"), observe: staysHere },
  {
    name: "a form whose field is a prototype",
    send: form("__proto__[link]=x&__proto__=x"),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  {
    name: "a form of many fields",
    send: form(
      Array.from({ length: 1_000 }, (_, at) => `a${at}=1`)
        .join("&")
        .slice(0, 4_000),
    ),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  {
    name: "a form of 5 KB",
    send: form(`link=${"x".repeat(5_000)}`),
    observe: refused(413, "BAD_USER_INPUT"),
  },
  {
    name: "a form of another site",
    send: form("link=csl_x", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }),
    observe: refused(403, "FORBIDDEN"),
  },
  {
    name: "a form of a page without an origin",
    send: form("link=csl_x", { origin: "null", "sec-fetch-site": "cross-site" }),
    observe: refused(403, "FORBIDDEN"),
  },
  {
    name: "a form without an origin",
    send: form("link=csl_x", { "sec-fetch-site": null }),
    observe: refused(403, "FORBIDDEN"),
  },
  {
    name: "a link as JSON, from another site",
    send: sent({ path: "/sign-in", body: '{"link": "csl_x"}', headers: { origin: "https://evil.example" } }),
    observe: refused(403, "FORBIDDEN"),
  },
  {
    name: "a link that is an object, as JSON",
    send: sent({
      path: "/sign-in",
      body: '{"link": {"a": 1}}',
      headers: { "sec-fetch-site": "same-origin" },
    }),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  {
    name: "a sign-out from another site",
    send: form(
      "everywhere=true",
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      "/sign-out",
    ),
    observe: refused(403, "FORBIDDEN"),
  },
  {
    name: "a sign-out by GET, as an image could",
    send: sent({ path: "/sign-out?everywhere=true" }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "a form that is XML",
    send: sent({
      path: "/sign-in",
      body: "<a/>",
      headers: { "content-type": "application/xml", "sec-fetch-site": "same-origin" },
    }),
    observe: refused(415, "BAD_USER_INPUT"),
  },
];

const exchange = (body: string, headers: RawRequest["headers"] = {}): Attack["send"] =>
  sent({ path: "/auth/token", body, headers });
const notProved = refused(401, "UNAUTHENTICATED");

const tokens: readonly Attack[] = [
  { name: "no key", send: exchange("{}"), observe: notProved },
  {
    name: "a key that is an object",
    send: exchange('{"apiKey": {"toString": "csk_"}}'),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  {
    name: "a key that is a list",
    send: exchange('{"apiKey": ["csk_x"]}'),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  {
    name: "a key in the prototype",
    send: exchange('{"__proto__": {"apiKey": "csk_x"}}'),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  { name: "a list of keys", send: exchange('["csk_x"]'), observe: notProved },
  {
    name: "a body that is no JSON",
    send: exchange('{"apiKey": "csk_'),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  {
    name: "a body of 5 KB",
    send: exchange(`{"apiKey": "csk_${"x".repeat(5_000)}"}`),
    observe: refused(413, "BAD_USER_INPUT"),
  },
  {
    name: "40,000 brackets, cut to what may be sent",
    send: exchange("[".repeat(4_000) + "]".repeat(90)),
    observe: refused(400, "BAD_USER_INPUT"),
  },
  { name: "a form", send: exchange("apiKey=csk_x", FORM), observe: refused(415, "BAD_USER_INPUT") },
  { name: "markup as a key", send: exchange(JSON.stringify({ apiKey: MARKUP })), observe: notProved },
  {
    name: "a key of somebody's by Basic",
    send: (target) =>
      request(target, {
        method: "POST",
        path: "/auth/token",
        headers: { authorization: `Basic ${btoa(target.server.keys.admin)}` },
      }),
    observe: notProved,
  },
  {
    name: "a key in the URL",
    send: (target) =>
      request(target, { method: "POST", path: `/auth/token?apiKey=${target.server.keys.admin}` }),
    observe: notProved,
  },
  {
    name: "a token, which would never end",
    send: async (target) => {
      const { body } = await post(target, {}, { path: "/auth/token", headers: as(target.server.keys.agent) });
      const { token } = JSON.parse(body) as { token: string };
      return post(target, {}, { path: "/auth/token", headers: as(token) });
    },
    observe: notProved,
  },
  {
    name: "a write to the public keys",
    send: sent({ method: "PUT", path: "/.well-known/jwks.json", body: '{"keys": []}' }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "a read of the private key",
    send: sent({ path: "/.well-known/jwks.json" }),
    observe: ({ body }) => {
      const { keys } = JSON.parse(body) as { keys: object[] };
      expect(keys.length).toBeGreaterThan(0);
      for (const key of keys)
        expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    },
  },
];

describe.each(databases)("the ways in, on $name", (kind) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(kind);
  });
  afterAll(() => target?.server.close());

  const invited = async (name: string) => {
    const { services } = target.server.running;
    const { workspaceId } = target.server;
    const actor = await systemActor(services.database.read, workspaceId);
    const email = `${Math.random().toString(36).slice(2)}@example.org`;
    return inviteMember(services.ledger, {
      workspaceId,
      actor,
      email,
      name,
      roles: ["REVIEWER"],
      queues: null,
    });
  };

  it.each([...signIn.map(named("signing in")), ...tokens.map(named("exchanging a key"))])(
    "$name",
    async ({ send, observe }) => {
      await observe(await send(target), target);
      await expectAlive(target);
    },
  );

  it("a name full of markup is text on every page", async () => {
    const { link } = await invited(MARKUP);
    const browser = new BrowserLike(target.url);
    const before = await browser.open(`/sign-in?link=${link.text}`);
    await browser.submit("/sign-in", { link: link.text });
    for (const { text } of [before, await browser.open("/account")]) {
      expect(text).toContain("&quot;&gt;&lt;script&gt;");
      expect(text).not.toMatch(/<script|<img/);
    }
  });

  it("a session that somebody planted is not the one that a sign-in gives", async () => {
    const { link } = await invited("Fixated");
    const browser = new BrowserLike(target.url);
    browser.cookies.set("countersign_session", "css_planted");
    await browser.submit("/sign-in", { link: link.text });
    expect(browser.cookies.get("countersign_session")).toMatch(/^css_[0-7][0-9a-z]{25}_/);
  });

  it("a browser with two sessions of one name is one of them, and never both", async () => {
    const [mine, theirs] = await Promise.all(
      ["Attacker", "Victim"].map(async (name) => {
        const browser = new BrowserLike(target.url);
        await browser.submit("/sign-in", { link: (await invited(name)).link.text });
        return browser.cookies.get("countersign_session");
      }),
    );
    const seen = await post(
      target,
      { query: "{ viewer { principal { name } } }" },
      {
        headers: { origin: target.url, cookie: `countersign_session=${mine}; countersign_session=${theirs}` },
      },
    );
    expect(JSON.parse(seen.body)).toEqual({ data: { viewer: { principal: { name: "Attacker" } } } });
  });

  it("guesses at links are counted by address, whatever they say about themselves", async () => {
    const from = freshAddress();
    const guess = (at: number) =>
      request(target, {
        from,
        path: "/sign-in",
        body: `link=csl_guess${at}`,
        headers: { ...OWN_PAGE, "x-forwarded-for": `203.0.113.${at}` },
      });
    for (let at = 0; at < 60; at += 1) expect((await guess(at)).status).toBe(401);
    const over = await guess(60);
    expect(errorsIn(over)[0]?.extensions.code).toBe("RATE_LIMITED");
    expect([over.status, Number(over.headers["retry-after"]) > 0]).toEqual([429, true]);
    const { link } = await invited("Neighbour");
    expect((await new BrowserLike(target.url).submit("/sign-in", { link: link.text })).status).toBe(303);
  });
});

function named(what: string): (attack: Attack) => Attack {
  return (attack) => ({ ...attack, name: `${what}: ${attack.name}` });
}

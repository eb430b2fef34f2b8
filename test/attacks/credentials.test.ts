import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthenticator } from "../../src/identity/authenticator.js";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import type { Sql } from "../../src/persistence/sql.js";
import {
  as,
  errorsIn,
  expectAlive,
  leaksNothing,
  post,
  type RawRequest,
  refused,
  type Seen,
  startTarget,
  type Target,
} from "../support/attack.js";
import { BrowserLike } from "../support/browser-like.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { TEST_SIGNING_KEY } from "../support/test-server.js";
import { apiKeyFormatted } from "./processes/forged-key.js";

const VIEWER = "{ viewer { principal { name } roles } }";
const own = createPrivateKey(TEST_SIGNING_KEY);
const others = generateKeyPairSync("ed25519").privateKey;
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** What an attacker has: somebody's token, session and link, all of them genuine, and public knowledge. */
interface Loot {
  readonly token: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly kid: string;
  readonly receipt: string;
  readonly foreignWorkspace: string;
  readonly otherPrincipal: string;
  readonly session: string;
  readonly link: string;
}

interface Forgery {
  readonly name: string;
  readonly headers: (loot: Loot, target: Target) => Promise<RawRequest["headers"]> | RawRequest["headers"];
  readonly path?: (loot: Loot, target: Target) => string;
  /** 401 unless told. */
  readonly status?: number;
  readonly code?: string;
}

/** A token of those claims, signed as told. */
function forged(claims: object, header: object, key: KeyObject): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", ...header }).sign(key);
}

const token = (name: string, make: (loot: Loot, target: Target) => Promise<string> | string): Forgery => ({
  name,
  headers: async (loot, target) => as(await make(loot, target)),
});
const withClaims = (name: string, change: (loot: Loot) => object, header: object = {}): Forgery =>
  token(name, (loot) => forged({ ...loot.claims, ...change(loot) }, { kid: loot.kid, ...header }, own));

const tokens: readonly Forgery[] = [
  token(
    "a token without a signature (alg none)",
    ({ claims }) => `${encoded({ alg: "none", typ: "at+jwt" })}.${encoded(claims)}.`,
  ),
  token(
    "a token of alg None, spelt otherwise",
    ({ claims }) => `${encoded({ alg: "nOnE", typ: "at+jwt" })}.${encoded(claims)}.`,
  ),
  token("a token signed with the public key as a shared secret (HS256)", ({ claims, kid }) => {
    const text = `${encoded({ alg: "HS256", typ: "at+jwt", kid })}.${encoded(claims)}`;
    const pem = createPublicKey(own).export({ type: "spki", format: "pem" });
    return `${text}.${createHmac("sha256", pem).update(text).digest("base64url")}`;
  }),
  token("a token of another key under our key's name", ({ claims, kid }) => forged(claims, { kid }, others)),
  token("a token that brings its own key along", ({ claims }) =>
    forged(claims, { jwk: createPublicKey(others).export({ format: "jwk" }) }, others),
  ),
  token("a token whose key's name is a path", ({ claims }) =>
    forged(claims, { kid: "../../../dev/null" }, others),
  ),
  token("a token whose claims were exchanged", ({ token: text, claims, otherPrincipal }) => {
    const [header, , signature] = text.split(".");
    return `${header}.${encoded({ ...claims, sub: otherPrincipal })}.${signature}`;
  }),
  token("a token with another one's signature", async ({ token: text, claims, kid }) => {
    const [, , signature] = text.split(".");
    const [header, body] = (await forged({ ...claims, exp: 9_999_999_999 }, { kid }, own)).split(".");
    return `${header}.${body}.${signature}`;
  }),
  token("a token cut short", ({ token: text }) => text.slice(0, -4)),
  token("a receipt, which the same key has signed", ({ receipt }) => receipt),
  withClaims("an expired token", () => ({ exp: Math.floor(Date.now() / 1_000) - 1 })),
  withClaims("a token without an end", () => ({ exp: undefined })),
  withClaims("a token of another workspace", ({ foreignWorkspace }) => ({ workspace: foreignWorkspace })),
  withClaims("a token of somebody else", ({ otherPrincipal }) => ({ sub: otherPrincipal })),
  withClaims("a token for another audience", () => ({ aud: "elsewhere" })),
  withClaims("a token of another issuer", () => ({ iss: "elsewhere" })),
  withClaims("a token of another type", () => ({}), { typ: "JWT" }),
  withClaims("a token whose key is an object", () => ({ key: { __proto__: null, toString: "x" } })),
  token("a token with a critical extension", ({ claims, kid }) => {
    const text = `${encoded({ alg: "EdDSA", typ: "at+jwt", kid, crit: ["exp"] })}.${encoded(claims)}`;
    return `${text}.${"A".repeat(86)}`;
  }),
];

const secretOf = (key: string): string => key.slice(31, -6);
const suffixOf = (key: string): string => key.slice(4, 30);
const keys: readonly Forgery[] = [
  token("a key with one character of its checksum changed", (_loot, { server }) =>
    flip(server.keys.admin, -1),
  ),
  token("a key with its last character cut", (_loot, { server }) => server.keys.admin.slice(0, -1)),
  token("a key with one character of its secret changed, and the checksum right", (_loot, { server }) =>
    apiKeyFormatted(flip(secretOf(server.keys.admin), 0), suffixOf(server.keys.admin)),
  ),
  token("a key's secret under another key's id", (_loot, { server }) =>
    apiKeyFormatted(secretOf(server.keys.admin), suffixOf(server.keys.agent)),
  ),
  token("a key that nobody made", () => apiKeyFormatted("A".repeat(43))),
  token("a key in capitals", (_loot, { server }) => server.keys.admin.toUpperCase()),
  token("a key whose c is Cyrillic", (_loot, { server }) =>
    Buffer.from(server.keys.admin.replace("c", "с"), "utf8").toString("latin1"),
  ),
  token("a key and some more", (_loot, { server }) => `${server.keys.admin}A`),
  token("a key's id without its secret", (_loot, { server }) => server.keys.admin.slice(0, 30)),
  token("a hundred keys", (_loot, { server }) => server.keys.admin.repeat(100)),
  token("a session as a token", ({ session }) => session),
  token("a sign-in link as a token", ({ link }) => link),
  {
    name: "a key by Basic",
    headers: (_loot, { server }) => ({
      authorization: `Basic ${Buffer.from(`${server.keys.admin}:`).toString("base64")}`,
    }),
  },
  { name: "a key without Bearer", headers: (_loot, { server }) => ({ authorization: server.keys.admin }) },
  {
    name: "two keys in one field",
    headers: (_loot, { server }) => ({
      authorization: `Bearer ${server.keys.agent}, Bearer ${server.keys.admin}`,
    }),
  },
  {
    name: "two fields, the first of which does not hold",
    headers: (_loot, { server }) => ({ authorization: ["Bearer csk_x", `Bearer ${server.keys.admin}`] }),
  },
  { name: "an empty credential", headers: () => ({ authorization: "Bearer " }) },
];

const cookies: readonly Forgery[] = [
  ...([undefined, "null", "https://evil.example", "http://localhost.evil.example"] as const).map(
    (origin): Forgery => ({
      name: `a genuine session from ${origin ?? "no origin"}`,
      headers: ({ session }) => ({
        cookie: `countersign_session=${session}`,
        ...(origin === undefined ? {} : { origin }),
      }),
      status: 403,
      code: "FORBIDDEN",
    }),
  ),
  {
    name: "a genuine session from a page of the same site (Sec-Fetch-Site)",
    headers: ({ session }) => ({ cookie: `countersign_session=${session}`, "sec-fetch-site": "same-site" }),
    status: 403,
    code: "FORBIDDEN",
  },
  ...(
    [
      ["a key as a session", (_loot: Loot, { server }: Target) => server.keys.admin],
      ["a token as a session", (loot: Loot) => loot.token],
      ["a link as a session", (loot: Loot) => loot.link],
      [
        "a session with its secret changed",
        (loot: Loot) => apiKeyFormatted(flip(secretOf(loot.session), 0), suffixOf(loot.session), "css"),
      ],
      [
        "a session tossed in front of the genuine one",
        (loot: Loot) => `css_tossed; countersign_session=${loot.session}`,
      ],
    ] as const
  ).map(
    ([name, text]): Forgery => ({
      name,
      headers: (loot, target) => ({
        origin: target.url,
        cookie: `countersign_session=${text(loot, target)}`,
      }),
    }),
  ),
];

/** Where credentials do not count at all: who sends them is nobody. */
const elsewhere: readonly Forgery[] = [
  {
    name: "a key in the URL",
    headers: () => ({}),
    path: (_loot, { server }) =>
      `/graphql?access_token=${server.keys.admin}&authorization=Bearer%20${server.keys.admin}`,
  },
  {
    name: "a key in a field of its own",
    headers: (_loot, { server }) => ({
      "x-api-key": server.keys.admin,
      "proxy-authorization": `Bearer ${server.keys.admin}`,
    }),
  },
  {
    name: "a session under the name that it has behind https",
    headers: ({ session }, { url }) => ({ origin: url, cookie: `__Host-countersign=${session}` }),
  },
  {
    name: "a principal who is only named",
    headers: ({ otherPrincipal }) => ({
      "x-principal": otherPrincipal,
      "x-user": "admin",
      "x-forwarded-user": "admin",
    }),
  },
];

describe.each(databases)("credentials, on $name", (kind) => {
  let target: Target;
  let loot: Loot;
  const { submit, decide } = reviewCalls(() => target.server);
  beforeAll(async () => {
    target = await startTarget(kind, { RATE_FAILURES: "0" });
    const { server, url } = target;
    const { services } = server.running;
    const scope = {
      workspaceId: server.workspaceId,
      actor: await systemActor(services.database.read, server.workspaceId),
    };
    const invited = (email: string) =>
      inviteMember(services.ledger, { ...scope, email, name: "Victim", roles: ["ADMIN"], queues: null });
    const { member, link: used } = await invited("victim@example.org");
    const browser = new BrowserLike(url);
    await browser.submit("/sign-in", { link: used.text });
    const exchanged = await post(target, {}, { path: "/auth/token", headers: as(server.keys.agent) });
    const { token: text } = JSON.parse(exchanged.body) as { token: string };
    const [header = "", claims = ""] = text.split(".");
    const read = (part: string) =>
      JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    const ticketId = await submit("for its receipt");
    await decide(ticketId);
    const { decision } = await gqlData<{ decision: { receipt: string } }>(
      url,
      server.keys.agent,
      "query ($id: ID!) { decision(ticketId: $id) { receipt } }",
      { id: ticketId },
    );
    const foreign = await gqlData<{ viewer: { workspace: { id: string } } }>(
      url,
      server.keys.foreignAgent,
      "{ viewer { workspace { id } } }",
    );
    loot = {
      token: text,
      claims: read(claims),
      kid: String(read(header)["kid"]),
      receipt: decision.receipt,
      foreignWorkspace: foreign.viewer.workspace.id,
      otherPrincipal: member.id,
      session: browser.cookies.get("countersign_session") ?? "",
      link: (await invited("other@example.org")).link.text,
    };
  });
  afterAll(() => target?.server.close());

  const ask = async ({ headers, path }: Forgery): Promise<Seen> =>
    post(
      target,
      { query: VIEWER },
      { headers: (await headers(loot, target)) ?? {}, path: path?.(loot, target) ?? "/graphql" },
    );

  it("hold where they are genuine, so that refusing everything would fail here", async () => {
    for (const headers of [
      as(loot.token),
      as(await forged(loot.claims, { kid: loot.kid }, own)),
      { cookie: `countersign_session=${loot.session}`, origin: target.url },
    ]) {
      const { body } = await post(target, { query: VIEWER }, { headers });
      expect(JSON.parse(body)).toMatchObject({
        data: { viewer: { principal: { name: expect.any(String) } } },
      });
    }
  });

  it.each([...tokens, ...keys, ...cookies])("$name: refused", async (forgery) => {
    const seen = await ask(forgery);
    await refused(forgery.status ?? 401, forgery.code ?? "UNAUTHENTICATED")(seen, target);
    leaksNothing(seen.text, [loot.session, loot.token, loot.link, secretOf(target.server.keys.admin)]);
    await expectAlive(target);
  });

  it("all of them are refused with the same words, whatever is wrong with them", async () => {
    const words = new Set<string>();
    for (const forgery of [...tokens, ...keys.slice(0, 10)])
      for (const { message } of errorsIn(await ask(forgery))) words.add(message);
    expect([...words]).toHaveLength(1);
  });

  it.each(elsewhere)("$name: as if it were not there", async (forgery) => {
    const seen = await ask(forgery);
    expect(errorsIn(seen).map(({ extensions: { code } }) => code)).toEqual(["UNAUTHENTICATED"]);
    leaksNothing(seen.text, [loot.session, secretOf(target.server.keys.admin)]);
  });

  it("malformed ones are refused without the database, and unknown ones cost it what wrong ones do", async () => {
    const { services } = target.server.running;
    let statements = 0;
    const read: Sql = {
      query: (text, values) => {
        statements += 1;
        return services.database.read.query(text, values);
      },
    };
    const authenticator = createAuthenticator({ database: { read }, keys: services.keys });
    const { admin } = target.server.keys;
    const spent = async (key: string): Promise<number> => {
      statements = 0;
      await authenticator.authenticate(key).catch(() => undefined);
      return statements;
    };
    for (const key of [
      flip(admin, -1),
      flip(admin, 40),
      flip(admin, 10),
      `${admin}A`,
      admin.slice(0, -1),
      "csk_",
    ])
      expect(await spent(key)).toBe(0);
    expect(await spent(admin)).toBe(1);
    // Also while the genuine one is remembered, and again and again.
    for (let round = 0; round < 3; round += 1) {
      expect(await spent(apiKeyFormatted("B".repeat(43), suffixOf(admin)))).toBe(1);
      expect(await spent(apiKeyFormatted("B".repeat(43)))).toBe(1);
    }
    expect(await spent(admin)).toBe(0);
  });

  it("unknown keys take the time that wrong ones take", { timeout: 60_000 }, async () => {
    const { authenticator } = target.server.running.services;
    const { admin } = target.server.keys;
    const timed = async (key: string): Promise<number> => {
      const began = performance.now();
      await authenticator.authenticate(key).catch(() => undefined);
      return performance.now() - began;
    };
    const wrong = (): string => apiKeyFormatted("C".repeat(43), suffixOf(admin));
    const unknown = (): string => apiKeyFormatted("C".repeat(43));
    for (let round = 0; round < 200; round += 1) await timed(round % 2 === 0 ? wrong() : unknown());
    const times = { wrong: [] as number[], unknown: [] as number[] };
    // By turns, so that whatever else the machine does meets both; which one is first changes, too.
    for (let round = 0; round < 1_500; round += 1) {
      const turns = round % 2 === 0 ? (["wrong", "unknown"] as const) : (["unknown", "wrong"] as const);
      for (const turn of turns) times[turn].push(await timed(turn === "wrong" ? wrong() : unknown()));
    }
    const ratio = median(times.wrong) / median(times.unknown);
    expect(ratio).toBeGreaterThan(0.75);
    expect(ratio).toBeLessThan(1.25);
  });
});

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The text with one character exchanged for another of its alphabet. */
function flip(text: string, at: number): string {
  const index = at < 0 ? text.length + at : at;
  return `${text.slice(0, index)}${text[index] === "a" ? "b" : "a"}${text.slice(index + 1)}`;
}

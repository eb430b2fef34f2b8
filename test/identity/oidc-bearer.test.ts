import { generateKeyPairSync } from "node:crypto";
import { decodeJwt, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { API_AUDIENCE } from "../support/oidc-provider.js";
import { ADA, type OidcWorld, oidcWorld, refusal } from "./oidc-world.js";

const REFUSED = {
  code: "UNAUTHENTICATED",
  message:
    "This credential is not valid. Send `Authorization: Bearer <API key or token>` with one that is neither expired nor revoked.",
} as const;

let world: OidcWorld;

beforeEach(async () => {
  world = await oidcWorld();
});

afterEach(async () => {
  await world.provider.stop();
});

const seconds = (): number => Math.floor(Date.now() / 1_000);

/** Claims of a token that holds. */
const holding = (changes: JWTPayload = {}): JWTPayload => ({
  iss: world.provider.issuer,
  sub: "ada",
  aud: API_AUDIENCE,
  client_id: "frontend",
  iat: seconds(),
  exp: seconds() + 60,
  ...changes,
});

const rsaKey = () => world.provider.publicKeys().find((key) => key.kty === "RSA")!;

describe("a JWT of the provider as Bearer", () => {
  it("holds as an access token that a frontend got, and says when it ends", async () => {
    const { accessToken } = await world.provider.frontendTokens("ada");
    const claims = await world.client().verifyBearer(accessToken);
    expect(claims).toMatchObject({ iss: world.provider.issuer, sub: "ada", ...ADA });
    const { exp, iat } = decodeJwt(accessToken);
    expect([claims.expiresAt, claims.issuedAt]).toEqual([exp! * 1_000, iat! * 1_000]);
  });

  it("holds as an ID token of another client, where that is the audience", async () => {
    const { idToken } = await world.provider.frontendTokens("ada");
    expect(await world.client({ audience: "frontend" }).verifyBearer(idToken)).toMatchObject({ sub: "ada" });
    expect(await refusal(world.client().verifyBearer(idToken))).toMatchObject(REFUSED);
  });

  it("never holds where no audience is set, and nobody is asked", async () => {
    const { accessToken } = await world.provider.frontendTokens("ada");
    const client = world.client({ audience: undefined });
    expect(await refusal(client.verifyBearer(accessToken))).toMatchObject(REFUSED);
    expect(world.provider.count("/.well-known/openid-configuration")).toBe(0);
  });

  it("ends to the second: the tolerance is for clocks, not for tokens that have ended", async () => {
    let now = Date.now();
    const client = world.client({}, { now: () => now });
    const token = await world.provider.sign(holding());
    const { exp, iat } = decodeJwt(token);
    now = exp! * 1_000 - 1;
    expect(await client.verifyBearer(token)).toMatchObject({ sub: "ada" });
    now = exp! * 1_000;
    expect(await refusal(client.verifyBearer(token))).toMatchObject(REFUSED);
    now = (iat! - 30) * 1_000;
    expect(await client.verifyBearer(token)).toMatchObject({ sub: "ada" });
    now = (iat! - 31) * 1_000;
    expect(await refusal(client.verifyBearer(token))).toMatchObject(REFUSED);
  });

  it("does not hold where a machine got it for itself, whatever roles it has", async () => {
    const token = await world.provider.machineToken();
    expect(decodeJwt(token)).toMatchObject({ sub: "robot", client_id: "robot", aud: API_AUDIENCE });
    expect(await refusal(world.client().verifyBearer(token))).toMatchObject(REFUSED);
  });
});

const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });

describe("a Bearer JWT is refused, with one message for all,", () => {
  it.each<[string, () => string | Promise<string>]>([
    ["when it is no JWT", () => "not-a-jwt"],
    ["when it has a header that is none", () => "AAAA.AAAA.AAAA"],
    ["when it is empty", () => ""],
    ["when it is not signed", () => new UnsecuredJWT(holding()).encode()],
    [
      "when it claims to be signed with nothing under a genuine key id",
      () => {
        const header = Buffer.from(JSON.stringify({ alg: "none", kid: rsaKey().kid })).toString("base64url");
        return `${header}.${Buffer.from(JSON.stringify(holding())).toString("base64url")}.`;
      },
    ],
    [
      "when it is signed with another key under a genuine key id",
      () =>
        new SignJWT(holding())
          .setProtectedHeader({ alg: "RS256", kid: rsaKey().kid! })
          .sign(stranger.privateKey),
    ],
    [
      "when it brings its own key",
      () =>
        new SignJWT(holding())
          .setProtectedHeader({
            alg: "RS256",
            jwk: stranger.publicKey.export({ format: "jwk" }) as { kty: string },
          })
          .sign(stranger.privateKey),
    ],
    [
      "when the public key is its secret (HS256)",
      () =>
        new SignJWT(holding())
          .setProtectedHeader({ alg: "HS256", kid: rsaKey().kid! })
          .sign(new TextEncoder().encode(rsaKey().n)),
    ],
    ["when it has another algorithm than is pinned", () => world.provider.sign(holding(), { alg: "ES256" })],
    [
      "when another issuer made it",
      () => world.provider.sign(holding({ iss: "https://id.attacker.example" })),
    ],
    [
      "when nobody made it",
      () => world.provider.sign({ ...holding(), iss: undefined } as unknown as JWTPayload),
    ],
    ["when it is for another audience", () => world.provider.sign(holding({ aud: "another-api" }))],
    [
      "when it is for nobody",
      () => world.provider.sign({ ...holding(), aud: undefined } as unknown as JWTPayload),
    ],
    ["when it has expired", () => world.provider.sign(holding({ exp: seconds() - 1 }))],
    ["when it is not valid yet", () => world.provider.sign(holding({ nbf: seconds() + 60 }))],
    ["when it was issued in the future", () => world.provider.sign(holding({ iat: seconds() + 60 }))],
    [
      "when it never expires",
      () => world.provider.sign({ ...holding(), exp: undefined } as unknown as JWTPayload),
    ],
    ["when its expiry is beyond all time", () => world.provider.sign(holding({ exp: 1e15 }))],
    ["when its expiry is a text", () => world.provider.sign(holding({ exp: "2100" as unknown as number }))],
    [
      "when it does not say since when",
      () => world.provider.sign({ ...holding(), iat: undefined } as unknown as JWTPayload),
    ],
    [
      "when it speaks of nobody",
      () => world.provider.sign({ ...holding(), sub: undefined } as unknown as JWTPayload),
    ],
    ["when its subject is no text", () => world.provider.sign(holding({ sub: 7 as unknown as string }))],
    ["when it is another kind of token", () => world.provider.sign(holding(), { typ: "logout+jwt" })],
    [
      "when it is a logout token in disguise",
      () => world.provider.sign(holding({ events: {} }), { typ: "JWT" }),
    ],
    ["when it is bound to a key", () => world.provider.sign(holding({ cnf: { jkt: "thumbprint" } }))],
    ["when it speaks for its client", () => world.provider.sign(holding({ sub: "frontend" }))],
    ["when Entra ID says that it is an app's", () => world.provider.sign(holding({ idtyp: "app" }))],
    [
      "when Auth0 says that it is a machine's",
      () => world.provider.sign(holding({ gty: "client-credentials" })),
    ],
    [
      "when Keycloak says that it is a service's",
      () => world.provider.sign(holding({ preferred_username: "service-account-robot" })),
    ],
    ["when it is huge", () => world.provider.sign(holding({ padding: "x".repeat(8_000) }))],
    [
      "when it has a critical header that is not understood",
      async () => {
        const [, payload, signature] = (await world.provider.sign(holding())).split(".");
        const header = { alg: "RS256", kid: rsaKey().kid, crit: ["wonder"], wonder: true };
        return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}.${signature}`;
      },
    ],
  ])("%s", async (_what, make) => {
    const client = world.client();
    // The same token holds as long as nothing is wrong with it.
    expect(await client.verifyBearer(await world.provider.sign(holding()))).toMatchObject({ sub: "ada" });
    const { code, message, details } = await refusal(client.verifyBearer(await make()));
    expect({ code, message }).toEqual(REFUSED);
    expect(details).toEqual({});
  });

  it("when a single character of it is altered", async () => {
    const client = world.client();
    const token = await world.provider.sign(holding());
    for (const part of [0, 1, 2]) {
      const parts = token.split(".");
      const [first] = parts[part]!;
      parts[part] = (first === "A" ? "B" : "A") + parts[part]!.slice(1);
      expect(await refusal(client.verifyBearer(parts.join(".")))).toMatchObject(REFUSED);
    }
  });

  it("however large it is, at no cost", async () => {
    const client = world.client();
    expect(await refusal(client.verifyBearer("e".repeat(10_000_000)))).toMatchObject(REFUSED);
    expect(world.provider.count("/.well-known/openid-configuration")).toBe(0);
  });
});

describe("the provider's keys", () => {
  it("are fetched once for many JWTs, at the same time or one after the other, and for sign-ins as well", async () => {
    const client = world.client();
    const { accessToken } = await world.provider.frontendTokens("ada");
    await Promise.all(Array.from({ length: 100 }, () => client.verifyBearer(accessToken)));
    for (let times = 0; times < 100; times++) await client.verifyBearer(accessToken);
    const { callback, state } = await world.upToCallback(client);
    await client.finish(callback, state);
    expect(world.provider.count("/jwks")).toBe(1);
    expect(world.provider.count("/.well-known/openid-configuration")).toBe(1);
  });

  it("are not fetched again for a flood of unknown key ids", async () => {
    const client = world.client();
    const token = (kid: string): Promise<string> =>
      new SignJWT(holding()).setProtectedHeader({ alg: "RS256", kid }).sign(stranger.privateKey);
    for (let wave = 0; wave < 10; wave++) {
      const tokens = await Promise.all(
        Array.from({ length: 20 }, (_, index) => token(`unknown-${wave}-${index}`)),
      );
      const codes = await Promise.all(
        tokens.map(async (one) => (await refusal(client.verifyBearer(one))).code),
      );
      expect(new Set(codes)).toEqual(new Set(["UNAUTHENTICATED"]));
    }
    expect(world.provider.count("/jwks")).toBe(1);
    expect(await client.verifyBearer(await world.provider.sign(holding()))).toMatchObject({ sub: "ada" });
  });

  it("are not looked for by tokens of other issuers or algorithms", async () => {
    const client = world.client();
    const algorithm = await world.provider.sign(holding(), { alg: "ES256" });
    expect(await refusal(client.verifyBearer(algorithm))).toMatchObject(REFUSED);
    expect(world.provider.count("/.well-known/openid-configuration")).toBe(0);
    const issuer = await world.provider.sign(holding({ iss: "https://id.attacker.example" }));
    expect(await refusal(client.verifyBearer(issuer))).toMatchObject(REFUSED);
    expect(world.provider.count("/jwks")).toBe(0);
  });

  it("are not asked for again and again while the provider fails to give them", async () => {
    const client = world.client({}, { limits: { firstPauseMs: 60_000, longestPauseMs: 60_000 } });
    const token = await world.provider.sign(holding());
    world.provider.intercept((request, response) => {
      if (request.url !== "/jwks") return false;
      response.writeHead(500).end();
      return true;
    });
    for (let times = 0; times < 20; times++)
      expect(await refusal(client.verifyBearer(token))).toMatchObject({ code: "UNAVAILABLE" });
    expect((await refusal(client.verifyBearer(token))).details).toEqual({ retryAfter: 60 });
    expect(world.provider.count("/jwks")).toBe(1);
    expect(world.logged.lines).toHaveLength(1);
  });

  it("can be new ones: tokens of the new hold without a restart, and those of the old no longer", async () => {
    const client = world.client({}, { limits: { keysCooldownMs: 0 } });
    const old = await world.provider.sign(holding());
    expect(await client.verifyBearer(old)).toMatchObject({ sub: "ada" });
    await world.provider.rotateKeys();
    // Until somebody shows a key id that is not known, nobody knows of new keys.
    expect(await client.verifyBearer(old)).toMatchObject({ sub: "ada" });
    expect(await client.verifyBearer(await world.provider.sign(holding()))).toMatchObject({ sub: "ada" });
    expect(await refusal(client.verifyBearer(old))).toMatchObject(REFUSED);
  });

  it("that are withdrawn stop counting when they were believed for long enough", async () => {
    const client = world.client({}, { limits: { keysMs: 0 } });
    const old = await world.provider.sign(holding());
    expect(await client.verifyBearer(old)).toMatchObject({ sub: "ada" });
    await world.provider.rotateKeys();
    expect(await refusal(client.verifyBearer(old))).toMatchObject(REFUSED);
  });

  it("that a sign-in brought to light serve Bearer JWTs too, cooldown or not", async () => {
    const client = world.client();
    expect(await client.verifyBearer(await world.provider.sign(holding()))).toMatchObject({ sub: "ada" });
    await world.provider.rotateKeys();
    const fresh = await world.provider.sign(holding());
    expect(await refusal(client.verifyBearer(fresh))).toMatchObject(REFUSED);
    const { callback, state } = await world.upToCallback(client);
    await client.finish(callback, state);
    expect(await client.verifyBearer(fresh)).toMatchObject({ sub: "ada" });
  });
});

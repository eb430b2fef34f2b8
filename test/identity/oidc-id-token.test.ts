import { generateKeyPairSync } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CLIENT } from "../support/oidc-provider.js";
import { ADA, exchanged, type OidcWorld, oidcWorld, refusal, tamperIdToken } from "./oidc-world.js";

let world: OidcWorld;

beforeEach(async () => {
  world = await oidcWorld();
});

afterEach(async () => {
  await world.provider.stop();
});

describe("an ID token is refused", () => {
  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const seconds = (): number => Math.floor(Date.now() / 1_000);
  const rsaKid = (): string => world.provider.publicKeys().find((key) => key.kty === "RSA")!.kid!;
  const publicPem = (): Uint8Array =>
    new TextEncoder().encode(JSON.stringify(world.provider.publicKeys().find((key) => key.kty === "RSA")));

  it("when its nonce is that of another sign-in", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    const other = exchanged(state, (await client.begin()).state, 2);
    expect(await refusal(client.finish(callback, other))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("by a client that is pinned to another algorithm than the provider uses", async () => {
    const client = world.client({ algorithm: "ES256" });
    const { callback, state } = await world.upToCallback(client);
    expect(await refusal(client.finish(callback, state))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it.each<[string, Parameters<typeof tamperIdToken>[1]]>([
    [
      "signed with another key under a genuine key id",
      (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: rsaKid() }).sign(stranger.privateKey),
    ],
    [
      "signed with a key that the provider does not publish",
      (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "stranger" }).sign(stranger.privateKey),
    ],
    ["not signed", (claims) => new UnsecuredJWT(claims).encode()],
    [
      "signed with the client's secret (HS256)",
      (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode(CLIENT.clientSecret.padEnd(32, "."))),
    ],
    [
      "signed with the public key as a secret (HS256)",
      (claims) => new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: rsaKid() }).sign(publicPem()),
    ],
    [
      "signed with a genuine key of another algorithm",
      (claims) => world.provider.sign(claims, { alg: "ES256", typ: "JWT" }),
    ],
    ["of another issuer", (claims) => world.provider.sign({ ...claims, iss: "https://id.attacker.example" })],
    ["for another client", (claims) => world.provider.sign({ ...claims, aud: "frontend" })],
    [
      "for several clients that does not say whom it was made for",
      (claims) => world.provider.sign({ ...claims, aud: [CLIENT.clientId, "frontend"] }),
    ],
    [
      "for several clients that was made for another",
      (claims) => world.provider.sign({ ...claims, aud: [CLIENT.clientId, "frontend"], azp: "frontend" }),
    ],
    ["that has expired", (claims) => world.provider.sign({ ...claims, exp: seconds() - 60 })],
    ["that is not valid yet", (claims) => world.provider.sign({ ...claims, nbf: seconds() + 60 })],
    ["without an expiry", ({ exp: _, ...claims }) => world.provider.sign(claims)],
    ["without a nonce", ({ nonce: _, ...claims }) => world.provider.sign(claims)],
    ["without a subject", ({ sub: _, ...claims }) => world.provider.sign(claims)],
    ["with an empty subject", (claims) => world.provider.sign({ ...claims, sub: "" })],
    ["that is no JWT", () => "not.a-jwt"],
  ])("%s", async (_what, make) => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    tamperIdToken(world.provider, make);
    expect(await refusal(client.finish(callback, state))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: "The identity provider's answer could not be verified. Please sign in again.",
    });
    expect(world.provider.count("/token")).toBe(1);
    expect(world.provider.count("/me")).toBe(0);
  });

  it("when there is none, but a genuine one in the same place is taken", async () => {
    const client = world.client();
    tamperIdToken(world.provider, () => undefined);
    const first = await world.upToCallback(client);
    expect(await refusal(client.finish(first.callback, first.state))).toMatchObject({
      code: "UNAUTHENTICATED",
    });
    tamperIdToken(world.provider, (claims) => world.provider.sign(claims, { typ: "JWT" }));
    const second = await world.upToCallback(client);
    expect(await client.finish(second.callback, second.state)).toMatchObject({ sub: "ada" });
  });
});

describe("UserInfo is refused", () => {
  const answered = async (type: string, body: string): Promise<string> => {
    world.provider.intercept((request, response) => {
      if (request.url !== "/me") return false;
      response.writeHead(200, { "content-type": type }).end(body);
      return true;
    });
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    return (await refusal(client.finish(callback, state))).code;
  };

  it("when it speaks of somebody else", async () => {
    expect(await answered("application/json", JSON.stringify({ sub: "eve", ...ADA }))).toBe(
      "UNAUTHENTICATED",
    );
  });

  it("when it speaks of nobody", async () => {
    expect(await answered("application/json", JSON.stringify(ADA))).toBe("UNAUTHENTICATED");
  });

  it("when it is no JSON, or a JWT, whose signature nobody would check", async () => {
    expect(await answered("text/html", "<p>Welcome")).toBe("UNAVAILABLE");
    expect(await answered("application/jwt", await world.provider.sign({ sub: "ada" }))).toBe("UNAVAILABLE");
  });
});

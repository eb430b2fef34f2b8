import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { membershipOf } from "../../src/identity/claims-mapping.js";
import { createOidcClient } from "../../src/identity/oidc-provider-client.js";
import { readSettings } from "../../src/server/settings.js";
import { CLIENT } from "../support/oidc-provider.js";
import {
  ADA,
  exchanged,
  logLines,
  type OidcWorld,
  oidcWorld,
  REDIRECT_URI,
  refusal,
  settingsFor,
} from "./oidc-world.js";

let world: OidcWorld;

beforeEach(async () => {
  world = await oidcWorld();
});

afterEach(async () => {
  await world.provider.stop();
});

describe("signing in at an OpenID Connect provider", () => {
  it("asks for a code with PKCE, state and nonce, all new each time", async () => {
    const client = world.client();
    const [first, second] = [await client.begin(), await client.begin()];
    const asked = new URL(first.url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: CLIENT.clientId,
      response_type: "code",
      redirect_uri: REDIRECT_URI,
      scope: "openid email profile",
      code_challenge_method: "S256",
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
      expect(asked.get(name)).not.toBe(new URL(second.url).searchParams.get(name));
    }
    // The verifier is in the cookie alone, and fits there as it is.
    expect(first.url).not.toContain(first.state.split(".")[3]!);
    expect(first.state).toMatch(/^[\w.-]{1,200}$/);
  });

  it("gives what the provider says about the person, from UserInfo where the ID token does not say it", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    expect(await client.finish(callback, state)).toMatchObject({
      iss: world.provider.issuer,
      sub: "ada",
      ...ADA,
    });
    expect(world.provider.count("/me")).toBe(1);
  });

  it("does not ask UserInfo where the ID token says everything", async () => {
    const full = await oidcWorld({ claimsInIdToken: true });
    try {
      const client = full.client();
      const { callback, state } = await full.upToCallback(client);
      expect(await client.finish(callback, state)).toMatchObject({ sub: "ada", ...ADA });
      expect(full.provider.count("/me")).toBe(0);
    } finally {
      await full.provider.stop();
    }
  });

  it("works with the server's settings, and what comes of it is a membership", async () => {
    const { oidc } = readSettings({
      OIDC_ISSUER: world.provider.issuer,
      OIDC_CLIENT_ID: CLIENT.clientId,
      OIDC_CLIENT_SECRET: CLIENT.clientSecret,
      OIDC_ROLES: "reviewers=REVIEWER",
    });
    const client = createOidcClient(oidc!, { redirectUri: REDIRECT_URI, log: world.logged.log });
    const { callback, state } = await world.upToCallback(client);
    expect(membershipOf(await client.finish(callback, state), oidc!)).toEqual({
      subject: { issuer: world.provider.issuer, sub: "ada" },
      workspace: "default",
      name: ADA.name,
      email: ADA.email,
      roles: ["REVIEWER"],
      queues: undefined,
    });
  });

  it("needs no secret as a public client, and works with another pinned algorithm", async () => {
    const other = await oidcWorld({ clientAuthentication: "none", algorithm: "ES256" });
    try {
      const client = other.client({ clientSecret: undefined, algorithm: "ES256" });
      const { callback, state } = await other.upToCallback(client);
      expect(await client.finish(callback, state)).toMatchObject({ sub: "ada", name: ADA.name });
    } finally {
      await other.provider.stop();
    }
  });

  it.each([
    ["client_secret_basic", true],
    ["client_secret_post", false],
  ] as const)("sends the secret as the provider wants it: %s", async (clientAuthentication, inHeader) => {
    const other = await oidcWorld({ clientAuthentication });
    try {
      const headers: boolean[] = [];
      other.provider.intercept(({ url, headers: { authorization } }) => {
        if (url === "/token") headers.push(authorization?.startsWith("Basic ") === true);
        return false;
      });
      const client = other.client();
      const { callback, state } = await other.upToCallback(client);
      expect(await client.finish(callback, state)).toMatchObject({ sub: "ada" });
      expect(headers).toEqual([inHeader]);
    } finally {
      await other.provider.stop();
    }
  });

  it("asks for openid even where the settings forgot it", async () => {
    const { url } = await world.client({ scopes: "email" }).begin();
    expect(new URL(url).searchParams.get("scope")).toBe("openid email");
  });

  it("does not care which host a proxy made of the callback", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    const seen = new URL(`http://attacker.example/elsewhere${callback.search}`);
    expect(await client.finish(seen, state)).toMatchObject({ sub: "ada" });
  });

  it("takes the redirect URI from a function when it is needed", async () => {
    const client = world.client({}, { redirectUri: () => REDIRECT_URI });
    const { callback, state } = await world.upToCallback(client);
    expect(await client.finish(callback, state)).toMatchObject({ sub: "ada" });
  });

  it("goes on with new keys of the provider at once", async () => {
    const client = world.client();
    for (let round = 1; round <= 3; round++) {
      const { callback, state } = await world.upToCallback(client);
      await client.finish(callback, state);
      expect(world.provider.count("/jwks")).toBe(round);
      await world.provider.rotateKeys();
    }
  });

  it("refuses to be made with an algorithm that proves nothing, or a provider without TLS", () => {
    const make = (changes: object) => () =>
      createOidcClient(settingsFor("https://id.example.org", changes), {
        redirectUri: REDIRECT_URI,
        log: logLines().log,
      });
    expect(make({ algorithm: "none" })).toThrow("none");
    expect(make({ algorithm: "HS256" })).toThrow("HS256");
    expect(make({ issuer: "http://id.example.org" })).toThrow("neither https nor on a loopback address");
    expect(make({ issuer: "http://127.example.org" })).toThrow("neither https nor on a loopback address");
    expect(make({})).not.toThrow();
  });
});

describe("a sign-in is refused, before the code is redeemed,", () => {
  afterEach(() => {
    expect(world.provider.count("/token")).toBe(0);
  });

  it("without the cookie, or with a text that is none", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    for (const text of [
      undefined,
      "",
      "1",
      state.slice(1),
      `${state}.`,
      `2${state.slice(1)}`,
      "x".repeat(100_000),
    ]) {
      const { code, message } = await refusal(client.finish(callback, text));
      expect([code, message]).toEqual([
        "UNAUTHENTICATED",
        "This browser has no sign-in under way, or its cookies are blocked. Please sign in again.",
      ]);
    }
  });

  it("with the cookie of another sign-in", async () => {
    const client = world.client();
    const { callback } = await world.upToCallback(client);
    const { state } = await client.begin();
    expect(await refusal(client.finish(callback, state))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("with no state, or with two", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    const without = new URL(callback);
    without.searchParams.delete("state");
    const twice = new URL(callback);
    twice.searchParams.append("state", "other");
    for (const url of [without, twice])
      expect(await refusal(client.finish(url, state))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("after ten minutes, or from the future", async () => {
    let now = Date.now();
    const client = world.client({}, { now: () => now });
    const { callback, state } = await world.upToCallback(client);
    for (const shift of [10 * 60_000 + 1, -31_000]) {
      now = Number(state.split(".")[4]) + shift;
      const { code, message } = await refusal(client.finish(callback, state));
      expect([code, message]).toEqual([
        "UNAUTHENTICATED",
        "This sign-in took too long. Please sign in again.",
      ]);
    }
  });

  it("when the answer comes from another issuer, or hides from whom it comes (RFC 9207)", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    expect(callback.searchParams.get("iss")).toBe(world.provider.issuer);
    const other = new URL(callback);
    other.searchParams.set("iss", "https://id.attacker.example");
    const none = new URL(callback);
    none.searchParams.delete("iss");
    for (const url of [other, none])
      expect(await refusal(client.finish(url, state))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("when the person declines, as FORBIDDEN", async () => {
    const client = world.client();
    const { url, state } = await client.begin();
    const callback = await world.provider.signIn(url, "ada", { decline: true });
    expect(callback.searchParams.get("error")).toBe("access_denied");
    expect(await refusal(client.finish(callback, state))).toMatchObject({
      code: "FORBIDDEN",
      message: "The identity provider did not let you in, or you declined there.",
    });
  });

  it("when the provider reports an error, by its kind", async () => {
    const client = world.client();
    for (const [error, code] of [
      ["login_required", "UNAUTHENTICATED"],
      ["invalid_scope", "UNAUTHENTICATED"],
      ["temporarily_unavailable", "UNAVAILABLE"],
      ["server_error", "UNAVAILABLE"],
    ] as const) {
      const { state } = await client.begin();
      const query = {
        error,
        error_description: "told to nobody",
        state: state.split(".")[1]!,
        iss: world.provider.issuer,
      };
      const callback = new URL(`${REDIRECT_URI}?${new URLSearchParams(query)}`);
      const refused = await refusal(client.finish(callback, state));
      expect(refused.code).toBe(code);
      expect(refused.message).not.toContain("told to nobody");
    }
  });
});

describe("a sign-in is refused by the provider", () => {
  it("when its code is used twice", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    await client.finish(callback, state);
    expect(await refusal(client.finish(callback, state))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: "The identity provider no longer knows this sign-in. Please sign in again.",
    });
  });

  it("when its code was given to another client", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client, "ada", (url) =>
      url.searchParams.set("client_id", "frontend"),
    );
    expect(callback.searchParams.get("code")).not.toBeNull();
    expect(await refusal(client.finish(callback, state))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("when its code was stolen from a browser that holds another verifier", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    const thief = exchanged(state, (await client.begin()).state, 3);
    expect(await refusal(client.finish(callback, thief))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("when our secret is wrong: that is no fault of the person, and the log says it", async () => {
    const client = world.client({ clientSecret: "another-secret" });
    const { callback, state } = await world.upToCallback(client);
    expect(await refusal(client.finish(callback, state))).toMatchObject({
      code: "UNAVAILABLE",
      details: { retryAfter: 1 },
    });
    expect(world.logged.lines.join("\n")).toContain("invalid_client");
  });
});

describe("a token endpoint that answers with an error", () => {
  it.each([
    ["invalid_grant", "UNAUTHENTICATED"],
    ["unauthorized_client", "UNAVAILABLE"],
    ["invalid_request", "UNAVAILABLE"],
  ])("%s is %s", async (error, code) => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    world.provider.intercept((request, response) => {
      if (request.url !== "/token") return false;
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
      return true;
    });
    expect(await refusal(client.finish(callback, state))).toMatchObject({ code });
    expect(world.logged.lines.join()).toContain(error);
  });
});

describe("nothing secret", () => {
  it("is in a refusal or in the log", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    const stolen: string[] = [];
    world.provider.tamper(async (answer) => {
      if (typeof answer["access_token"] !== "string") return answer;
      stolen.push(answer["access_token"], String(answer["id_token"]));
      return { ...answer, id_token: await world.provider.sign({ sub: "ada", email: ADA.email }) };
    });
    const refusals = [
      await refusal(client.finish(callback, state)),
      await refusal(client.finish(callback, state)),
    ];
    const wrongSecret = world.client({ clientSecret: "another-secret" });
    const second = await world.upToCallback(wrongSecret);
    refusals.push(await refusal(wrongSecret.finish(second.callback, second.state)));
    const said = [
      ...world.logged.lines,
      ...refusals.map((one) => `${one.message} ${JSON.stringify(one)}`),
    ].join("\n");
    expect(world.logged.lines).toHaveLength(3);
    const secrets = [
      ...stolen,
      ...state.split(".").slice(1, 4),
      callback.searchParams.get("code")!,
      CLIENT.clientSecret,
      "another-secret",
      ADA.email,
    ];
    expect(stolen).toHaveLength(2);
    for (const secret of secrets) expect(said).not.toContain(secret);
    for (const one of refusals) expect(one.cause).toBeUndefined();
  });
});

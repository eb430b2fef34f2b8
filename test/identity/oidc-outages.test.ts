import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OIDC_LIMITS } from "../../src/identity/oidc-settings.js";
import type { Intercept } from "../support/oidc-provider.js";
import { until } from "../support/until.js";
import { type OidcWorld, oidcWorld, refusal } from "./oidc-world.js";

const DISCOVERY = "/.well-known/openid-configuration";

let world: OidcWorld;

beforeEach(async () => {
  world = await oidcWorld();
});

afterEach(async () => {
  world.provider.intercept(undefined);
  await world.provider.stop();
});

const at =
  (path: string, answer: (response: ServerResponse, request: IncomingMessage) => void): Intercept =>
  (request, response) => {
    if (request.url !== path) return false;
    answer(response, request);
    return true;
  };

/** What discovery says, with changes. */
async function discoveryWith(changes: Readonly<Record<string, unknown>>): Promise<Intercept> {
  const genuine = (await (await fetch(`${world.provider.issuer}${DISCOVERY}`)).json()) as object;
  const text = JSON.stringify({ ...genuine, ...changes });
  return at(DISCOVERY, (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(text),
  );
}

describe("while the provider is down", () => {
  it("a client can be made, and signing in works as soon as the provider is back", async () => {
    await world.provider.stop();
    const client = world.client();
    const refused = await refusal(client.begin());
    expect(refused).toMatchObject({
      code: "UNAVAILABLE",
      message: "The identity provider cannot be reached at the moment. Try again in a few seconds.",
      details: { retryAfter: 1 },
    });
    await world.provider.start();
    const { url, state } = await until(() => client.begin());
    const callback = await world.provider.signIn(url, "ada");
    expect(await client.finish(callback, state)).toMatchObject({ sub: "ada" });
  });

  it("it is left alone between attempts, for longer and longer, however many come", async () => {
    await world.provider.stop();
    const attempts: number[] = [];
    const log = {
      info: () => {},
      warn: (_facts: object, message: string) => {
        if (message.includes("was not discovered")) attempts.push(performance.now());
      },
    };
    const client = world.client({}, { log, limits: { firstPauseMs: 50, longestPauseMs: 400 } });
    const five = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 5 }, () => refusal(client.begin())));
    await until(async () => (await five()) && attempts.length >= 6, { intervalMs: 1 });
    const least = [50, 100, 200, 400, 400];
    // A timer's millisecond less is no haste.
    for (const [index, pause] of least.entries())
      expect(attempts[index + 1]! - attempts[index]!).toBeGreaterThan(pause - 2);
  });

  it("a stranger's callback makes nobody ask it", async () => {
    const client = world.client();
    const callback = new URL("http://127.0.0.1:4000/auth/oidc/callback?code=guessed&state=guessed");
    expect(await refusal(client.finish(callback, undefined))).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(world.provider.count(DISCOVERY)).toBe(0);
  });

  it("sign-ins under way are told to wait, and Bearer JWTs with known keys still hold", async () => {
    const client = world.client();
    const { callback, state } = await world.upToCallback(client);
    const { accessToken } = await world.provider.frontendTokens("ada");
    await client.verifyBearer(accessToken);
    await world.provider.stop();
    expect(await refusal(client.finish(callback, state))).toMatchObject({ code: "UNAVAILABLE" });
    expect(await client.verifyBearer(accessToken)).toMatchObject({ sub: "ada" });
    await world.provider.start();
    expect(await client.finish(callback, state)).toMatchObject({ sub: "ada" });
  });
});

describe("a provider that hangs", () => {
  const held: ServerResponse[] = [];
  const hang = (response: ServerResponse): void => {
    held.push(response);
  };
  const trickle = (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"issuer":');
    held.push(response);
  };

  afterEach(() => {
    for (const response of held.splice(0)) response.destroy();
  });

  it("is given five seconds", () => {
    expect(OIDC_LIMITS.requestMs).toBe(5_000);
  });

  it.each([
    ["before it answers", hang],
    ["in the middle of its answer", trickle],
  ])("%s is UNAVAILABLE within the time limit, at discovery", async (_when, how) => {
    world.provider.intercept(at(DISCOVERY, how));
    const client = world.client({}, { limits: { requestMs: 200 } });
    const started = performance.now();
    expect(await refusal(client.begin())).toMatchObject({ code: "UNAVAILABLE" });
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it.each(["/token", "/jwks", "/me"])("is UNAVAILABLE within the time limit, at %s", async (path) => {
    const client = world.client({}, { limits: { requestMs: 1_000 } });
    const { callback, state } = await world.upToCallback(client);
    world.provider.intercept(at(path, hang));
    const started = performance.now();
    expect(await refusal(client.finish(callback, state))).toMatchObject({ code: "UNAVAILABLE" });
    expect(performance.now() - started).toBeGreaterThan(950);
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(held).toHaveLength(1);
  });
});

describe("a provider that answers nonsense is UNAVAILABLE, and the log says why:", () => {
  it.each<[string, string, (response: ServerResponse) => void]>([
    ["an error", "status 503", (response) => response.writeHead(503).end()],
    ["that we ask too often", "status 429", (response) => response.writeHead(429).end()],
    ["nothing", "content-type", (response) => response.writeHead(200).end()],
    [
      "a page",
      "content-type",
      (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>Hello"),
    ],
    [
      "a list",
      "invalid response",
      (response) => response.writeHead(200, { "content-type": "application/json" }).end("[]"),
    ],
    ["a connection that breaks", "failed", (response) => response.destroy()],
    [
      "two megabytes",
      "larger than 1048576 bytes",
      (response) =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ issuer: "x".repeat(2_000_000) })),
    ],
    [
      "that it has moved",
      "status code",
      (response) => response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end(),
    ],
  ])("%s", async (_what, reason, answer) => {
    world.provider.intercept(at(DISCOVERY, answer));
    expect(await refusal(world.client().begin())).toMatchObject({ code: "UNAVAILABLE" });
    expect(world.logged.lines.join("\n")).toContain(reason);
  });

  it.each<[string, string, Readonly<Record<string, unknown>>]>([
    ["another issuer", "does not match the expected issuer", { issuer: "https://id.attacker.example" }],
    ["no keys", "jwks_uri", { jwks_uri: undefined }],
    ["keys at no address", "jwks_uri", { jwks_uri: "keys" }],
  ])("discovery with %s", async (_what, reason, changes) => {
    world.provider.intercept(await discoveryWith(changes));
    expect(await refusal(world.client().begin())).toMatchObject({ code: "UNAVAILABLE" });
    expect(world.logged.lines.join("\n")).toContain(reason);
  });

  it.each(["token_endpoint", "jwks_uri", "userinfo_endpoint"])(
    "a %s without TLS elsewhere",
    async (endpoint) => {
      world.provider.intercept(await discoveryWith({ [endpoint]: "http://id.example.org/endpoint" }));
      const client = world.client();
      const { callback, state } = await world.upToCallback(client);
      expect(await refusal(client.finish(callback, state))).toMatchObject({ code: "UNAVAILABLE" });
      expect(world.logged.lines.join("\n")).toContain("without TLS: http://id.example.org/endpoint");
    },
  );

  it.each(["{}", '{"keys":7}', "<p>"])("keys that are none: %s", async (body) => {
    world.provider.intercept(at("/jwks", (response) => response.writeHead(200).end(body)));
    const client = world.client();
    const { accessToken } = await world.provider.frontendTokens("ada");
    expect(await refusal(client.verifyBearer(accessToken))).toMatchObject({ code: "UNAVAILABLE" });
    expect(world.logged.lines.join("\n")).toContain("keys could not be fetched");
  });
});

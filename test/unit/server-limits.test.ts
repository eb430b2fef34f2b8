import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import { clientAddress, countedAddress, trustedProxies } from "../../src/server/client-address.js";
import { acceptedMediaType } from "../../src/server/graphql-request.js";
import { createOrigins } from "../../src/server/origins.js";
import { RateLimits, rateHeaders } from "../../src/server/rate-limits.js";
import { StreamPlaces, UNAUTHENTICATED_PER_ADDRESS } from "../../src/server/stream-places.js";

describe("the address that a request counts for", () => {
  const from = (remoteAddress: string, forwarded?: string) =>
    ({
      socket: { remoteAddress },
      headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    }) as unknown as IncomingMessage;

  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["unknown", "unknown"],
  ])("%s counts as %s", (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });

  it("is the peer's own where no proxy is trusted, whatever it says", () => {
    const trust = trustedProxies([]);
    expect(clientAddress(from("192.0.2.7", "198.51.100.1"), trust)).toBe("192.0.2.7");
  });

  it("is the nearest that no trusted proxy has forwarded", () => {
    const trust = trustedProxies(["10.0.0.0/8"]);
    expect(clientAddress(from("10.1.1.1", "198.51.100.1"), trust)).toBe("198.51.100.1");
    // What a client puts in front of it is not believed.
    expect(clientAddress(from("10.1.1.1", "203.0.113.9, 198.51.100.1, 10.2.2.2"), trust)).toBe(
      "198.51.100.1",
    );
    expect(clientAddress(from("192.0.2.7", "198.51.100.1"), trust)).toBe("192.0.2.7");
  });

  it("is the proxy's own where that forwards no address", () => {
    const trust = trustedProxies(["10.0.0.0/8"]);
    expect(clientAddress(from("10.1.1.1", "unknown"), trust)).toBe("10.1.1.1");
    expect(clientAddress(from("10.1.1.1", "'; DROP TABLE x"), trust)).toBe("10.1.1.1");
    expect(clientAddress(from("10.1.1.1"), trust)).toBe("10.1.1.1");
  });
});

describe("origins", () => {
  it("are the server's own addresses where no public URL is set, as soon as the port is known", () => {
    const origins = createOrigins({
      publicUrl: undefined,
      allowedOrigins: ["https://app.example"],
      host: "127.0.0.1",
    });
    expect(origins.judge("http://localhost:4000")).toBe("refused");
    origins.listeningOn(4000);
    for (const own of [
      "http://localhost:4000",
      "http://127.0.0.1:4000",
      "http://[::1]:4000",
      "https://app.example",
    ])
      expect(origins.judge(own)).toBe("allowed");
    for (const other of [
      "http://localhost:4001",
      "https://localhost:4000",
      "http://localhost:4000.evil.example",
    ])
      expect(origins.judge(other)).toBe("refused");
  });

  it("are the public URL's alone where one is set, and those that the settings name", () => {
    const origins = createOrigins({
      publicUrl: "https://sign.example",
      allowedOrigins: [],
      host: "127.0.0.1",
    });
    origins.listeningOn(4000);
    expect(origins.judge("https://sign.example")).toBe("allowed");
    expect(origins.judge("http://localhost:4000")).toBe("refused");
  });

  it.each([
    "null",
    "",
    "https://sign.example/",
    "https://SIGN.example",
    "https://sign.example, https://sign.example",
    "*",
    "file://",
  ])("are not %j", (origin) => {
    const origins = createOrigins({
      publicUrl: "https://sign.example",
      allowedOrigins: [],
      host: "127.0.0.1",
    });
    expect(origins.judge(origin)).toBe("refused");
  });

  it("may be absent, which is neither", () => {
    expect(createOrigins({ publicUrl: undefined, allowedOrigins: [], host: "::" }).judge(undefined)).toBe(
      "absent",
    );
  });
});

describe("rates", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const limits = (rates: Partial<ConstructorParameters<typeof RateLimits>[0]>) =>
    new RateLimits({ ratePrincipal: 0, rateAddress: 0, rateFailures: 0, ...rates });
  const bad = () => Promise.reject(new DomainError("UNAUTHENTICATED", "no"));
  const good = () => Promise.resolve("somebody");

  it("are spent, refused, and given back after a minute", async () => {
    const rates = limits({ ratePrincipal: 10 });
    expect(await rates.principal("a", 4)).toMatchObject({
      limit: 10,
      remaining: 6,
      resetSeconds: 60,
      exceeded: false,
    });
    expect(await rates.principal("a", 6)).toMatchObject({ remaining: 0, exceeded: false });
    expect(await rates.principal("b", 1)).toMatchObject({ remaining: 9 });
    const over = await rates.principal("a", 1);
    expect(over).toMatchObject({ remaining: 0, exceeded: true });
    expect(rateHeaders(over!)).toEqual({
      "ratelimit-limit": "10",
      "ratelimit-remaining": "0",
      "ratelimit-reset": "60",
      "ratelimit-policy": "10;w=60",
      "retry-after": "60",
    });
    // Trying again does not prolong it.
    await vi.advanceTimersByTimeAsync(59_000);
    expect(await rates.principal("a", 1)).toMatchObject({ exceeded: true, resetSeconds: 1 });
    await vi.advanceTimersByTimeAsync(1_001);
    expect(await rates.principal("a", 1)).toMatchObject({ exceeded: false, remaining: 9 });
  });

  it("are spent over the minute, not in its first second", async () => {
    const rates = limits({ ratePrincipal: 12_000 });
    expect(await rates.principal("a", 1_000)).toMatchObject({ remaining: 11_000, exceeded: false });
    const over = await rates.principal("a", 1);
    // It takes nothing of the minute, and a second later there is more.
    expect(over).toMatchObject({ remaining: 11_000, exceeded: true, retrySeconds: 1 });
    expect(rateHeaders(over!)).toMatchObject({ "ratelimit-remaining": "11000", "retry-after": "1" });
    await vi.advanceTimersByTimeAsync(1_001);
    expect(await rates.principal("a", 1_000)).toMatchObject({ remaining: 10_000, exceeded: false });
    expect(await limits({ ratePrincipal: 120_000 }).principal("a", 10_000)).toMatchObject({
      exceeded: false,
    });
  });

  it("let through once what costs more than there is at all", async () => {
    const rates = limits({ rateAddress: 10 });
    expect(await rates.address("x", 500)).toMatchObject({ exceeded: false, remaining: 0 });
    expect(await rates.address("x", 1)).toMatchObject({ exceeded: true });
  });

  it("of 0 are none", async () => {
    const rates = limits({});
    expect(rates.principal("a", 1e9)).toBeUndefined();
    expect(rates.address("x", 1e9)).toBeUndefined();
    for (let times = 0; times < 50; times += 1)
      await expect(rates.proving("x", "p", bad)).rejects.toThrow("no");
  });

  it("do not look at new credentials after too many bad ones, until the minute is over", async () => {
    const rates = limits({ rateFailures: 3 });
    expect(await rates.proving("x", "mine", good)).toBe("somebody");
    for (let times = 0; times < 3; times += 1)
      await expect(rates.proving("x", `guess ${times}`, bad)).rejects.toThrow("no");
    const guess = vi.fn(bad);
    await expect(rates.proving("x", "guess 4", guess)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      details: { retryAfter: 60 },
    });
    await expect(rates.proving("x", "new but good", good)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    expect(guess).not.toHaveBeenCalled();
    // Who is at work goes on, and so does every other address.
    expect(await rates.proving("x", "mine", good)).toBe("somebody");
    expect(await rates.proving("y", "new but good", good)).toBe("somebody");
    await vi.advanceTimersByTimeAsync(60_001);
    expect(await rates.proving("x", "new but good", good)).toBe("somebody");
  });

  it("take a credential that has ended for one that does not hold", async () => {
    const rates = limits({ rateFailures: 2 });
    await rates.proving("x", "mine", good);
    for (let times = 0; times < 2; times += 1)
      await expect(rates.proving("x", "mine", bad)).rejects.toThrow("no");
    await expect(rates.proving("x", "mine", good)).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });

  it("do not count failures of our own", async () => {
    const rates = limits({ rateFailures: 1 });
    const broken = () => Promise.reject(new DomainError("UNAVAILABLE", "away"));
    for (let times = 0; times < 5; times += 1)
      await expect(rates.proving("x", "p", broken)).rejects.toThrow("away");
    expect(await rates.proving("x", "p", good)).toBe("somebody");
  });

  it("are counted for a bounded number of addresses; further ones share what is left", async () => {
    vi.useRealTimers();
    // Tens of thousands of timers are too many for fake ones.
    vi.useFakeTimers({ toFake: ["Date"] });
    const rates = limits({ rateAddress: 5 });
    for (let number = 0; number < 20_000; number += 1) await rates.address(`known ${number}`, 1);
    let exceeded = 0;
    for (let number = 0; number < 20_000; number += 1)
      if ((await rates.address(`late ${number}`, 1))?.exceeded === true) exceeded += 1;
    // A thousand counters of five each.
    expect(exceeded).toBeGreaterThanOrEqual(15_000);
    expect(await rates.address("known 7", 1)).toMatchObject({ exceeded: false, remaining: 3 });
    vi.setSystemTime(Date.now() + 60_001);
    expect(await rates.address("late 1", 1)).toMatchObject({ remaining: 4 });
  });
});

describe("places of streams", () => {
  const refusal = (limit: string, maximum: number) =>
    expect.objectContaining({ code: "RATE_LIMITED", details: expect.objectContaining({ limit, maximum }) });

  it("are as many for an address as it may have, and come back", () => {
    const places = new StreamPlaces({ socketsPerAddress: 2, socketsPerPrincipal: 9 });
    const [first] = [places.take("x"), places.take("x")];
    expect(() => places.take("x")).toThrow(refusal("socketsPerAddress", 2));
    places.take("y").leave();
    first?.leave();
    first?.leave();
    places.take("x");
    expect(() => places.take("x")).toThrow(refusal("socketsPerAddress", 2));
  });

  it("are few for those who have not authenticated", () => {
    const places = new StreamPlaces({ socketsPerAddress: 1_000, socketsPerPrincipal: 1_000 });
    const strangers = Array.from({ length: UNAUTHENTICATED_PER_ADDRESS }, () => places.take("x"));
    expect(() => places.take("x")).toThrow(refusal("unauthenticatedPerAddress", UNAUTHENTICATED_PER_ADDRESS));
    strangers[0]?.authenticated("somebody");
    places.take("x");
    expect(() => places.take("x")).toThrow(refusal("unauthenticatedPerAddress", UNAUTHENTICATED_PER_ADDRESS));
    strangers[0]?.leave();
    expect(() => places.take("x")).toThrow();
    strangers[1]?.leave();
    places.take("x");
  });

  it("are as many for a principal as it may have, from wherever", () => {
    const places = new StreamPlaces({ socketsPerAddress: 10, socketsPerPrincipal: 1 });
    const [one, two] = [places.take("x"), places.take("y")];
    one?.authenticated("somebody");
    one?.authenticated("somebody");
    expect(() => two?.authenticated("somebody")).toThrow(refusal("socketsPerPrincipal", 1));
    two?.authenticated("somebody else");
    one?.leave();
    places.take("y").authenticated("somebody");
  });

  it("are not taken by who has left before the credential was looked at", () => {
    const places = new StreamPlaces({ socketsPerAddress: 10, socketsPerPrincipal: 1 });
    const place = places.take("x");
    place.leave();
    place.authenticated("somebody");
    places.take("x").authenticated("somebody");
  });
});

describe("the media type of an answer", () => {
  const [json, graphql] = ["application/json", "application/graphql-response+json"];
  it.each([
    [undefined, json],
    ["*/*", json],
    ["application/*", json],
    [graphql, graphql],
    [`${graphql}, ${json};q=0.9`, graphql],
    [`${json}, ${graphql};q=0.9`, json],
    [`${graphql};charset=utf-8, */*;q=0.1`, graphql],
    [`*/*, ${json};q=0`, graphql],
    ["text/html", undefined],
    [`${json};q=0`, undefined],
    ["nonsense", undefined],
    [`${json};q=many`, undefined],
    ["text/html,".repeat(1_000), undefined],
  ])("for Accept: %s is %s", (accept, expected) => {
    expect(acceptedMediaType(accept)).toBe(expected);
  });
});

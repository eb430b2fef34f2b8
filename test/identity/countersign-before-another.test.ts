import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verdictOn } from "../api/members.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { exchange, hexOf, REVOKE, viewerOf } from "./core-world.js";

describe("a Countersign before another one", () => {
  let back: TestServer;
  let front: TestServer;

  beforeAll(async () => {
    back = await startTestServer(databaseKind("sqlite"));
    front = await startTestServer(databaseKind("sqlite"), {
      CORE_URL: back.url,
      CORE_KEYS: "on",
      RATE_FAILURES: "3",
    });
  });
  afterAll(async () => {
    await front?.close();
    await back?.close();
  });

  it("takes the other's keys until they are revoked there, and shows it none of its own", async () => {
    const { key, keyId } = await back.principal("Agent of the Core", "AGENT", ["AGENT"]);
    const { token, status } = await exchange(front.url, key);
    expect(status).toBe(200);
    expect((await viewerOf(front.url, token)).principal.name).toBe(`Core key ${hexOf(key).slice(0, 8)}`);
    expect((await exchange(front.url, front.keys.agent)).status).toBe(200);
    await gqlData(back.url, back.keys.admin, REVOKE, { keyId });
    await until(async () => (await exchange(front.url, key)).code === "UNAUTHENTICATED", {
      intervalMs: 500,
    });
  });

  it("counts what the other refuses as failed proofs of whoever sent it, and says so", async () => {
    const codes: (string | undefined)[] = [];
    for (let guess = 0; guess < 5; guess += 1) codes.push((await exchange(front.url, `guess-${guess}`)).code);
    expect(codes.at(-1)).toBe("RATE_LIMITED");
    // Keys that have held lately go on holding from that address.
    expect((await exchange(front.url, front.keys.agent)).status).toBe(200);
    expect(await verdictOn(front)).toMatchObject({ ok: true });
  });
});

import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { loadSigningKeys, type SigningKeys } from "../../src/identity/signing-key.js";
import { issueToken, type TokenSubject, verifyToken } from "../../src/identity/token.js";

const SUBJECT: TokenSubject = { principalId: "principal_a", workspaceId: "workspace_b", keyId: "key_c" };
const NOW = 1_800_000_000_000;

describe("a token", () => {
  let keys: SigningKeys;

  beforeAll(async () => {
    keys = await newKeys();
  });

  async function newKeys(): Promise<SigningKeys> {
    const dataDir = await mkdtemp(join(inject("runDirectory"), "token-"));
    const choices = {
      signingKey: undefined,
      retiredKeys: undefined,
      dataDir,
      dialectShared: false,
      writable: true,
    };
    return loadSigningKeys(choices);
  }
  const issue = (seconds = 900, keyExpiresAt: number | null = null) =>
    issueToken(keys, SUBJECT, { seconds, keyExpiresAt, now: NOW });

  it("says whom it speaks for, and until when", async () => {
    const { token, expiresAt } = await issue();
    expect(expiresAt).toBe(NOW + 900_000);
    expect(await verifyToken(keys, token, NOW)).toEqual({ ...SUBJECT, expiresAt });
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", kid: keys.kid, typ: "at+jwt" });
    expect(decodeJwt(token)).toEqual({
      iss: "countersign",
      aud: "countersign",
      sub: SUBJECT.principalId,
      workspace: SUBJECT.workspaceId,
      key: SUBJECT.keyId,
      iat: NOW / 1000,
      exp: NOW / 1000 + 900,
    });
  });

  it("ends with its key, where that ends earlier", async () => {
    const { token, expiresAt } = await issue(900, NOW + 60_500);
    expect(expiresAt).toBe(NOW + 60_000);
    expect(await verifyToken(keys, token, NOW + 59_000)).toBeDefined();
    expect(await verifyToken(keys, token, NOW + 60_000)).toBeUndefined();
  });

  it("is refused once it has expired", async () => {
    const { token } = await issue(60);
    expect(await verifyToken(keys, token, NOW + 59_999)).toBeDefined();
    expect(await verifyToken(keys, token, NOW + 60_000)).toBeUndefined();
  });

  it("is refused where another key signed it", async () => {
    const { token } = await issue();
    expect(await verifyToken(await newKeys(), token, NOW)).toBeUndefined();
  });

  it("is refused where it was altered", async () => {
    const { token } = await issue();
    const [header = "", , signature = ""] = token.split(".");
    const claims = { ...decodeJwt(token), sub: "principal_admin" };
    const forged = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
    expect(await verifyToken(keys, forged, NOW)).toBeUndefined();
    for (const text of ["", "a.b.c", `${token}x`, "null"])
      expect(await verifyToken(keys, text, NOW)).toBeUndefined();
  });

  it.each([
    ["no signature's algorithm", { alg: "none" }, {}],
    ["another type, such as a receipt's", { typ: "countersign-receipt+jws" }, {}],
    ["another issuer", {}, { iss: "somebody" }],
    ["another audience", {}, { aud: "somebody" }],
    ["no principal", {}, { sub: undefined }],
    ["no key", {}, { key: undefined }],
    ["no workspace", {}, { workspace: 7 }],
    ["no end", {}, { exp: undefined }],
  ])("is refused with %s, however well it is signed", async (_, header, change) => {
    const claims = { ...decodeJwt((await issue()).token), ...change };
    const token = await new SignJWT(JSON.parse(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "EdDSA", kid: keys.kid, typ: "at+jwt", ...header })
      .sign(keys.privateKey)
      .catch(() => `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.e30.`);
    expect(await verifyToken(keys, token, NOW)).toBeUndefined();
  });

  it("is never confused with a receipt or a checkpoint", async () => {
    const { token } = await issue();
    expect(keys.verify("countersign-receipt+jws", token)).toHaveProperty("problem");
  });
});

import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { beforeEach, describe, expect, inject, it } from "vitest";
import {
  loadPublicKeys,
  loadSigningKeys,
  type SigningKeyChoices,
  type SigningKeys,
} from "../../src/identity/signing-key.js";

let dataDir: string;

beforeEach(async () => {
  dataDir = join(await mkdtemp(join(inject("runDirectory"), "keys-")), "data");
});

const load = (choices: Partial<SigningKeyChoices> = {}): Promise<SigningKeys> =>
  loadSigningKeys({
    signingKey: undefined,
    retiredKeys: undefined,
    dataDir,
    dialectShared: false,
    writable: true,
    ...choices,
  });
const newPem = (type: "ed25519" | "x25519" = "ed25519"): string =>
  generateKeyPairSync(type as "ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string;

describe("the signing key", () => {
  it("is made on the first start, for its owner's eyes only, and found again", async () => {
    const first = await load();
    const path = join(dataDir, "signing-key.jwk");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(first.warnings).toEqual([]);
    expect((await load({ writable: false })).kid).toBe(first.kid);
  });

  it("is one key, however many processes start at once", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => load()));
    expect(new Set(keys.map((key) => key.kid)).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(["signing-key.jwk"]);
  });

  it("is not made by who only reads", async () => {
    await expect(load({ writable: false })).rejects.toThrow(/no signing key at .*signing-key\.jwk/);
    await expect(readdir(dataDir)).rejects.toThrow("ENOENT");
  });

  it("has to be given where servers share the database, and the error says how to make one", async () => {
    await expect(load({ dialectShared: true })).rejects.toThrow(
      /SIGNING_KEY.*openssl genpkey -algorithm ed25519/,
    );
    expect((await load({ dialectShared: true, signingKey: newPem() })).kid).toMatch(/^[\w-]{43}$/);
  });

  it("can be given as PEM, as PEM in one line, as JWK, or as the path of a file with either", async () => {
    const pem = newPem();
    const { kid } = await load({ signingKey: pem });
    expect((await load({ signingKey: pem.replaceAll("\n", "\\n") })).kid).toBe(kid);
    const { privateKey } = await load({ signingKey: pem });
    const jwk = JSON.stringify(privateKey.export({ format: "jwk" }));
    expect((await load({ signingKey: jwk })).kid).toBe(kid);
    const directory = await mkdtemp(join(inject("runDirectory"), "given-"));
    for (const [name, text] of [
      ["key.pem", pem],
      ["key.jwk", `${jwk}\n`],
    ] as const) {
      const path = join(directory, name);
      await writeFile(path, text, { mode: 0o600 });
      expect((await load({ signingKey: path })).kid).toBe(kid);
    }
  });

  it("is warned about where others can read its file", async () => {
    await load();
    const path = join(dataDir, "signing-key.jwk");
    await chmod(path, 0o644);
    expect((await load()).warnings).toEqual([expect.stringContaining("chmod 600")]);
  });

  it.each([
    ["another kind of key", () => newPem("x25519")],
    ["a PEM that is none", () => "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"],
    ["a JWK that is none", () => '{"kty":"OKP","crv":"Ed25519","x":"c2VjcmV0"}'],
    ["JSON that is none", () => "{c2VjcmV0"],
    ["text that is neither", () => "c2VjcmV0"],
  ])("is refused where it is %s, without repeating it", async (_, text) => {
    const error = await load({ signingKey: text() }).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(/SIGNING_KEY.*Ed25519 private key/);
    expect(JSON.stringify([String(error), (error as Error).cause])).not.toContain("c2VjcmV0");
  });

  it("is not replaced where its file is damaged", async () => {
    await load();
    await writeFile(join(dataDir, "signing-key.jwk"), "{}");
    await expect(load()).rejects.toThrow("not usable");
    expect(await readFile(join(dataDir, "signing-key.jwk"), "utf8")).toBe("{}");
  });
});

describe("the public keys", () => {
  it("are a JWKS of nothing but public members, named by their RFC 7638 thumbprints", async () => {
    const keys = await load();
    const [jwk, ...others] = keys.publicJwks().keys;
    expect(others).toEqual([]);
    expect(Object.keys(jwk!).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    expect(jwk).toMatchObject({ kid: keys.kid, alg: "EdDSA", kty: "OKP", crv: "Ed25519" });
    expect(await calculateJwkThumbprint({ ...jwk! })).toBe(keys.kid);
  });

  it("keep those that were retired, so that what they signed can still be verified", async () => {
    const old = await load({ signingKey: newPem() });
    const jws = old.sign("test+jws", { said: "before" });
    const path = join(await mkdtemp(join(inject("runDirectory"), "retired-")), "jwks.json");
    await writeFile(path, JSON.stringify(old.publicJwks()));
    const current = await load({ retiredKeys: path });
    expect(current.publicJwks().keys.map((key) => key.kid)).toEqual([current.kid, old.kid]);
    expect(current.verify("test+jws", jws)).toEqual({ payload: '{"said":"before"}' });
    expect((await loadPublicKeys(path)).verify("test+jws", jws)).toEqual({ payload: '{"said":"before"}' });
    expect((await load()).verify("test+jws", jws)).toEqual({ problem: expect.stringContaining(old.kid) });
  });

  it("never hand a retired private key out again", async () => {
    const old = await load({ signingKey: newPem() });
    const path = join(await mkdtemp(join(inject("runDirectory"), "retired-")), "jwks.json");
    await writeFile(path, JSON.stringify({ keys: [old.privateKey.export({ format: "jwk" })] }));
    const text = JSON.stringify((await load({ retiredKeys: path })).publicJwks());
    expect(text).toContain(old.kid);
    expect(text).not.toContain(old.privateKey.export({ format: "jwk" }).d);
  });

  it.each(["", "{}", '{"keys":[{"kty":"RSA"}]}', '{"keys":[1]}'])("are refused as %j", async (text) => {
    const path = join(await mkdtemp(join(inject("runDirectory"), "retired-")), "jwks.json");
    await writeFile(path, text);
    await expect(load({ retiredKeys: path })).rejects.toThrow(/RETIRED_KEYS must be the path of a JWKS/);
    await expect(load({ retiredKeys: `${path}.gone` })).rejects.toThrow(/RETIRED_KEYS.*there is no file/);
  });
});

describe("what is signed", () => {
  it("is a compact JWS that jose reads", async () => {
    const keys = await load();
    const jws = keys.sign("test+jws", { said: "Späte Gebühr" });
    const { payload, protectedHeader } = await compactVerify(
      jws,
      await importJWK({ ...keys.publicJwks().keys[0]! }),
    );
    expect(JSON.parse(Buffer.from(payload).toString("utf8"))).toEqual({ said: "Späte Gebühr" });
    expect(protectedHeader).toEqual({ alg: "EdDSA", kid: keys.kid, typ: "test+jws" });
  });

  it("is believed as it was signed, and in no other way", async () => {
    const keys = await load();
    const jws = keys.sign("test+jws", { said: 1 });
    const [header = "", payload = "", signature = ""] = jws.split(".");
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const broken = { problem: expect.any(String) };
    expect(keys.verify("test+jws", jws)).toEqual({ payload: '{"said":1}' });
    expect(keys.verify("other+jws", jws)).toEqual(broken);
    for (const altered of [
      `${header}.${encoded({ said: 2 })}.${signature}`,
      `${encoded({ alg: "none", kid: keys.kid, typ: "test+jws" })}.${payload}.${signature}`,
      `${encoded({ typ: "test+jws", alg: "EdDSA", kid: keys.kid })}.${payload}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature}A`,
      `${header}.${payload}.${signature.slice(0, -1)}${signature.endsWith("A") ? "B" : "A"}`,
      `${header}.${payload}`,
      `${jws}.${payload}`,
      `${jws}\n`,
      "",
      null,
      7,
      {},
    ]) {
      expect(keys.verify("test+jws", altered)).toEqual(broken);
    }
  });
});

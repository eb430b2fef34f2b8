import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import type { JwsSigner, JwsVerifier } from "../ledger/receipt.js";
import { openCompact, signCompact } from "./compact-jws.js";
import { createKeyFile, modeWarning, readKeyFile, signingKeyPath } from "./signing-key-file.js";

/** A public key of a JWKS (RFC 7517, RFC 8037). */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

/** The key that the service signs with, and those that it has signed with before. */
export interface SigningKeys extends JwsSigner, JwsVerifier {
  /** Of the current key. */
  readonly kid: string;
  /** For tokens, which jose signs. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The current key first. */
  publicJwks(): { readonly keys: readonly PublicJwk[] };
  /** What about the key files should be put right; one sentence each. */
  readonly warnings: readonly string[];
}

export interface SigningKeyChoices {
  /** PEM (PKCS 8) or JWK text, or the path of a file that holds one. */
  readonly signingKey: string | undefined;
  /** Path of a JWKS with the public keys that were used before. */
  readonly retiredKeys: string | undefined;
  readonly dataDir: string;
  /** Whether several servers share the database: then they must share the key too, so it has to be given. */
  readonly dialectShared: boolean;
  /** Whether a key may be made where there is none. */
  readonly writable: boolean;
}

/**
 * Reads the signing key; on an embedded database it is made on the first start.
 * @throws Error that names the setting and says what to do; it never repeats the key
 */
export async function loadSigningKeys(choices: SigningKeyChoices): Promise<SigningKeys> {
  const warnings: string[] = [];
  const privateKey = await currentKey(choices, warnings);
  const retired = choices.retiredKeys === undefined ? [] : await retiredKeys(choices.retiredKeys);
  return signingKeys(privateKey, retired, warnings);
}

/**
 * What opens JWS with the public keys of a JWKS file, for who has no signing key.
 * @throws Error where the file is no JWKS with Ed25519 keys
 */
export async function loadPublicKeys(path: string): Promise<JwsVerifier> {
  const keys = await withThumbprints(await retiredKeys(path, "The file of public keys"));
  return { verify: (typ, jws) => openCompact((kid) => keys.get(kid), typ, jws) };
}

async function signingKeys(
  privateKey: KeyObject,
  retired: readonly KeyObject[],
  warnings: readonly string[],
): Promise<SigningKeys> {
  const publicKey = createPublicKey(privateKey);
  const known = await withThumbprints([publicKey, ...retired]);
  const [kid = ""] = known.keys();
  const jwks = { keys: [...known].map(([id, key]) => publicJwk(id, key)) };
  return {
    kid,
    privateKey,
    publicKey,
    warnings,
    publicJwks: () => jwks,
    sign: (typ, payload) => signCompact(privateKey, kid, typ, payload),
    verify: (typ, jws) => openCompact((id) => known.get(id), typ, jws),
  };
}

async function currentKey(choices: SigningKeyChoices, warnings: string[]): Promise<KeyObject> {
  if (choices.signingKey !== undefined) return givenKey(choices.signingKey, warnings);
  if (choices.dialectShared) throw new Error(KEY_NEEDED);
  const path = signingKeyPath(choices.dataDir);
  const stored =
    (await readKeyFile(path)) ??
    (choices.writable ? await createKeyFile(choices.dataDir, newKey()) : undefined);
  if (stored === undefined) {
    throw new Error(
      `There is no signing key at ${path} yet: the first start of the server makes it. Is DATA_DIR right?`,
    );
  }
  await warn(path, warnings);
  return privateKeyOf(stored, `The signing key in ${path}`);
}

async function givenKey(given: string, warnings: string[]): Promise<KeyObject> {
  const text = given.trim();
  if (isKeyText(text)) return privateKeyOf(text, "SIGNING_KEY");
  const stored = await readKeyFile(text).catch(() => undefined);
  // The text is not repeated: it may be a key that lost its first line.
  if (stored === undefined) throw new Error(`SIGNING_KEY names no file that can be read. ${EXPECTED}`);
  await warn(text, warnings);
  return privateKeyOf(stored.trim(), "The file that SIGNING_KEY names");
}

const EXPECTED =
  "It must be an Ed25519 private key as PEM (PKCS 8) or JWK, or the path of a file that holds one; " +
  "make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem";
const KEY_NEEDED = `SIGNING_KEY must be set: servers that share a database must sign with the same key. ${EXPECTED}`;

function isKeyText(text: string): boolean {
  return text.startsWith("{") || text.startsWith("-----BEGIN");
}

/** @throws Error naming `what`, without what was in it */
function privateKeyOf(text: string, what: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = text.trim().startsWith("{")
      ? createPrivateKey({ key: JSON.parse(text), format: "jwk" })
      : // One line is all that some ways to set an environment variable can hold.
        createPrivateKey(text.replaceAll("\\n", "\n"));
  } catch {
    // Errors of the parsers may quote the text.
  }
  if (key?.asymmetricKeyType !== "ed25519") throw new Error(`${what} is not usable. ${EXPECTED}`);
  return key;
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return `${JSON.stringify(privateKey.export({ format: "jwk" }))}\n`;
}

async function retiredKeys(path: string, what = "RETIRED_KEYS"): Promise<KeyObject[]> {
  const expected = `${what} must be the path of a JWKS (RFC 7517) of Ed25519 keys, such as /.well-known/jwks.json gives`;
  const text = await readKeyFile(path);
  if (text === undefined) throw new Error(`${expected}; there is no file ${path}.`);
  try {
    const { keys } = JSON.parse(text) as { keys: { kty?: string; crv?: string; x?: string }[] };
    // Only the public members are handed on, whatever else the file holds.
    return keys.map(({ kty = "", crv = "", x = "" }) => {
      const key = createPublicKey({ key: { kty, crv, x }, format: "jwk" });
      if (key.asymmetricKeyType !== "ed25519") throw new Error("another kind of key");
      return key;
    });
  } catch {
    throw new Error(`${expected}; ${path} is not one.`);
  }
}

/** By RFC 7638 thumbprint; a key that comes twice counts once. */
async function withThumbprints(keys: readonly KeyObject[]): Promise<Map<string, KeyObject>> {
  const found = new Map<string, KeyObject>();
  for (const key of keys) found.set(await calculateJwkThumbprint(key.export({ format: "jwk" })), key);
  return found;
}

function publicJwk(kid: string, key: KeyObject): PublicJwk {
  const { x = "" } = key.export({ format: "jwk" });
  return { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" };
}

async function warn(path: string, warnings: string[]): Promise<void> {
  const warning = await modeWarning(path);
  if (warning !== undefined) warnings.push(warning);
}

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { typeid } from "typeid-js";

/** A key as its owner gets it, once; only the hash of the secret is kept. */
export interface NewApiKey {
  /** `key_…`: names the key, and is no secret. */
  readonly id: string;
  /** `csk_<26: the id's suffix>_<43: the secret><6: checksum>`. */
  readonly text: string;
  /** SHA-256 (hex) of the secret. */
  readonly secretHash: string;
}

/** What a well-formed key's text says. */
export interface PresentedKey {
  readonly id: string;
  readonly secretHash: string;
}

const SHAPE = /^(csk_([0-7][0-9a-hjkmnp-tv-z]{25})_([A-Za-z0-9_-]{43}))([A-Za-z0-9_-]{6})$/;
const SECRET_BYTES = 32;

/** Compared with where there is no key of that id, so that finding none takes the same work. */
const NOBODYS = randomBytes(32);

/** Makes a key with a random secret of 256 bits. */
export function newApiKey(): NewApiKey {
  const id = typeid("key");
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const text = `csk_${id.getSuffix()}_${secret}`;
  return { id: id.toString(), text: text + checksum(text), secretHash: hashOf(secret) };
}

/** Whether a text means to be an API key, well-formed or not. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith("csk_");
}

/** Undefined where the text is malformed or mistyped: the checksum tells so before the database is asked. */
export function parseApiKey(text: string): PresentedKey | undefined {
  const [, body, suffix, secret, sum] = SHAPE.exec(text) ?? [];
  if (body === undefined || secret === undefined || checksum(body) !== sum) return undefined;
  return { id: `key_${suffix}`, secretHash: hashOf(secret) };
}

/**
 * Whether the presented secret is the stored one, in time that does not depend on where they differ.
 * @param storedHash undefined where there is no key of that id; the answer is then no, after the same work
 */
export function secretMatches(presented: PresentedKey, storedHash: string | undefined): boolean {
  const stored = storedHash === undefined ? NOBODYS : Buffer.from(storedHash, "hex");
  const given = Buffer.from(presented.secretHash, "hex");
  return stored.length === given.length && timingSafeEqual(stored, given) && storedHash !== undefined;
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret, "ascii").digest("hex");
}

/** Against typing errors and scanners' false alarms; it protects nothing. */
function checksum(text: string): string {
  return createHash("sha256").update(text, "ascii").digest("base64url").slice(0, 6);
}

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { typeid } from "typeid-js";

/** A secret as its owner gets it, once; only its hash is kept. */
export interface NewSecret {
  /** A TypeID: names what the secret opens, and is no secret. */
  readonly id: string;
  /** `<prefix>_<26: the id's suffix>_<43: the secret><6: checksum>`. */
  readonly text: string;
  /** SHA-256 (hex) of the secret. */
  readonly secretHash: string;
}

/** What a well-formed text says. */
export interface PresentedSecret {
  readonly id: string;
  readonly secretHash: string;
}

/** One kind of secret text. */
export interface SecretFormat {
  /** Makes one with a random secret of 256 bits. */
  make(): NewSecret;
  /** Whether a text means to be of this kind, well-formed or not. */
  looksLike(text: string): boolean;
  /** Undefined where the text is malformed or mistyped: the checksum tells so before the database is asked. */
  parse(text: string): PresentedSecret | undefined;
}

const SECRET_BYTES = 32;

/** Compared with where there is nothing of that id, so that finding none takes the same work. */
const NOBODYS = randomBytes(32);

/**
 * @param prefix what the texts begin with, so that secret scanners know them
 * @param kind the TypeID prefix of what they open
 */
export function secretFormat(prefix: string, kind: string): SecretFormat {
  const shape = new RegExp(
    `^(${prefix}_([0-7][0-9a-hjkmnp-tv-z]{25})_([A-Za-z0-9_-]{43}))([A-Za-z0-9_-]{6})$`,
  );
  return {
    make() {
      const id = typeid(kind);
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const text = `${prefix}_${id.getSuffix()}_${secret}`;
      return { id: id.toString(), text: text + checksum(text), secretHash: hashOf(secret) };
    },
    looksLike: (text) => text.startsWith(`${prefix}_`),
    parse(text) {
      const [, body, suffix, secret, sum] = shape.exec(text) ?? [];
      if (body === undefined || secret === undefined || checksum(body) !== sum) return undefined;
      return { id: `${kind}_${suffix}`, secretHash: hashOf(secret) };
    },
  };
}

/**
 * Whether the presented secret is the stored one, in time that does not depend on where they differ.
 * @param storedHash undefined where there is nothing of that id; the answer is then no, after the same work
 */
export function secretMatches(presented: PresentedSecret, storedHash: string | undefined): boolean {
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

import { type NewSecret, type PresentedSecret, secretFormat } from "./secret-text.js";

/** A key as its owner gets it, once: `csk_<26: the id's suffix>_<43: the secret><6: checksum>`. */
export type NewApiKey = NewSecret;

const FORMAT = secretFormat("csk", "key");

/** Makes a key with a random secret of 256 bits. */
export function newApiKey(): NewApiKey {
  return FORMAT.make();
}

/** Whether a text means to be an API key, well-formed or not. */
export function looksLikeApiKey(text: string): boolean {
  return FORMAT.looksLike(text);
}

/** Undefined where the text is malformed or mistyped: the checksum tells so before the database is asked. */
export function parseApiKey(text: string): PresentedSecret | undefined {
  return FORMAT.parse(text);
}

import { createHash } from "node:crypto";
import { typeid } from "typeid-js";

/** The text of an API key as everybody can make it: of that secret and id, with the right checksum. */
export function apiKeyFormatted(secret: string, suffix = typeid("key").getSuffix(), prefix = "csk"): string {
  const text = `${prefix}_${suffix}_${secret}`;
  return text + createHash("sha256").update(text, "ascii").digest("base64url").slice(0, 6);
}

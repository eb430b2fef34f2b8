import { createHash } from "node:crypto";

/**
 * What the record keeps of a secret: SHA-256 (hex) over the stored hash. Without it, who can write to the database could
 * put the hash of a secret of their own into somebody's row, unseen by `audit verify`.
 */
export function fingerprintOf(secretHash: string): string {
  return createHash("sha256").update(secretHash, "utf8").digest("hex");
}

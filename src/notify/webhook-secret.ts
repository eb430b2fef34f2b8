import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
/** Bytes of a new secret, and how many any may have (Standard Webhooks, "Signature scheme"). */
const NEW_BYTES = 32;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/** A new secret of an endpoint, as its owner is shown it once: `whsec_` and 256 random bits in base64. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(NEW_BYTES).toString("base64")}`;
}

/** The key that a secret stands for; null for a text that is none. */
export function webhookKey(secret: string): Buffer | null {
  if (!secret.startsWith(PREFIX) || secret.length > 128) return null;
  const text = secret.slice(PREFIX.length);
  const key = Buffer.from(text, "base64");
  // Node reads over what is not base64.
  if (key.toString("base64") !== text) return null;
  return key.length >= LEAST_BYTES && key.length <= MOST_BYTES ? key : null;
}

/** What is signed. */
export interface SignedMessage {
  /** Without a dot, so that nothing can move from one part of the message to another. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  /** Exactly as it is sent. */
  readonly body: string;
}

/**
 * The header `webhook-signature`: one signature for each secret, so that a receiver verifies with whichever it has.
 * @throws Error without a secret, or with a text that is none
 */
export function webhookSignatures(
  secrets: readonly string[],
  { id, timestamp, body }: SignedMessage,
): string {
  if (secrets.length === 0) throw new Error("a webhook is signed with at least one secret");
  if (id.includes(".")) throw new Error("a webhook's id has no dots");
  const signatures = secrets.map((secret) => {
    const key = webhookKey(secret);
    if (key === null) throw new Error("an endpoint's secret is not one");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`, "utf8").digest("base64")}`;
  });
  return signatures.join(" ");
}

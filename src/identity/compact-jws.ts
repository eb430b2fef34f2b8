import { type KeyObject, sign, verify } from "node:crypto";
import type { OpenedJws } from "../ledger/receipt.js";

/**
 * Compact JWS (RFC 7515) with Ed25519 (RFC 8037). Written here because a receipt is signed inside the commit, under the
 * head's lock, where every turn of the event loop keeps other writers waiting: jose signs through WebCrypto and so only
 * asynchronously. The format is small, and jose reads what this writes (the tests hold it to that).
 */
export function signCompact(key: KeyObject, kid: string, typ: string, payload: object): string {
  const signed = `${encode({ alg: "EdDSA", kid, typ })}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed, "ascii"), key).toString("base64url")}`;
}

/** Opens a compact JWS that {@link signCompact} could have made, and no other. Never throws. */
export function openCompact(
  keyOf: (kid: string) => KeyObject | undefined,
  typ: string,
  jws: unknown,
): OpenedJws {
  if (typeof jws !== "string" || !COMPACT.test(jws)) return { problem: "it is not a compact JWS" };
  const parts = jws.split(".").map((part) => Buffer.from(part, "base64url"));
  // The unused bits of a part's last character could otherwise be altered unseen.
  if (parts.map((part) => part.toString("base64url")).join(".") !== jws) {
    return { problem: "it is not in plain base64url" };
  }
  const [header, payload, signature] = parts;
  if (header === undefined || payload === undefined || signature === undefined) {
    return { problem: "it is not a compact JWS" };
  }
  const kid = kidOf(header.toString("utf8"), typ);
  if (kid === undefined) return { problem: `it is not signed as ${typ} with EdDSA` };
  const key = keyOf(kid);
  if (key === undefined) return { problem: `it is signed with the key ${kid}, which is not known here` };
  const signed = Buffer.from(jws.slice(0, jws.lastIndexOf(".")), "ascii");
  if (!verify(null, signed, key, signature)) return { problem: "its signature is wrong" };
  return { payload: payload.toString("utf8") };
}

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}

/** The key that a header names, where it is a header as this file writes them. */
function kidOf(text: string, typ: string): string | undefined {
  try {
    const { kid } = JSON.parse(text) as { kid?: unknown };
    return typeof kid === "string" && text === JSON.stringify({ alg: "EdDSA", kid, typ }) ? kid : undefined;
  } catch {
    return undefined;
  }
}

import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { badInput } from "./domain-error.js";
import { LIMITS } from "./limits.js";
import { optionalText, requiredText, wellFormed } from "./text.js";

/** A JSON object as it came from the wire. */
export type JsonObject = { readonly [key: string]: unknown };

/** What an agent proposes, as it was handed in. */
export interface ProposalInput {
  readonly title: unknown;
  readonly detail?: unknown;
  readonly payload?: unknown;
}

/** A checked proposal: the text that a human signs, and its digest. */
export interface ProposalText {
  readonly title: string;
  readonly detail: string | null;
  /** RFC 8785 text of the payload object, or null. */
  readonly payload: string | null;
  /** `sha256:<hex>` over the RFC 8785 form of {title, detail, payload}. */
  readonly digest: string;
}

/**
 * Checks a proposal and computes what will be stored and signed.
 * @throws DomainError BAD_USER_INPUT naming the field (title, detail or payload, below `prefix`).
 */
export function checkProposal(input: ProposalInput, prefix = ""): ProposalText {
  const title = requiredText(input.title, `${prefix}title`, LIMITS.title);
  const detail = optionalText(input.detail, `${prefix}detail`, LIMITS.detail);
  const payload = checkPayload(input.payload, `${prefix}payload`);
  return { title, detail, payload, digest: digestOf(title, detail, payload) };
}

/**
 * `sha256:<hex>` over the RFC 8785 form of {title, detail, payload}; an absent detail or payload is null.
 * @param payload the payload's RFC 8785 text, which is spliced in as it is
 */
export function digestOf(title: string, detail: string | null, payload: string | null): string {
  // Members in the order that RFC 8785 asks for: detail, payload, title.
  const text = `{"detail":${canonicalText(detail)},"payload":${payload ?? "null"},"title":${canonicalText(title)}}`;
  return `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;
}

/** RFC 8785 text of any JSON value. */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("a value without a JSON form cannot be canonicalised");
  return text;
}

function checkPayload(value: unknown, field: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object" || Array.isArray(value))
    throw badInput(field, `${field} must be a JSON object.`);
  checkJson(value, field, 1);
  const text = canonicalText(value);
  if (Buffer.byteLength(text, "utf8") > LIMITS.payloadBytes) {
    throw badInput(field, `${field} must be at most ${LIMITS.payloadBytes} bytes as canonical JSON.`);
  }
  return text;
}

/** Refuses what would not survive a round trip through JSON unchanged: the digest must mean the same to everybody. */
function checkJson(value: unknown, field: string, depth: number): void {
  if (depth > LIMITS.payloadDepth)
    throw badInput(field, `${field} is nested deeper than ${LIMITS.payloadDepth} levels.`);
  switch (typeof value) {
    case "string":
      wellFormed(value, field);
      return;
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
        throw badInput(
          field,
          `${field} holds a number beyond 2^53 - 1, which JSON readers disagree on; send it as a string.`,
        );
      }
      return;
    case "object":
      if (value === null) return;
      if (Array.isArray(value)) {
        for (const item of value) checkJson(item, field, depth + 1);
        return;
      }
      for (const [key, item] of Object.entries(value)) {
        wellFormed(key, field);
        checkJson(item, field, depth + 1);
      }
      return;
    default:
      throw badInput(field, `${field} holds a ${typeof value}, which is not JSON.`);
  }
}

import { createHash } from "node:crypto";
import type { PrincipalRef } from "../domain/principal.js";
import { canonicalText } from "../domain/proposal.js";
import type { EventType } from "../domain/ticket-event.js";

/** What an event says: the object whose canonical text is hashed. See docs/protocol.md. */
export interface EventBody {
  readonly v: 1;
  readonly workspace: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly ticket: string | null;
  readonly revision: number | null;
  readonly actor: PrincipalRef;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The text that is stored and hashed (RFC 8785). */
export function bodyText(body: EventBody): string {
  return canonicalText(body);
}

/** Reads a stored body. It was written by {@link bodyText}; `audit verify` is what distrusts it. */
export function parseBody(text: string): EventBody {
  return JSON.parse(text) as EventBody;
}

/** SHA-256 (hex) over the previous event's hash, a line feed and the body. */
export function chainHash(previousHash: string, body: string): string {
  return createHash("sha256").update(previousHash).update("\n").update(body, "utf8").digest("hex");
}

/** What stands before the first event of a workspace's ledger: so that no ledger can pass for another's. */
export function genesisHash(workspaceId: string): string {
  return createHash("sha256").update(`countersign:ledger:v1:${workspaceId}`, "utf8").digest("hex");
}

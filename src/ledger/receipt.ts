import { iso } from "../domain/refusals.js";
import type { PlacedEvent, ReviewOnRecord } from "../domain/ticket-event.js";
import type { DecisionStatus } from "../domain/ticket-state.js";

/** Signs statements with the service's key. Synchronous, so that a commit does not wait for another turn. */
export interface JwsSigner {
  /** A compact JWS (RFC 7515, EdDSA as in RFC 8037) over the payload's JSON, with `typ` in its header. */
  sign(typ: string, payload: object): string;
}

/** What became of opening a JWS: its payload's text, or why it is not to be believed. */
export type OpenedJws = { readonly payload: string } | { readonly problem: string };

/** Opens statements that were signed with the service's key, or one of those it had before. */
export interface JwsVerifier {
  /** Never throws: whatever is handed in may have been tampered with. */
  verify(typ: string, jws: unknown): OpenedJws;
}

/** The `typ` of a receipt's header. */
export const RECEIPT_TYP = "countersign-receipt+jws";

/** What a receipt states: that these reviewers decided this about that digest. See docs/protocol.md. */
export interface ReceiptPayload {
  readonly v: 1;
  readonly iss: "countersign";
  readonly workspace: string;
  readonly ticket: string;
  readonly revision: number;
  readonly digest: string;
  readonly status: Exclude<DecisionStatus, "PENDING">;
  /** ISO 8601, UTC, milliseconds. */
  readonly decidedAt: string;
  /** Of the DECIDED event. */
  readonly sequence: number;
  readonly reviews: readonly ReviewOnRecord[];
}

/** Turns a statement into the receipt that is stored with the decision. */
export interface ReceiptSigner {
  sign(payload: ReceiptPayload): string;
}

/** What the receipt of a DECIDED event states: nothing that the event does not say. */
export function receiptPayload(
  workspaceId: string,
  event: Extract<PlacedEvent, { type: "DECIDED" }>,
): ReceiptPayload {
  return {
    v: 1,
    iss: "countersign",
    workspace: workspaceId,
    ticket: event.ticketId,
    revision: event.revision,
    digest: event.data.digest,
    status: event.data.status,
    decidedAt: iso(event.at),
    sequence: event.sequence,
    reviews: event.data.reviews.map(({ reviewer, outcome, sequence, reviewedAt }) => ({
      reviewer: { id: reviewer.id, name: reviewer.name },
      outcome,
      sequence,
      reviewedAt,
    })),
  };
}

export function createReceiptSigner(keys: JwsSigner): ReceiptSigner {
  return { sign: (payload) => keys.sign(RECEIPT_TYP, payload) };
}

/** Why a stored receipt does not prove what its event says; undefined where it does. */
export function receiptProblem(
  keys: JwsVerifier,
  jws: unknown,
  expected: ReceiptPayload,
): string | undefined {
  const opened = keys.verify(RECEIPT_TYP, jws);
  if ("problem" in opened) return opened.problem;
  // Signed once, by receiptPayload: the members come in one order, so comparing the texts is exact.
  return opened.payload === JSON.stringify(expected) ? undefined : "it states something else than the event";
}

import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { createLocalJWKSet, jwtVerify } from "jose";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { PlacedEvent } from "../../src/domain/ticket-event.js";
import { loadSigningKeys, type SigningKeys } from "../../src/identity/signing-key.js";
import { createReceiptSigner, receiptPayload, receiptProblem } from "../../src/ledger/receipt.js";

const DECIDED: Extract<PlacedEvent, { type: "DECIDED" }> = {
  type: "DECIDED",
  revision: 2,
  ticketId: "ticket_a",
  sequence: 12,
  at: Date.parse("2026-11-23T05:00:00.000Z"),
  actor: { id: "principal_b", name: "Bob", kind: "HUMAN" },
  data: {
    status: "APPROVED",
    digest: "sha256:0",
    comments: "fine",
    reviews: [
      {
        reviewer: { id: "principal_a", name: "Ada" },
        outcome: "APPROVED",
        sequence: 10,
        reviewedAt: "2026-11-23T04:59:00.000Z",
      },
      {
        reviewer: { id: "principal_b", name: "Bob" },
        outcome: "APPROVED",
        sequence: 11,
        reviewedAt: "2026-11-23T05:00:00.000Z",
      },
    ],
  },
};

describe("a receipt", () => {
  let keys: SigningKeys;

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(inject("runDirectory"), "receipt-"));
    const choices = {
      signingKey: undefined,
      retiredKeys: undefined,
      dataDir,
      dialectShared: false,
      writable: true,
    };
    keys = await loadSigningKeys(choices);
  });

  it("states what the event says, and is verified with the public keys alone", async () => {
    const jws = createReceiptSigner(keys).sign(receiptPayload("workspace_w", DECIDED));
    const jwks = { keys: keys.publicJwks().keys.map((key) => ({ ...key })) };
    const { payload, protectedHeader } = await jwtVerify(jws, createLocalJWKSet(jwks));
    expect(protectedHeader).toEqual({ alg: "EdDSA", kid: keys.kid, typ: "countersign-receipt+jws" });
    expect(payload).toEqual({
      v: 1,
      iss: "countersign",
      workspace: "workspace_w",
      ticket: "ticket_a",
      revision: 2,
      digest: "sha256:0",
      status: "APPROVED",
      decidedAt: "2026-11-23T05:00:00.000Z",
      sequence: 12,
      reviews: DECIDED.data.reviews,
    });
  });

  it("proves its own decision and no other", () => {
    const payload = receiptPayload("workspace_w", DECIDED);
    const jws = createReceiptSigner(keys).sign(payload);
    expect(receiptProblem(keys, jws, payload)).toBeUndefined();
    expect(receiptProblem(keys, jws, { ...payload, status: "REJECTED" })).toMatch(/something else/);
    expect(receiptProblem(keys, jws, { ...payload, reviews: payload.reviews.slice(1) })).toMatch(
      /something else/,
    );
    expect(receiptProblem(keys, null, payload)).toMatch(/not a compact JWS/);
    expect(receiptProblem(keys, keys.sign("countersign-checkpoint+jws", payload), payload)).toMatch(
      /not signed as/,
    );
  });

  it("does not depend on the order in which the ledger's text has its members", () => {
    const sorted = JSON.parse(JSON.stringify(DECIDED)) as typeof DECIDED;
    const reviews = sorted.data.reviews.map(({ reviewer, outcome, sequence, reviewedAt }) => ({
      sequence,
      reviewedAt,
      outcome,
      reviewer: { name: reviewer.name, id: reviewer.id },
    }));
    const same = receiptPayload("workspace_w", { ...sorted, data: { ...sorted.data, reviews } });
    expect(JSON.stringify(same)).toBe(JSON.stringify(receiptPayload("workspace_w", DECIDED)));
  });
});

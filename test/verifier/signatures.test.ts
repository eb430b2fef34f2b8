import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  CHECKPOINT_TYPE,
  createSigner,
  digestOf,
  ExportBuilder,
  RECEIPT_TYPE,
} from "../support/export-builder.js";
import { agent, edited, first, text, third, verdictOn } from "./sample-export.js";

const signer = createSigner();
const stranger = createSigner();
/** SUBMITTED 1, REVIEWED 2, DECIDED 3. */
const lines: readonly string[] = decided().close();
const receipt = 5;
const closing = 6;

function decided(): ExportBuilder {
  const book = new ExportBuilder(signer);
  book.submit("ticket_a", agent, text("plain"));
  book.review("ticket_a", first, "APPROVED");
  return book;
}

const jwsOf = (line: string | undefined) => (JSON.parse(line ?? "") as { jws: string }).jws;
const part = (jws: string, index: number) => jws.split(".")[index] ?? "";
const decoded = (jws: string, index: number) =>
  JSON.parse(Buffer.from(part(jws, index), "base64url").toString());
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const right = jwsOf(lines[receipt]);
const claims = decoded(right, 1) as Record<string, unknown>;
const checkpoint = decoded(jwsOf(lines[closing]), 1) as Record<string, unknown>;

/** The letter after this one in the alphabet of base64url. */
function next(letter: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[(alphabet.indexOf(letter) + 1) % 64] ?? "";
}

/** The JWS of that payload, wrong in ways that concern any JWS. */
function forgeries(typ: string, payload: unknown): [string, string, RegExp][] {
  const good = signer.sign(typ, payload);
  const [header, body, signature] = [part(good, 0), part(good, 1), part(good, 2)];
  const none = `${encoded({ alg: "none", kid: signer.kid, typ })}.${body}`;
  const symmetric = `${encoded({ alg: "HS256", kid: signer.kid, typ })}.${body}`;
  const hmac = createHmac("sha256", Buffer.from(signer.jwk.x, "base64url"))
    .update(symmetric)
    .digest("base64url");
  return [
    ["by an unknown key", stranger.sign(typ, payload), /not among the keys/],
    ["by another key under a known kid", stranger.sign(typ, payload, { kid: signer.kid }), /signature/],
    ["with alg none and no signature", `${none}.`, /compact JWS/],
    ["with alg none and some signature", `${none}.${signature}`, /algorithm none/],
    ["with the public key as a shared secret", `${symmetric}.${hmac}`, /algorithm HS256/],
    ["of another type", signer.sign("JWT", payload), /type JWT/],
    ["without a type", signer.sign(typ, payload, { typ: undefined }), /alg kid typ/],
    ["with a key of its own in the header", signer.sign(typ, payload, { jwk: stranger.jwk }), /alg kid typ/],
    ["with critical extensions", signer.sign(typ, payload, { crit: ["b64"], b64: false }), /alg kid typ/],
    ["whose kid is no text", signer.sign(typ, payload, { kid: { toString: 1 } }), /./],
    [
      "whose signature is of another payload",
      `${header}.${encoded({ ...claims, v: 2 })}.${signature}`,
      /signature/,
    ],
    ["whose signature is empty", `${header}.${body}.AA`, /signature/],
    ["with bits set that no byte has", good.slice(0, -1) + next(good.at(-1) ?? ""), /base64url|signature/],
    ["with padding", `${good}==`, /compact JWS/],
    ["with a fourth part", `${good}.${signature}`, /compact JWS/],
    ["that is no object", signer.sign(typ, []), /plain form/],
  ];
}

describe("The verifier rejects a receipt", () => {
  async function rejected(jws: unknown, reason: RegExp) {
    const tampered = edited(lines, receipt, (line) => Object.assign(line, { jws }));
    const expected = { ok: false, sequence: 3, line: receipt + 1, reason: expect.stringMatching(reason) };
    expect(await verdictOn(tampered, signer)).toMatchObject(expected);
  }

  test.each(forgeries(RECEIPT_TYPE, claims))("%s", (_, jws, reason) => rejected(jws, reason));

  test.each<[string, Record<string, unknown>]>([
    ["another digest", { digest: digestOf(text("something else")) }],
    ["another status", { status: "REJECTED" }],
    ["another revision", { revision: 2 }],
    ["another ticket", { ticket: "ticket_b" }],
    ["another workspace", { workspace: "workspace_other" }],
    ["another event", { sequence: 2 }],
    ["another time", { decidedAt: "2026-11-23T05:00:04.000Z" }],
    [
      "another reviewer",
      { reviews: [{ ...reviewOf(claims), reviewer: { id: third.id, name: third.name } }] },
    ],
    ["no review", { reviews: [] }],
    ["another issuer", { iss: "somebody" }],
    ["another version", { v: 2 }],
    ["something more", { note: "" }],
  ])("that is rightly signed, but is for %s", (_, change) => {
    return rejected(signer.sign(RECEIPT_TYPE, { ...claims, ...change }), /not what the event says/);
  });

  test("that is no text, or a checkpoint", async () => {
    await rejected(null, /compact JWS/);
    await rejected(jwsOf(lines[closing]), /type countersign-checkpoint/);
  });

  test("that is missing, or in the place of another line", async () => {
    const missing = lines.filter((_, index) => index !== receipt);
    expect(await verdictOn(missing, signer)).toMatchObject({
      sequence: 3,
      reason: expect.stringMatching(/receipt/),
    });
    const early = lines.toSpliced(3, 0, lines[receipt] ?? "");
    expect(await verdictOn(early, signer)).toMatchObject({ sequence: 2, line: 4 });
  });
});

describe("The verifier rejects a closing checkpoint", () => {
  async function rejected(
    said: Record<string, unknown>,
    jws: string,
    reason: RegExp,
    sequence: number | null,
  ) {
    const tampered = lines.with(closing, JSON.stringify({ kind: "checkpoint", ...said, jws }));
    const expected = { ok: false, sequence, line: closing + 1, reason: expect.stringMatching(reason) };
    expect(await verdictOn(tampered, signer)).toMatchObject(expected);
  }
  const { v: _, ...open } = checkpoint;

  test.each(forgeries(CHECKPOINT_TYPE, checkpoint))("%s", (_, jws, reason) =>
    rejected(open, jws, reason, null),
  );

  test.each<[string, Record<string, unknown>, RegExp, number | null]>([
    ["of another workspace", { workspace: "workspace_other" }, /another workspace/, null],
    ["of an event to come", { sequence: 4 }, /tail is cut off/, 4],
    ["of an event before the last", { sequence: 2 }, /signed at 2/, 3],
    ["of another event in its place", { hash: "0".repeat(64) }, /another event/, 3],
    ["of no sequence", { sequence: -1 }, /version 1/, null],
    ["of no time", { at: "2026-11-23" }, /version 1/, null],
  ])("%s", (_, change, reason, sequence) => {
    const jws = signer.sign(CHECKPOINT_TYPE, { ...checkpoint, ...change });
    return rejected({ ...open, ...change }, jws, reason, sequence);
  });

  test("that says openly what was not signed, or leaves out what was", async () => {
    const jws = jwsOf(lines[closing]);
    await rejected({ ...open, at: "2026-11-23T05:00:09.000Z" }, jws, /something else than was signed/, null);
    await rejected({ ...open, at: undefined }, jws, /members/, null);
    await rejected({ ...open, note: "" }, jws, /members/, null);
  });
});

describe("The verifier refuses to start", () => {
  test("without a usable key", async () => {
    await expect(verdictOn(lines, signer, { keys: [] })).rejects.toThrow(/no Ed25519 public key/);
    await expect(verdictOn(lines, signer, { keys: [{ kty: "RSA", kid: "1" }] })).rejects.toThrow(
      /no Ed25519/,
    );
    await expect(verdictOn(lines, signer, { keys: [{ ...signer.jwk, x: "short" }] })).rejects.toThrow();
  });
});

function reviewOf({ reviews }: Record<string, unknown>): object {
  return (reviews as object[])[0] ?? {};
}

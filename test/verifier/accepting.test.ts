import { describe, expect, test } from "vitest";
import { canonical, createSigner, ExportBuilder } from "../support/export-builder.js";
import { agent, first, sampleBuilder, text, verdictOn, verdictOnBytes } from "./sample-export.js";

const signer = createSigner();

describe("The offline verifier accepts", () => {
  test("an export in which everything happens that may happen", async () => {
    const book = sampleBuilder(signer);
    const lines = book.close();
    expect(await verdictOn(lines, signer)).toEqual({
      ok: true,
      workspace: "workspace_main",
      events: book.sequence,
      tickets: 8,
      lastSequence: book.sequence,
      lastHash: book.hash,
      checkpointSequence: null,
    });
  });

  test("an empty ledger, closed at sequence 0 with the genesis hash", async () => {
    const book = new ExportBuilder(signer);
    const genesis = book.hash;
    expect(await verdictOn(book.close(), signer, { checkpoint: book.checkpoint() })).toMatchObject({
      ok: true,
      events: 0,
      lastSequence: 0,
      lastHash: genesis,
      checkpointSequence: 0,
    });
  });

  test("a file with and without its last line feed", async () => {
    const lines = sampleBuilder(signer).close();
    for (const end of ["", "\n"]) {
      expect(await verdictOnBytes(Buffer.from(lines.join("\n") + end), signer)).toMatchObject({ ok: true });
    }
  });

  test("lines that arrive in pieces, cut in the middle of characters", async () => {
    const bytes = Buffer.from(sampleBuilder(signer).close().join("\n"));
    const { readLines, verifyExport } = await import("../../src/verifier/verify-export.js");
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    }
    expect(await verifyExport(readLines(pieces()), { keys: [signer.jwk] })).toMatchObject({ ok: true });
  });

  test("a checkpoint from outside: a line of a checkpoint file, a bare JWS, the last line of an earlier export", async () => {
    const book = new ExportBuilder(signer);
    book.submit("ticket_a", agent, text("plain"));
    const line = book.checkpoint();
    const earlier = JSON.stringify({ kind: "checkpoint", ...JSON.parse(line) });
    book.review("ticket_a", first, "APPROVED");
    const lines = book.close();
    for (const checkpoint of [line, earlier, (JSON.parse(line) as { jws: string }).jws]) {
      expect(await verdictOn(lines, signer, { checkpoint })).toMatchObject({
        ok: true,
        checkpointSequence: 1,
      });
    }
    const newest = lines.at(-1) ?? "";
    expect(await verdictOn(lines, signer, { checkpoint: newest })).toMatchObject({ checkpointSequence: 3 });
  });

  test("what a retired key has signed, where it is still in the set", async () => {
    const successor = createSigner();
    const lines = sampleBuilder(signer).close(successor);
    const keys = [successor.jwk, signer.jwk, { kty: "RSA", kid: "of another kind" }];
    expect(await verdictOn(lines, signer, { keys })).toMatchObject({ ok: true });
  });

  test("payloads whose names look like numbers or come in another order than code points", async () => {
    const book = new ExportBuilder(signer);
    const payload = { "10": 1, "9": 2, "\u{1F600}": 3, "\uFB33": 4, __proto__x: 5, constructor: 6, "": 7 };
    book.submit("ticket_a", agent, { title: "names", detail: null, payload });
    Object.defineProperty(payload, "__proto__", { value: { deep: [] }, enumerable: true });
    book.submit("ticket_b", agent, { title: "names", detail: "", payload });
    expect(await verdictOn(book.close(), signer)).toMatchObject({ ok: true, tickets: 2 });
  });

  test("a proposal line whose payload is in its canonical form, as it is stored", async () => {
    const book = new ExportBuilder(signer);
    const payload = { "9": 2, "10": 1, "\u{1F600}": [{ "2": 0, "11": 0 }], "\uFB33": '$& "payload":0 \\' };
    book.submit("ticket_a", agent, { title: '"payload":0', detail: '\\"payload":0,', payload });
    const stringified = JSON.stringify(payload);
    const lines = book.close().map((line) => line.replace(stringified, () => canonical(payload)));
    expect(lines).not.toEqual(book.lines);
    expect(await verdictOn(lines, signer)).toMatchObject({ ok: true });
  });
});

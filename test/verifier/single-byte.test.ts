import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSigner, ExportBuilder, people } from "../support/export-builder.js";
import { sampleBuilder, text, verdictOnBytes } from "./sample-export.js";

const signer = createSigner();

/** What nothing vouches for, as docs/protocol.md says: the labels in the header, by their place in the file. */
function isLabel(file: Buffer, at: number): boolean {
  const end = file.indexOf(10);
  const name = file.indexOf('"name":"') + '"name":"'.length;
  const time = file.indexOf('"exportedAt":"') + '"exportedAt":"'.length;
  return (
    (at >= name && at < file.indexOf(34, name)) || (at >= time && at < Math.min(end, file.indexOf(34, time)))
  );
}

describe("A single byte", () => {
  const file = Buffer.from(`${sampleBuilder(signer).close().join("\n")}\n`);

  test("that is altered anywhere is found, or is in a label and changes nothing in the verdict", async () => {
    const untouched = await verdictOnBytes(file, signer);
    const place = fc.integer({ min: 0, max: file.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const altered = Buffer.from(file);
        altered[at] = (altered[at] ?? 0) ^ bits;
        const verdict = await verdictOnBytes(altered, signer);
        if (isLabel(file, at) && verdict.ok) expect(verdict).toEqual(untouched);
        else expect(verdict, `byte ${at} ^ ${bits}`).toMatchObject({ ok: false });
      }),
      { numRuns: 1500 },
    );
  }, 60_000);

  test("that is removed or added anywhere is found, but for the last line feed and the labels", async () => {
    const place = fc.integer({ min: 0, max: file.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.option(fc.integer({ min: 0, max: 255 })), async (at, added) => {
        const rest = file.subarray(added === null ? at + 1 : at);
        const altered = Buffer.concat([
          file.subarray(0, at),
          Buffer.from(added === null ? [] : [added]),
          rest,
        ]);
        const before = added === null || at === 0 ? at : at - 1;
        const excepted =
          isLabel(file, at) || isLabel(file, before) || (added === null && at === file.length - 1);
        if (!excepted)
          expect(await verdictOnBytes(altered, signer), `byte ${at}`).toMatchObject({ ok: false });
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  test("has no bit that could be altered unseen in a small ledger, all bits tried", async () => {
    const book = new ExportBuilder(signer);
    book.submit("ticket_a", people.agent, text("plain"));
    book.review("ticket_a", people.first, "APPROVED", "Fine.");
    const small = Buffer.from(book.close().join("\n"));
    for (let at = 0; at < small.length; at += 1) {
      if (isLabel(small, at)) continue;
      for (let bit = 1; bit < 256; bit *= 2) {
        small[at] = (small[at] ?? 0) ^ bit;
        expect((await verdictOnBytes(small, signer)).ok, `byte ${at} ^ ${bit}`).toBe(false);
        small[at] = (small[at] ?? 0) ^ bit;
      }
    }
  }, 60_000);
});

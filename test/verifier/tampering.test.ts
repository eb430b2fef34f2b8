import { describe, expect, test } from "vitest";
import type { Verdict } from "../../src/verifier/verify-export.js";
import { createSigner, digestOf, ExportBuilder, sha256 } from "../support/export-builder.js";
import {
  agent,
  edited,
  editedBody,
  first,
  indexOf,
  kindOf,
  rechained,
  sampleBuilder,
  sequencesOf,
  text,
  verdictOn,
  verdictOnBytes,
} from "./sample-export.js";

type Rejected = Extract<Verdict, { ok: false }>;

const signer = createSigner();
const lines: readonly string[] = sampleBuilder(signer).close();
const last = sampleBuilder(signer).sequence;
const reviewed = sequencesOf(lines, "REVIEWED")[0] ?? 0;
const decided = sequencesOf(lines, "DECIDED")[0] ?? 0;
const submitted = sequencesOf(lines, "SUBMITTED")[0] ?? 0;
const closing = lines.length - 1;

async function rejection(of: readonly string[], checkpoint?: string): Promise<Rejected> {
  const verdict = await verdictOn(of, signer, { checkpoint });
  expect(verdict).toMatchObject({ ok: false });
  return verdict as Rejected;
}

const without = (index: number) => lines.filter((_, at) => at !== index);
const at = (sequence: number) => indexOf(lines, sequence);

function swapped(a: number, b: number): string[] {
  return lines.with(a, lines[b] ?? "").with(b, lines[a] ?? "");
}

describe("Without the signing key, the verifier finds at its sequence", () => {
  test("an edited body", async () => {
    const tampered = editedBody(lines, reviewed, (body) =>
      Object.assign(body, { at: "2026-11-23T04:59:59.000Z" }),
    );
    expect(await rejection(tampered)).toMatchObject({
      sequence: reviewed,
      line: at(reviewed) + 1,
      reason: expect.stringMatching(/the hash/),
    });
  });

  test("an edited hash, at the event itself", async () => {
    const tampered = edited(lines, at(reviewed), (event) => Object.assign(event, { hash: "0".repeat(64) }));
    expect((await rejection(tampered)).sequence).toBe(reviewed);
  });

  test("an event whose body and hash were edited, at the event after it", async () => {
    const tampered = rechained(editedBody(lines, 1, (body) => Object.assign(body, { data: {} })));
    expect(await rejection(lines.with(1, tampered[1] ?? ""))).toMatchObject({
      sequence: 2,
      reason: expect.stringMatching(/previousHash/),
    });
  });

  test.each(Array.from({ length: last }, (_, index) => index + 1))(
    "the deletion of event %i",
    async (sequence) => {
      expect((await rejection(without(at(sequence)))).sequence).toBeLessThanOrEqual(sequence);
      const bare = new Set(
        ["SUBMITTED", "RESUBMITTED", "DECIDED"].flatMap((type) => sequencesOf(lines, type)),
      );
      if (!bare.has(sequence)) expect((await rejection(without(at(sequence)))).sequence).toBe(sequence);
    },
  );

  test("the deletion of any line", async () => {
    for (let index = 0; index < lines.length; index += 1) await rejection(without(index));
  });

  test("any line doubled, and any two neighbours exchanged", async () => {
    for (let index = 0; index < lines.length; index += 1) {
      await rejection(lines.toSpliced(index, 0, lines[index] ?? ""));
      if (index > 0) await rejection(swapped(index, index - 1));
    }
  });

  test("a doubled event, at the sequence that has to be there instead", async () => {
    const tampered = lines.toSpliced(at(reviewed), 0, lines[at(reviewed)] ?? "");
    expect(await rejection(tampered)).toMatchObject({ sequence: reviewed + 1 });
  });

  test("two events exchanged", async () => {
    const claimed = sequencesOf(lines, "CLAIMED")[0] ?? 0;
    expect((await rejection(swapped(at(claimed), at(claimed + 1)))).sequence).toBe(claimed);
  });

  test("an event inserted with a chain of its own", async () => {
    const book = new ExportBuilder(signer);
    book.time += 1000 * (reviewed - 2);
    book.event("SIGNED_IN", agent);
    const tampered = rechained(lines.toSpliced(at(reviewed), 0, book.lines[1] ?? ""));
    const found = await rejection(tampered);
    // The reviews that DECIDED lists have other sequences now.
    expect(found.sequence).toBe(decided + 1);
  });

  test("a chain rebuilt after an edit that no receipt tells of, at the closing checkpoint", async () => {
    const tampered = rechained(
      editedBody(lines, 1, (body) => Object.assign(body, { data: { roles: ["ADMIN"] } })),
    );
    expect(await rejection(tampered)).toMatchObject({
      sequence: last,
      reason: expect.stringMatching(/closing checkpoint/),
    });
  });

  test("a chain rebuilt after a decision was turned, at its review's receipt", async () => {
    let tampered = editedBody(lines, decided, (body) =>
      Object.assign(body.data as object, { status: "REJECTED" }),
    );
    expect((await rejection(rechained(tampered))).sequence).toBe(decided);
    tampered = editedBody(tampered, decided, (body) => {
      const { reviews } = body.data as { reviews: Record<string, unknown>[] };
      for (const review of reviews) review.outcome = "REJECTED";
    });
    tampered = editedBody(tampered, reviewed, (body) =>
      Object.assign(body.data as object, { outcome: "REJECTED" }),
    );
    expect(await rejection(rechained(tampered))).toMatchObject({
      sequence: decided,
      reason: expect.stringMatching(/receipt/),
    });
  });

  test("a tail cut off before its closing checkpoint", async () => {
    const tampered = lines.filter((line, index) => index < at(last - 1) || kindOf(line) === "checkpoint");
    expect(await rejection(tampered)).toMatchObject({
      sequence: last - 1,
      reason: expect.stringMatching(/tail is cut off/),
    });
  });

  test("a tail cut off together with its closing checkpoint", async () => {
    const found = await rejection(lines.slice(0, at(last)));
    expect(found).toMatchObject({
      sequence: last,
      line: at(last) + 1,
      reason: expect.stringMatching(/closing checkpoint is missing/),
    });
  });

  test("events appended behind the closing checkpoint's", async () => {
    const book = sampleBuilder(signer);
    const line = JSON.stringify({ kind: "checkpoint", ...JSON.parse(book.checkpoint()) });
    book.event("SIGNED_IN", agent);
    expect((await rejection([...book.lines, line])).sequence).toBe(last + 1);
    expect((await rejection([...lines, book.lines.at(-1) ?? ""])).sequence).toBeNull();
  });

  test("an event of another workspace", async () => {
    const foreign = new ExportBuilder(signer, "workspace_other");
    foreign.event("SIGNED_IN", agent);
    const tampered = rechained(lines.with(at(2), foreign.lines[1] ?? ""));
    expect(await rejection(tampered)).toMatchObject({
      sequence: 2,
      reason: expect.stringMatching(/another workspace/),
    });
  });

  test("a whole ledger that is passed off as another workspace's", async () => {
    const tampered = edited(lines, 0, (header) =>
      Object.assign(header.workspace as object, { id: "workspace_other" }),
    );
    expect((await rejection(tampered)).sequence).toBe(1);
    expect(await rejection(rechained(tampered, "workspace_other"))).toMatchObject({ sequence: 1 });
  });

  test("an event with another sequence in its body than beside it", async () => {
    const tampered = editedBody(lines, 2, (body) => Object.assign(body, { sequence: 3 }));
    expect((await rejection(tampered)).sequence).toBe(2);
  });

  test("another sequence beside an event than in its body", async () => {
    const tampered = edited(lines, at(2), (event) => Object.assign(event, { sequence: 3 }));
    expect(await rejection(tampered)).toMatchObject({
      sequence: 2,
      reason: expect.stringMatching(/event 3 stands where event 2/),
    });
  });

  test("a line of another kind in the place of a proposal", async () => {
    const tampered = edited(lines, at(submitted) + 1, (line) => Object.assign(line, { kind: "remark" }));
    expect((await rejection(tampered)).sequence).toBe(submitted);
  });

  test("an exchanged proposal text, whether or not its digest was exchanged with it", async () => {
    const index = at(submitted) + 1;
    const retold = edited(lines, index, (proposal) => Object.assign(proposal, { title: "something else" }));
    expect(await rejection(retold)).toMatchObject({
      sequence: submitted,
      line: index + 1,
      reason: expect.stringMatching(/proposal/),
    });
    const digest = digestOf({ ...text("plain"), title: "something else" });
    const told = edited(retold, index, (proposal) => Object.assign(proposal, { digest }));
    expect((await rejection(told)).sequence).toBe(submitted);
    const wrong = edited(lines, index, (proposal) => Object.assign(proposal, { digest }));
    expect((await rejection(wrong)).sequence).toBe(submitted);
  });

  test("proposals of two tickets that were exchanged", async () => {
    const [a = 0, b = 0] = lines.flatMap((line, index) => (kindOf(line) === "proposal" ? [index] : []));
    expect((await rejection(swapped(a, b))).sequence).toBe(submitted);
  });

  test("a proposal without an event, and one of another revision", async () => {
    const proposal = lines[at(submitted) + 1] ?? "";
    expect((await rejection(lines.toSpliced(1, 0, proposal))).sequence).toBe(1);
    const tampered = edited(lines, at(submitted) + 1, (line) => Object.assign(line, { revision: 2 }));
    expect((await rejection(tampered)).sequence).toBe(submitted);
  });

  test("a lone surrogate in a proposal", async () => {
    const tampered = edited(lines, at(submitted) + 1, (line) => Object.assign(line, { title: "\ud800" }));
    expect(await rejection(tampered)).toMatchObject({
      sequence: submitted,
      reason: expect.stringMatching(/surrogate/),
    });
  });
});

describe("A checkpoint kept outside", () => {
  test("finds a tail that was cut off and closed with an older checkpoint", async () => {
    const book = sampleBuilder(signer);
    const older = book.close().slice();
    const newer = sampleBuilder(signer);
    newer.event("SIGNED_IN", agent);
    const found = await rejection(older, newer.checkpoint());
    expect(found).toMatchObject({ sequence: last + 1, reason: expect.stringMatching(/cut off/) });
  });

  test("finds a chain rebuilt and signed anew, at the checkpoint's sequence", async () => {
    const before = new ExportBuilder(signer);
    before.event("SIGNED_IN", first, null, null, { from: "here" });
    const rebuilt = new ExportBuilder(signer);
    rebuilt.event("SIGNED_IN", first, null, null, { from: "elsewhere" });
    rebuilt.event("SIGNED_IN", agent);
    const anew = rebuilt.close();
    expect(await verdictOn(anew, signer)).toMatchObject({ ok: true });
    expect(await rejection(anew, before.checkpoint())).toMatchObject({
      sequence: 1,
      line: 2,
      reason: expect.stringMatching(/outside/),
    });
  });

  test("does not count where it is forged, of another workspace, or says openly what was not signed", async () => {
    const book = sampleBuilder(signer);
    expect(await rejection(lines, book.checkpoint(createSigner()))).toMatchObject({ sequence: null });
    const foreign = new ExportBuilder(signer, "workspace_other").checkpoint();
    expect(await rejection(lines, foreign)).toMatchObject({
      sequence: null,
      reason: expect.stringMatching(/another workspace/),
    });
    const claimed = { ...(JSON.parse(book.checkpoint()) as object), sequence: 1 };
    expect(await rejection(lines, JSON.stringify(claimed))).toMatchObject({ sequence: null });
    expect(await rejection(lines, "no checkpoint")).toMatchObject({ sequence: null });
  });
});

describe("The file itself is rejected", () => {
  const bytes = (of: readonly string[], end = "\n") => Buffer.from(of.join(end) + end);

  test.each([
    ["nothing at all", Buffer.alloc(0), 1, null, /empty/],
    ["an empty line", bytes(lines.toSpliced(1, 0, "")), 2, 1, /plain form/],
    ["a line too many at the end", bytes([...lines, ""]), lines.length + 1, null, /follows/],
    ["no header", bytes(lines.slice(1)), 1, null, /header/],
    ["CR LF", bytes(lines, "\r\n"), 1, null, /CR LF/],
    ["a byte order mark", Buffer.concat([Buffer.from("\uFEFF"), bytes(lines)]), 1, null, /byte order mark/],
    ["no UTF-8", Buffer.concat([bytes(lines.slice(0, 2)), Buffer.from([0x22, 0xff, 0x0a])]), 3, 2, /UTF-8/],
    [
      "a line cut in two",
      bytes(lines).subarray(0, bytes(lines).length - 40),
      closing + 1,
      last + 1,
      /plain form/,
    ],
    ["no JSON", bytes(lines.with(1, "event 1")), 2, 1, /plain form/],
    ["no object", bytes(lines.with(1, "[1]")), 2, 1, /plain form/],
    ["JSON nested without end", bytes(lines.with(1, "[".repeat(1e6))), 2, 1, /plain form/],
    ["a line of 17 MiB", bytes(lines.with(1, " ".repeat(17 * 1024 * 1024))), 2, 1, /longer than 16 MiB/],
    ["an unknown kind", bytes(lines.toSpliced(1, 0, '{"kind":"remark"}')), 2, 1, /kind "remark"/],
    ["a kind that is no text", bytes(lines.toSpliced(1, 0, '{"kind":{"toString":1}}')), 2, 1, /kind/],
    ["a second header", bytes(lines.toSpliced(1, 0, lines[0] ?? "")), 2, 1, /kind "header"/],
  ])("where it has %s", async (_, file, line, sequence, reason) => {
    const verdict = await verdictOnBytes(file, signer);
    expect(verdict).toMatchObject({ ok: false, line, sequence, reason: expect.stringMatching(reason) });
  });

  test.each([
    ["v", { v: 2 }],
    ["fromSequence", { fromSequence: 2 }],
    ["exportedAt", { exportedAt: "yesterday" }],
    ["its kind", { kind: "footer" }],
    ["a member more", { note: "" }],
    ["no workspace", { workspace: null }],
    ["a workspace without a name", { workspace: { id: "workspace_main" } }],
    ["a workspace whose id is no text", { workspace: { id: 1, name: "" } }],
  ])("where its header is wrong in %s", async (_, change) => {
    expect(
      (await rejection(edited(lines, 0, (header) => Object.assign(header, change)))).sequence,
    ).toBeNull();
  });

  test("where readers of JSON could differ: doubled names, overlong numbers, spaces", async () => {
    const proposal = at(submitted) + 1;
    const line = lines[proposal] ?? "";
    for (const ambiguous of [
      line.replace('"title"', '"title":"something else","title"'),
      line.replace('"revision":1', '"revision":1.0'),
      line.replace('"revision":1', '"revision":1.00000000000000000001'),
      line.replace('"revision":1', '"revision": 1'),
      line.replace('"title":"p', '"title":"\\u0070'),
    ]) {
      expect(ambiguous).not.toBe(line);
      expect((await rejection(lines.with(proposal, ambiguous))).sequence).toBe(submitted);
    }
    const withPayload = lines.findIndex((other) => other.includes('"a":true'));
    const doubled = lines[withPayload]?.replace('"a":true', '"a":false,"a":true') ?? "";
    expect(await rejection(lines.with(withPayload, doubled))).toMatchObject({ line: withPayload + 1 });
  });

  test("where a body is rightly hashed and signed, but not canonical", async () => {
    const book = new ExportBuilder(signer);
    book.event("SIGNED_IN", agent);
    const { body } = JSON.parse(book.lines[1] ?? "") as { body: string };
    const { v, ...rest } = JSON.parse(body) as Record<string, unknown>;
    const wrong = [
      ` ${body}`,
      body.slice(1),
      "null",
      body.replace("{", '{"x":1,'),
      body.replace('"v":1', '"v":1.0'),
      body.replace('"v":1', '"v":2'),
      body.replace('"sequence":1', '"sequence":2'),
      JSON.stringify({ v, ...rest }),
    ];
    for (const other of wrong) {
      expect(other).not.toBe(body);
      expect((await rejection(signedAnew(other))).sequence).toBe(1);
    }
    expect(await verdictOn(signedAnew(body), signer)).toMatchObject({ ok: true });
  });

  function signedAnew(body: string): string[] {
    const book = new ExportBuilder(signer);
    const [header = ""] = book.lines;
    const previousHash = book.hash;
    book.hash = sha256(`${previousHash}\n${body}`);
    book.sequence = 1;
    return [
      header,
      JSON.stringify({ kind: "event", sequence: 1, previousHash, hash: book.hash, body }),
      ...book.close().slice(1),
    ];
  }
});

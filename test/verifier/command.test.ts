import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSigner, ExportBuilder } from "../support/export-builder.js";
import { agent, first, sampleBuilder, second } from "./sample-export.js";
import { type StandaloneVerifier, standaloneVerifier } from "./standalone-verifier.js";

const signer = createSigner();
const book = sampleBuilder(signer);
const earlier = sampleBuilder(signer).checkpoint();
book.event("SIGNED_IN", second);
const lines: readonly string[] = book.close();
const closing = lines.at(-1) ?? "";

let verifier: StandaloneVerifier;
let good: string;
let keys: string;

beforeAll(async () => {
  verifier = await standaloneVerifier();
  good = await verifier.write("export.jsonl", `${lines.join("\n")}\n`);
  keys = await verifier.write("jwks.json", JSON.stringify({ keys: [signer.jwk] }));
});

afterAll(() => verifier.remove());

describe("verify-export, run alone in an empty folder", () => {
  test("imports nothing but Node's own modules", async () => {
    const source = await readFile(join(verifier.folder, "verify-export.mjs"), "utf8");
    const imported = [...source.matchAll(/\bfrom\s+"([^"]+)"|\bimport\s*\(|\brequire\b/g)].map(
      ([, name]) => name ?? "?",
    );
    expect(imported.length).toBeGreaterThan(0);
    for (const name of imported) expect(name).toMatch(/^node:/);
  });

  test("accepts with exit code 0, in words or as JSON", async () => {
    const words = await verifier.run([good, "--keys", keys]);
    expect(words).toMatchObject({ code: 0, stderr: "" });
    expect(words.stdout).toMatch(/^accepted: .*workspace_main/);
    const json = await verifier.run([good, "--keys", keys, "--json"]);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toEqual({
      ok: true,
      workspace: "workspace_main",
      events: book.sequence,
      tickets: 8,
      lastSequence: book.sequence,
      lastHash: book.hash,
      checkpointSequence: null,
    });
  });

  test("rejects with exit code 1, in words or as JSON", async () => {
    const cut = await verifier.write("cut.jsonl", `${lines.slice(0, -2).join("\n")}\n`);
    const words = await verifier.run([cut, "--keys", keys]);
    expect(words).toMatchObject({ code: 1, stderr: "" });
    expect(words.stdout).toMatch(/^rejected: .*cut off/);
    const json = await verifier.run([cut, "--keys", keys, "--json"]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      sequence: book.sequence,
      line: lines.length - 1,
    });
  });

  test("reads the export from standard input", async () => {
    expect(await verifier.run(["-", "--keys", keys], lines.join("\n"))).toMatchObject({ code: 0 });
    expect(await verifier.run(["-", "--keys", keys])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/empty/),
    });
  });

  test("takes a checkpoint as a file, whose last whole line counts, as a line, or as a bare JWS", async () => {
    const torn = closing.slice(0, 100);
    const file = await verifier.write(
      "checkpoints.jsonl",
      `${earlier}\n${JSON.stringify(JSON.parse(closing))}\n${torn}`,
    );
    const { jws } = JSON.parse(earlier) as { jws: string };
    for (const [checkpoint, sequence] of [
      [file, book.sequence],
      [earlier, book.sequence - 1],
      [jws, book.sequence - 1],
    ] as const) {
      const { code, stdout } = await verifier.run([
        good,
        "--keys",
        keys,
        "--json",
        "--checkpoint",
        checkpoint,
      ]);
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, checkpointSequence: sequence });
    }
  });

  test("rejects an export that ends before the checkpoint", async () => {
    const older = await verifier.write("older.jsonl", sampleBuilder(signer).close().join("\n"));
    expect(await verifier.run([older, "--keys", keys])).toMatchObject({ code: 0 });
    const found = await verifier.run([older, "--keys", keys, "--checkpoint", closing, "--json"]);
    expect(found.code).toBe(1);
    expect(JSON.parse(found.stdout)).toMatchObject({ sequence: book.sequence });
  });

  test.each<[string, (at: { good: string; keys: string; folder: string }) => string[], RegExp]>([
    ["no arguments", () => [], /usage/],
    ["no keys", ({ good }) => [good], /usage/],
    ["two exports", ({ good, keys }) => [good, good, "--keys", keys], /usage/],
    ["an unknown option", ({ good, keys }) => [good, "--keys", keys, "--quick"], /--quick/],
    ["an export that is not there", ({ keys }) => ["missing.jsonl", "--keys", keys], /missing.jsonl/],
    ["a folder as export", ({ folder, keys }) => [folder, "--keys", keys], /EISDIR/],
    ["keys that are not there", ({ good }) => [good, "--keys", "missing.json"], /missing.json/],
    ["keys that are no JSON", ({ good }) => [good, "--keys", good], /JSON/],
    [
      "a checkpoint file that is not there",
      ({ good, keys }) => [good, "--keys", keys, "--checkpoint", "x"],
      /'x'|x$/m,
    ],
    [
      "a checkpoint file without any",
      ({ good, keys, folder }) => [good, "--keys", keys, "--checkpoint", join(folder, "empty")],
      /no checkpoint/,
    ],
  ])("ends with exit code 2 and says why on standard error, given %s", async (_, args, reason) => {
    await verifier.write("empty", "\n");
    const found = await verifier.run(args({ good, keys, folder: verifier.folder }));
    expect(found).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(reason) });
  });

  test("verifies 200,000 events in a heap of 64 MiB", async () => {
    const path = join(verifier.folder, "large.jsonl");
    await pipeline(largeExport, createWriteStream(path));
    const { code, stdout, stderr } = await verifier.run([path, "--keys", keys, "--json"], "", [
      "--max-old-space-size=64",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, events: 200_000, tickets: 10_000 });
  }, 180_000);
});

/** 10,000 tickets of 20 events each; no more than one ticket's lines are in memory. */
function* largeExport(): Generator<string> {
  const large = new ExportBuilder(signer);
  const detail = "What is proposed, at some length. ".repeat(20);
  for (let index = 0; index < 10_000; index += 1) {
    const id = `ticket_${String(index).padStart(26, "0")}`;
    large.submit(id, agent, { title: `Proposal ${index}`, detail, payload: { index } });
    for (let read = 0; read < 17; read += 1)
      large.event("DECISION_READ", agent, id, 1, { status: "PENDING" });
    large.review(id, first, "APPROVED", "Fine.");
    yield `${large.drain().join("\n")}\n`;
  }
  yield large.close().join("\n");
}

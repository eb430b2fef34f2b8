import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSigner, ExportBuilder, people } from "../support/export-builder.js";
import { edited, editedBody, indexOf, sampleBuilder } from "./sample-export.js";
import { outcomeOf } from "./standalone-verifier.js";

const signer = createSigner();
const book = sampleBuilder(signer);
const lines: readonly string[] = book.close();
const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const tools = ["jq", "sha256sum", "base64", "openssl", "awk"];
const missing = tools.filter((tool) => spawnSync("/bin/sh", ["-c", `command -v ${tool}`]).status !== 0);

/** The commands of the page's block of that name. */
function commands(name: string): string {
  const block = new RegExp(`\`\`\`sh ${name}\n(.*?)\n\`\`\``, "s").exec(page);
  if (block?.[1] === undefined) throw new Error(`docs/protocol.md has no block "sh ${name}"`);
  return block[1];
}

describe.runIf(missing.length === 0)("What docs/protocol.md says to do by hand", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-by-hand-"));
    await writeFile(join(folder, "jwks.json"), JSON.stringify({ keys: [createSigner().jwk, signer.jwk] }));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function byHand(name: string, of: readonly string[]) {
    await writeFile(join(folder, "export.jsonl"), `${of.join("\n")}\n`);
    return outcomeOf(spawn("/bin/sh", ["-c", commands(name)], { cwd: folder }));
  }

  test("follows the chain to the last hash, or finds where it is broken", async () => {
    expect(await byHand("chain", lines)).toEqual({ code: 0, stdout: `${book.hash}\n`, stderr: "" });
    const tampered = editedBody(lines, 5, (body) => Object.assign(body, { at: "2026-11-23T05:00:04.500Z" }));
    expect(await byHand("chain", tampered)).toMatchObject({ code: 1, stdout: "broken at 5\n" });
  });

  test("recomputes the digests of proposals", async () => {
    const simple = new ExportBuilder(signer);
    for (const [index, payload] of [
      null,
      { b: 1, a: { d: 'ünïcode 🔏 "\\\n', c: [1.5, -7, true] } },
    ].entries()) {
      simple.submit(`ticket_${index}`, people.agent, {
        title: `Proposal ${index}`,
        detail: "Détail",
        payload,
      });
    }
    const right = await byHand("digest", simple.close());
    expect(right.stdout).toMatch(/^right: sha256:[0-9a-f]{64}\nright: sha256:[0-9a-f]{64}\n$/);
    const tampered = edited(simple.lines, indexOf(simple.lines, 1) + 1, (line) =>
      Object.assign(line, { title: "x" }),
    );
    expect((await byHand("digest", tampered)).stdout).toMatch(/^wrong: .*\nright: .*\n$/);
  });

  test("verifies a signature", async () => {
    const right = await byHand("signature", lines);
    expect(right).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Signature Verified Successfully"),
    });
    expect(right.stdout).toContain(`"hash":"${book.hash}"`);
    const forged = lines.with(-1, sampleBuilder(createSigner()).close().at(-1) ?? "");
    const { jws } = JSON.parse(forged.at(-1) ?? "") as { jws: string };
    const kid = Buffer.from(JSON.stringify({ ...header(jws), kid: signer.kid })).toString("base64url");
    const underOurName = edited(forged, lines.length - 1, (line) =>
      Object.assign(line, { jws: jws.replace(/^[^.]+/, kid) }),
    );
    expect((await byHand("signature", underOurName)).stdout).not.toContain("Verified Successfully");
  });
});

function header(jws: string): object {
  return JSON.parse(Buffer.from(jws.split(".")[0] ?? "", "base64url").toString()) as object;
}

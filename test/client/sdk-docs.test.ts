import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killed } from "../support/process-guard.js";
import { ScriptedServer } from "../support/scripted-server.js";
import { AGENT_KEY } from "../support/scripted-tickets.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = await readFile(join(root, "docs/sdk.md"), "utf8");
const snippets = [...text.matchAll(/^## (.+?)\n(?:(?!^## )[\s\S])*?```ts\n([\s\S]*?)```/gm)].map(
  ([, title = "", code = ""]) => ({ title, code }),
);

/** What each of them says, when a reviewer approves whatever somebody waits for. */
const EXPECTED: Record<string, RegExp> = {
  "Propose, and carry out only what a human approved":
    /^carry out \{ years: 7 \} approved by Policy analyst$/,
  "Revise until it is settled": /^APPROVED at revision 1$/,
  "Submit now, wait later": /^ticket ticket_\d+\nAPPROVED null$/,
  "Follow every decision": /^ticket_\d+ APPROVED Publish the fee table$/,
  Review: /^$/,
};

describe("the snippets of docs/sdk.md", () => {
  let server: ScriptedServer;
  let directory: string;

  beforeAll(async () => {
    server = await ScriptedServer.start();
    server.onWait = (ticketId) => server.decide(ticketId, "APPROVED");
    directory = await mkdtemp(join(tmpdir(), "countersign-docs-"));
  });

  afterAll(async () => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  test("are those that are expected", () => {
    expect(snippets.map(({ title }) => title)).toEqual(Object.keys(EXPECTED));
  });

  test.each(snippets)("run: $title", async ({ title, code }) => {
    const entry = pathToFileURL(join(root, "src/client/hitl-client.ts")).href;
    const file = join(directory, `${title.replace(/\W+/g, "-")}.mts`);
    await writeFile(file, code.replace('"countersign/client"', JSON.stringify(entry)));
    const child = spawn(process.execPath, ["--import", "tsx", file], {
      cwd: root,
      env: { ...process.env, COUNTERSIGN_URL: server.url, COUNTERSIGN_API_KEY: AGENT_KEY },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += String(chunk);
      });
    }
    try {
      const [exitCode] = await once(child, "close");
      expect(output.trim()).toMatch(EXPECTED[title]!);
      expect(exitCode).toBe(0);
    } finally {
      await killed(child);
    }
  });
});

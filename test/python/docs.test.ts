import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { runPython } from "../support/python.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const text = await readFile(join(import.meta.dirname, "../../docs/python.md"), "utf8");
const snippets = [...text.matchAll(/^## (.+?)\n(?:(?!^## )[\s\S])*?```python\n([\s\S]*?)```/gm)].map(
  ([, title = "", code = ""]) => ({ title, code }),
);

/** What each of them says, when a reviewer asks for changes of a first revision with a payload of years alone, and approves all else. */
const EXPECTED: Record<string, RegExp> = {
  "Propose, and carry out only what a human approved":
    /^carry out \{'years': 7\} approved by First reviewer$/,
  "Revise until it is settled": /^approved at revision 2$/,
  "Submit now, wait later": /^ticket ticket_\w+\napproved$/,
  "With asyncio": /^\['approved', 'approved', 'approved'\]$/,
  "Follow every decision": /^ticket_\w+ approved Publish the fee table$/,
};

describe("the snippets of docs/python.md", () => {
  let server: TestServer;
  let directory: string;
  const calls = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    directory = await mkdtemp(join(inject("runDirectory"), "python-docs-"));
  });
  afterAll(() => server?.close());

  it("are those that are expected", () => {
    expect(snippets.map(({ title }) => title)).toEqual(Object.keys(EXPECTED));
  });

  it.each(snippets)("run: $title", async ({ title, code }) => {
    const file = join(directory, `${title.replace(/\W+/g, "-")}.py`);
    await writeFile(file, code);
    const run = runPython([file], {
      env: { COUNTERSIGN_URL: server.url, COUNTERSIGN_API_KEY: server.keys.agent },
    });
    try {
      let ended = false;
      void run.ended.finally(() => {
        ended = true;
      });
      const decided = async (): Promise<boolean> => {
        await decideWhatWaits();
        return ended;
      };
      await until(decided, { what: "the end of the snippet", timeoutMs: 15_000 });
      expect(await run.ended, run.said()).toBe(0);
      expect(run.said().trim()).toMatch(EXPECTED[title]!);
    } finally {
      await run.kill();
    }
  });

  async function decideWhatWaits(): Promise<void> {
    const { tickets } = await gqlData<{
      tickets: { edges: { node: { id: string; revision: number; proposal: { title: string } } }[] };
    }>(
      server.url,
      server.keys.reviewer,
      "{ tickets(filter: { status: [PENDING] }) { edges { node { id revision proposal { title } } } } }",
    );
    for (const { node } of tickets.edges) {
      const asksForChanges = node.proposal.title === "Expand loan term" && node.revision === 1;
      const verdict = asksForChanges
        ? { status: "NEEDS_CHANGES", comments: "Fewer" }
        : { status: "APPROVED" };
      await calls.decide(node.id, { revision: node.revision, ...verdict });
    }
  }
});

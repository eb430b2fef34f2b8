import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventsOf } from "../api/members.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { type PythonRun, runPython } from "../support/python.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const SUBMIT = join(import.meta.dirname, "chapter/submit_review.py");
const CHECK = join(import.meta.dirname, "chapter/check_decision.py");
const IN_ONE_NAMESPACE = join(import.meta.dirname, "programs/in_one_namespace.py");

describe("the chapter's scripts", () => {
  it("are as printed, character for character", () => {
    const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
    expect(digest(SUBMIT)).toBe("c26084646983bfdb62e425a22c1b12105428d7d942a516f63837e42689819ea0");
    expect(digest(CHECK)).toBe("49204cc525b4bad43dbe18e44d452c458f954f6bb4e3f08572f8725c605c8c85");
  });
});

describe.each(databases)("the chapter's scripts, one after the other, on $name,", (kind) => {
  let server: TestServer;
  const runs: PythonRun[] = [];
  const calls = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(kind);
  });
  afterEach(() => Promise.all(runs.splice(0).map((run) => run.kill())));
  afterAll(() => server?.close());

  /** The scripts name a host and a key; these are what the environment says instead. */
  function begin(env: Record<string, string> = {}): PythonRun {
    const run = runPython([IN_ONE_NAMESPACE, SUBMIT, CHECK], {
      env: { HITL_CORE_URL: server.url, HITL_API_KEY: server.keys.agent, ...env },
    });
    runs.push(run);
    return run;
  }

  const ticketOf = (run: PythonRun): Promise<string> =>
    until(() => /^Review ticket ID: (ticket_\w+)$/m.exec(run.said())?.[1], {
      what: "the ticket's id",
      timeoutMs: 15_000,
    });

  const logged = async (): Promise<unknown[]> =>
    (await eventsOf(server, "LOGGED")).map(({ data: { message } }) => message);

  it.each([
    ["APPROVED", "Looks good", "✅ Approved: Looks good"],
    ["NEEDS_CHANGES", "Six years at most", "✏️ Feedback: Six years at most"],
    ["REJECTED", "Not this year", "❌ Rejected"],
  ])("say what the human says: %s", async (status, comments, words) => {
    const run = begin();
    const id = await ticketOf(run);
    await calls.decide(id, { status, comments });
    expect(await run.ended, run.said()).toBe(0);
    expect(run.said()).toBe(`Review ticket ID: ${id}\n${words}\n`);
    const asked = "query ($id: ID!) { ticket(id: $id) { proposal { title detail } submittedBy { kind } } }";
    expect(await gqlData(server.url, server.keys.reviewer, asked, { id })).toEqual({
      ticket: {
        proposal: {
          title: "Expand loan term to 7 years",
          detail: "Increase maximum term from 5→7 years for small-business loans.",
        },
        submittedBy: { kind: "AGENT" },
      },
    });
    expect(await logged()).toEqual(
      expect.arrayContaining(["Submitting for review", `Checking ticket ${id}`]),
    );
  });

  it("never take for a rejection what nobody has decided", async () => {
    const run = begin({ HITL_WAIT_SECONDS: "0.5" });
    const id = await ticketOf(run);
    expect(await run.ended).toBe(1);
    expect(run.said()).not.toContain("Rejected");
    expect(run.said()).toContain(`DecisionPending: TIMEOUT: ${id} is still pending after 0.5 s`);
    expect(await calls.decide(id)).toBe("APPROVED");
  });

  it("say so where the key does not hold, and show it to nobody", async () => {
    const run = begin({ HITL_API_KEY: "csk_somebody_elses" });
    expect(await run.ended).toBe(1);
    expect(run.said()).toContain("UnauthenticatedError: UNAUTHENTICATED");
    expect(run.said()).not.toContain("csk_somebody_elses");
  });
});

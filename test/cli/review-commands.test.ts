import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestKeys, type TestServer } from "../support/test-server.js";
import { type Ran, type RunOptions, runCommand } from "./run-command.js";

describe("the agents' and reviewers' commands", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterAll(() => server.close());

  const as = (who: keyof TestKeys, args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    runCommand(args, {
      ...options,
      env: { COUNTERSIGN_URL: server.url, COUNTERSIGN_API_KEY: server.keys[who], ...options.env },
    });
  const submit = async (...more: string[]): Promise<string> => {
    const ran = await as("agent", ["submit", "--title", "Expand the loan term", ...more]);
    expect(ran.code, ran.stderr).toBe(0);
    return ran.stdout.trim();
  };
  const decide = (ticket: string, ...more: string[]): Promise<Ran> =>
    as("reviewer", ["decide", ticket, "--revision", "1", ...more]);

  it("submit prints the ticket's id alone, or the ticket as JSON", async () => {
    expect(await submit()).toMatch(/^ticket_[0-9a-z]{26}$/);
    const args = [
      "submit",
      "--title",
      "T",
      "--detail",
      "D",
      "--priority",
      "high",
      "--payload",
      '{"a":1}',
      "--json",
    ];
    const ran = await as("agent", args);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      id: expect.stringMatching(/^ticket_/),
      status: "PENDING",
      priority: "HIGH",
      proposal: { title: "T", detail: "D", payload: { a: 1 } },
    });
    expect(ran.stderr).toBe("");
  });

  it("submit reads a payload from standard input", async () => {
    const ran = await as("agent", ["submit", "--title", "T", "--payload", "-", "--json"], {
      stdin: '{"from":"stdin"}',
    });
    expect(JSON.parse(ran.stdout).proposal.payload).toEqual({ from: "stdin" });
    expect((await as("agent", ["submit", "--title", "T", "--payload", "-"], { stdin: "{" })).code).toBe(2);
  });

  it("submit under one idempotency key makes one ticket", async () => {
    const args = ["--idempotency-key", "nightly-7"];
    expect(await submit(...args)).toBe(await submit(...args));
    const other = await as("agent", ["submit", "--title", "Another", ...args]);
    expect(other.code).toBe(20);
  });

  it.each([
    ["approve", 0, "APPROVED"],
    ["reject", 30, "REJECTED"],
    ["needs-changes", 31, "NEEDS_CHANGES"],
  ])("wait exits according to the decision: %s", async (option, code, status) => {
    const ticket = await submit();
    const waiting = as("agent", ["wait", ticket, "--json"]);
    const decided = await decide(ticket, `--${option}`, "--comments", "because");
    expect(decided).toMatchObject({ code: 0, stdout: `${status} (revision 1)\n` });
    const ran = await waiting;
    expect(ran.code, ran.stderr).toBe(code);
    expect(JSON.parse(ran.stdout)).toMatchObject({ ticketId: ticket, status, comments: "because" });
  });

  it("wait tells withdrawal from approval, and gives up when told", async () => {
    const withdrawn = await submit();
    expect((await as("agent", ["withdraw", withdrawn, "--reason", "never mind"])).code).toBe(0);
    expect((await as("agent", ["wait", withdrawn])).code).toBe(33);
    const pending = await submit();
    expect((await as("agent", ["wait", pending, "--timeout", "1"])).code).toBe(7);
  });

  it("submit --wait does both", async () => {
    const submitting = as("agent", ["submit", "--title", "Now", "--idempotency-key", "now", "--wait"]);
    const ticket = await submit("--idempotency-key", "now").catch(() => undefined);
    expect(ticket).toBeUndefined();
    const listed = await as("reviewer", ["tickets", "--status", "pending", "--json"]);
    const { id } = JSON.parse(listed.stdout).find(
      (found: { proposal: { title: string } }) => found.proposal.title === "Now",
    );
    await decide(id, "--approve");
    const ran = await submitting;
    expect(ran).toMatchObject({ code: 0, stdout: "APPROVED (revision 1)\n" });
    expect(ran.stderr).toContain(id);
  });

  it("resubmit makes a new revision, and a decision on the old one is refused", async () => {
    const ticket = await submit();
    const ran = await as("agent", ["resubmit", ticket, "--title", "Shorter", "--revision", "1"]);
    expect(ran.stdout).toBe(`${ticket} revision 2\n`);
    const stale = await as("reviewer", ["decide", ticket, "--revision", "1", "--approve", "--json"]);
    expect(stale).toMatchObject({ code: 15, stdout: "" });
    expect(JSON.parse(stale.stderr).error).toMatchObject({ code: "STALE_REVISION", currentRevision: 2 });
  });

  it("decide says who was faster", async () => {
    const ticket = await submit();
    await decide(ticket, "--approve");
    const late = await as("reviewer2", ["decide", ticket, "--revision", "1", "--reject", "--json"]);
    expect(late.code).toBe(14);
    expect(JSON.parse(late.stderr).error).toMatchObject({
      code: "ALREADY_DECIDED",
      decision: { status: "APPROVED" },
    });
    expect((await as("agent", ["decide", ticket, "--revision", "1", "--approve"])).code).toBe(11);
    expect((await as("foreignReviewer", ["decide", ticket, "--revision", "1", "--approve"])).code).toBe(12);
  });

  it.each([
    ["no word", []],
    ["two words", ["--approve", "--reject"]],
    ["a revision that is none", ["--revision", "one", "--approve"]],
  ])("decide refuses %s", async (_, args) => {
    expect((await decide(await submit(), ...args)).code).toBe(2);
  });

  it("tickets lists what one may see, without what could deceive a terminal", async () => {
    const ticket = await submit("--queue", "default");
    const nasty = "\u001b[2J\u202eevorppa\u0007";
    await as("agent", ["submit", "--title", nasty]);
    const ran = await as("reviewer", ["tickets", "--first", "100"]);
    expect(ran.stdout).toContain(ticket);
    expect(ran.stdout).toContain("evorppa");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this test is about
    expect(ran.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    const others = await as("otherAgent", ["tickets", "--json"]);
    expect(JSON.parse(others.stdout)).toEqual([]);
  });

  it("takes the key from a file, and never from an argument", async () => {
    const path = join(await mkdtemp(join(inject("runDirectory"), "key-")), "key");
    await writeFile(path, `${server.keys.agent}\n`, { mode: 0o600 });
    const env = { COUNTERSIGN_API_KEY: "" };
    expect((await as("agent", ["tickets", "--key-file", path], { env })).code).toBe(0);
    const none = await as("agent", ["tickets"], { env });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("COUNTERSIGN_API_KEY");
    expect((await as("agent", ["tickets", "--key-file", `${path}.gone`], { env })).code).not.toBe(0);
    expect((await as("agent", ["tickets", "--key", "csk_x"])).code).toBe(2);
  });

  it("says what is wrong with the credential, and does not repeat it", async () => {
    const wrong = `${server.keys.agent.slice(0, -1)}!`;
    const ran = await as("agent", ["tickets", "--json"], { env: { COUNTERSIGN_API_KEY: wrong } });
    expect(ran.code).toBe(10);
    expect(JSON.parse(ran.stderr).error.code).toBe("UNAUTHENTICATED");
    expect(ran.stderr).not.toContain(wrong.slice(10));
  });

  it("tells an unreachable server from one that refuses", async () => {
    const ran = await as("agent", ["tickets", "--url", "http://127.0.0.1:1", "--json"]);
    expect(ran.code).toBe(6);
    expect(JSON.parse(ran.stderr).error.code).toBe("NETWORK");
    expect((await as("agent", ["tickets", "--url", "nonsense"])).code).toBe(2);
  });
});

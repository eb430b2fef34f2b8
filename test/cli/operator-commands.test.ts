import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { verifyExport } from "../../src/verifier/verify-export.js";
import { dropTriggers, rawClient } from "../ledger/audit-world.js";
import { databases, type TestDatabase } from "../support/databases.js";
import { TEST_SIGNING_KEY } from "../support/test-server.js";
import { type Ran, runCommand } from "./run-command.js";

describe.each(databases)("the operator's commands, on $name", (kind) => {
  let database: TestDatabase;
  let dataDir: string;

  beforeAll(async () => {
    database = await kind.create();
    dataDir = await mkdtemp(join(inject("runDirectory"), "cli-"));
  });
  afterAll(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const run = (...args: string[]): Promise<Ran> =>
    runCommand(args, {
      env: {
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        SIGNING_KEY: TEST_SIGNING_KEY,
        LOG_LEVEL: "silent",
      },
    });
  const json = async (...args: string[]) => {
    const ran = await run(...args, "--json");
    expect(ran.code, ran.stderr).toBe(0);
    return JSON.parse(ran.stdout);
  };
  const failure = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, "--json");
    expect(stdout).toBe("");
    return { code, error: JSON.parse(stderr).error };
  };
  const createKey = (...more: string[]) =>
    json(
      "keys",
      "create",
      "--name",
      "Ada",
      "--role",
      "reviewer",
      "--kind",
      "human",
      "--workspace",
      "agency",
      ...more,
    );

  it("migrate brings the schema up to date, once", async () => {
    expect(await json("migrate")).toEqual({
      migrations: ["InitialSchema", "Members", "Snoozes", "TicketViewers", "Notifications"].map((name) =>
        expect.stringMatching(new RegExp(`^${name}\\d+$`)),
      ),
    });
    expect(await json("migrate")).toEqual({ migrations: [] });
  });

  it("workspaces create makes one, and workspaces list shows it", async () => {
    const made = await json("workspaces", "create", "agency");
    expect(made).toEqual({ id: expect.stringMatching(/^workspace_/), name: "agency" });
    expect(await json("workspaces", "list")).toEqual([made]);
    expect((await run("workspaces", "list")).stdout).toMatch(new RegExp(`^ID +NAME\n${made.id}  agency\n$`));
    expect(await failure("workspaces", "create", "agency")).toMatchObject({
      code: 13,
      error: { code: "BAD_USER_INPUT", field: "name" },
    });
  });

  it("queues change sets how many approvals one asks for", async () => {
    await json("workspaces", "create", "bureau");
    const there = ["--workspace", "bureau"];
    const changed = { name: "default", minimumApprovals: 3 };
    expect(await json("queues", "change", "default", "--approvals", "3", ...there)).toEqual(changed);
    expect(await json("queues", "list", ...there)).toEqual([changed]);
    expect((await run("queues", "change", "nowhere", "--approvals", "3", ...there)).stderr).toMatch(/queue/);
    expect((await run("queues", "change", "default", ...there)).code).toBe(2);
    expect(await json("audit", "verify", ...there)).toMatchObject({ ok: true });
  });

  it("queues create makes one, and queues list shows it", async () => {
    const made = await json("queues", "create", "loans", "--approvals", "2", "--workspace", "agency");
    expect(made).toEqual({ name: "loans", minimumApprovals: 2 });
    expect(await json("queues", "list", "--workspace", "agency")).toEqual([
      { name: "default", minimumApprovals: 1 },
      made,
    ]);
    expect((await run("queues", "create", "x", "--approvals", "many", "--workspace", "agency")).code).toBe(2);
  });

  it("keys create prints exactly one JSON object, with the key", async () => {
    const ran = await run(
      ..."keys create --role agent --kind agent --workspace agency --json --name".split(" "),
      "Rate agent",
    );
    expect(ran.code).toBe(0);
    expect(ran.stdout.split("\n")).toHaveLength(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      id: expect.stringMatching(/^key_/),
      principalId: expect.stringMatching(/^principal_/),
      key: expect.stringMatching(/^csk_/),
      name: "Rate agent",
      kind: "AGENT",
      roles: ["AGENT"],
      queues: null,
      expiresAt: null,
      revokedAt: null,
    });
    expect(ran.stderr).toBe("");
  });

  it("keys create prints the key alone where no JSON is asked for, and talks on standard error", async () => {
    const ran = await run(
      ..."keys create --name Ada --role reviewer,auditor --kind human --workspace agency".split(" "),
    );
    expect(ran.stdout).toMatch(/^csk_[\w-]+\n$/);
    expect(ran.stderr).toContain("Ada");
    expect(ran.stderr).not.toContain("csk_");
  });

  it("keys create takes queues, an end, and another key for the same principal", async () => {
    const soon = await createKey("--queue", "loans", "default", "--expires", "30d");
    expect(soon.queues).toEqual(["default", "loans"]);
    const days = (Date.parse(soon.expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThan(30.1);
    const later = await createKey("--expires", "2101-01-31T12:00:00+01:00");
    expect(later.expiresAt).toBe("2101-01-31T11:00:00.000Z");
    const second = await json("keys", "create", "--principal", soon.principalId, "--workspace", "agency");
    expect(second).toMatchObject({ principalId: soon.principalId, name: "Ada" });
    expect(second.key).not.toBe(soon.key);
  });

  it.each([
    ["an agent that reviews", "--name A --role agent,reviewer --kind agent", 13],
    ["a role that there is not", "--name A --role god --kind human", 2],
    ["a kind that there is not", "--name A --role agent --kind robot", 2],
    ["no name", "--role agent --kind agent", 2],
    ["an end in the past", "--name A --role agent --kind agent --expires 2001-01-01T00:00:00Z", 2],
    ["an end that is none", "--name A --role agent --kind agent --expires tomorrow", 2],
    ["a queue that there is not", "--name A --role reviewer --kind human --queue nowhere", 13],
    ["an unknown option", "--name A --role agent --kind agent --secret x", 2],
  ])("keys create refuses %s", async (_, args, code) => {
    const ran = await run("keys", "create", ...args.split(" "), "--workspace", "agency");
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).not.toBe("");
  });

  it("keys revoke ends a key, and keys list says so without any secret", async () => {
    const made = await createKey();
    const revoked = await json("keys", "revoke", made.id, "--workspace", "agency");
    expect(revoked).toMatchObject({ id: made.id, revokedAt: expect.stringMatching(/Z$/) });
    expect(await json("keys", "revoke", made.id, "--workspace", "agency")).toEqual(revoked);
    const listed = await json("keys", "list", "--workspace", "agency");
    expect(listed).toContainEqual(revoked);
    expect(JSON.stringify(listed)).not.toContain("csk_");
    const text = await run("keys", "list", "--workspace", "agency");
    expect(text.stdout).toMatch(new RegExp(`^${made.id} .* revoked$`, "m"));
    expect(await failure("keys", "revoke", "key_nobody", "--workspace", "agency")).toMatchObject({
      code: 12,
      error: { code: "NOT_FOUND" },
    });
  });

  it("an unknown workspace is not found", async () => {
    for (const args of [
      ["keys", "list"],
      ["queues", "list"],
      ["audit", "verify"],
      ["audit", "export"],
    ]) {
      const ran = await run(...args, "--workspace", "nowhere");
      expect(ran).toMatchObject({ code: 12, stdout: "" });
      expect(ran.stderr).toContain("NOT_FOUND");
    }
  });

  it("audit export writes what the offline verifier accepts, and nothing else", async () => {
    const ran = await run("audit", "export", "--workspace", "agency");
    expect(ran.code, ran.stderr).toBe(0);
    const lines = ran.stdout.trimEnd().split("\n");
    const { createPublicKey } = await import("node:crypto");
    const { x = "" } = createPublicKey(TEST_SIGNING_KEY).export({ format: "jwk" });
    const { calculateJwkThumbprint } = await import("jose");
    const jwk = { kty: "OKP", crv: "Ed25519", x };
    const keys = [{ ...jwk, kid: await calculateJwkThumbprint(jwk) }];
    const each = async function* () {
      yield* lines;
    };
    expect(await verifyExport(each(), { keys })).toMatchObject({ ok: true });
  });

  it("queues notice says what one does about due times, and what is left out is not done", async () => {
    const there = ["--workspace", "agency"];
    const invited = await json("members", "invite", "late@example.org", "--role", "admin", ...there);
    const { id } = invited.member;
    const notice = ["queues", "notice", "default", ...there];
    expect(await json(...notice, "--remind", "60", "--escalate", "0", "--to", id)).toEqual({
      queue: "default",
      remindMinutes: 60,
      escalateMinutes: 0,
      escalateTo: [id],
    });
    const nothing = { queue: "default", remindMinutes: null, escalateMinutes: null, escalateTo: [] };
    expect(await json(...notice)).toEqual(nothing);
    expect((await failure(...notice, "--escalate", "5", "--to", "nobody")).error.code).toBe("BAD_USER_INPUT");
    expect((await failure("queues", "notice", "nowhere", ...there)).error.code).toBe("NOT_FOUND");
    expect((await run(...notice, "--remind", "soon")).code).toBe(2);
  });

  describe("audit verify", () => {
    it("says that the record holds", async () => {
      const verdict = await json("audit", "verify", "--workspace", "agency");
      expect(verdict).toMatchObject({ ok: true, tickets: 0, checkpointSequence: null });
      const ran = await run("audit", "verify", "--workspace", "agency");
      expect(ran.code).toBe(0);
      expect(ran.stdout).toContain(`The record holds: ${verdict.events} events`);
    });

    it("takes a checkpoint that was kept outside, and demands it", async () => {
      const lines = (await run("audit", "export", "--workspace", "agency")).stdout.trimEnd().split("\n");
      const { kind: _, ...checkpoint } = JSON.parse(lines.at(-1)!);
      const path = join(dataDir, "kept.jsonl");
      await writeFile(path, `${JSON.stringify(checkpoint)}\n`);
      const verify = (argument: string) =>
        run("audit", "verify", "--workspace", "agency", "--checkpoint", argument);
      expect((await verify(path)).stdout).toContain(`checkpoint at ${checkpoint.sequence}`);
      expect((await verify(JSON.stringify(checkpoint))).code).toBe(0);
      await writeFile(path, "");
      expect((await verify(path)).code).toBe(3);
      await writeFile(path, JSON.stringify({ ...checkpoint, sequence: 1 }));
      expect((await verify(path)).code).toBe(3);
      expect((await verify(join(dataDir, "gone.jsonl"))).code).toBe(3);
    });

    it("exits with 3 and names the first bad sequence where the triggers were dropped and the record was bent", async () => {
      const client = await rawClient(parseDatabaseUrl(database.url));
      await dropTriggers(client, parseDatabaseUrl(database.url));
      const [row] = await client.query<{ body: string }>("SELECT body FROM audit_event WHERE sequence = 4");
      await client.query("UPDATE audit_event SET body = ? WHERE sequence = 4", [
        row!.body.replace("Ada", "Eve"),
      ]);
      await client.close();
      const ran = await run("audit", "verify", "--workspace", "agency", "--json");
      expect(ran.code).toBe(3);
      expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, sequence: 4 });
      const text = await run("audit", "verify", "--workspace", "agency");
      expect(text.stdout).toMatch(/^The record does NOT hold at sequence 4: .*event 4/);
      expect((await run("audit", "export", "--workspace", "agency")).code).toBe(1);
    });
  });
});

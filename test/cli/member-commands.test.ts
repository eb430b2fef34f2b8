import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { databases, type TestDatabase } from "../support/databases.js";
import { TEST_SIGNING_KEY } from "../support/test-server.js";
import { type Ran, runCommand } from "./run-command.js";

const NOBODY = "principal_01m83gt4mheh0r2rvt70rjp1fe";

describe.each(databases)("members and their keys on the command line, on $name", (kind) => {
  let database: TestDatabase;
  let dataDir: string;

  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
    runCommand([...args, "--workspace", "agency"], {
      env: {
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        SIGNING_KEY: TEST_SIGNING_KEY,
        LOG_LEVEL: "silent",
        ...env,
      },
    });
  const json = async (...args: string[]) => {
    const ran = await run([...args, "--json"]);
    expect(ran.code, ran.stderr).toBe(0);
    return JSON.parse(ran.stdout);
  };

  beforeAll(async () => {
    database = await kind.create();
    dataDir = await mkdtemp(join(inject("runDirectory"), "cli-"));
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, SIGNING_KEY: TEST_SIGNING_KEY };
    await runCommand(["migrate"], { env });
    await runCommand(["workspaces", "create", "agency"], { env });
    await json("queues", "create", "loans");
    await json("members", "invite", "first@example.org", "--role", "admin");
  });
  afterAll(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it("members invite prints the link alone, and says on standard error how long it works", async () => {
    const ran = await run([
      "members",
      "invite",
      "Ada@example.org",
      "--role",
      "reviewer,auditor",
      "--queue",
      "loans",
    ]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^http:\/\/127\.0\.0\.1:4000\/sign-in\?link=csl_[\w-]+\n$/);
    expect(ran.stderr).toContain("15 minutes");
    expect(ran.stderr).not.toContain("csl_");
    const again = await run(["members", "invite", "ada@example.org"], {
      PUBLIC_URL: "https://review.example.org",
    });
    expect(again.stdout).toMatch(/^https:\/\/review\.example\.org\/sign-in\?link=csl_/);
    const elsewhere = await run(["members", "invite", "ada@example.org"], { PORT: "8080" });
    expect(elsewhere.stdout).toMatch(/^http:\/\/127\.0\.0\.1:8080\/sign-in/);
  });

  it("members invite --json prints the member, the link and its end", async () => {
    expect(await json("members", "invite", "bob@example.org", "--role", "reviewer", "--name", "Bob")).toEqual(
      {
        member: {
          id: expect.stringMatching(/^principal_/),
          name: "Bob",
          kind: "HUMAN",
          roles: ["REVIEWER"],
          queues: null,
          email: "bob@example.org",
          createdAt: expect.stringMatching(/Z$/),
          removedAt: null,
        },
        signInUrl: expect.stringContaining("/sign-in?link=csl_"),
        expiresAt: expect.stringMatching(/Z$/),
      },
    );
  });

  it.each([
    ["no address", ["members", "invite"], 2],
    ["no roles for somebody new", ["members", "invite", "new@example.org"], 13],
    ["something that is no address", ["members", "invite", "new", "--role", "admin"], 13],
    ["a role that there is not", ["members", "invite", "new@example.org", "--role", "god"], 2],
    [
      "a queue that there is not",
      ["members", "invite", "new@example.org", "--role", "admin", "--queue", "x"],
      13,
    ],
    ["a change of nobody", ["members", "change", NOBODY, "--role", "admin"], 12],
    ["a removal of nobody", ["members", "remove", "x"], 12],
    ["queues, and every queue", ["members", "change", NOBODY, "--queue", "x", "--all-queues"], 2],
    ["an overlap that is none", ["keys", "rotate", "key_x", "--overlap", "soon"], 2],
    ["an overlap without end", ["keys", "rotate", "key_x", "--overlap", "31d"], 12],
    [
      "a key on behalf of nobody",
      "keys create --name A --role agent --kind agent --on-behalf-of x".split(" "),
      13,
    ],
    [
      "a label of nothing",
      ["keys", "create", "--name", "A", "--role", "agent", "--kind", "agent", "--label", ""],
      13,
    ],
  ])("refuses %s", async (_, args, code) => {
    const ran = await run(args);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).not.toBe("");
  });

  it("members list, change and remove say who is a member, and as what", async () => {
    const { member } = await json(
      "members",
      "invite",
      "cy@example.org",
      "--role",
      "reviewer",
      "--queue",
      "loans",
    );
    expect(await json("members", "list")).toContainEqual(member);
    const changed = await json("members", "change", member.id, "--name", "Cy", "--all-queues");
    expect(changed).toEqual({ ...member, name: "Cy", queues: null });
    const moved = await json(
      "members",
      "change",
      member.id,
      "--queue",
      "default",
      "--role",
      "auditor,reviewer",
    );
    expect(moved).toEqual({ ...changed, queues: ["default"], roles: ["REVIEWER", "AUDITOR"] });
    const text = (await run(["members", "list"])).stdout;
    expect(text).toMatch(
      new RegExp(`^${member.id}  Cy +cy@example.org +HUMAN +REVIEWER,AUDITOR +default +member$`, "m"),
    );
    const removed = await json("members", "remove", member.id);
    expect(removed).toEqual({ ...moved, removedAt: expect.stringMatching(/Z$/) });
    expect(await json("members", "list")).not.toContainEqual(expect.objectContaining({ id: member.id }));
    expect(await json("members", "list", "--removed")).toContainEqual(removed);
  });

  it("members remove keeps the last ADMIN", async () => {
    const admins = (await json("members", "list")).filter(({ roles }: { roles: string[] }) =>
      roles.includes("ADMIN"),
    );
    expect(admins).toHaveLength(1);
    expect((await run(["members", "remove", admins[0].id])).code).toBe(13);
    expect((await run(["members", "change", admins[0].id, "--role", "auditor"])).code).toBe(13);
  });

  it("keys create takes the human behind an agent and a label, and keys rotate keeps them", async () => {
    const { member } = await json("members", "invite", "dee@example.org", "--role", "reviewer");
    const made = await json(
      ..."keys create --name Agent --role agent --kind agent --label ci --on-behalf-of".split(" "),
      member.id,
    );
    expect(made).toMatchObject({ label: "ci", onBehalfOf: member.id, expiresAt: null });
    const rotated = await json("keys", "rotate", made.id, "--overlap", "2h", "--expires", "30d");
    expect(rotated).toMatchObject({
      principalId: made.principalId,
      label: "ci",
      onBehalfOf: member.id,
      replaced: { id: made.id },
    });
    expect(rotated.key).toMatch(/^csk_/);
    const hours = (Date.parse(rotated.replaced.expiresAt) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(1.9);
    expect(hours).toBeLessThan(2.1);
    expect(rotated.replaced).not.toHaveProperty("key");
    expect(await json("keys", "list")).toContainEqual(rotated.replaced);
    expect((await run(["keys", "list"])).stdout).toContain(member.id);
    const alone = await run(["keys", "rotate", rotated.id]);
    expect(alone.stdout).toMatch(/^csk_[\w-]+\n$/);
    expect(alone.stderr).toContain(`${rotated.id} works until`);
  });

  it("audit verify finds nothing after all of it", async () => {
    expect(await json("audit", "verify")).toMatchObject({ ok: true });
  });
});

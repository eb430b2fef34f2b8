import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createWorkspace } from "../../src/identity/workspaces.js";
import { eventsOf, verdictOn } from "../api/members.js";
import { makeQueue, submit } from "../api/tickets.js";
import { type Receiver, startReceiver } from "../notify/receivers.js";
import { databases } from "../support/databases.js";
import { startTestServer, TEST_SIGNING_KEY, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { type Ran, runCommand } from "./run-command.js";

const NOWHERE = "endpoint_01m83gt4mheh0r2rvt70rjp1fe";
const NO_DELIVERY = "delivery_01m83gt4mheh0r2rvt70rjp1fe";
const PUBLIC = "https://hooks.example.com/countersign";

describe.each(databases)("endpoints on the command line, beside a running server, on $name", (kind) => {
  let server: TestServer;
  let receiver: Receiver;
  let hook: string;
  let status = 204;

  beforeAll(async () => {
    receiver = await startReceiver(() => ({ status }));
    hook = `http://127.0.0.1:${receiver.port}`;
    server = await startTestServer(kind, {
      OUTBOUND_ALLOW: "127.0.0.1",
      DELIVERY_RETRY_SECONDS: "0.02",
      LEDGER_POLL_MS: "20",
    });
    await makeQueue(server, "loans");
    await createWorkspace(server.running.services.database, "elsewhere");
  });
  afterAll(async () => {
    await server?.close();
    await receiver?.close();
  });
  afterEach(async () => {
    status = 204;
    for (const { id } of await json("endpoints", "list")) await remove(id);
  });

  const run = (...args: string[]): Promise<Ran> =>
    runCommand(args, {
      env: {
        DATABASE_URL: server.testDatabase.url,
        DATA_DIR: server.dataDir,
        SIGNING_KEY: TEST_SIGNING_KEY,
        LOG_LEVEL: "silent",
        OUTBOUND_ALLOW: "127.0.0.1",
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
  const create = (name: string, url = PUBLIC, ...more: string[]) =>
    json("endpoints", "create", "--name", name, "--url", url, ...more);
  const remove = (id: string) => run("endpoints", "remove", id);
  const sentTo = (path: string) => receiver.requests.filter((request) => request.path === path);

  it("create prints the secret alone, and says on standard error that it is shown this once", async () => {
    const ran = await run("endpoints", "create", "--name", "Ops", "--url", PUBLIC);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^whsec_[\w+/=]+\n$/);
    expect(ran.stderr).toMatch(/^endpoint_\w+: .*once/);
    expect(ran.stderr).not.toContain("whsec_");
    const [listed] = await json("endpoints", "list");
    expect(JSON.stringify(listed)).not.toContain("whsec_");
  });

  it("create takes queues and types, and list shows them, with instants as others read them", async () => {
    const args = ["--queue", "loans", "default", "--type", "decided", "EXPIRED"];
    const { endpoint, secret } = await create("Loans", `${PUBLIC}?token=hidden`, ...args);
    expect(secret).toMatch(/^whsec_/);
    expect(endpoint).toEqual({
      id: expect.stringMatching(/^endpoint_/),
      channel: "WEBHOOK",
      name: "Loans",
      url: PUBLIC,
      queues: ["default", "loans"],
      types: ["EXPIRED", "DECIDED"],
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      disabledAt: null,
      disabledReason: null,
    });
    expect(await json("endpoints", "list")).toEqual([{ ...endpoint, deadLetters: 0 }]);
    const text = (await run("endpoints", "list")).stdout;
    expect(text).toMatch(/^ID +CHANNEL +NAME +URL +STATE +DEAD LETTERS\n/);
    expect(text).toContain(`${endpoint.id}  webhook  Loans  ${PUBLIC}  on     0\n`);
    expect(await json("endpoints", "list", "--workspace", "elsewhere")).toEqual([]);
  });

  it("create for a chat prints its id, since there is no secret but its URL, which list does not show", async () => {
    const url = "https://hooks.slack.com/services/T0/B0/secret";
    const args = ["--name", "Chat", "--url", url, "--channel", "slack"];
    const ran = await run("endpoints", "create", ...args);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const id = ran.stdout.trim();
    expect(id).toMatch(/^endpoint_\w+$/);
    const text = (await run("endpoints", "list")).stdout;
    expect(text).toContain("https://hooks.slack.com/…");
    expect(text).not.toContain("T0");
    expect(await failure("endpoints", "rotate", id)).toMatchObject({
      code: 13,
      error: { code: "BAD_USER_INPUT", field: "endpointId" },
    });
  });

  it.each([
    ["no name", `--url ${PUBLIC}`, 2],
    ["no URL", "--name A", 2],
    ["a name that would rewrite a terminal", `--name A\u001b[31m --url ${PUBLIC}`, 13],
    ["a blank name", `--name= --url ${PUBLIC}`, 13],
    ["a channel that there is not", `--name A --url ${PUBLIC} --channel pigeon`, 2],
    ["a callback, which agents make for themselves", `--name A --url ${PUBLIC} --channel callback`, 2],
    ["an unknown option", `--name A --url ${PUBLIC} --secret whsec_x`, 2],
    ["something that is no URL", "--name A --url nonsense", 13],
    ["another protocol", "--name A --url file:///etc/passwd", 13],
    ["an internal address", "--name A --url https://10.0.0.1/hook", 13],
    ["plain http to the world", "--name A --url http://93.184.216.34/", 13],
    ["a queue that there is not", `--name A --url ${PUBLIC} --queue nowhere`, 13],
    ["a type that there is not", `--name A --url ${PUBLIC} --type celebrated`, 13],
    ["a type that is told to nobody", `--name A --url ${PUBLIC} --type notified`, 13],
    ["a workspace that there is not", `--name A --url ${PUBLIC} --workspace nowhere`, 12],
  ])("create refuses %s, and makes nothing", async (_, args, code) => {
    const ran = await run("endpoints", "create", ...args.split(" "));
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).not.toBe("");
    expect(await json("endpoints", "list")).toEqual([]);
  });

  it.each(["enable", "disable", "remove", "rotate", "test"])(
    "%s knows no endpoint that is not there, or is another workspace's",
    async (name) => {
      const { endpoint } = await create("Theirs", PUBLIC, "--workspace", "elsewhere");
      for (const id of [NOWHERE, "nonsense", "x".repeat(5_000), endpoint.id])
        expect(await failure("endpoints", name, id)).toMatchObject({
          code: 12,
          error: { code: "NOT_FOUND" },
        });
      expect((await run("endpoints", name)).code).toBe(2);
      const [there] = await json("endpoints", "list", "--workspace", "elsewhere");
      expect(there).toMatchObject({ id: endpoint.id, disabledAt: null });
      await json("endpoints", "remove", endpoint.id, "--workspace", "elsewhere");
    },
  );

  it("disable and enable are switches, and what happens while it is off is not told", async () => {
    const { endpoint } = await create("Switched", `${hook}/switched`, "--type", "submitted");
    const off = await json("endpoints", "disable", endpoint.id);
    expect(off).toMatchObject({ id: endpoint.id, disabledAt: expect.stringMatching(/Z$/) });
    expect(await json("endpoints", "disable", endpoint.id)).toEqual(off);
    expect((await run("endpoints", "list")).stdout).toMatch(new RegExp(`^${endpoint.id} .* off +0$`, "m"));
    const { endpoint: other } = await create("Witness", `${hook}/witness`, "--type", "submitted");
    await submit(server.url, server.keys.agent, { title: "While it is off" });
    await until(() => sentTo("/witness").length === 1);
    expect(await run("endpoints", "enable", endpoint.id)).toEqual({
      code: 0,
      stdout: `${endpoint.id}\n`,
      stderr: "",
    });
    await submit(server.url, server.keys.agent, { title: "While it is on" });
    await until(() => sentTo("/switched").length === 1);
    expect(JSON.stringify(sentTo("/switched"))).not.toContain("While it is off");
    await remove(endpoint.id);
    await remove(other.id);
    expect(await json("endpoints", "list")).toEqual([]);
    expect((await remove(endpoint.id)).code).toBe(12);
  });

  it("rotate prints the new secret alone, and both sign while they overlap", async () => {
    const { endpoint, secret } = await create("Rotated", `${hook}/rotated`);
    const rotated = await run("endpoints", "rotate", endpoint.id, "--overlap", "1h");
    expect(rotated).toMatchObject({ code: 0, stderr: "" });
    expect(rotated.stdout).toMatch(/^whsec_[\w+/=]+\n$/);
    const second = rotated.stdout.trim();
    expect((await run("endpoints", "test", endpoint.id)).code).toBe(0);
    const { body = "", headers = {} } = sentTo("/rotated").at(-1) ?? {};
    for (const either of [secret, second]) new Webhook(either).verify(body, headers);
    const { secret: third } = await json("endpoints", "rotate", endpoint.id, "--overlap", "0");
    expect((await run("endpoints", "test", endpoint.id)).code).toBe(0);
    const last = sentTo("/rotated").at(-1);
    new Webhook(third).verify(last?.body ?? "", last?.headers ?? {});
    for (const former of [secret, second])
      expect(() => new Webhook(former).verify(last?.body ?? "", last?.headers ?? {})).toThrow();
    for (const [overlap, code] of [
      ["soon", 2],
      ["-1h", 2],
      ["999d", 13],
    ] as const)
      expect((await run("endpoints", "rotate", endpoint.id, `--overlap=${overlap}`)).code).toBe(code);
  });

  it("test says how it was taken, and exits with 1 where it was not", async () => {
    const { endpoint } = await create("Tested", `${hook}/tested`);
    expect((await run("endpoints", "test", endpoint.id)).stdout).toMatch(/^delivered \(\d+ ms\)\n$/);
    status = 500;
    const failed = await run("endpoints", "test", endpoint.id);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^not delivered: it answered 500 \(\d+ ms\)\n$/);
    const told = await run("endpoints", "test", endpoint.id, "--json");
    expect(told.code).toBe(1);
    expect(JSON.parse(told.stdout)).toMatchObject({ delivered: false, httpStatus: 500 });
  });

  it("dead-letters list shows what was given up, and replay has it told after all", async () => {
    const { endpoint } = await create("Down", `${hook}/down`, "--type", "submitted");
    status = 503;
    const tickets: string[] = [];
    for (const title of ["First", "Second", "Third"])
      tickets.push((await submit(server.url, server.keys.agent, { title })).id);
    const letters = () => json("dead-letters", "list", "--endpoint", endpoint.id);
    await until(async () => (await letters()).length === 3);
    const dead = await letters();
    expect(dead.map(({ ticketId }: { ticketId: string }) => ticketId).sort()).toEqual([...tickets].sort());
    const [first] = dead;
    expect(first).toMatchObject({
      id: expect.stringMatching(/^delivery_/),
      channel: "WEBHOOK",
      target: endpoint.id,
      reason: "EVENT",
      attempts: 2,
      problem: "it answered 503",
      givenUpAt: expect.stringMatching(/Z$/),
    });
    expect((await run("dead-letters", "list")).stdout).toContain(`${first.id}  webhook  ${endpoint.id}`);
    expect((await run("endpoints", "list")).stdout).toMatch(new RegExp(`^${endpoint.id} .* on +3$`, "m"));
    expect(await json("dead-letters", "list", "--endpoint", NOWHERE)).toEqual([]);
    expect(await json("dead-letters", "list", "--workspace", "elsewhere")).toEqual([]);
    expect(await json("dead-letters", "replay", NO_DELIVERY)).toEqual({ replayed: 0 });
    expect(await json("dead-letters", "replay", first.id, "--workspace", "elsewhere")).toEqual({
      replayed: 0,
    });
    status = 204;
    const before = sentTo("/down").length;
    expect(await run("dead-letters", "replay", first.id)).toEqual({ code: 0, stdout: "1\n", stderr: "" });
    const { sequence } = first;
    const range = ["--from", "1", "--to", String(sequence)];
    expect(await json("dead-letters", "replay", "--endpoint", endpoint.id, ...range)).toEqual({
      replayed: dead.filter((one: { sequence: number }) => one.sequence < sequence).length,
    });
    const rest = await json("dead-letters", "replay", "--endpoint", endpoint.id);
    expect(rest.replayed).toBeLessThan(3);
    await until(() => sentTo("/down").length === before + 3);
    await until(async () => (await letters()).length === 0);
  });

  it.each([
    ["nothing chosen", "", 13],
    ["an end without a beginning", "--to 5", 13],
    ["a range that ends before it begins", "--from 5 --to 4", 13],
    ["a position that is no number", "--from yesterday", 2],
    ["a position below nothing", "--from=-1", 2],
    ["a workspace that there is not", "--from 1 --workspace nowhere", 12],
  ])("dead-letters replay refuses %s", async (_, args, code) => {
    const ran = await run("dead-letters", "replay", ...args.split(" ").filter(Boolean));
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).not.toBe("");
  });

  it("puts all of it on the record, which holds, in the name of Countersign and without a secret", async () => {
    const { endpoint, secret } = await create("Recorded", `${PUBLIC}?token=hidden`);
    await remove(endpoint.id);
    const about = (await eventsOf(server, "SETTINGS_CHANGED")).filter(
      ({ data }) => data.endpointId === endpoint.id,
    );
    expect(about.map(({ data, actor }) => [data.removed, actor.kind])).toEqual([
      [false, "SYSTEM"],
      [true, "SYSTEM"],
    ]);
    expect(JSON.stringify(about)).not.toContain(secret);
    expect(JSON.stringify(about)).not.toContain("hidden");
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });
});

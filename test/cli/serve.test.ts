import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { openDatabase } from "../../src/persistence/database.js";
import { serve as runServe } from "../../src/server/serve.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { until } from "../support/until.js";

const main = join(import.meta.dirname, "../../dist/cli/main.js");

describe("countersign serve", { timeout: 60_000 }, () => {
  let directory: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(inject("runDirectory"), "serve-"));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  interface Running {
    readonly child: ChildProcess;
    readonly ended: Promise<number | null>;
    output(): string;
    url(): Promise<string>;
  }

  function serve(env: Record<string, string> = {}, args: string[] = []): Running {
    let output = "";
    const child = spawn(process.execPath, [main, "serve", ...args], {
      cwd: directory,
      env: { PATH: process.env.PATH, PORT: "0", ...env },
    });
    children.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    const url = () =>
      until(() => /API +(http:\/\/\S+)\/graphql/.exec(output)?.[1], {
        timeoutMs: 20_000,
        what: "the greeting",
      });
    return { child, ended, output: () => output, url };
  }

  const keysIn = async () => {
    const text = await readFile(join(directory, "data/first-keys.env"), "utf8");
    return Object.fromEntries(
      [...text.matchAll(/^(\w+)=(\S+)$/gm)].map(([, name, key]) => [name, key ?? ""]),
    );
  };

  it("says where it is, and puts the first keys where only their owner reads them, never into its output", async () => {
    const server = serve();
    const url = await server.url();
    await until(() => server.output().includes("first-keys.env"));
    const path = join(directory, "data/first-keys.env");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, "data"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, "data/signing-key.jwk"))).mode & 0o777).toBe(0o600);
    const keys = await keysIn();
    const data = await gqlData<{ viewer: object }>(
      url,
      keys.COUNTERSIGN_REVIEWER_KEY ?? "",
      "{ viewer { roles workspace { name } } }",
    );
    expect(data.viewer).toEqual({ roles: ["REVIEWER"], workspace: { name: "default" } });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    for (const key of Object.values(keys)) expect(server.output()).not.toContain(key);
    expect(server.output()).toMatch(/\/playground/);
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);

    const again = serve();
    await again.url();
    expect(again.output()).not.toMatch(/keys were made/);
    again.child.kill("SIGINT");
    expect(await again.ended).toBe(0);
  });

  it("keeps the keys of a first start that could not listen, and says on a terminal where they are", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const dataDir = join(directory, "data");
    const env = { DATABASE_URL: `sqlite:${join(dataDir, "countersign.db")}`, DATA_DIR: dataDir };
    const quiet = { ...env, LOG_LEVEL: "silent" };
    let shown = "";
    let stop = (): void => undefined;
    const host = (PORT: string) => ({
      env: { ...quiet, PORT },
      terminal: { isTTY: true, write: (text: string) => (shown += text) },
      on: (signal: NodeJS.Signals, listener: () => void) => {
        if (signal === "SIGTERM") stop = listener;
      },
    });
    await expect(runServe(host(String(port)))).rejects.toThrow("EADDRINUSE");
    taken.close();
    expect(shown).not.toContain("csk_");

    const running = runServe(host("0"));
    const [, url = ""] = await until(() => /API +(http:\/\/\S+)\/graphql/.exec(shown));
    await until(() =>
      shown.includes(`The keys of the first start are in ${join(dataDir, "first-keys.env")}`),
    );
    const { COUNTERSIGN_AGENT_KEY: key = "" } = await keysIn();
    expect(await gqlData(url, key, "{ viewer { roles } }")).toEqual({ viewer: { roles: ["AGENT"] } });
    stop();
    await running;
  });

  it("plays a story with --demo, and leaves something to decide", async () => {
    const server = serve({}, ["--demo"]);
    const url = await server.url();
    await until(() => /Waiting for you/.test(server.output()), { timeoutMs: 30_000, what: "a proposal" });
    expect(server.output()).toMatch(/asks for changes[\s\S]*approves revision 2/);
    const { COUNTERSIGN_REVIEWER_KEY: key = "" } = await keysIn();
    const { tickets } = await gqlData<{
      tickets: { edges: { node: { id: string; viewerCanDecide: boolean } }[] };
    }>(url, key, "{ tickets(filter: {status: [PENDING]}) { edges { node { id viewerCanDecide } } } }");
    const [waiting] = tickets.edges;
    expect(waiting?.node.viewerCanDecide).toBe(true);
    await gqlData(
      url,
      key,
      "mutation($input: DecideTicketInput!) { decideTicket(input: $input) { decision { status } } }",
      {
        input: {
          ticketId: waiting?.node.id,
          revision: 1,
          status: "NEEDS_CHANGES",
          comments: "shorter, please",
        },
      },
    );
    await until(() => /The agent has revised/.test(server.output()), { what: "the revision" });
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
  });

  it.each([
    ["a wrong setting", { PORT: "many" }, 4, /PORT: expected a port/],
    [
      "a database that it does not know",
      { DATABASE_URL: "postgres://x/y" },
      4,
      /DATABASE_URL: expected sqlite:PATH/,
    ],
    [
      "a database that is not there",
      { DATABASE_URL: "mysql://u:secret@127.0.0.1:1/x", SIGNING_KEY: "x" },
      24,
      /UNAVAILABLE/,
    ],
  ])("does not start with %s, and says why", async (_, env, status, message) => {
    const server = serve(env);
    expect(await server.ended).toBe(status);
    expect(server.output()).toMatch(message);
    expect(server.output()).not.toContain("secret");
  });

  it("does not start on a schema that is newer, and says so", async () => {
    const first = serve();
    await first.url();
    first.child.kill("SIGTERM");
    await first.ended;
    const database = await openDatabase({ dialect: "sqlite", path: join(directory, "data/countersign.db") });
    await database.dataSource.query("INSERT INTO migrations (timestamp, name) VALUES (9, 'FromTheFuture')");
    await database.close();
    const second = serve();
    expect(await second.ended).toBe(5);
    expect(second.output()).toMatch(/newer than this program.*FromTheFuture/);
  });

  it("wants a signing key on a shared database, since every server needs the same one", async () => {
    const testDatabase = await databaseKind("mariadb").create();
    const server = serve({ DATABASE_URL: testDatabase.url });
    expect(await server.ended).not.toBe(0);
    expect(server.output()).toMatch(/SIGNING_KEY[\s\S]*openssl genpkey -algorithm ed25519/);
    await testDatabase.drop();
  });

  it("logs no credential at any level, whatever is sent to it", async () => {
    const server = serve({ LOG_LEVEL: "trace" });
    const url = await server.url();
    const keys = await keysIn();
    const key = keys.COUNTERSIGN_AGENT_KEY ?? "";
    const bad = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
    const headers = { "content-type": "application/json" };
    const token = (await (
      await fetch(`${url}/auth/token`, { method: "POST", headers, body: JSON.stringify({ apiKey: key }) })
    ).json()) as { token: string };
    for (const credential of [key, bad, token.token, `${token.token}x`]) {
      const authorization = `Bearer ${credential}`;
      const query = JSON.stringify({ query: "{ viewer { roles } }" });
      await fetch(`${url}/graphql`, { method: "POST", headers: { ...headers, authorization }, body: query });
      await fetch(`${url}/graphql/stream`, {
        method: "POST",
        headers: { ...headers, authorization },
        body: query,
      });
      await fetch(`${url}/graphql?apiKey=${credential}`, {
        headers: { authorization, cookie: `k=${credential}` },
      });
      await fetch(`${url}/auth/token`, {
        method: "POST",
        headers,
        body: JSON.stringify({ apiKey: credential }),
      });
      await fetch(`${url}/auth/token`, { method: "POST", headers, body: `{"apiKey": "${credential}` });
      const client = await LiveClient.open(url);
      client.send({ type: "connection_init", payload: { Authorization: authorization } });
      await until(() => client.closed ?? client.messages.length > 0);
      client.close();
    }
    server.child.kill("SIGTERM");
    await server.ended;
    expect(server.output()).toMatch(/"level":"debug"/);
    for (const credential of [key, bad, token.token]) expect(server.output()).not.toContain(credential);
    const stored = await readFile(join(directory, "data/countersign.db"), "latin1");
    expect(stored).not.toContain(key.slice(35));
  });

  it("does not migrate where it is told not to", async () => {
    const server = serve({ MIGRATE: "false" });
    expect(await server.ended).toBe(5);
    expect(server.output()).toMatch(/not migrated.*countersign migrate/);
  });
});

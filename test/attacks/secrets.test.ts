import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createConnection } from "mysql2/promise";
import { describe, expect, inject, it } from "vitest";
import { firstKeysPath } from "../../src/server/first-start.js";
import { BrowserLike } from "../support/browser-like.js";
import { runCommand } from "../support/child-server.js";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { cleanUpAfterThisProcess, killed } from "../support/process-guard.js";
import { TEST_SIGNING_KEY } from "../support/test-server.js";
import { until } from "../support/until.js";
import { apiKeyFormatted } from "./processes/forged-key.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SECRET_TEXT = /c(?:sk|sl|ss)_[0-9a-z]{26}_[\w-]{49}/g;

describe.each(databases)("secrets, on $name", { timeout: 120_000 }, (kind) => {
  it("stand neither in the log, at its most talkative, nor anywhere in the database", async () => {
    const database = await kind.create();
    const directory = await mkdtemp(join(inject("runDirectory"), "secrets-"));
    const env = {
      DATABASE_URL: database.url,
      DATA_DIR: directory,
      SIGNING_KEY: TEST_SIGNING_KEY,
      LOG_LEVEL: "trace",
      PORT: "0",
    };
    // Builds what is to be run, and makes the database.
    await runCommand(["migrate"], { env });
    const server = spawn(process.execPath, [MAIN, "serve"], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const guard = cleanUpAfterThisProcess({
      directory,
      ...(server.pid === undefined ? {} : { pid: server.pid }),
    });
    let log = "";
    for (const pipe of [server.stdout, server.stderr])
      pipe.setEncoding("utf8").on("data", (text: string) => {
        log += text;
      });
    try {
      const url = await until(() => /"url":"(http:[^"]+)"/.exec(log)?.[1], { timeoutMs: 60_000 });
      const firstKeys = (await readFile(firstKeysPath(directory), "utf8")).match(SECRET_TEXT) ?? [];
      const secrets = await live(url, firstKeys, (args) => runCommand(args, { env }));
      expect(secrets.length).toBeGreaterThan(12);
      const ended = once(server, "exit");
      const stored = await everythingStored(database.url);
      server.kill("SIGTERM");
      await ended;
      // What was looked for would be found: both are full of what happened.
      expect(log).toMatch(/"level":"debug".*answered/);
      expect(stored.toString("latin1")).toContain("nobody's secret");
      for (const [name, secret] of secrets) {
        for (const shape of shapesOf(secret)) {
          expect(log.includes(shape), `${name} in the log`).toBe(false);
          expect(stored.includes(shape), `${name} in the database`).toBe(false);
        }
      }
      expect(stored.includes("PRIVATE KEY")).toBe(false);
    } finally {
      await killed(server);
      await killed(guard);
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

type Named = readonly [name: string, secret: string];

/** Does everything that has to do with secrets, rightly and wrongly; every secret that there was. */
async function live(
  url: string,
  firstKeys: readonly string[],
  command: (args: string[]) => Promise<string>,
): Promise<Named[]> {
  const secrets: Named[] = [];
  const keep = (name: string, text: string | undefined): string => {
    if (text === undefined || text === "") throw new Error(`there is no ${name}`);
    secrets.push([name, text]);
    return text;
  };
  const made = async (name: string, ...args: string[]): Promise<string> =>
    keep(name, (await command(args)).match(SECRET_TEXT)?.[0]);
  const agent = keep("the first agent's key", firstKeys[0]);
  keep("the first reviewer's key", firstKeys[1]);
  const admin = await made(
    "a key from the command line",
    ...words("keys create --role admin --kind human --name Admin"),
  );

  // Keys over the API: made, rotated, revoked, used after that.
  const { createApiKey } = await gqlData<{ createApiKey: { key: string; apiKey: { id: string } } }>(
    url,
    admin,
    "mutation { createApiKey(input: {}) { key apiKey { id } } }",
  );
  const own = keep("a key over the API", createApiKey.key);
  const { rotateApiKey } = await gqlData<{ rotateApiKey: { key: string; apiKey: { id: string } } }>(
    url,
    admin,
    "mutation ($id: ID!) { rotateApiKey(input: { keyId: $id }) { key apiKey { id } } }",
    { id: createApiKey.apiKey.id },
  );
  const rotated = keep("a rotated key", rotateApiKey.key);
  await gqlData(url, admin, "mutation ($id: ID!) { revokeApiKey(input: { keyId: $id }) { apiKey { id } } }", {
    id: rotateApiKey.apiKey.id,
  });
  await gql(url, rotated, "{ viewer { roles } }");

  // Tokens, exchanged in both ways.
  for (const init of [
    { headers: { authorization: `Bearer ${agent}` } },
    { headers: { "content-type": "application/json" }, body: JSON.stringify({ apiKey: own }) },
  ]) {
    const answer = await fetch(`${url}/auth/token`, { method: "POST", ...init });
    const { token } = (await answer.json()) as { token: string };
    keep("a token", token);
    keep("a token's signature", token.split(".")[2]);
    await gql(url, token, "{ viewer { roles } }");
    await gql(url, `${token.slice(0, -2)}xx`, "{ viewer { roles } }");
    const socket = await LiveClient.connect(url, token);
    await socket.deliveries(socket.subscribe("{ viewer { roles } }"), 1);
    socket.close();
  }

  // Humans: invited, signed in, used, signed out, and the link once more.
  const { inviteMember } = await gqlData<{ inviteMember: { signInUrl: string } }>(
    url,
    admin,
    'mutation { inviteMember(input: { email: "a@example.org", roles: [REVIEWER] }) { signInUrl } }',
  );
  const invitations = [
    keep("a link over the API", inviteMember.signInUrl.match(SECRET_TEXT)?.[0]),
    await made("a link from the command line", ...words("members invite b@example.org --role reviewer")),
  ];
  for (const link of invitations) {
    const browser = new BrowserLike(url);
    await browser.open(`/sign-in?link=${link}`);
    await browser.submit("/sign-in", { link });
    keep("a session", browser.cookies.get("countersign_session"));
    await browser.gql("{ viewer { roles } }");
    await browser.open("/");
    await browser.submit("/sign-out", {});
    await browser.submit("/sign-in", { link });
  }

  // Guesses that are nearly right: what is refused must not be repeated either.
  const nearly = apiKeyFormatted(`${agent.slice(31, -8)}xx`, agent.slice(4, 30));
  keep("a secret that is nearly right", nearly);
  for (const guess of [nearly, `${agent}x`, agent.slice(0, -1), `${invitations[0]}x`]) {
    await gql(url, guess, "{ viewer { roles } }");
    await fetch(`${url}/auth/token?apiKey=${guess}`, {
      method: "POST",
      headers: { authorization: `Bearer ${guess}` },
    });
    await fetch(`${url}/hitl/tickets?apiKey=${guess}`, { headers: { authorization: `Bearer ${guess}` } });
    await fetch(`${url}/graphql?access_token=${guess}`, {
      headers: { authorization: guess, cookie: `countersign_session=${guess}` },
    });
    await new BrowserLike(url).open(`/sign-in?link=${guess}`);
    await new BrowserLike(url).submit("/sign-in", { link: guess });
    const socket = await LiveClient.open(url);
    socket.send({ type: "connection_init", payload: { Authorization: `Bearer ${guess}` } });
    await socket.whenClosed();
  }
  await gqlData(
    url,
    agent,
    'mutation { submitReview(input: { title: "nobody\'s secret" }) { ticket { id } } }',
  );
  return secrets;
}

const words = (text: string): string[] => text.split(" ");

/** A secret as it might stand somewhere: whole, its secret part, what is left without its checksum, encoded. */
function shapesOf(secret: string): string[] {
  const part = /^c\w\w_[0-9a-z]{26}_([\w-]{43})/.exec(secret)?.[1] ?? secret;
  return [secret, part].flatMap((text) => [
    text,
    Buffer.from(text).toString("hex"),
    Buffer.from(text).toString("hex").toUpperCase(),
    Buffer.from(text).toString("base64").replace(/=+$/, ""),
    Buffer.from(part, "base64url").toString("hex"),
    Buffer.from(part, "base64url").toString("base64").replace(/=+$/, ""),
    encodeURIComponent(text),
  ]);
}

/** Every byte of a SQLite database's files, or every value of every table. */
async function everythingStored(address: string): Promise<Buffer> {
  if (address.startsWith("sqlite:")) {
    const directory = join(address.slice("sqlite:".length), "..");
    const files = await readdir(directory);
    return Buffer.concat(await Promise.all(files.map((file) => readFile(join(directory, file)))));
  }
  const connection = await createConnection(address);
  try {
    const [tables] = await connection.query("SHOW TABLES");
    const parts: Buffer[] = [];
    for (const table of tables as Record<string, string>[]) {
      const [rows] = await connection.query(`SELECT * FROM \`${Object.values(table)[0]}\``);
      for (const row of rows as Record<string, unknown>[])
        for (const value of Object.values(row))
          parts.push(Buffer.isBuffer(value) ? value : Buffer.from(`${value}\n`));
    }
    return Buffer.concat(parts);
  } finally {
    await connection.end();
  }
}

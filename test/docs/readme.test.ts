import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BrowserLike } from "../support/browser-like.js";
import { gqlData } from "../support/graphql-client.js";
import { PYTHON } from "../support/python.js";
import { until } from "../support/until.js";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** The code block that follows a snippet's marker. */
function snippet(name: string): string {
  const found = new RegExp(`<!-- snippet: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (found === undefined) throw new Error(`README.md has no snippet "${name}"`);
  return found;
}

/** A program of README as it runs: what it has said so far, and how it ended. */
class Program {
  said = "";
  readonly ended: Promise<unknown>;

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (this.said += chunk));
    this.ended = new Promise((resolve) => child.once("close", resolve));
  }

  ticket(): Promise<string> {
    return until(() => /Review ticket: (ticket_\w+)/.exec(this.said)?.[1], {
      what: "the ticket",
      timeoutMs: 20_000,
    });
  }
}

describe("README.md", () => {
  let directory: string;
  let server: ChildProcess;
  let url: string;
  let keys: { agent: string; reviewer: string };

  beforeAll(async () => {
    directory = await mkdtemp(join(root, "dist", "readme-"));
    server = start("node dist/cli/main.js serve", { PORT: "0", DATA_DIR: join(directory, "data") });
    let said = "";
    server.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    url = await until(() => /API +(http:\/\/\S+)\/graphql/.exec(said)?.[1], {
      what: "the greeting",
      timeoutMs: 20_000,
    });
    const path = join(directory, "data/first-keys.env");
    await until(() => existsSync(path));
    const first = await readFile(path, "utf8");
    const key = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(first)?.[1] ?? "";
    keys = { agent: key("COUNTERSIGN_AGENT_KEY"), reviewer: key("COUNTERSIGN_REVIEWER_KEY") };
  }, 30_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  /** README's text as it has to read for this test's server and data. */
  const here = (text: string): string =>
    text
      .replaceAll("http://127.0.0.1:4000", url)
      .replaceAll("data/", `${join(directory, "data")}/`)
      .replaceAll(/(?<![\w/.-])(export\.jsonl|jwks\.json|agent\.mjs|agent\.py)\b/g, (name) =>
        join(directory, name),
      );

  function start(command: string, env: Record<string, string> = {}): ChildProcess {
    return spawn("sh", ["-c", `exec ${command}`], {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: `sqlite:${join(directory, "data/countersign.db")}`,
        DATA_DIR: join(directory, "data"),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async function run(commands: string, variables: Record<string, string> = {}): Promise<string> {
    let output = "";
    const child = spawn("sh", ["-e", "-c", commands], {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: `sqlite:${join(directory, "data/countersign.db")}`,
        DATA_DIR: join(directory, "data"),
        PORT: new URL(url).port,
        ...variables,
      },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code, output).toBe(0);
    return output;
  }

  async function decide(ticketId: string): Promise<void> {
    await gqlData(url, keys.reviewer, snippet("graphql"), {
      input: { ticketId, revision: 1, status: "APPROVED", comments: "Looks good" },
    });
  }

  it("tells a story that happens as it is told", { timeout: 90_000 }, async () => {
    await writeFile(join(directory, "agent.mjs"), here(snippet("agent\\.mjs")));
    const command = here(snippet("run the agent")).replace(/^COUNTERSIGN_AGENT_KEY=\S+ /, "");
    const agent = new Program(start(command, { COUNTERSIGN_AGENT_KEY: keys.agent }));
    await decide(await agent.ticket());
    expect(await agent.ended, agent.said).toBe(0);
    expect(agent.said).toContain("APPROVED by First reviewer: Looks good");
    expect(agent.said).toMatch(/sha256:[0-9a-f]{64}/);

    await run(here(snippet("verify")));
    await until(async () => (await readdir(join(directory, "data/checkpoints")).catch(() => [])).length > 0);
    await run(here(snippet("export")));
  });

  it.each(["apollo.mjs", "urql.mjs", "graphql-request.mjs"])(
    "has %s submit a proposal and be pushed the decision, or say why it was refused",
    { timeout: 60_000 },
    async (file) => {
      const code = here(snippet(file.replace(".", "\\.")));
      await writeFile(join(directory, file), code);
      const program = new Program(
        start(`node ${join(directory, file)}`, { COUNTERSIGN_AGENT_KEY: keys.agent }),
      );
      await decide(await program.ticket());
      expect(await program.ended, program.said).toBe(0);
      expect(program.said).toContain("APPROVED by First reviewer: Looks good");

      const refused = new Program(
        start(`node ${join(directory, file)}`, { COUNTERSIGN_AGENT_KEY: "csk_none" }),
      );
      expect(await refused.ended, refused.said).not.toBe(0);
      expect(refused.said).toContain("UNAUTHENTICATED");
    },
  );

  it("shows programs whose operations the schema has", () => {
    const schema = buildSchema(readFileSync(join(root, "schema.graphql"), "utf8"));
    const documents = [...readme.matchAll(/gql`([\s\S]*?)`/g)].map(([, text]) => text ?? "");
    expect(documents).toHaveLength(6);
    for (const document of documents) expect(validate(schema, parse(document))).toEqual([]);
  });

  it("submits and waits with nothing but curl", { timeout: 60_000 }, async () => {
    const key = { COUNTERSIGN_AGENT_KEY: keys.agent };
    const { id, status } = JSON.parse(await run(here(snippet("curl")), key)) as Record<string, string>;
    expect([id, status]).toEqual([expect.stringMatching(/^ticket_/), "pending"]);
    const waiting = run(here(snippet("curl, waiting")).replace("ticket_…", String(id)), key);
    await gqlData(url, keys.reviewer, snippet("graphql"), {
      input: { ticketId: id, revision: 1, status: "APPROVED", comments: "Looks good" },
    });
    expect(JSON.parse(await waiting)).toMatchObject({ id, status: "approved", payload: { years: 7 } });
  });

  it("has an agent in Python that needs nothing installed", { timeout: 60_000 }, async () => {
    await writeFile(join(directory, "agent.py"), here(snippet("agent\\.py")));
    const command = here(snippet("run the Python agent")).replace("python3", PYTHON);
    const agent = start(`env ${command.replace(/csk_…/, keys.agent)}`);
    let said = "";
    for (const stream of [agent.stdout, agent.stderr]) stream?.on("data", (chunk) => (said += chunk));
    const ended = new Promise((resolve) => agent.once("exit", resolve));
    const ticketId = await until(() => /Review ticket: (ticket_\w+)/.exec(said)?.[1], {
      what: "the ticket",
      timeoutMs: 20_000,
    });
    await gqlData(url, keys.reviewer, snippet("graphql"), {
      input: { ticketId, revision: 1, status: "APPROVED", comments: "Looks good" },
    });
    expect(await ended, said).toBe(0);
    expect(said).toContain("approved by First reviewer {'years': 7}");
  });

  it("lets in whom it tells to invite, and the first ADMIN", { timeout: 60_000 }, async () => {
    const first = await readFile(join(directory, "data/first-keys.env"), "utf8");
    const admin = /^COUNTERSIGN_ADMIN_SIGN_IN=.*(\/sign-in\?link=\S+)$/m.exec(first)?.[1] ?? "";
    const invited = /(http:\/\/\S+\/sign-in\?link=\S+)/.exec(await run(snippet("invite")))?.[1] ?? "";
    expect(invited).toContain(url);
    for (const [link, role] of [
      [admin, "ADMIN"],
      [invited, "REVIEWER"],
    ] as const) {
      const browser = new BrowserLike(url);
      const page = await browser.open(link);
      const held = /name="link" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
      expect((await browser.submit("/sign-in", { link: held })).status).toBe(303);
      expect((await browser.gql("{ viewer { roles } }")).data).toEqual({ viewer: { roles: [role] } });
    }
  });

  it("leads to pictures that are there, light and dark, and none that nobody looks at", async () => {
    const pages = ["docs/inbox.md", "docs/mail.md"].map((page) => readFileSync(join(root, page), "utf8"));
    const named = [...pages.join("\n").matchAll(/images\/([\w-]+\.png)/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual((await readdir(join(root, "docs/images"))).sort());
    expect(named.filter((name) => name?.endsWith("-dark.png")).length).toBe(named.length / 2);
  });

  it("shows operations that the schema has", () => {
    const schema = buildSchema(readFileSync(join(root, "schema.graphql"), "utf8"));
    expect(validate(schema, parse(snippet("graphql")))).toEqual([]);
  });

  it("names commands, scripts and files that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [
      ...readme.matchAll(/npm (?:run (?:-s )?)?(start|test(?::\w+)?|countersign|check|bench)\b/g),
    ];
    expect(named.length).toBeGreaterThan(5);
    for (const [, name] of named) expect(Object.keys(scripts)).toContain(name);
    for (const [, path] of readme.matchAll(/\]\(((?:docs|schema)[\w./-]*)\)/g)) {
      expect(existsSync(join(root, path ?? "")), path).toBe(true);
    }
  });
});

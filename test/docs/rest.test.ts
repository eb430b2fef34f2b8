import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERROR_TABLE } from "../../src/domain/error-table.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const text = readFileSync(join(import.meta.dirname, "../../docs/rest.md"), "utf8");
const lacking = ["curl", "jq"].filter(
  (tool) => spawnSync("/bin/sh", ["-c", `command -v ${tool}`]).status !== 0,
);
const snippets = Object.fromEntries(
  [...text.matchAll(/^```sh (\w+)\n([\s\S]*?)```/gm)].map(([, name = "", code = ""]) => [name, code]),
);

describe("docs/rest.md", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterAll(() => server?.close());

  /** Runs a snippet in a shell with what the page says is there. */
  function run(code: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const child = spawn("sh", ["-e", "-c", code], {
      env: {
        ...process.env,
        COUNTERSIGN_URL: server.url,
        COUNTERSIGN_AGENT_KEY: server.keys.agent,
        COUNTERSIGN_REVIEWER_KEY: server.keys.reviewer,
        ...variables,
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    return new Promise((resolve, reject) => {
      child.once("close", (exit) => (exit === 0 ? resolve(output.trim()) : reject(new Error(output))));
    });
  }

  it.runIf(lacking.length === 0)("walks through a story that happens as it is told", async () => {
    expect(Object.keys(snippets)).toEqual(["submit", "wait", "decide", "late", "record"]);
    const { submit = "", wait = "", decide = "", late = "", record = "" } = snippets;
    const ticket = await run(submit);
    expect(ticket).toMatch(/^ticket_\w{26}$/);
    expect(await run(submit)).toBe(ticket);
    const waiting = run(wait, { ticket });
    await until(() => server.running.services.push.size === 1);
    expect((await run(decide, { ticket })).split("\n")).toEqual([
      JSON.stringify({
        id: ticket,
        revision: 1,
        title: "Expand loan term to 7 years",
        payload: { years: 7 },
      }),
      "approved",
    ]);
    expect(await waiting).toBe("approved by First reviewer: Looks good");
    expect(await run(late, { ticket })).toBe("409 ALREADY_DECIDED: Looks good");
    expect((await run(record, { ticket })).replaceAll(/^\d+ /gm, "").split("\n")).toEqual([
      "SUBMITTED by First agent",
      "REVIEWED by First reviewer",
      "DECIDED by First reviewer",
      "DECISION_READ by First agent",
    ]);
  });

  it("names every route, every code with its status, and every member of a ticket", async () => {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, object>>;
      components: { schemas: { Ticket: { properties: object } } };
    };
    for (const [path, methods] of Object.entries(document.paths)) {
      const shown = path.replaceAll(/\{(\w+)\}/g, ":$1");
      const row = text.split("\n").find((line) => line.startsWith("| `") && line.includes(` ${shown}\``));
      const all = text.split("\n").filter((line) => line.startsWith("| `") && line.includes(` ${shown}\``));
      expect(row, path).toBeDefined();
      for (const method of Object.keys(methods)) expect(all.join("\n")).toContain(method.toUpperCase());
    }
    for (const [code, { httpStatus }] of Object.entries(ERROR_TABLE)) {
      // There is no document over REST that could be too complex.
      if (code === "QUERY_TOO_COMPLEX") continue;
      const rows = text.split("\n").filter((line) => line.startsWith("| ") && line.includes(`\`${code}\``));
      expect(rows.some((row) => row.split("|")[1]?.includes(String(httpStatus)))).toBe(true);
    }
    const described = text.slice(text.indexOf("## A ticket"), text.indexOf("## Waiting"));
    for (const name of Object.keys(document.components.schemas.Ticket.properties))
      expect(described).toContain(`\`${name}\``);
  });
});

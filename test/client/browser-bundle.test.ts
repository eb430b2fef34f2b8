import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { HitlClient } from "../../src/client/hitl-client.js";
import { ScriptedServer } from "../support/scripted-server.js";
import { AGENT_KEY } from "../support/scripted-tickets.js";
import { until } from "../support/until.js";

const entry = fileURLToPath(new URL("../../src/client/hitl-client.ts", import.meta.url));

let code: string;
let metafile: Metafile;

beforeAll(async () => {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: "browser",
    format: "iife",
    globalName: "countersign",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  expect(result.warnings).toEqual([]);
  code = result.outputFiles[0]!.text;
  metafile = result.metafile;
});

describe("the SDK in a browser bundle", () => {
  test("takes in no module of Node", () => {
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
    expect(imports.length).toBeGreaterThan(10);
    expect(imports.filter((path) => path.startsWith("node:") || builtinModules.includes(path))).toEqual([]);
    expect(code).not.toContain("node:");
  });

  test("takes in neither a GraphQL parser nor a WebSocket of its own", () => {
    const files = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules"));
    expect(files.filter((path) => path.includes("node_modules/graphql/"))).toEqual([]);
    expect(files.filter((path) => path.includes("node_modules/ws/lib/"))).toEqual([]);
  });

  test("is small", () => {
    expect(gzipSync(code).length).toBeLessThan(14_000);
  });

  describe("run with nothing but what a browser has", () => {
    let server: ScriptedServer;

    beforeAll(async () => {
      server = await ScriptedServer.start();
    });

    afterAll(async () => {
      await server.kill();
    });

    test("submits, waits over the platform's WebSocket, and reads the decision", async () => {
      const platform = { fetch, WebSocket, crypto, performance, URL, AbortController, AbortSignal };
      const context = createContext({ ...platform, setTimeout, clearTimeout, queueMicrotask });
      const { HitlClient: Client } = runInContext(`${code}; countersign`, context) as {
        HitlClient: typeof HitlClient;
      };
      const client = new Client({ coreUrl: server.url, apiKey: AGENT_KEY });
      const reviewing = client.review({ title: "From a browser" });
      await until(() => server.requests("TicketDecided").length === 1);
      server.decide("ticket_1", "APPROVED");
      expect(await reviewing).toMatchObject({ status: "APPROVED", proposal: { title: "From a browser" } });
      await client.close();
    });
  });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { openList, sitDown, submitMany } from "./list-world.js";

const MOST_BYTES = 300_000;

describe("what the inbox loads before one sees the list", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startTestServer(databaseKind("sqlite"));
    await submitMany(server.url, server.keys.agent, 1);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it.each([
    ["br, gzip", "br"],
    ["gzip", "gzip"],
    ["identity", null],
  ])("is sent to who takes %s as it was compressed with the build", async (accepted, encoding) => {
    const { cookie, context } = await sitDown(server, browser);
    await context.close();
    const html = await (await fetch(`${server.url}/`, { headers: { cookie } })).text();
    const paths = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths) {
      const response = await fetch(server.url + path, { headers: { "accept-encoding": accepted } });
      expect([path, response.status, response.headers.get("content-encoding")]).toEqual([
        path,
        200,
        encoding,
      ]);
      expect(response.headers.get("vary")).toMatch(/accept-encoding/i);
      // As it was before: fetch has unpacked it.
      const file = await readFile(join("dist/inbox", path));
      expect(Buffer.from(await response.arrayBuffer()).equals(file)).toBe(true);
    }
  });

  it("is at most 300 KB gzipped, whatever of it is asked for later than the page", async () => {
    const { page, context } = await sitDown(server, browser);
    const files = new Map<string, Promise<Buffer>>();
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (pathname !== "/graphql") files.set(pathname, response.body());
    });
    await openList(page, server);
    await page.waitForLoadState("networkidle");
    const sizes = await Promise.all(
      [...files].map(async ([path, body]) => [path, gzipSync(await body).length] as const),
    );
    expect(sizes.map(([path]) => path)).toEqual(
      expect.arrayContaining(["/", expect.stringMatching(/^\/assets\/index-.*\.js$/)]),
    );
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    expect(bytes, JSON.stringify(sizes)).toBeLessThanOrEqual(MOST_BYTES);
    await context.close();
  });
});

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

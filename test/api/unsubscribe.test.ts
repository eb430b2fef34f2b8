import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { signCompact } from "../../src/identity/compact-jws.js";
import { loadSigningKeys } from "../../src/identity/signing-key.js";
import { UNDO_MS, undoToken } from "../../src/notify/preferences/undo-token.js";
import { UNSUBSCRIBE_TYP, unsubscribeUrl } from "../../src/notify/preferences/unsubscribe-link.js";
import { BrowserLike } from "../support/browser-like.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { eventsOf, verdictOn } from "./members.js";
import { makeQueue } from "./tickets.js";

const ONE_CLICK = { "List-Unsubscribe": "One-Click" };

/** What the page that says "no more mail" would send to take it back. */
function undoIn(page: string): string {
  return /name="undo" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

describe("the link in a mail", () => {
  let server: TestServer;
  let retired: Awaited<ReturnType<typeof loadSigningKeys>>;
  beforeAll(async () => {
    const dataDir = await mkdtemp(join(inject("runDirectory"), "keys-"));
    const { privateKey } = generateKeyPairSync("ed25519");
    const signingKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const choices = { signingKey, retiredKeys: undefined, dataDir, dialectShared: false, writable: true };
    retired = await loadSigningKeys(choices);
    const jwks = join(dataDir, "retired.json");
    await writeFile(jwks, JSON.stringify(retired.publicJwks()));
    server = await startTestServer(databaseKind("sqlite"), { RETIRED_KEYS: jwks, RATE_FAILURES: "20" });
    await makeQueue(server, "<b>loans & co</b>", 1);
  });
  afterAll(() => server?.close());

  const QUEUE = "<b>loans & co</b>";
  const reviewer = async (name: string) => {
    const { key, principalId } = await server.principal(name, "HUMAN", ["REVIEWER"]);
    const preferences = async () =>
      (
        await gqlData<{ notificationPreferences: { mail: string; queues: object[] } }>(
          server.url,
          key,
          "{ notificationPreferences { mail queues { queue mail } } }",
        )
      ).notificationPreferences;
    const path = (queue: string | null = QUEUE, keys?: typeof retired): string => {
      const holder = { workspaceId: server.workspaceId, principalId, queue };
      const url =
        keys === undefined
          ? server.running.services.unsubscribeUrl(holder)
          : unsubscribeUrl(keys, server.url, holder);
      expect(url.startsWith(`${server.url}/unsubscribe/`)).toBe(true);
      return new URL(url).pathname;
    };
    return { key, principalId, preferences, path };
  };
  /** What a mail program sends: no cookie, no page that it comes from. */
  const program = (path: string, init: RequestInit) => fetch(server.url + path, { method: "POST", ...init });

  it("shows what it would do and does nothing, however often scanners open it", async () => {
    const { path, preferences } = await reviewer("Ada");
    const browser = new BrowserLike(server.url);
    for (let opened = 0; opened < 3; opened += 1) {
      const page = await browser.open(path());
      expect(page.status).toBe(200);
      expect(page.text).toContain("&lt;b&gt;loans &amp; co&lt;/b&gt;");
      expect(page.text).not.toContain("<b>loans");
      expect(page.response.headers.get("cache-control")).toBe("no-store");
      expect(page.response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(page.response.headers.get("referrer-policy")).toBe("no-referrer");
    }
    expect((await fetch(server.url + path(), { method: "HEAD" })).status).toBe(200);
    expect((await preferences()).queues).toEqual([]);
  });

  it("switches mail about its queue off by the button, and on again by the page that says so", async () => {
    const { path, preferences, principalId } = await reviewer("Grace");
    const browser = new BrowserLike(server.url);
    const done = await browser.submit(path(), ONE_CLICK);
    expect(done.status).toBe(200);
    expect(done.text).toContain('href="/notifications"');
    expect(await preferences()).toEqual({ mail: "SINGLE", queues: [{ queue: QUEUE, mail: "OFF" }] });
    expect((await browser.submit(path(), { undo: undoIn(done.text) })).status).toBe(200);
    expect((await preferences()).queues).toEqual([]);
    const events = (await eventsOf(server, "SETTINGS_CHANGED")).filter(
      ({ data }) => data.principalId === principalId,
    );
    expect(events.map(({ actor, data }) => [actor.id, data.byLink])).toEqual([
      [principalId, true],
      [principalId, true],
    ]);
    // There is nothing to undo where nothing was changed.
    await browser.submit(path(), ONE_CLICK);
    expect((await browser.submit(path(), ONE_CLICK)).text).not.toContain("Undo");
  });

  it("is taken back for its holder, for an hour, and nothing else is chosen by it", async () => {
    const { path, preferences, principalId, key } = await reviewer("Katherine");
    const other = await reviewer("Dorothy");
    const browser = new BrowserLike(server.url);
    const undo = undoIn((await browser.submit(path(), ONE_CLICK)).text);
    await browser.submit(other.path(), ONE_CLICK);
    const { keys } = server.running.services;
    const holder = { workspaceId: server.workspaceId, principalId, queue: QUEUE };
    const before = [{ queue: QUEUE, mail: null }];
    const refused = {
      unsigned: JSON.stringify(before),
      altered: undo.replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify(before)).toString("base64url")}.`),
      link: path().slice("/unsubscribe/".length),
      otherLink: undoToken(keys, { ...holder, queue: null }, before, Date.now()),
      otherHolder: undoToken(keys, { ...holder, principalId: other.principalId }, before, Date.now()),
      late: undoToken(keys, holder, before, Date.now() - UNDO_MS),
    };
    for (const [name, token] of Object.entries(refused))
      expect([name, (await browser.submit(path(), { undo: token })).status]).toEqual([name, 400]);
    expect((await browser.submit(other.path(), { undo })).status).toBe(400);
    expect((await browser.open(`/unsubscribe/${undo}`)).status).toBe(404);
    for (const one of [{ preferences }, other])
      expect((await one.preferences()).queues).toEqual([{ queue: QUEUE, mail: "OFF" }]);
    // What its holder chose since then stands.
    await gqlData(
      server.url,
      key,
      "mutation ($queue: String) { setNotificationPreference(input: { queue: $queue, mail: DIGEST }) { notificationPreferences { mail } } }",
      { queue: QUEUE },
    );
    expect((await browser.submit(path(), { undo })).status).toBe(200);
    expect((await preferences()).queues).toEqual([{ queue: QUEUE, mail: "DIGEST" }]);
  });

  it("is done by a mail program in one click, in either form, from anywhere and without a cookie", async () => {
    const { path, preferences } = await reviewer("Edsger");
    const urlencoded = await program(path(), {
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: "https://mail.example",
        "sec-fetch-site": "cross-site",
      },
      body: "List-Unsubscribe=One-Click",
    });
    expect(urlencoded.status).toBe(200);
    expect((await preferences()).queues).toEqual([{ queue: QUEUE, mail: "OFF" }]);
    const form = new FormData();
    form.set("List-Unsubscribe", "One-Click");
    expect((await program(path(null), { body: form })).status).toBe(200);
    expect((await preferences()).mail).toBe("OFF");
  });

  it("works with a key that was retired, and for nothing that the keys sign otherwise", async () => {
    const { path, preferences } = await reviewer("Barbara");
    const browser = new BrowserLike(server.url);
    expect((await browser.submit(path(QUEUE, retired), ONE_CLICK)).status).toBe(200);
    expect((await preferences()).queues).toEqual([{ queue: QUEUE, mail: "OFF" }]);
  });

  it("is not there where it was altered, forged, cut or made for something else, which all look alike", async () => {
    const { path, principalId } = await reviewer("Alan");
    const [header = "", payload = "", signature = ""] = path().slice("/unsubscribe/".length).split(".");
    const other = generateKeyPairSync("ed25519").privateKey;
    const said = { v: 1, workspace: server.workspaceId, principal: principalId, queue: QUEUE };
    const { keys } = server.running.services;
    const forged = Buffer.from(JSON.stringify({ ...said, queue: "default" })).toString("base64url");
    const wrong = [
      "",
      "x",
      `${header}.${payload}`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}.${forged}.${signature}`,
      signCompact(other, keys.kid, UNSUBSCRIBE_TYP, said),
      keys.sign("countersign-receipt+jws", said),
      "a".repeat(8_000),
      "%00",
      "../../graphql",
    ];
    const browser = new BrowserLike(server.url);
    const pages = new Set<string>();
    for (const token of wrong) {
      const page = await browser.open(`/unsubscribe/${token.replaceAll("../", "%2e%2e%2f")}`);
      expect([token.slice(0, 20), page.status]).toEqual([token.slice(0, 20), 404]);
      pages.add(page.text);
    }
    expect(pages.size).toBe(1);
    expect([...pages][0]).not.toContain("Alan");
    // A link of a workspace that is no more, as after a restore.
    const gone = keys.sign(UNSUBSCRIBE_TYP, { ...said, workspace: "workspace_gone" });
    expect((await browser.submit(`/unsubscribe/${gone}`, ONE_CLICK)).status).toBe(404);
  });

  it("refuses other forms and bodies, and changes nothing", async () => {
    const { path, preferences } = await reviewer("Donald");
    const browser = new BrowserLike(server.url);
    const tooLong = JSON.stringify([{ queue: "x".repeat(9_000), mail: "OFF" }]);
    const forms: Record<string, string>[] = [
      {},
      { "List-Unsubscribe": "one-click" },
      { undo: "" },
      { undo: "{" },
      { undo: '{"queue":null}' },
      { undo: '[{"queue":null,"mail":null}]' },
      { undo: '[{"queue":1,"mail":"OFF"}]' },
      { undo: '[{"queue":"default","mail":"LOUD"}]' },
      { undo: "[null]" },
    ];
    for (const fields of forms)
      expect([fields, (await browser.submit(path(), fields)).status]).toEqual([fields, 400]);
    expect((await browser.submit(path(), { undo: tooLong })).status).toBe(413);
    const json = await program(path(), { headers: { "content-type": "application/json" }, body: "{}" });
    expect(json.status).toBe(400);
    expect(
      (
        await program(path(), {
          headers: { "content-type": "text/plain" },
          body: "List-Unsubscribe=One-Click",
        })
      ).status,
    ).toBe(415);
    expect((await program(path(), {})).status).toBe(400);
    expect(await preferences()).toEqual({ mail: "SINGLE", queues: [] });
  });

  it("is guessed at so often in a minute, and no more; one that held before still works", async () => {
    const { path, preferences } = await reviewer("Tony");
    const browser = new BrowserLike(server.url);
    expect((await browser.open(path())).status).toBe(200);
    expect((await preferences()).queues).toEqual([]);
    let status = 0;
    for (let guess = 0; status !== 429 && guess < 40; guess += 1)
      status = (await browser.open(`/unsubscribe/guess${guess}`)).status;
    expect(status).toBe(429);
    expect((await browser.submit(path(), ONE_CLICK)).status).toBe(200);
    expect((await preferences()).queues).toEqual([{ queue: QUEUE, mail: "OFF" }]);
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createKey, revokeKey, rotateKey } from "../../src/identity/keys.js";
import { changeMember, inviteMember, removeMember } from "../../src/identity/members.js";
import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { createLog } from "../../src/server/log.js";
import { readSettings } from "../../src/server/settings.js";
import { type RunningServer, startServer } from "../../src/server/start-server.js";
import { BrowserLike } from "../support/browser-like.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { startTestServer, TEST_SIGNING_KEY, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const CHANGED = "subscription { ticketChanged { ticket { id proposal { title } } } }";
/** What design and issue promise. */
const LEASE_MS = 5_000;

/** Something that pushes to one browser or program: a socket or an event stream. */
interface Watcher {
  /** Titles of the tickets that it was told of. */
  titles(): string[];
  readonly ended: () => boolean;
  close(): void;
}

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)("what stays open, on $name", { timeout: 60_000 }, (kind) => {
  let server: TestServer;
  /** Over the same database: what is ended there must end here. */
  let other: RunningServer;
  let watchers: Watcher[] = [];

  beforeAll(async () => {
    server = await startTestServer(kind, { RATE_PRINCIPAL: "0", SESSION_IDLE_MINUTES: "1" });
    other = await startServer(
      readSettings({
        PORT: "0",
        DATABASE_URL: server.testDatabase.url,
        DATA_DIR: server.dataDir,
        SIGNING_KEY: TEST_SIGNING_KEY,
        LOG_LEVEL: "silent",
        SESSION_IDLE_MINUTES: "1",
      }),
      { log: createLog("silent") },
    );
    const { ledger, database } = other.services;
    const actor = await systemActor(database.read, server.workspaceId);
    await createQueue(ledger, { workspaceId: server.workspaceId, name: "loans", minimumApprovals: 1, actor });
  });
  afterEach(() => {
    for (const watcher of watchers.splice(0)) watcher.close();
    watchers = [];
  });
  afterAll(async () => {
    await other?.close();
    await server?.close();
  });

  const scope = async () => ({
    workspaceId: server.workspaceId,
    actor: await systemActor(other.services.database.read, server.workspaceId),
  });
  const submit = async (title: string, queue = "default") =>
    gqlData(
      server.url,
      server.keys.agent,
      "mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id } } }",
      { input: { title, queue } },
    );
  const kept = <W extends Watcher>(watcher: W): W => {
    watchers.push(watcher);
    return watcher;
  };
  const overSocket = (client: LiveClient): Watcher => {
    const id = client.subscribe(CHANGED);
    return kept({
      titles: () =>
        client
          .delivered<{ ticketChanged: { ticket: { proposal: { title: string } } } }>(id)
          .map(({ data }) => data?.ticketChanged.ticket.proposal.title ?? ""),
      ended: () => client.closed !== undefined,
      close: () => client.close(),
    });
  };
  const byKey = async (key: string) => overSocket(await LiveClient.connect(server.url, key));
  const byPage = async ({ cookieHeader }: BrowserLike) =>
    overSocket(await LiveClient.connectFromPage(server.url, cookieHeader));

  /** The same over server-sent events. */
  async function byStream(headers: Record<string, string>): Promise<Watcher> {
    const aborted = new AbortController();
    const response = await fetch(`${server.url}/graphql/stream`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json", ...headers },
      body: JSON.stringify({ query: CHANGED }),
      signal: aborted.signal,
    });
    expect(response.status).toBe(200);
    let text = "";
    let ended = false;
    const read = async (): Promise<void> => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString("utf8");
    };
    void read()
      .catch(() => undefined)
      .finally(() => {
        ended = true;
      });
    return kept({
      titles: () => [...text.matchAll(/"title":"([^"]*)"/g)].map(([, title]) => title ?? ""),
      ended: () => ended,
      close: () => aborted.abort(),
    });
  }

  /** Submits until the watcher is told of it: its subscription may not have begun when the first is on record. */
  async function isTold(watcher: Watcher, title: string, queue?: string): Promise<void> {
    await until(
      async () => {
        if (watcher.titles().includes(title)) return true;
        await submit(title, queue);
        return watcher.titles().includes(title);
      },
      { what: title, intervalMs: 200 },
    );
  }

  let count = 0;
  async function signedIn(queues: string[] | null = null) {
    count += 1;
    const { member, link } = await inviteMember(other.services.ledger, {
      ...(await scope()),
      email: `lease${count}@example.org`,
      roles: ["REVIEWER"],
      queues,
    });
    const browser = new BrowserLike(server.url);
    expect((await browser.submit("/sign-in", { link: link.text })).status).toBe(303);
    return { browser, member };
  }

  /** That the watcher gets what happens, ends within five seconds of `end`, and gets nothing of what happens after that. */
  async function endsBy(watchersOfIt: Watcher[], end: () => Promise<unknown>): Promise<void> {
    count += 1;
    const before = `before ${count}`;
    for (const watcher of watchersOfIt) await isTold(watcher, before);
    await end();
    const since = Date.now();
    await until(() => watchersOfIt.every((watcher) => watcher.ended()), {
      timeoutMs: LEASE_MS + 3_000,
      what: "the end",
    });
    expect(Date.now() - since).toBeLessThan(LEASE_MS);
    const after = `after ${count}`;
    await submit(after);
    const witness = await byKey(server.keys.reviewer2);
    await isTold(witness, `${after}, seen`);
    for (const watcher of watchersOfIt) expect(watcher.titles()).not.toContain(after);
  }

  it.sequential("ends when the key is revoked on another server", async () => {
    const { key, keyId } = await server.principal("Revoked", "HUMAN", ["REVIEWER"]);
    await endsBy([await byKey(key), await byStream({ authorization: `Bearer ${key}` })], async () =>
      revokeKey(other.services.ledger, { ...(await scope()), keyId }),
    );
  });

  it.sequential("ends when a rotated key's overlap is over, and the new one goes on", async () => {
    const { key, keyId } = await server.principal("Rotated", "HUMAN", ["REVIEWER"]);
    const made: { key?: string } = {};
    await endsBy([await byKey(key)], async () => {
      const rotated = await rotateKey(other.services.ledger, {
        ...(await scope()),
        keyId,
        overlapMinutes: 0,
        expiresAt: null,
      });
      made.key = rotated.made.key;
    });
    const renewed = await byKey(made.key ?? "");
    await isTold(renewed, "renewed");
  });

  it.sequential("ends when the key expires, without a look at the database", async () => {
    const { principalId } = await server.principal("Expiring", "HUMAN", ["REVIEWER"]);
    const { key } = await createKey(other.services.ledger, {
      ...(await scope()),
      principalId,
      expiresAt: Date.now() + 2_500,
    });
    await endsBy([await byKey(key)], async () => undefined);
  });

  it.sequential("ends on sign-out at another server, in every window of that session", async () => {
    const { browser } = await signedIn();
    const elsewhere = new BrowserLike(`http://127.0.0.1:${other.port}`);
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    const stream = await byStream({ cookie: browser.cookieHeader, origin: server.url });
    await endsBy([await byPage(browser), await byPage(browser), stream], () => elsewhere.submit("/sign-out"));
  });

  it.sequential("ends everywhere where that is asked for, and only there where it is not", async () => {
    const { browser, member } = await signedIn();
    const again = await inviteMember(other.services.ledger, { ...(await scope()), email: member.email });
    const second = new BrowserLike(server.url);
    await second.submit("/sign-in", { link: again.link.text });
    const [here, there] = [await byPage(browser), await byPage(second)];
    await endsBy([here], () => browser.submit("/sign-out"));
    expect(there.ended()).toBe(false);
    const third = await inviteMember(other.services.ledger, { ...(await scope()), email: member.email });
    await browser.submit("/sign-in", { link: third.link.text });
    await endsBy([there, await byPage(browser)], () => second.submit("/sign-out", { everywhere: "true" }));
  });

  it.sequential.each([
    ["idle", "seen_at", 60_000],
    ["over", "expires_at", 13 * 3_600_000],
  ] as const)("ends when the session is %s", async (_, column, ms) => {
    const { browser, member } = await signedIn();
    const watcher = await byPage(browser);
    await endsBy([watcher], () =>
      other.services.database.transaction((sql) =>
        sql.query(`UPDATE session SET ${column} = ${column} - ? WHERE principal_id = ?`, [ms, member.id]),
      ),
    );
  });

  it.sequential.each([
    ["roles", { roles: ["AUDITOR"] }],
    ["queues", { queues: ["loans"] }],
  ] as const)("ends when the member's %s change", async (_, change) => {
    const { browser, member } = await signedIn();
    const stream = await byStream({ cookie: browser.cookieHeader, origin: server.url });
    await endsBy([await byPage(browser), stream], async () =>
      changeMember(other.services.ledger, { ...(await scope()), principalId: member.id, ...change }),
    );
    // The session itself goes on, with what the member may see now.
    const renewed = await byPage(browser);
    await isTold(renewed, "a loan", "loans");
  });

  it.sequential("ends when the member is removed, by key and by session", async () => {
    const { browser, member } = await signedIn();
    const { key } = await createKey(other.services.ledger, {
      ...(await scope()),
      principalId: member.id,
      expiresAt: null,
    });
    await endsBy([await byPage(browser), await byKey(key)], async () =>
      removeMember(other.services.ledger, { ...(await scope()), principalId: member.id }),
    );
  });

  it.sequential("is not opened by a cookie from another page, nor by one without an Origin", async () => {
    const { browser } = await signedIn();
    const foreign = await LiveClient.open(server.url, "graphql-transport-ws", {
      cookie: browser.cookieHeader,
      origin: "https://evil.example",
    });
    expect(foreign.socket.readyState).not.toBe(foreign.socket.OPEN);
    const without = await LiveClient.open(server.url, "graphql-transport-ws", {
      cookie: browser.cookieHeader,
    });
    without.send({ type: "connection_init" });
    expect((await without.whenClosed()).code).toBe(4403);
    const broken = await LiveClient.open(server.url, "graphql-transport-ws", {
      cookie: "countersign_session=css_x",
      origin: server.url,
    });
    broken.send({ type: "connection_init" });
    expect((await broken.whenClosed()).code).toBe(4403);
  });
});

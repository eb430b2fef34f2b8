import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { changeMember, inviteMember, removeMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { BrowserLike } from "../support/browser-like.js";
import { databases } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

/** A request whose every line is as given; fetch would choose its own Host. */
async function sendRaw(url: string, lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.end(lines.join("\r\n"));
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

const VIEWER = "{ viewer { principal { name } roles } }";

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)("signing in by link, on $name", (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(kind, { SESSION_IDLE_MINUTES: "1", SESSION_HOURS: "1" });
  });
  afterAll(() => server.close());

  let count = 0;
  const scope = async () => {
    const { database } = server.running.services;
    return {
      workspaceId: server.workspaceId,
      actor: await systemActor(database.read, server.workspaceId),
    };
  };
  const address = (): string => {
    count += 1;
    return `ada${count}@example.org`;
  };
  const invite = async (roles: Role[] = ["REVIEWER"], email = address()) =>
    inviteMember(server.running.services.ledger, {
      ...(await scope()),
      email,
      name: "Ada <b>Lovelace</b>",
      roles,
      queues: null,
    });
  const signedIn = async (roles: Role[] = ["REVIEWER"]) => {
    const { member, link } = await invite(roles);
    const browser = new BrowserLike(server.url);
    const page = await browser.submit("/sign-in", { link: link.text });
    expect(page.status).toBe(303);
    return { browser, member, link };
  };
  const events = async (type: string) => {
    const rows = await server.running.services.database.read.query<{ body: string }>(
      "SELECT body FROM audit_event WHERE workspace_id = ? AND type = ? ORDER BY sequence",
      [server.workspaceId, type],
    );
    return rows.map(
      ({ body }) => JSON.parse(body) as { actor: { id: string }; data: Record<string, unknown> },
    );
  };
  /** Moves a session's times, as if it had been opened or used that long ago. */
  const age = async (principalId: string, column: "seen_at" | "expires_at", ms: number) =>
    server.running.services.database.transaction((sql) =>
      sql.query(`UPDATE session SET ${column} = ${column} - ? WHERE principal_id = ?`, [ms, principalId]),
    );

  it.sequential("shows a page with a button first, and a scanner that opens it uses nothing up", async () => {
    const { link } = await invite();
    const browser = new BrowserLike(server.url);
    for (let opened = 0; opened < 5; opened += 1) {
      const page = await browser.open(`/sign-in?link=${link.text}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain("Ada &lt;b&gt;Lovelace&lt;/b&gt;");
      expect(page.text).not.toContain("<b>Lovelace");
      expect(page.text).toContain(`value="${link.text}"`);
      expect(page.response.headers.get("cache-control")).toBe("no-store");
      expect(page.response.headers.get("referrer-policy")).toBe("no-referrer");
      expect(page.response.headers.get("content-security-policy")).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      await fetch(`${server.url}/sign-in?link=${link.text}`, { method: "HEAD" });
    }
    expect(browser.given).toEqual([]);
    const page = await browser.submit("/sign-in", { link: link.text });
    expect([page.status, page.response.headers.get("location")]).toEqual([303, "/"]);
    expect(browser.given).toHaveLength(1);
    expect(browser.given[0]).toMatch(
      /^countersign_session=css_[^;]+; Max-Age=3[56]\d\d; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const home = await browser.open("/account");
    expect(home.text).toContain("Ada &lt;b&gt;Lovelace");
    expect(home.text).toContain("default");
  });

  it.sequential("takes a link once, however many use it at once, and says nothing about why it does not hold", async () => {
    const { link, member } = await invite();
    const pages = await Promise.all(
      Array.from({ length: 10 }, () => new BrowserLike(server.url).submit("/sign-in", { link: link.text })),
    );
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(1);
    const refused = pages.filter(({ status }) => status === 401);
    expect(refused).toHaveLength(9);
    expect((await events("SIGNED_IN")).filter(({ actor }) => actor.id === member.id)).toHaveLength(1);

    const used = await new BrowserLike(server.url).open(`/sign-in?link=${link.text}`);
    const unknown = await new BrowserLike(server.url).open(`/sign-in?link=${link.text.slice(0, -3)}abc`);
    const shown = ({ text }: { text: string }) => /<p>(This sign-in link[^<]*)</.exec(text)?.[1];
    expect(used.status).toBe(401);
    expect(shown(used)).toBeDefined();
    expect(shown(unknown)).toBe(shown(used));
  });

  it.sequential("takes no link that is older than 15 minutes, replaced by a newer one, or of somebody who was removed", async () => {
    const { database, ledger } = server.running.services;
    const old = await invite();
    await database.transaction((sql) =>
      sql.query("UPDATE sign_in_link SET expires_at = expires_at - ? WHERE id = ?", [
        15 * 60_000,
        old.link.id,
      ]),
    );
    const first = await invite(["REVIEWER"], "replaced@example.org");
    const second = await invite(["REVIEWER"], "Replaced@Example.org");
    expect(second.member.id).toBe(first.member.id);
    const gone = await invite();
    await removeMember(ledger, { ...(await scope()), principalId: gone.member.id });
    for (const { link } of [old, first, gone]) {
      expect((await new BrowserLike(server.url).open(`/sign-in?link=${link.text}`)).status).toBe(401);
      expect((await new BrowserLike(server.url).submit("/sign-in", { link: link.text })).status).toBe(401);
    }
    expect((await new BrowserLike(server.url).submit("/sign-in", { link: second.link.text })).status).toBe(
      303,
    );
  });

  it.sequential.each([
    ["nothing", {}, 400],
    ["an empty link", { link: "" }, 400],
    ["what is no link", { link: "csl_x" }, 401],
    ["an API key", { link: "csk_01h455vb4pex5vsknk084sn02q_" }, 401],
    ["a huge one", { link: "x".repeat(100_000) }, 413],
  ])("refuses %s", async (_, fields, status) => {
    const page = await new BrowserLike(server.url).submit("/sign-in", fields as Record<string, string>);
    expect(page.status).toBe(status);
    expect(page.text).toContain("Request ");
  });

  it.sequential("takes a form from its own pages only", async () => {
    const { link } = await invite();
    for (const headers of [
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      { origin: "http://sub.127.0.0.1:1", "sec-fetch-site": "same-site" },
      { origin: "null", "sec-fetch-site": "cross-site" },
      { origin: "null", "sec-fetch-site": "" },
    ]) {
      const page = await new BrowserLike(server.url).submit("/sign-in", { link: link.text }, headers);
      expect(page.status).toBe(403);
    }
    const own = await new BrowserLike(server.url).submit(
      "/sign-in",
      { link: link.text },
      { origin: server.url, "sec-fetch-site": "" },
    );
    expect(own.status).toBe(303);
  });

  it.sequential("lets nobody in by an address that is not this machine's, while nothing says that it is https", async () => {
    const { link } = await invite();
    for (const host of ["192.168.1.5:4000", "countersign.example.org", "127.0.0.1.example.org", ""]) {
      for (const [method, path, body] of [
        ["GET", `/sign-in?link=${link.text}`, ""],
        ["POST", "/sign-in", `link=${link.text}`],
      ] as const) {
        const answer = await sendRaw(server.url, [
          `${method} ${path} HTTP/1.1`,
          `Host: ${host}`,
          "Sec-Fetch-Site: same-origin",
          "Content-Type: application/x-www-form-urlencoded",
          `Content-Length: ${body.length}`,
          "Connection: close",
          "",
          body,
        ]);
        expect(answer).toMatch(/^HTTP\/1\.1 403 /);
        expect(answer).toContain("PUBLIC_URL");
      }
    }
    expect((await new BrowserLike(server.url).open(`/sign-in?link=${link.text}`)).status).toBe(200);
  });

  it.sequential("answers programs in JSON", async () => {
    const { link, member } = await invite();
    const send = (body: object) =>
      fetch(`${server.url}/sign-in`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: server.url },
        body: JSON.stringify(body),
      });
    const wrong = await send({ link: 5 });
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      {
        error: {
          code: "BAD_USER_INPUT",
          field: "link",
          message: "link must be a text.",
          requestId: expect.any(String),
        },
      },
    ]);
    const answer = await send({ link: link.text });
    expect(await answer.json()).toEqual({
      principal: { id: member.id, name: member.name },
      expiresAt: expect.any(String),
    });
    expect((await send({ link: link.text })).status).toBe(401);
  });

  it.sequential("puts who came in on record, without a secret", async () => {
    const { browser, member, link } = await signedIn();
    const found = (await events("SIGNED_IN")).filter(({ actor }) => actor.id === member.id);
    expect(found).toHaveLength(1);
    expect(found[0]!.data).toMatchObject({ linkId: link.id, sessionId: expect.stringMatching(/^session_/) });
    const invited = (await events("MEMBER_CHANGED")).filter(({ data }) => data.principalId === member.id);
    expect(invited[0]!.data).toMatchObject({ email: member.email, invitation: { linkId: link.id } });
    const { read } = server.running.services.database;
    const tables = ["audit_event", "principal", "session", "sign_in_link"];
    const everything = JSON.stringify(
      await Promise.all(tables.map((table) => read.query(`SELECT * FROM ${table}`))),
    );
    const session = browser.cookies.get("countersign_session") ?? "";
    expect(session).toMatch(/^css_/);
    for (const secret of [link.text, session]) {
      expect(everything).not.toContain(secret);
      // The part after prefix and id.
      expect(everything).not.toContain(secret.slice(31, 74));
    }
  });

  describe.sequential("a session", () => {
    it.sequential("is a credential for the API, for the server's own pages", async () => {
      const { browser } = await signedIn(["REVIEWER", "AUDITOR"]);
      expect(await browser.gql(VIEWER)).toEqual({
        status: 200,
        data: { viewer: { principal: { name: "Ada <b>Lovelace</b>" }, roles: ["REVIEWER", "AUDITOR"] } },
      });
    });

    it.sequential.each([
      ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
      ["a sandboxed frame", { origin: "null", "sec-fetch-site": "cross-site" }],
      ["another port", { origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" }],
    ])("does not count for a page of %s", async (_, headers) => {
      const { browser } = await signedIn();
      const answer = await browser.gql(VIEWER, {}, headers);
      expect(answer.data?.viewer ?? null).toBe(null);
      expect(answer.code).toMatch(/^(FORBIDDEN|UNAUTHENTICATED)$/);
    });

    it.sequential("ends by sign-out, here at once; everywhere where that is asked for", async () => {
      const { browser, member } = await signedIn();
      const again = await inviteMember(server.running.services.ledger, {
        ...(await scope()),
        email: member.email,
      });
      const other = new BrowserLike(server.url);
      await other.submit("/sign-in", { link: again.link.text });
      const page = await browser.submit("/sign-out");
      expect([page.status, page.response.headers.get("location")]).toEqual([303, "/sign-in"]);
      expect(browser.cookies.size).toBe(0);
      expect((await other.gql(VIEWER)).status).toBe(200);

      const stolen = other.cookieHeader;
      await other.submit("/sign-out", { everywhere: "true" });
      await until(async () => {
        const thief = new BrowserLike(server.url);
        thief.cookies.set("countersign_session", stolen.split("=")[1]!);
        return (await thief.gql(VIEWER)).code === "UNAUTHENTICATED";
      });
      expect((await browser.submit("/sign-out")).status).toBe(303);
    });

    it.sequential("is not ended by another site's form", async () => {
      const { browser } = await signedIn();
      const page = await browser.submit(
        "/sign-out",
        {},
        { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      );
      expect(page.status).toBe(403);
      expect((await browser.gql(VIEWER)).status).toBe(200);
    });

    it.sequential.each([
      ["idle for too long", "seen_at", 60_000],
      ["too old", "expires_at", 3_600_000],
    ] as const)("ends when it was %s", async (_, column, ms) => {
      const { browser, member } = await signedIn();
      await browser.gql(VIEWER);
      // A request of before may still be noted as use, so that once might not do.
      await until(
        async () => {
          await age(member.id, column, ms);
          return (await browser.gql(VIEWER)).code === "UNAUTHENTICATED";
        },
        { timeoutMs: 8_000, intervalMs: 300 },
      );
      expect((await browser.open("/account")).response.headers.get("location")).toBe("/sign-in");
    });

    it.sequential("stays while it is used", async () => {
      const { browser, member } = await signedIn();
      await age(member.id, "seen_at", 40_000);
      await browser.gql(VIEWER);
      const { database } = server.running.services;
      await until(async () => {
        const [row] = await database.read.query<{ seen_at: number }>(
          "SELECT seen_at FROM session WHERE principal_id = ?",
          [member.id],
        );
        return row !== undefined && Date.now() - row.seen_at < 20_000;
      });
    });

    it.sequential("changes with the member's roles at once, and ends with the membership", async () => {
      const { browser, member } = await signedIn();
      const { ledger } = server.running.services;
      await changeMember(ledger, { ...(await scope()), principalId: member.id, roles: ["AUDITOR"] });
      await until(async () => {
        const { data } = await browser.gql(VIEWER);
        return JSON.stringify(data ?? {}).includes("AUDITOR");
      });
      await removeMember(ledger, { ...(await scope()), principalId: member.id });
      await until(async () => (await browser.gql(VIEWER)).code === "UNAUTHENTICATED");
    });

    it.sequential("takes the place of the one that the browser had before", async () => {
      const { browser, member } = await signedIn();
      const before = browser.cookies.get("countersign_session")!;
      const { link } = await inviteMember(server.running.services.ledger, {
        ...(await scope()),
        email: member.email,
      });
      await browser.submit("/sign-in", { link: link.text });
      expect(browser.cookies.get("countersign_session")).not.toBe(before);
      const [row] = await server.running.services.database.read.query<{ open: number }>(
        "SELECT COUNT(*) AS open FROM session WHERE principal_id = ? AND ended_at IS NULL",
        [member.id],
      );
      expect(Number(row?.open)).toBe(1);
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteMember, removeMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { BrowserLike } from "../support/browser-like.js";
import { databases } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { freePort } from "../support/mariadb.js";
import { API_AUDIENCE, CLIENT, startOidcProvider, type TestOidcProvider } from "../support/oidc-provider.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const VIEWER = "{ viewer { principal { id name kind } roles workspace { name } } }";

const ADA = {
  email: "ada@example.org",
  email_verified: true,
  name: "Ada Reviewer",
  roles: ["credit-reviewers", "staff"],
};

// Both databases at once, for this waits more than it works; on each of them one test after the other.
describe.concurrent.each(databases)("signing in at an identity provider, on $name", (kind) => {
  let provider: TestOidcProvider;
  let mapped: TestServer;
  let invited: TestServer;

  beforeAll(async () => {
    const [mappedPort, invitedPort] = [await freePort(), await freePort()];
    const at = (port: number) => `http://127.0.0.1:${port}`;
    provider = await startOidcProvider({
      redirectUris: [mappedPort, invitedPort].map((port) => `${at(port)}/auth/oidc/callback`),
    });
    const common = {
      OIDC_ISSUER: provider.issuer,
      OIDC_NAME: "the <Agency>",
      OIDC_CLIENT_ID: CLIENT.clientId,
      OIDC_CLIENT_SECRET: CLIENT.clientSecret,
      OIDC_AUDIENCE: API_AUDIENCE,
    };
    mapped = await startTestServer(kind, {
      ...common,
      PORT: String(mappedPort),
      OIDC_ROLES: "credit-reviewers=REVIEWER, auditors=AUDITOR",
      OIDC_WORKSPACE_CLAIM: "workspace",
    });
    invited = await startTestServer(kind, { ...common, PORT: String(invitedPort) });
  });
  afterAll(async () => {
    await mapped?.close();
    await invited?.close();
    await provider?.stop();
  });

  /** Goes through a whole sign-in, as a browser would. */
  async function signIn(server: TestServer, sub: string, browser = new BrowserLike(server.url)) {
    const begun = await browser.open("/auth/oidc/sign-in");
    expect(begun.status).toBe(303);
    const back = await provider.signIn(begun.response.headers.get("location") ?? "", sub);
    // The provider's page sends the browser here: Strict cookies stay away, Lax ones come along.
    const page = await browser.open(`${back.pathname}${back.search}`, { "sec-fetch-site": "cross-site" });
    return { browser, page };
  }
  const eventsOf = async ({ running, workspaceId }: TestServer, type: string) => {
    const rows = await running.services.database.read.query<{ body: string }>(
      "SELECT body FROM audit_event WHERE workspace_id = ? AND type = ? ORDER BY sequence",
      [workspaceId, type],
    );
    return rows.map(
      ({ body }) => JSON.parse(body) as { actor: { id: string }; data: Record<string, unknown> },
    );
  };

  it.sequential("offers it on the sign-in page, as what people know it as", async () => {
    const page = await new BrowserLike(mapped.url).open("/sign-in");
    expect(page.text).toContain("Sign in with the &lt;Agency&gt;");
    expect(page.text).not.toContain("<script");
  });

  it.sequential("makes a member of who comes with a mapped role, on record, with a session", async () => {
    provider.account("ada", { ...ADA, workspace: "default" });
    const { browser, page } = await signIn(mapped, "ada");
    expect(page.status).toBe(200);
    // A redirect would not take the Strict cookie along, so the page itself goes on.
    expect(page.text).toMatch(/<meta http-equiv="refresh" content="0;url=\/">/);
    expect(browser.given.filter((cookie) => cookie.startsWith("countersign_flow="))).toEqual([
      expect.stringMatching(/; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/Max-Age=0/),
    ]);
    expect(browser.given.at(-1)).toMatch(/^countersign_session=css_.*HttpOnly; SameSite=Strict$/);
    const { data } = await browser.gql(VIEWER);
    expect(data?.viewer).toMatchObject({
      principal: { name: "Ada Reviewer", kind: "HUMAN" },
      roles: ["REVIEWER"],
      workspace: { name: "default" },
    });
    const { id } = (data as { viewer: { principal: { id: string } } }).viewer.principal;
    const [signedIn] = (await eventsOf(mapped, "SIGNED_IN")).filter(({ actor }) => actor.id === id);
    expect(signedIn?.data).toMatchObject({ issuer: provider.issuer, identityId: expect.any(String) });

    const again = await signIn(mapped, "ada");
    const second = await again.browser.gql(VIEWER);
    expect(second.data).toEqual(data);
    expect(
      (await eventsOf(mapped, "MEMBER_CHANGED")).filter(({ data: { principalId } }) => principalId === id),
    ).toHaveLength(1);
  });

  it.sequential("brings roles in line with newer claims, and ends what was open under the old ones", async () => {
    provider.account("bea", { ...ADA, email: "bea@example.org", name: "Bea", workspace: "default" });
    const { browser } = await signIn(mapped, "bea");
    expect((await browser.gql(VIEWER)).data?.viewer).toMatchObject({ roles: ["REVIEWER"] });
    const { accessToken } = await provider.frontendTokens("bea");
    const socket = await LiveClient.connect(mapped.url, accessToken);
    provider.account("bea", {
      ...ADA,
      email: "bea@example.org",
      name: "Bea",
      workspace: "default",
      roles: ["auditors"],
    });
    // Claims count by the second in which they were issued.
    const before = Math.floor(Date.now() / 1_000);
    await until(() => Math.floor(Date.now() / 1_000) > before + 1, { timeoutMs: 5_000 });
    await signIn(mapped, "bea");
    await until(async () => JSON.stringify((await browser.gql(VIEWER)).data ?? {}).includes("AUDITOR"));
    expect((await socket.whenClosed(6_000)).code).toBe(4403);
    // What is known of a JWT is believed for a moment.
    await until(async () =>
      JSON.stringify((await gql(mapped.url, accessToken, VIEWER)).data ?? {}).includes("AUDITOR"),
    );
  });

  it.sequential("lets who was removed not come back with the address that somebody else has by now", async () => {
    const { ledger, database } = invited.running.services;
    const { workspaceId } = invited;
    const scope = { workspaceId, actor: await systemActor(database.read, workspaceId) };
    const ask = (name: string) =>
      inviteMember(ledger, { ...scope, email: "desk@example.org", name, roles: ["REVIEWER"] });
    const { member } = await ask("Old");
    provider.account("old", { email: "desk@example.org", email_verified: true, name: "Old" });
    expect((await signIn(invited, "old")).page.status).toBe(200);
    await removeMember(ledger, { ...scope, principalId: member.id });
    await ask("New");
    provider.account("old", { email: "former@example.org", email_verified: true, name: "Old" });
    provider.account("new", { email: "desk@example.org", email_verified: true, name: "New" });
    expect((await signIn(invited, "old")).page.status).toBe(403);
    const { browser, page } = await signIn(invited, "new");
    expect(page.status).toBe(200);
    expect((await browser.gql(VIEWER)).data?.viewer).toMatchObject({ principal: { name: "New" } });
  });

  it.sequential("does not take a look-alike of an invited address for it", async () => {
    const { ledger, database } = invited.running.services;
    const { workspaceId } = invited;
    const actor = await systemActor(database.read, workspaceId);
    await inviteMember(ledger, { workspaceId, actor, email: "Kate@example.org", roles: ["ADMIN"] });
    // The Kelvin sign, the lower case of which is an ordinary k.
    provider.account("kelvin", { email: "\u212aate@example.org", email_verified: true, name: "Kelvin" });
    expect((await signIn(invited, "kelvin")).page.status).toBe(403);
    provider.account("kate", { email: "KATE@example.org", email_verified: true, name: "Kate" });
    expect((await signIn(invited, "kate")).page.status).toBe(200);
  });

  it.sequential("takes the last role from who has none at the provider any more, though they are refused at the door", async () => {
    const account = { email: "cy@example.org", email_verified: true, name: "Cy", workspace: "default" };
    provider.account("cy", { ...account, roles: ["credit-reviewers"] });
    const { browser } = await signIn(mapped, "cy");
    // Says nothing new, but is the newest word: the token before it must not count after it.
    const { accessToken } = await provider.frontendTokens("cy");
    expect((await gql(mapped.url, accessToken, VIEWER)).data?.viewer).toMatchObject({ roles: ["REVIEWER"] });
    provider.account("cy", { ...account, roles: ["staff"] });
    const before = Math.floor(Date.now() / 1_000);
    await until(() => Math.floor(Date.now() / 1_000) > before + 1, { timeoutMs: 5_000 });
    const { page } = await signIn(mapped, "cy");
    expect(page.status).toBe(403);
    await until(async () => JSON.stringify((await browser.gql(VIEWER)).data ?? {}).includes('"roles":[]'));
    const [event] = (await eventsOf(mapped, "MEMBER_CHANGED")).slice(-1);
    expect(event?.data).toMatchObject({ name: "Cy", roles: [], removed: false });
    // The older token neither brings the role back nor has it.
    await until(async () =>
      JSON.stringify((await gql(mapped.url, accessToken, VIEWER)).data ?? {}).includes('"roles":[]'),
    );
  });

  it.sequential.each([
    ["without a mapped role", { roles: ["staff"], workspace: "default" }],
    ["without a workspace", { roles: ["credit-reviewers"] }],
    ["for a workspace that is not here", { roles: ["credit-reviewers"], workspace: "elsewhere" }],
  ])("lets nobody in %s, and says so", async (_, claims) => {
    provider.account("nobody", { email: "n@example.org", email_verified: true, name: "No Body", ...claims });
    const { browser, page } = await signIn(mapped, "nobody");
    expect(page.status).toBe(403);
    expect(page.text).toMatch(/role="alert"/);
    expect(browser.cookies.has("countersign_session")).toBe(false);
  });

  it.sequential("leaves nothing in the workspace that somebody was moved out of", async () => {
    provider.account("fay", { ...ADA, email: "fay@example.org", name: "Fay", workspace: "default" });
    const { browser } = await signIn(mapped, "fay");
    expect((await browser.gql(VIEWER)).data?.viewer).toMatchObject({ roles: ["REVIEWER"] });
    const before = Math.floor(Date.now() / 1_000);
    await until(() => Math.floor(Date.now() / 1_000) > before, { timeoutMs: 5_000 });
    provider.account("fay", { ...ADA, email: "fay@example.org", name: "Fay", workspace: "foreign" });
    const moved = await signIn(mapped, "fay");
    expect((await moved.browser.gql(VIEWER)).data?.viewer).toMatchObject({
      roles: ["REVIEWER"],
      workspace: { name: "foreign" },
    });
    await until(async () => JSON.stringify((await browser.gql(VIEWER)).data ?? {}).includes('"roles":[]'));
  });

  it.sequential("lets invited members in by their verified address, and nobody else, where no roles are mapped", async () => {
    const { ledger, database } = invited.running.services;
    const actor = await systemActor(database.read, invited.workspaceId);
    const scope = { workspaceId: invited.workspaceId, actor };
    const { member } = await inviteMember(ledger, {
      ...scope,
      email: "Cleo@Example.org",
      roles: ["REVIEWER"],
      queues: ["default"],
    });
    provider.account("mallory", {
      ...ADA,
      email: "cleo@example.org",
      email_verified: false,
      name: "Mallory",
    });
    expect((await signIn(invited, "mallory")).page.status).toBe(403);
    provider.account("cleo", { ...ADA, email: "cleo@example.org", name: "Cleo", roles: ["auditors"] });
    const { browser } = await signIn(invited, "cleo");
    expect((await browser.gql(VIEWER)).data?.viewer).toMatchObject({
      principal: { id: member.id, name: "Cleo" },
      roles: ["REVIEWER"],
    });
    // The address has found its owner: it lets no other person of the provider in any more.
    provider.account("second", { ...ADA, email: "cleo@example.org", name: "Second" });
    expect((await signIn(invited, "second")).page.status).toBe(403);
    await removeMember(ledger, { ...scope, principalId: member.id });
    const { page } = await signIn(invited, "cleo");
    expect(page.status).toBe(403);
    expect(page.text).toContain("your membership has ended");
    await until(async () => (await browser.gql(VIEWER)).code === "UNAUTHENTICATED");
  });

  describe.sequential("the provider's JWTs as Bearer", () => {
    it.sequential("stand for the same member as the browser's sign-in, over HTTP and sockets", async () => {
      provider.account("dan", { ...ADA, email: "dan@example.org", name: "Dan", workspace: "default" });
      const { browser } = await signIn(mapped, "dan");
      const { data } = await browser.gql(VIEWER);
      const { accessToken } = await provider.frontendTokens("dan");
      expect((await gql(mapped.url, accessToken, VIEWER)).data).toEqual(data);
      const socket = await LiveClient.connect(mapped.url, accessToken);
      const id = socket.subscribe("subscription { ticketChanged { cursor } }");
      expect(socket.delivered(id)).toEqual([]);
      socket.close();
    });

    it.sequential("end their sockets when they expire, by the second", async () => {
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        ...ADA,
        sub: "dan",
        name: "Dan",
        workspace: "default",
        aud: API_AUDIENCE,
        iss: provider.issuer,
      };
      const jwt = await provider.sign(
        { ...claims, iat: now, exp: now + 3, client_id: "frontend" },
        { typ: "at+jwt" },
      );
      const socket = await LiveClient.connect(mapped.url, jwt);
      expect((await socket.whenClosed(9_000)).code).toBe(4403);
      expect((await gql(mapped.url, jwt, VIEWER)).code).toBe("UNAUTHENTICATED");
    });

    it.sequential("are refused where they are forged, meant for others, or of machines", async () => {
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        ...ADA,
        sub: "dan",
        workspace: "default",
        iss: provider.issuer,
        iat: now,
        exp: now + 60,
      };
      const good = await provider.sign(
        { ...claims, aud: API_AUDIENCE, client_id: "frontend" },
        { typ: "at+jwt" },
      );
      const [head, body, signature] = good.split(".");
      const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
      for (const forged of [
        await provider.sign({ ...claims, aud: "another-api", client_id: "frontend" }, { typ: "at+jwt" }),
        await provider.sign({
          ...claims,
          aud: API_AUDIENCE,
          iss: "https://elsewhere.example",
          client_id: "frontend",
        }),
        `${none}.${body}.`,
        `${head}.${body}.${signature?.slice(0, -4)}AAAA`,
        await provider.machineToken(),
        `${good}${"x".repeat(9_000)}`,
      ]) {
        const answer = await gql(mapped.url, forged, VIEWER);
        expect([answer.code ?? answer.status, answer.data ?? null]).toEqual(["UNAUTHENTICATED", null]);
      }
    });
  });

  it.sequential("takes no callback twice, none without the browser's cookie, and none of another browser", async () => {
    provider.account("eve", { ...ADA, email: "eve@example.org", name: "Eve", workspace: "default" });
    const browser = new BrowserLike(mapped.url);
    const begun = await browser.open("/auth/oidc/sign-in");
    const back = await provider.signIn(begun.response.headers.get("location") ?? "", "eve");
    const path = `${back.pathname}${back.search}`;
    expect((await new BrowserLike(mapped.url).open(path)).status).toBe(401);
    const other = new BrowserLike(mapped.url);
    await other.open("/auth/oidc/sign-in");
    expect((await other.open(path)).status).toBe(401);
    expect((await browser.open(path)).status).toBe(200);
    const replayed = await browser.open(path);
    expect(replayed.status).toBe(401);
    expect(replayed.text).not.toMatch(/Error|stack|at \//);
  });
});

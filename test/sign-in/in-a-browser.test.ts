import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { launchBrowser, record } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { freePort } from "../support/mariadb.js";
import { CLIENT, startOidcProvider, type TestOidcProvider } from "../support/oidc-provider.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const NAME = 'Ada <img src=x onerror="document.title=1"> "evil"';

/** What makes a page send a form: to itself, unless told where. */
const SUBMIT = (action: string, fields: Readonly<Record<string, string>>): string => `(() => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = ${JSON.stringify(action)} || location.href;
  for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
    const input = document.createElement("input");
    [input.name, input.value] = [name, value];
    form.append(input);
  }
  document.body.append(form);
  form.submit();
})()`;

describe("signing in, in a real browser", { timeout: 90_000 }, () => {
  let browser: Browser;
  let provider: TestOidcProvider;
  let server: TestServer;
  let context: BrowserContext;
  let elsewhere: Server;

  beforeAll(async () => {
    browser = await launchBrowser();
    // Another site than the provider's: browsers tell sites apart by name, not by port.
    const port = await freePort();
    provider = await startOidcProvider({ redirectUris: [`http://localhost:${port}/auth/oidc/callback`] });
    provider.account("ada", {
      email: "ada@example.org",
      email_verified: true,
      name: "Ada",
      roles: ["reviewers"],
    });
    server = await startTestServer(databaseKind("sqlite"), {
      PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}`,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: CLIENT.clientId,
      OIDC_CLIENT_SECRET: CLIENT.clientSecret,
      OIDC_ROLES: "reviewers=REVIEWER",
    });
    elsewhere = createServer((_request, response) => {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>elsewhere</title>");
    }).listen(0, "127.0.0.1");
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await provider?.stop();
    elsewhere?.close();
  });

  const base = () => `http://localhost:${server.running.port}`;
  const invited = async () => {
    const { ledger, database } = server.running.services;
    const { link } = await inviteMember(ledger, {
      workspaceId: server.workspaceId,
      actor: await systemActor(database.read, server.workspaceId),
      email: `ada${Date.now()}@example.org`,
      name: NAME,
      roles: ["REVIEWER"],
      queues: null,
    });
    return `${base()}/sign-in?link=${link.text}`;
  };

  it("opens a link, presses the button, uses the API with the session, and signs out", async () => {
    const page = await context.newPage();
    const seen = record(page);
    await page.goto(await invited());
    expect(await page.locator("img, script").count()).toBe(0);
    expect(await page.locator("main strong").first().textContent()).toBe(NAME);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${base()}/`);
    await page.goto(`${base()}/account`);
    await page.getByText("Signed in as").waitFor();
    expect(await page.title()).toBe("Countersign");
    expect(await page.locator("dd").first().textContent()).toBe(NAME);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({
      name: "countersign_session",
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      domain: "localhost",
    });
    expect(await page.evaluate("document.cookie")).toBe("");

    await page.goto(`${base()}/playground`);
    const viewer = await page.evaluate(async () => {
      const response = await fetch("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ viewer { roles } }" }),
      });
      return response.json();
    });
    expect(viewer).toEqual({ data: { viewer: { roles: ["REVIEWER"] } } });
    const overSocket = await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket("ws://" + location.host + "/graphql", "graphql-transport-ws");
      socket.onopen = () => socket.send('{"type":"connection_init"}');
      socket.onmessage = ({ data }) => resolve(JSON.parse(data));
      socket.onclose = ({ code }) => resolve(code);
    })`);
    expect(overSocket).toMatchObject({ type: "connection_ack" });

    await page.goto(`${base()}/account`);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page
      .getByText("Open the link that you were sent")
      .or(page.getByText("Or open the sign-in link"))
      .waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(seen.errors).toEqual([]);
  });

  it("comes back from the provider of another site with a session that counts at once", async () => {
    const page = await context.newPage();
    const seen = record(page);
    await page.goto(`${base()}/sign-in`);
    await page.getByRole("link", { name: "Sign in with your organisation" }).click();
    await page.getByText("Who are you?").waitFor();
    expect(new URL(page.url()).hostname).toBe("127.0.0.1");
    await page.evaluate(SUBMIT("", { login: "ada" }));
    await page.waitForURL(`${base()}/`);
    await page.goto(`${base()}/account`);
    await page.getByText("Signed in as").waitFor();
    expect((await context.cookies(base())).map(({ name }) => name)).toEqual(["countersign_session"]);
    // The provider of the test has no icon for its page.
    expect(seen.errors.filter((error) => !error.includes("404"))).toEqual([]);
  });

  it("comes back from the provider of another site to the page that was wanted", async () => {
    const page = await context.newPage();
    await page.goto(`${base()}/?status=approved&q=a+b`);
    await page.getByRole("link", { name: "Sign in with your organisation" }).click();
    await page.getByText("Who are you?").waitFor();
    await page.evaluate(SUBMIT("", { login: "ada" }));
    await page.waitForURL(`${base()}/?status=approved&q=a+b`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect((await context.cookies(base())).map(({ name }) => name)).toEqual(["countersign_session"]);
  });

  it("gives another site's page nothing: no form, no request, no socket, no frame", async () => {
    const page = await context.newPage();
    await page.goto(await invited());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${base()}/`);
    await page.goto(`${base()}/account`);
    await page.getByText("Signed in as").waitFor();

    const foreign = await context.newPage();
    await foreign.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const attempts = await foreign.evaluate(`(async (url) => {
      const answer = (asked) => asked.then(
        async (response) => "answered " + (await response.text()),
        () => "blocked",
      );
      const fetched = await answer(fetch(url + "/graphql", {
        method: "POST",
        credentials: "include",
        headers: { "content-type": "application/json" },
        body: '{"query":"{ viewer { roles } }"}',
      }));
      const simple = await answer(fetch(url + "/graphql?query={viewer{roles}}", { credentials: "include" }));
      const socket = await new Promise((resolve) => {
        const opened = new WebSocket(url.replace("http", "ws") + "/graphql", "graphql-transport-ws");
        opened.onopen = () => resolve("opened");
        opened.onclose = () => resolve("refused");
      });
      return { fetched, simple, socket };
    })("${base()}")`);
    expect(attempts).toEqual({ fetched: "blocked", simple: "blocked", socket: "refused" });
    const refusals: string[] = [];
    foreign.on("console", (message) => refusals.push(message.text()));
    await foreign.evaluate(`new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.src = "${base()}/sign-in";
      frame.onload = resolve;
      document.body.append(frame);
    })`);
    await until(() => refusals.some((text) => text.includes("frame-ancestors")));

    await foreign.evaluate(SUBMIT(`${base()}/sign-out`, {}));
    await foreign.getByText("This was not sent by a page of this server").waitFor();
    await page.reload();
    await page.getByText("Signed in as").waitFor();
  });
});

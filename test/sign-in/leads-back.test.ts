import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { BrowserLike, type Page } from "../support/browser-like.js";
import { databases } from "../support/databases.js";
import { freePort } from "../support/mariadb.js";
import { CLIENT, startOidcProvider, type TestOidcProvider } from "../support/oidc-provider.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const TICKET = "/tickets/ticket_01h455vb4pex5vsknk084sn02q";
const PAGES = [TICKET, "/?status=approved&q=a+b%26c", "/audit?type=DECISION_RECORDED", "/admin"];

const HOSTILE = [
  "//evil.example",
  "/\\evil.example",
  "https://evil.example/",
  "javascript:alert(1)",
  "/%2f/evil.example",
  "/admin\r\nSet-Cookie: stolen=1",
  "/admin?x%0d%0aSet-Cookie:stolen=1",
  '/admin?"><script>alert(1)</script>',
  "/auth/oidc/sign-in",
  "/graphql",
  "/sign-in?next=/admin",
  "x".repeat(5_000),
];

const saying = (path: string, next: string) => `${path}?next=${encodeURIComponent(next)}`;
const whereTo = ({ response }: Page) => response.headers.get("location");
const refreshTo = ({ text }: Page) =>
  /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(text)?.[1]?.replaceAll("&amp;", "&");

describe.each(databases)("signing in leads back to the page that one wanted, on $name", (kind) => {
  let provider: TestOidcProvider;
  let server: TestServer;
  let browser: BrowserLike;
  let guests = 0;

  beforeAll(async () => {
    const port = await freePort();
    provider = await startOidcProvider({ redirectUris: [`http://127.0.0.1:${port}/auth/oidc/callback`] });
    provider.account("ada", { email: "ada@example.org", email_verified: true, name: "Ada", roles: ["r"] });
    server = await startTestServer(kind, {
      PORT: String(port),
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: CLIENT.clientId,
      OIDC_CLIENT_SECRET: CLIENT.clientSecret,
      OIDC_ROLES: "r=REVIEWER",
    });
  });
  beforeEach(() => {
    browser = new BrowserLike(server.url);
  });
  afterAll(async () => {
    await server?.close();
    await provider?.stop();
  });

  const newLink = async (): Promise<string> => {
    const { ledger, database } = server.running.services;
    const { link } = await inviteMember(ledger, {
      workspaceId: server.workspaceId,
      actor: await systemActor(database.read, server.workspaceId),
      email: `guest${++guests}@example.org`,
      name: "Guest",
      roles: ["REVIEWER"],
      queues: null,
    });
    return link.text;
  };
  const openAsTold = async (address: string | null): Promise<Page> => {
    if (address === null) throw new Error("it leads nowhere");
    return browser.open(address);
  };
  const byProvider = async (address: string, person = "ada"): Promise<Page> => {
    const begun = await browser.open(address);
    const back = await provider.signIn(whereTo(begun) ?? "", person);
    // A Strict cookie stays away from what the provider's page leads to.
    const strict = browser.cookies.get("countersign_next");
    browser.cookies.delete("countersign_next");
    const page = await browser.open(`${back.pathname}${back.search}`, { "sec-fetch-site": "cross-site" });
    if (strict !== undefined && !browser.given.some((cookie) => /^countersign_next=;/.test(cookie)))
      browser.cookies.set("countersign_next", strict);
    return page;
  };
  /** The address of the button on the sign-in page. */
  const buttonOn = ({ text }: Page) =>
    (/href="(\/auth\/oidc\/sign-in[^"]*)"/.exec(text)?.[1] ?? "").replaceAll("&amp;", "&");

  it.each(PAGES)("by a link that the same browser opens later: %s", async (page) => {
    const sent = await browser.open(page);
    expect([sent.status, whereTo(sent)]).toEqual([303, saying("/sign-in", page)]);
    await openAsTold(whereTo(sent));
    expect(browser.given.at(-1)).toMatch(
      /^countersign_next=[^;]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const link = await newLink();
    // From a mail: what is Strict stays away. The form on the page that opens brings it.
    expect((await new BrowserLike(server.url).open(`/sign-in?link=${link}`)).status).toBe(200);
    const signedIn = await browser.submit("/sign-in", { link });
    expect([signedIn.status, whereTo(signedIn)]).toEqual([303, page]);
    expect((await browser.open(page)).status).toBe(200);
    // It has served.
    expect([...browser.cookies.keys()]).toEqual(["countersign_session"]);
    expect(whereTo(await browser.submit("/sign-in", { link: await newLink() }))).toBe("/");
  });

  it.each(PAGES)("by the provider: %s", async (page) => {
    const signInPage = await openAsTold(whereTo(await browser.open(page)));
    const came = await byProvider(buttonOn(signInPage));
    expect([came.status, refreshTo(came)]).toEqual([200, page]);
    expect((await browser.open(page)).status).toBe(200);
    expect([...browser.cookies.keys()]).toEqual(["countersign_session"]);
  });

  it("not with the answer to another sign-in: the page and the state are one", async () => {
    const first = new BrowserLike(server.url);
    const second = new BrowserLike(server.url);
    const begun = await first.open(saying("/auth/oidc/sign-in", "/admin"));
    const backs = await provider.signIn(whereTo(begun) ?? "", "ada");
    await second.open(saying("/auth/oidc/sign-in", "/audit"));
    // The state is of one sign-in, the cookie with the page of the other.
    const mixed = await second.open(`${backs.pathname}${backs.search}`);
    expect(mixed.status).toBe(401);
    expect(refreshTo(mixed)).toBe(undefined);
    expect(refreshTo(await first.open(`${backs.pathname}${backs.search}`))).toBe("/admin");
  });

  it("also after an attempt at the provider that failed", async () => {
    const begun = await browser.open(saying("/auth/oidc/sign-in", TICKET));
    const declined = await provider.signIn(whereTo(begun) ?? "", "ada", { decline: true });
    const refused = await browser.open(`${declined.pathname}${declined.search}`);
    expect(refused.status).toBe(403);
    expect(buttonOn(refused)).toBe(saying("/auth/oidc/sign-in", TICKET));
    expect(refreshTo(await byProvider(buttonOn(refused)))).toBe(TICKET);
  });

  it("also after a link that did not work", async () => {
    await browser.open(saying("/sign-in", TICKET));
    expect((await browser.submit("/sign-in", { link: "csl_x" })).status).toBe(401);
    expect(whereTo(await browser.submit("/sign-in", { link: await newLink() }))).toBe(TICKET);
  });

  it("but not in another browser, which knows nothing of it", async () => {
    await browser.open(saying("/sign-in", TICKET));
    const other = new BrowserLike(server.url);
    expect(whereTo(await other.submit("/sign-in", { link: await newLink() }))).toBe("/");
  });

  it("but not after signing out: whoever comes next may be somebody else", async () => {
    await browser.submit("/sign-in", { link: await newLink() });
    await browser.open(saying("/sign-in", TICKET));
    await browser.submit("/sign-out");
    expect(browser.cookies.size).toBe(0);
    expect(whereTo(await browser.submit("/sign-in", { link: await newLink() }))).toBe("/");
  });

  it.each(HOSTILE)("never elsewhere, whatever the address says: %j", async (next) => {
    const page = await browser.open(saying("/sign-in", next));
    expect(page.status).toBe(200);
    expect(page.text).not.toContain("evil.example");
    expect(page.text).not.toContain("<script");
    expect(buttonOn(page)).toBe("/auth/oidc/sign-in");
    expect(browser.given).toEqual([]);
    expect(refreshTo(await byProvider(saying("/auth/oidc/sign-in", next)))).toBe("/");
    expect(browser.given.join()).not.toContain("stolen");
  });

  it("never elsewhere, whatever the cookies say", async () => {
    for (const next of HOSTILE) {
      browser.cookies.set("countersign_next", encodeURIComponent(next));
      expect(whereTo(await browser.submit("/sign-in", { link: await newLink() }))).toBe("/");

      const flow = new BrowserLike(server.url);
      const begun = await flow.open(saying("/auth/oidc/sign-in", "/admin"));
      const back = await provider.signIn(whereTo(begun) ?? "", "ada");
      const [state] = /^1(?:\.[\w-]+){4}/.exec(flow.cookies.get("countersign_flow") ?? "") ?? [];
      flow.cookies.set("countersign_flow", `${state}.${Buffer.from(next).toString("base64url")}`);
      const came = await flow.open(`${back.pathname}${back.search}`);
      // What is far too long for one is no flow any more.
      expect([came.status, refreshTo(came)]).toEqual(next.length > 2_000 ? [401, undefined] : [200, "/"]);
    }
  });

  it("never elsewhere where it is said twice", async () => {
    const page = await browser.open("/sign-in?next=%2Fadmin&next=%2F%2Fevil.example");
    expect([page.status, buttonOn(page)]).toEqual([200, "/auth/oidc/sign-in"]);
  });

  it("asks once more where another site's page led here, since that brings no session's cookie", async () => {
    await browser.submit("/sign-in", { link: await newLink() });
    const stranger = new BrowserLike(server.url);
    const fromMail = await stranger.open(TICKET, { "sec-fetch-site": "cross-site" });
    expect([fromMail.status, refreshTo(fromMail)]).toEqual([200, TICKET]);
    expect((await browser.open(TICKET, { "sec-fetch-site": "same-origin" })).status).toBe(200);
    // Nobody is sent in circles.
    const again = await stranger.open(TICKET, { "sec-fetch-site": "same-origin" });
    expect(whereTo(again)).toBe(saying("/sign-in", TICKET));
    const hostile = await stranger.open("/?x=%00", { "sec-fetch-site": "cross-site" });
    expect(whereTo(hostile)).toBe("/sign-in");
  });
});

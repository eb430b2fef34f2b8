import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { BrowserLike } from "../support/browser-like.js";
import { databaseKind } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const SCHEMA = "{ __schema { queryType { name } } }";

describe("where the schema is for those who have signed in", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"), {
      PLAYGROUND: "signed-in",
      INTROSPECTION: "signed-in",
    });
  });
  afterAll(() => server.close());

  it("sends strangers from the playground to the sign-in page, its files included", async () => {
    for (const path of ["/playground", "/playground/", "/playground/start.js", "/playground/main.js"]) {
      const page = await new BrowserLike(server.url).open(path);
      expect([path, page.status, page.response.headers.get("location")]).toEqual([path, 303, "/sign-in"]);
    }
  });

  it("tells strangers nothing about the schema, and members everything", async () => {
    const stranger = await gql(server.url, null, SCHEMA);
    expect([stranger.code, stranger.data ?? null]).toEqual(["UNAUTHENTICATED", null]);
    expect((await gql(server.url, null, "{ __typename }")).data).toEqual({ __typename: "Query" });
    expect((await gql(server.url, server.keys.agent, SCHEMA)).data).toEqual({
      __schema: { queryType: { name: "Query" } },
    });
  });

  it("opens both to a browser's session, until it has signed out", async () => {
    const { ledger, database } = server.running.services;
    const { link } = await inviteMember(ledger, {
      workspaceId: server.workspaceId,
      actor: await systemActor(database.read, server.workspaceId),
      email: "ada@example.org",
      roles: ["REVIEWER"],
    });
    const browser = new BrowserLike(server.url);
    await browser.submit("/sign-in", { link: link.text });
    expect((await browser.open("/playground")).status).toBe(200);
    expect((await browser.open("/playground/start.js")).status).toBe(200);
    expect((await browser.gql(SCHEMA)).data).toEqual({ __schema: { queryType: { name: "Query" } } });
    await browser.submit("/sign-out");
    expect((await browser.open("/playground")).status).toBe(303);
    expect((await browser.gql(SCHEMA)).code).toBe("UNAUTHENTICATED");
  });

  it("changes nothing by GET, and answers a query by GET only with the header that no form can send", async () => {
    const { ledger, database } = server.running.services;
    const { link } = await inviteMember(ledger, {
      workspaceId: server.workspaceId,
      actor: await systemActor(database.read, server.workspaceId),
      email: "bea@example.org",
      roles: ["REVIEWER"],
    });
    const browser = new BrowserLike(server.url);
    await browser.submit("/sign-in", { link: link.text });
    const get = async (query: string, headers: Record<string, string>) =>
      browser.open(`/graphql?query=${encodeURIComponent(query)}`, {
        accept: "application/json",
        "sec-fetch-site": "same-origin",
        ...headers,
      });
    const preflighted = { "apollo-require-preflight": "1" };
    expect((await get("{ viewer { roles } }", {})).status).toBe(400);
    expect((await get("{ viewer { roles } }", preflighted)).text).toContain("REVIEWER");
    const mutation = 'mutation { claimTicket(input: {ticketId: "x"}) { ticket { id } } }';
    expect((await get(mutation, preflighted)).status).toBe(405);
  });
});

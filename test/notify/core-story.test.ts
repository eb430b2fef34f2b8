import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, verdictOn } from "../api/members.js";
import { run, submit } from "../api/tickets.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

describe.each(databases)("every step in the log of a Core that is a Countersign itself, on $name", (kind) => {
  let core: TestServer;
  let server: TestServer;
  beforeAll(async () => {
    core = await startTestServer(kind);
    server = await startTestServer(kind, {
      CORE_URL: core.url,
      CORE_API_KEY: core.keys.agent,
      DELIVERY_RETRY_SECONDS: "0.1,0.1,0.1,0.5,1,2",
      LEDGER_POLL_MS: "20",
    });
  });
  afterAll(async () => {
    await server?.close();
    await core?.close();
  });

  it("is there in order, also what happened while the Core was away", async () => {
    const { id } = await submit(server.url, server.keys.agent, { title: "Expand loan term to 7 years" });
    const query = "query ($id: ID!) { decision(ticketId: $id) { status } }";
    await gqlData(server.url, server.keys.agent, query, { id });
    await core.restart();
    await run(server.url, server.keys.reviewer, "decideTicket", {
      ticketId: id,
      revision: 1,
      status: "APPROVED",
      comments: "This stays here",
    });
    const logged = async () => (await eventsOf(core, "LOGGED")).map(({ data }) => data);
    await until(async () => (await logged()).length >= 4);
    const messages = (await logged()).map(({ message }) => String(message));
    expect(messages.map((message) => message.split(":")[0])).toEqual([
      "submitted for review",
      "checking ticket",
      "reviewed",
      "review completed",
    ]);
    for (const message of messages) expect(message).toContain(id);
    expect(messages.join()).not.toContain("This stays here");
    expect(
      (await logged()).every(({ service, level }) => service === "hitl-service" && level === "INFO"),
    ).toBe(true);
    await until(async () => (await eventsOf(server, "NOTIFIED")).length === 4);
    expect(await verdictOn(server)).toMatchObject({ ok: true });
    expect(await verdictOn(core)).toMatchObject({ ok: true });
  });
});

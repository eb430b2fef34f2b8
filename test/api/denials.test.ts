import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { eventsOf, everythingStored, tryTo, viewerId } from "./members.js";
import { attempt, submit } from "./tickets.js";

const NO_TICKET = "ticket_01m83gt4mheh0r2rvt70rjp1fe";

describe.each(databases)("what somebody is refused, on $name,", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const denialsOf = async (key: string) => {
    const id = await viewerId(url, key);
    return (await eventsOf(server, "ACCESS_DENIED"))
      .filter(({ actor }) => actor.id === id)
      .map(({ data }) => data);
  };

  it("is on record as one event of the field in the schema, however many aliases it is asked for under", async () => {
    const fields = Array.from(
      { length: 15 },
      (_, index) => `secret_${index}: ticket(id: "${NO_TICKET}") { id }`,
    );
    await gql(url, keys.otherAgent, `{ ${fields.join(" ")} }`);
    await until(async () => (await denialsOf(keys.otherAgent)).length > 0);
    expect(await denialsOf(keys.otherAgent)).toMatchObject([
      { code: "NOT_FOUND", operation: "Query.ticket", count: 15 },
    ]);
    expect(await everythingStored(server)).not.toContain("secret_1");
  });

  it("is on record without what was sent", async () => {
    const email = "somebody.private@example.org";
    expect((await tryTo(url, keys.reviewer, "inviteMember", { email, roles: ["ADMIN"] })).code).toBe(
      "FORBIDDEN",
    );
    await until(async () => (await denialsOf(keys.reviewer)).length > 0);
    expect(await denialsOf(keys.reviewer)).toMatchObject([
      { code: "FORBIDDEN", operation: "Mutation.inviteMember" },
    ]);
    expect(await everythingStored(server)).not.toContain(email);
  });

  it("is on record over a socket as well, and names the ticket only where the principal may see it", async () => {
    const ticket = await submit(url, keys.agent);
    expect(
      (
        await attempt(url, keys.auditor, "decideTicket", {
          ticketId: ticket.id,
          revision: 1,
          status: "APPROVED",
        })
      ).code,
    ).toBe("FORBIDDEN");
    const socket = await LiveClient.connect(url, keys.foreignAgent);
    await socket.ending(socket.subscribe(`{ ticket(id: "${ticket.id}") { id } }`));
    await until(async () => (await denialsOf(keys.auditor)).length > 0);
    const { database } = server.running.services;
    const foreign = await until(async () => {
      const rows = await database.read.query<{ body: string; workspace_id: string }>(
        "SELECT body, workspace_id FROM audit_event WHERE type = 'ACCESS_DENIED' AND workspace_id <> ?",
        [server.workspaceId],
      );
      return rows[0];
    });
    expect(foreign.body).not.toContain(ticket.id);
    socket.close();
  });

  it("is in nobody's ledger where a stranger was refused", async () => {
    const count = (await eventsOf(server, "ACCESS_DENIED")).length;
    expect((await gql(url, null, "{ members { edges { cursor } } }")).code).toBe("UNAUTHENTICATED");
    expect((await gql(url, `${keys.agent}x`, "{ viewer { roles } }")).code).toBe("UNAUTHENTICATED");
    await tryTo(url, keys.agent, "createApiKey", {});
    await until(async () => (await eventsOf(server, "ACCESS_DENIED")).length > count);
    const added = (await eventsOf(server, "ACCESS_DENIED")).slice(count);
    expect(added.map(({ data }) => data["operation"])).toEqual(["Mutation.createApiKey"]);
  });
});

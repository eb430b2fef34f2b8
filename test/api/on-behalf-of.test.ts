import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { eventsOf, manage, verdictOn } from "./members.js";
import { attempt, run, submit, type Ticket } from "./tickets.js";

interface Page {
  readonly apiKeys: { readonly edges: readonly { readonly node: { readonly id: string } }[] };
}

describe.each(databases)("the human behind an agent's key, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  let behind: { readonly key: string; readonly principalId: string };
  let agent: { readonly key: string; readonly id: string };
  let plainKey: string;
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
    behind = await server.principal("Behind", "HUMAN", ["REVIEWER"]);
    const named = await made({ agentName: "Named", onBehalfOf: behind.principalId });
    agent = { key: named.key, id: named.apiKey.principal.id };
    plainKey = (await made({ principalId: agent.id, onBehalfOf: null })).key;
  });
  afterAll(() => server?.close());
  const made = (input: object) => manage(url, keys.admin, "createApiKey", { ...input });
  const refusal = async (key: string, { id, revision }: Ticket) =>
    (await attempt(url, key, "decideTicket", { ticketId: id, revision, status: "APPROVED" })).code;
  const reasons = async (key: string, { id }: Ticket) =>
    (
      await gqlData<{ ticket: { viewerCannotDecideReasons: string[] } }>(
        url,
        key,
        "query ($id: ID!) { ticket(id: $id) { viewerCannotDecideReasons } }",
        { id },
      )
    ).ticket.viewerCannotDecideReasons;

  it("does not let them review what it submitted, and says why", async () => {
    const ticket = await submit(url, agent.key);
    expect(await reasons(behind.key, ticket)).toEqual(["OWN_SUBMISSION"]);
    expect(await refusal(behind.key, ticket)).toBe("OWN_SUBMISSION");
    expect((await attempt(url, behind.key, "claimTicket", { ticketId: ticket.id })).code).toBe(
      "OWN_SUBMISSION",
    );
    expect(
      (
        await attempt(url, keys.admin, "assignTicket", {
          ticketId: ticket.id,
          assigneeId: behind.principalId,
        })
      ).code,
    ).toBe("BAD_USER_INPUT");
    expect(await reasons(keys.reviewer, ticket)).toEqual([]);
    expect(await refusal(keys.reviewer, ticket)).toBeUndefined();
    const [event] = (await eventsOf(server, "SUBMITTED")).slice(-1);
    expect(event?.data["onBehalfOf"]).toBe(behind.principalId);
  });

  it("still does not after a resubmission with a key that names nobody, nor after an amendment of another", async () => {
    const ticket = await submit(url, agent.key, { approvalsRequired: 2 });
    const again = await run(url, plainKey, "resubmitReview", { ticketId: ticket.id, title: "Once more" });
    expect(await refusal(behind.key, again.ticket)).toBe("OWN_SUBMISSION");
    const amended = await run(url, keys.reviewer, "decideTicket", {
      ticketId: ticket.id,
      revision: 2,
      status: "APPROVED",
      amendment: { title: "Amended" },
    });
    expect(amended.ticket).toMatchObject({ revision: 3, decision: { status: "PENDING" } });
    expect(await refusal(behind.key, amended.ticket)).toBe("OWN_SUBMISSION");
    const amendment = {
      ticketId: ticket.id,
      revision: 3,
      status: "APPROVED",
      amendment: { title: "Mine" },
    };
    expect((await attempt(url, behind.key, "decideTicket", amendment)).code).toBe("OWN_SUBMISSION");
    expect(await refusal(keys.reviewer2, amended.ticket)).toBeUndefined();
  });

  it("counts none of their approvals from before where a resubmission names them", async () => {
    const ticket = await submit(url, plainKey, { approvalsRequired: 2 });
    const input = { ticketId: ticket.id, revision: 1, status: "APPROVED" };
    expect((await run(url, behind.key, "decideTicket", input)).decision?.status).toBe("PENDING");
    const next = await run(url, agent.key, "resubmitReview", {
      ticketId: ticket.id,
      title: "By the named key",
    });
    expect(
      (await attempt(url, behind.key, "retractReview", { ticketId: ticket.id, revision: 2 })).code,
    ).toBeDefined();
    expect(await refusal(behind.key, next.ticket)).toBe("OWN_SUBMISSION");
    for (const key of [keys.reviewer, keys.reviewer2])
      expect(await refusal(key, next.ticket)).toBeUndefined();
  });

  it("stays so when the key is rotated", async () => {
    const { id } = (await gqlData<Page>(url, agent.key, "{ apiKeys { edges { node { id } } } }")).apiKeys
      .edges[0]!.node;
    const rotated = await manage(url, keys.admin, "rotateApiKey", { keyId: id });
    expect(rotated.apiKey.onBehalfOf).toMatchObject({ id: behind.principalId });
    expect(await refusal(behind.key, await submit(url, rotated.key))).toBe("OWN_SUBMISSION");
  });

  it("leaves nothing for audit verify to find", async () => {
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });
});

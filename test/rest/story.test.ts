import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, viewerId } from "../api/members.js";
import { ticketOf } from "../api/tickets.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { rest, signOff, submitOver, type Ticket } from "./rest-client.js";

const AWKWARD = {
  title: "Expand loan term to 7 years 🔏",
  detail: 'A "detail"\nwith \\ and ünïcode\u2028.',
  payload: { z: [1, -0.5, 1e-7, { nested: null }], a: true, "€": "", amount: 12.5, big: 2 ** 53 - 1 },
};

describe.each(databases)("a ticket over REST, on $name,", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const read = (id: string, key = keys.agent) => rest(url, key, "GET", `/hitl/tickets/${id}`);

  it("is submitted, changed on request, claimed, approved with edits and read, all of it on record", async () => {
    const exchanged = await rest<{ token: string }>(url, null, "POST", "/auth/token", {
      body: { apiKey: keys.agent },
    });
    const { token } = exchanged.body;
    const made = await rest(url, token, "POST", "/hitl/tickets", { body: AWKWARD });
    expect(made.status).toBe(201);
    const { id } = made.body;
    expect(made.headers.get("location")).toBe(`/hitl/tickets/${id}`);
    expect(made.body).toEqual({
      id,
      status: "pending",
      comments: null,
      revision: 1,
      ...AWKWARD,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      queue: "default",
      priority: "normal",
      approvalsRequired: 1,
      submittedBy: { id: await viewerId(url, keys.agent), name: "First agent", kind: "agent" },
      submittedAt: expect.stringMatching(/Z$/),
      updatedAt: made.body.submittedAt,
      dueAt: null,
      expiresAt: null,
      assignee: null,
      decidedBy: null,
      decidedAt: null,
      cursor: null,
      receipt: null,
      reviews: [],
    });

    const asked = await signOff(url, keys.reviewer, made.body, {
      status: "NEEDS_CHANGES",
      comments: "Shorter, please.",
    });
    expect([asked.status, asked.body.status, asked.body.comments]).toEqual([
      200,
      "needs_changes",
      "Shorter, please.",
    ]);
    const again = await rest(url, token, "POST", `/hitl/tickets/${id}/revisions`, {
      body: { title: "Expand loan term", revision: 1 },
    });
    expect([again.status, again.body.revision, again.body.status]).toEqual([201, 2, "pending"]);

    const claimed = await rest(url, keys.reviewer, "POST", `/hitl/tickets/${id}/claim`);
    expect([claimed.status, claimed.body.assignee?.name]).toEqual([200, "First reviewer"]);
    const released = await rest(url, keys.reviewer, "DELETE", `/hitl/tickets/${id}/claim`);
    expect([released.status, released.body.assignee]).toEqual([200, null]);
    const remarked = await rest(url, keys.reviewer, "POST", `/hitl/tickets/${id}/comments`, {
      body: { body: "Nearly." },
    });
    expect(remarked.status).toBe(201);

    const signed = await signOff(url, keys.reviewer, again.body, {
      comments: "With an edit",
      amendment: { title: "Expand loan term to 6 years", payload: { years: 6 } },
    });
    expect(signed.body).toMatchObject({
      status: "approved",
      comments: "With an edit",
      revision: 3,
      title: "Expand loan term to 6 years",
      detail: null,
      payload: { years: 6 },
      decidedBy: { name: "First reviewer", kind: "human" },
      receipt: expect.stringMatching(/^eyJ/),
    });
    expect(signed.body.reviews.map(({ revision, outcome }) => [revision, outcome])).toEqual([
      [1, "needs_changes"],
      [3, "approved"],
    ]);
    expect((await read(id)).body).toEqual(signed.body);

    const trail = await rest<{ events: { type: string; hash: string }[]; next: string | null }>(
      url,
      keys.agent,
      "GET",
      `/hitl/tickets/${id}/events`,
    );
    expect(trail.body.events.map(({ type }) => type)).toEqual([
      "SUBMITTED",
      "REVIEWED",
      "DECIDED",
      "RESUBMITTED",
      "CLAIMED",
      "RELEASED",
      "COMMENTED",
      "RESUBMITTED",
      "REVIEWED",
      "DECIDED",
      "DECISION_READ",
    ]);
    expect(trail.body.next).toBeNull();
  });

  it("has the digest that it has over GraphQL, and is one ticket with one decision over both", async () => {
    const overRest = await submitOver(url, keys.agent, AWKWARD);
    const seen = await ticketOf(url, keys.reviewer, overRest.id);
    expect(seen.proposal).toMatchObject({ ...AWKWARD, digest: overRest.digest });
    const { submitReview } = await gqlData<{
      submitReview: { ticket: { id: string; proposal: { digest: string } } };
    }>(
      url,
      keys.agent,
      "mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id proposal { digest } } } }",
      { input: AWKWARD },
    );
    expect(submitReview.ticket.proposal.digest).toBe(overRest.digest);
    await signOff(url, keys.reviewer, overRest, { comments: "Looks good" });
    const { decision } = await ticketOf(url, keys.agent, overRest.id);
    const { body } = await read(overRest.id);
    expect(body).toMatchObject({
      status: decision.status.toLowerCase(),
      comments: decision.comments,
      decidedAt: decision.decidedAt,
      cursor: decision.cursor,
      receipt: decision.receipt,
    });
  });

  it("keeps a payload to the letter, names that mean something to JavaScript included", async () => {
    const payload = { constructor: { prototype: 1 }, toString: "x", "": [], "\u0000": "\u0007" };
    const refused = await rest(url, keys.agent, "POST", "/hitl/tickets", { body: { title: "x", payload } });
    // The HTTP side takes none of these names for anything but an attack, over GraphQL too.
    expect(refused.status).toBe(400);
    const { constructor: _, ...plain } = payload;
    const ticket = await submitOver(url, keys.agent, { payload: plain });
    expect((await read(ticket.id)).body.payload).toEqual(plain);
    const literal = `mutation { submitReview(input: { title: "x", payload: { __proto__: { a: 1 } } }) { ticket { id } } }`;
    const { submitReview } = await gqlData<{ submitReview: { ticket: Ticket } }>(url, keys.agent, literal);
    expect((await read(submitReview.ticket.id)).text).toContain('"payload":{"__proto__":{"a":1}}');
  });

  it("is withdrawn by its submitter, with or without a word", async () => {
    const [first, second] = [await submitOver(url, keys.agent), await submitOver(url, keys.agent)];
    const withdraw = (id: string, body?: unknown, headers = {}) =>
      rest(url, keys.agent, "POST", `/hitl/tickets/${id}/withdrawal`, { body, headers });
    expect((await withdraw(first.id, { reason: "Superseded" })).body).toMatchObject({
      status: "withdrawn",
      comments: "Superseded",
      receipt: null,
    });
    // A content type without a body, as many clients send it.
    const empty = await withdraw(second.id, "", { "content-type": "application/json" });
    expect([empty.status, empty.body.status]).toEqual([200, "withdrawn"]);
  });

  it("is on record as read once for each state and reader, and listing it puts nothing on record", async () => {
    const ticket = await submitOver(url, keys.agent);
    const readsOf = async () =>
      (await eventsOf(server, "DECISION_READ")).filter((event) => JSON.stringify(event).includes(ticket.id));
    await rest(url, keys.auditor, "GET", "/hitl/tickets?first=5");
    expect(await readsOf()).toHaveLength(0);
    for (let times = 0; times < 3; times += 1) await read(ticket.id);
    await read(ticket.id, keys.auditor);
    await signOff(url, keys.reviewer, ticket);
    await read(ticket.id);
    expect((await readsOf()).map(({ data }) => data)).toEqual([
      { status: "PENDING", via: "QUERY" },
      { status: "PENDING", via: "QUERY" },
      { status: "APPROVED", via: "QUERY" },
    ]);
  });

  it("needs as many approvals as it asks for, and shows none that was taken back", async () => {
    const ticket = await submitOver(url, keys.agent, { approvalsRequired: 2 });
    const once = await signOff(url, keys.reviewer, ticket);
    expect([once.status, once.body.status, once.body.reviews.length]).toEqual([200, "pending", 1]);
    await gqlData(
      url,
      keys.reviewer,
      "mutation ($input: RetractReviewInput!) { retractReview(input: $input) { ticket { id } } }",
      { input: { ticketId: ticket.id, revision: 1 } },
    );
    expect((await read(ticket.id)).body.reviews).toEqual([]);
    await signOff(url, keys.reviewer, ticket);
    expect((await signOff(url, keys.reviewer2, ticket)).body).toMatchObject({ status: "approved" });
  });
});

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, verdictOn } from "../api/members.js";
import { run, submit } from "../api/tickets.js";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { type Received, type Receiver, startReceiver } from "./receivers.js";

const ENDPOINT = "id channel name url queues types disabledAt disabledReason deadLetters";
const INPUTS = {
  createEndpoint: ["CreateEndpointInput", `endpoint { ${ENDPOINT} } secret`],
  changeEndpoint: ["ChangeEndpointInput", `endpoint { ${ENDPOINT} }`],
  removeEndpoint: ["RemoveEndpointInput", `endpoint { ${ENDPOINT} }`],
  rotateEndpointSecret: ["RotateEndpointSecretInput", `endpoint { ${ENDPOINT} } secret`],
  testEndpoint: ["TestEndpointInput", "delivered httpStatus problem milliseconds"],
  replayDeadLetters: ["ReplayDeadLettersInput", "replayed"],
  rotateCallbackSecret: ["RotateCallbackSecretInput", "secret"],
} as const;
type Mutation = keyof typeof INPUTS;

interface EndpointData {
  readonly id: string;
  readonly url: string;
  readonly disabledAt: string | null;
  readonly deadLetters: number;
}
interface Answer {
  readonly endpoint: EndpointData;
  readonly secret: string;
  readonly delivered: boolean;
  readonly httpStatus: number | null;
  readonly problem: string | null;
  readonly replayed: number;
}

describe.each(databases)("endpoints, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  let receiver: Receiver;
  let answer: (request: Received) => number = () => 204;
  let hook: string;
  beforeAll(async () => {
    receiver = await startReceiver((request) => ({ status: answer(request) }));
    hook = `http://127.0.0.1:${receiver.port}`;
    server = await startTestServer(kind, {
      OUTBOUND_ALLOW: "127.0.0.1",
      DELIVERY_RETRY_SECONDS: "0.02,0.02",
      LEDGER_POLL_MS: "20",
    });
    ({ url, keys } = server);
  });
  afterAll(async () => {
    await server?.close();
    await receiver?.close();
  });

  const tryTo = (key: string | null, name: Mutation, input: object) =>
    gql<Record<string, Answer>>(
      url,
      key,
      `mutation ($input: ${INPUTS[name][0]}!) { ${name}(input: $input) { ${INPUTS[name][1]} } }`,
      { input },
    );
  const manage = async (name: Mutation, input: object, key = keys.admin): Promise<Answer> => {
    const { data, errors } = await tryTo(key, name, input);
    if (!data?.[name]) throw new Error(JSON.stringify(errors));
    return data[name];
  };
  const sentTo = (path: string): Received[] => receiver.requests.filter((request) => request.path === path);
  const bodiesAt = (path: string) =>
    sentTo(path).map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> });
  const endpoints = async (key: string) =>
    (await gqlData<{ endpoints: EndpointData[] }>(url, key, `{ endpoints { ${ENDPOINT} } }`)).endpoints;

  it("tell a receiver that the specification's own library believes", async () => {
    const { endpoint, secret } = await manage("createEndpoint", {
      name: "Ops",
      url: `${hook}/story?token=hidden`,
    });
    expect(endpoint.url).toBe(`${hook}/story`);
    const { id } = await submit(url, keys.agent, { title: "Expand loan term" });
    await run(url, keys.reviewer, "decideTicket", {
      ticketId: id,
      revision: 1,
      status: "APPROVED",
      comments: "Fine",
    });
    await until(() => sentTo("/story?token=hidden").length === 3);
    const types: string[] = [];
    for (const { headers, body } of sentTo("/story?token=hidden")) {
      const verified = new Webhook(secret).verify(body, headers) as { type: string };
      types.push(verified.type);
      expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
    }
    expect(types).toEqual(["ticket.submitted", "ticket.reviewed", "ticket.decided"]);
    const last = sentTo("/story?token=hidden").at(-1);
    // The identifier is the ledger's cursor: from there on, the trail has nothing but what came later.
    const trail = await gqlData<{ auditTrail: { edges: { node: { type: string } }[] } }>(
      url,
      keys.auditor,
      `query ($id: ID!, $after: String!) { auditTrail(ticketId: $id, after: $after, types: [SUBMITTED, REVIEWED, DECIDED]) { edges { node { type } } } }`,
      { id, after: last?.headers["webhook-id"] },
    );
    expect(trail.auditTrail.edges).toEqual([]);
    await until(async () => (await eventsOf(server, "NOTIFIED")).length >= 3);
    expect(JSON.stringify(await eventsOf(server, "SETTINGS_CHANGED"))).not.toContain("hidden");
    expect(JSON.stringify(await eventsOf(server, "SETTINGS_CHANGED"))).not.toContain(secret);
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });

  it("are the admin's to make, the auditor's to see, and nobody else's", async () => {
    expect((await tryTo(keys.reviewer, "createEndpoint", { name: "x", url: hook })).code).toBe("FORBIDDEN");
    expect((await tryTo(keys.agent, "createEndpoint", { name: "x", url: hook })).code).toBe("FORBIDDEN");
    expect((await tryTo(null, "createEndpoint", { name: "x", url: hook })).code).toBe("UNAUTHENTICATED");
    expect((await gql(url, keys.reviewer, "{ endpoints { id } }")).code).toBe("FORBIDDEN");
    expect((await gql(url, keys.reviewer, "{ deadLetters { edges { cursor } } }")).code).toBe("FORBIDDEN");
    expect((await endpoints(keys.auditor)).length).toBeGreaterThan(0);
    const foreign = await gql(url, keys.foreignReviewer, "{ endpoints { id } }");
    expect(foreign.code).toBe("FORBIDDEN");
  });

  it.each([
    ["an internal address", { url: "https://10.0.0.1/hook" }, "url"],
    ["the metadata service", { url: "https://169.254.169.254/latest" }, "url"],
    ["plain http to the world", { url: "http://93.184.216.34/hook" }, "url"],
    ["another protocol", { url: "file:///etc/passwd" }, "url"],
    ["a user in the URL", { url: "https://user:pass@example.com/" }, "url"],
    ["no URL", { url: "" }, "url"],
    ["a huge URL", { url: `https://example.com/${"x".repeat(3_000)}` }, "url"],
    ["no name", { name: " " }, "name"],
    ["an unknown queue", { queues: ["nowhere"] }, "queues"],
    ["no queue at all", { queues: [] }, "queues"],
    ["no type at all", { types: [] }, "types"],
    ["a type that is told to nobody", { types: ["NOTIFIED"] }, "types"],
  ])("refuse %s, and name the field", async (_, wrong, field) => {
    const before = (await endpoints(keys.admin)).length;
    const refused = await tryTo(keys.admin, "createEndpoint", {
      name: "Wrong",
      url: `${hook}/wrong`,
      ...wrong,
    });
    expect(refused.code).toBe("BAD_USER_INPUT");
    expect(refused.errors[0]?.extensions.field).toBe(field);
    expect((await endpoints(keys.admin)).length).toBe(before);
  });

  it.each(["changeEndpoint", "removeEndpoint", "rotateEndpointSecret", "testEndpoint"] as const)(
    "%s knows no endpoint that is not there",
    async (name) => {
      for (const endpointId of ["endpoint_01jd0000000000000000000000", "nonsense", "", "x".repeat(5_000)])
        expect((await tryTo(keys.admin, name, { endpointId })).code).toBe("NOT_FOUND");
    },
  );

  it("say at once how a test is taken", async () => {
    const { endpoint, secret } = await manage("createEndpoint", { name: "Tested", url: `${hook}/tested` });
    expect(await manage("testEndpoint", { endpointId: endpoint.id })).toMatchObject({
      delivered: true,
      httpStatus: 204,
    });
    const [ping] = sentTo("/tested");
    expect(new Webhook(secret).verify(ping?.body ?? "", ping?.headers ?? {})).toMatchObject({
      type: "webhook.ping",
    });
    answer = () => 500;
    const failed = await manage("testEndpoint", { endpointId: endpoint.id });
    answer = () => 204;
    expect(failed).toMatchObject({ delivered: false, httpStatus: 500, problem: "it answered 500" });
    await manage("removeEndpoint", { endpointId: endpoint.id });
    expect((await endpoints(keys.admin)).map(({ id }) => id)).not.toContain(endpoint.id);
  });

  it("keep dead letters while a receiver is down, and deliver them when an admin says so", async () => {
    const { endpoint } = await manage("createEndpoint", {
      name: "Down",
      url: `${hook}/down`,
      types: ["SUBMITTED"],
    });
    answer = ({ path }) => (path === "/down" ? 503 : 204);
    await submit(url, keys.agent, { title: "First" });
    await submit(url, keys.agent, { title: "Second" });
    const letters = async () =>
      (
        await gqlData<{ deadLetters: { edges: { node: Record<string, unknown> }[] } }>(
          url,
          keys.auditor,
          "query ($id: ID!) { deadLetters(endpointId: $id) { edges { node { id ticketId eventSequence attempts problem httpStatus channel reason } } } }",
          { id: endpoint.id },
        )
      ).deadLetters.edges.map(({ node }) => node);
    await until(async () => (await letters()).length === 2);
    expect((await letters())[0]).toMatchObject({
      attempts: 3,
      httpStatus: 503,
      channel: "WEBHOOK",
      reason: "EVENT",
    });
    expect((await endpoints(keys.admin)).find(({ id }) => id === endpoint.id)?.deadLetters).toBe(2);
    answer = () => 204;
    expect((await tryTo(keys.auditor, "replayDeadLetters", { endpointId: endpoint.id })).code).toBe(
      "FORBIDDEN",
    );
    expect((await tryTo(keys.admin, "replayDeadLetters", {})).code).toBe("BAD_USER_INPUT");
    expect((await tryTo(keys.admin, "replayDeadLetters", { ids: ["nonsense"] })).code).toBe("NOT_FOUND");
    expect((await tryTo(keys.admin, "replayDeadLetters", { from: "bm9uc2Vuc2U" })).code).toBe(
      "CURSOR_INVALID",
    );
    const before = sentTo("/down").length;
    expect((await manage("replayDeadLetters", { endpointId: endpoint.id })).replayed).toBe(2);
    await until(() => sentTo("/down").length === before + 2);
    await until(async () => (await letters()).length === 0);
    await manage("changeEndpoint", { endpointId: endpoint.id, disabled: true });
    await submit(url, keys.agent, { title: "While it is off" });
    await submit(url, keys.agent, { title: "To know that the first was looked at" });
    await until(async () => (await eventsOf(server, "NOTIFIED")).length > 0);
    expect(sentTo("/down").length).toBe(before + 2);
  });

  it("tell an agent, where its ticket names a callback, and sign with the agent's own secret", async () => {
    const callbackUrl = `${hook}/callback`;
    const refused = await gql(
      url,
      keys.otherAgent,
      "mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id } } }",
      { input: { title: "No secret yet", callbackUrl } },
    );
    expect([refused.code, refused.errors[0]?.extensions.field]).toEqual(["BAD_USER_INPUT", "callbackUrl"]);
    expect((await tryTo(keys.reviewer, "rotateCallbackSecret", {})).code).toBe("FORBIDDEN");
    const { secret } = await manage("rotateCallbackSecret", {}, keys.otherAgent);
    const inside = await gql(
      url,
      keys.otherAgent,
      "mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id } } }",
      { input: { title: "Internal", callbackUrl: "https://192.168.1.1/" } },
    );
    expect([inside.code, inside.errors[0]?.extensions.field]).toEqual(["BAD_USER_INPUT", "callbackUrl"]);
    const { id } = await submit(url, keys.otherAgent, { title: "Tell me", callbackUrl });
    const other = await submit(url, keys.otherAgent, { title: "Nobody is told" });
    await run(url, keys.reviewer, "decideTicket", {
      ticketId: other.id,
      revision: 1,
      status: "REJECTED",
      comments: "No",
    });
    await run(url, keys.reviewer, "decideTicket", {
      ticketId: id,
      revision: 1,
      status: "NEEDS_CHANGES",
      comments: "Why 7?",
    });
    await until(() => sentTo("/callback").length === 1);
    await run(url, keys.otherAgent, "resubmitReview", { ticketId: id, title: "Tell me, better" });
    const second = await manage("rotateCallbackSecret", { overlapMinutes: 60 }, keys.otherAgent);
    await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 2, status: "APPROVED" });
    await until(() => sentTo("/callback").length === 2);
    const [first, last] = sentTo("/callback");
    expect(new Webhook(secret).verify(first?.body ?? "", first?.headers ?? {})).toMatchObject({
      type: "ticket.decided",
      data: { decision: { status: "NEEDS_CHANGES", comments: "Why 7?" } },
    });
    for (const either of [secret, second.secret])
      expect(new Webhook(either).verify(last?.body ?? "", last?.headers ?? {})).toMatchObject({
        data: { decision: { status: "APPROVED" } },
      });
    expect(bodiesAt("/callback").every(({ data }) => JSON.stringify(data).includes(id))).toBe(true);
  });

  it("tell an agent that speaks REST alone", async () => {
    const agent = await server.principal("REST agent", "AGENT", ["AGENT"]);
    const post = async (path: string, body: object) => {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${agent.key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const answered = (await response.json()) as Record<string, string>;
      return { ...answered, status: response.status } as { status: number; secret?: string; id?: string };
    };
    const wanted = { title: "Over REST", callbackUrl: `${hook}/rest` };
    expect(await post("/hitl/tickets", wanted)).toMatchObject({ status: 400, field: "callbackUrl" });
    const { secret = "" } = await post("/hitl/callback-secret", {});
    const { id } = await post("/hitl/tickets", wanted);
    await run(url, keys.reviewer, "decideTicket", { ticketId: id, revision: 1, status: "APPROVED" });
    await until(() => sentTo("/rest").length === 1);
    const [told] = sentTo("/rest");
    expect(new Webhook(secret).verify(told?.body ?? "", told?.headers ?? {})).toMatchObject({
      type: "ticket.decided",
    });
  });

  it("speak to a chat as chats take it, without a signature", async () => {
    const made = await manage("createEndpoint", {
      channel: "SLACK",
      name: "Chat",
      url: `${hook}/services/T0/B0/secret`,
    });
    expect(made.secret).toBeNull();
    expect(made.endpoint.url).toBe(`${hook}/…`);
    const { id } = await submit(url, keys.agent, { title: "<!channel> & a *bold* plan" });
    await run(url, keys.reviewer, "commentOnTicket", { ticketId: id, body: "Not for a chat" });
    await run(url, keys.reviewer, "decideTicket", {
      ticketId: id,
      revision: 1,
      status: "REJECTED",
      comments: "No",
    });
    await until(() => sentTo("/services/T0/B0/secret").length === 2);
    const [first] = sentTo("/services/T0/B0/secret");
    expect(first?.headers["webhook-signature"]).toBeUndefined();
    const message = JSON.parse(first?.body ?? "{}") as { text: string };
    expect(message.text).not.toContain("<!channel>");
    expect(message.text).toContain(`/tickets/${id}`);
    expect(JSON.stringify(await eventsOf(server, "SETTINGS_CHANGED"))).not.toContain("/T0/B0");
  });
});

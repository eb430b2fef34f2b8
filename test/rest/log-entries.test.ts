import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, verdictOn, viewerId } from "../api/members.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type Refusal, rest, submitOver } from "./rest-client.js";

interface Logged {
  readonly sequence: number;
  readonly cursor: string;
}

const ENTRY = { service: "hitl-service", level: "INFO", message: "Submitting for review" };

describe.each(databases)("what services log, on $name,", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const log = <Body = Logged>(key: string | null, body: unknown) =>
    rest<Body>(url, key, "POST", "/events", { body });

  it("is on record by whoever presents the credential, and the record holds", async () => {
    const made = await log(keys.agent, ENTRY);
    expect(made.status).toBe(201);
    await log(keys.auditor, { ...ENTRY, service: "Prüfung 🔏", message: "x".repeat(2_000) });
    const [first, second] = await eventsOf(server, "LOGGED");
    expect(first).toMatchObject({
      sequence: made.body.sequence,
      actor: { id: await viewerId(url, keys.agent), kind: "AGENT" },
      data: ENTRY,
      ticket: null,
      revision: null,
    });
    expect(second).toMatchObject({ actor: { id: await viewerId(url, keys.auditor) } });
    expect(await verdictOn(server)).toMatchObject({ ok: true });
    const { recentEvents } = await gqlData<{ recentEvents: { edges: { node: object }[] } }>(
      url,
      keys.auditor,
      "{ recentEvents(first: 1, types: [LOGGED]) { edges { node { type cursor data ticketId } } } }",
    );
    expect(recentEvents.edges[0]?.node).toMatchObject({ type: "LOGGED", ticketId: null });
  });

  it.each([
    ["debug", "DEBUG"],
    ["Info", "INFO"],
    ["WARN", "WARNING"],
    ["warning", "WARNING"],
    ["error", "ERROR"],
    ["CRITICAL", "CRITICAL"],
  ])("may have the level %s, which is %s", async (level, known) => {
    const { body } = await log(keys.agent, { ...ENTRY, level });
    const found = (await eventsOf(server, "LOGGED")).find(({ sequence }) => sequence === body.sequence);
    expect(found?.data["level"]).toBe(known);
  });

  it("notifies nobody, and is seen by those who see the whole record alone", async () => {
    const socket = await LiveClient.connect(url, keys.auditor);
    const changes = socket.subscribe("subscription { ticketChanged { event { type } } }");
    await log(keys.agent, ENTRY);
    await submitOver(url, keys.agent);
    await socket.deliveries(changes, 1);
    expect(socket.delivered(changes)).toMatchObject([
      { data: { ticketChanged: { event: { type: "SUBMITTED" } } } },
    ]);
    socket.close();
    const { auditTrail } = await gqlData<{ auditTrail: { edges: unknown[] } }>(
      url,
      keys.agent,
      "{ auditTrail(types: [LOGGED]) { edges { cursor } } }",
    );
    expect(auditTrail.edges).toEqual([]);
  });

  it("is refused where it is wrong, naming the field, and by strangers", async () => {
    const count = (await eventsOf(server, "LOGGED")).length;
    for (const [body, field] of [
      [{}, "service"],
      [{ ...ENTRY, service: "" }, "service"],
      [{ ...ENTRY, service: "x".repeat(101) }, "service"],
      [{ ...ENTRY, level: "FATAL" }, "level"],
      [{ ...ENTRY, level: "constructor" }, "level"],
      [{ ...ENTRY, level: 20 }, "level"],
      [{ ...ENTRY, message: " " }, "message"],
      [{ ...ENTRY, message: "x".repeat(2_001) }, "message"],
      [{ ...ENTRY, message: ["x"] }, "message"],
      ['{"service":"x","level":"INFO","message":"\\ud800"}', "message"],
      [{ ...ENTRY, actor: "somebody" }, "actor"],
    ] as const) {
      const { status, body: refusal } = await log<Refusal>(keys.agent, body);
      expect([status, refusal.code, refusal["field"]]).toEqual([400, "BAD_USER_INPUT", field]);
    }
    expect((await log(null, ENTRY)).status).toBe(401);
    expect((await log(`${keys.agent}x`, ENTRY)).status).toBe(401);
    expect(await eventsOf(server, "LOGGED")).toHaveLength(count);
  });
});

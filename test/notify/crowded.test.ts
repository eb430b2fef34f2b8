import { typeid } from "typeid-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import type { Attempt } from "../../src/notify/attempt.js";
import { rotateCallbackSecret } from "../../src/notify/callback-secret.js";
import { createEndpoint } from "../../src/notify/endpoints.js";
import { waiting } from "../../src/notify/planner.js";
import { insertDeliveries } from "../../src/persistence/delivery-queries.js";
import { findCallbackEndpoint } from "../../src/persistence/endpoint-queries.js";
import { databases } from "../support/databases.js";
import { submission } from "../support/test-ledger.js";
import { until } from "../support/until.js";
import { type NotifyWorld, openNotifyWorld } from "./notify-world.js";

const HEALTHY = "https://healthy.example/hook";
const DEAD = "https://dead.example/hook";

describe.each(databases)("what tells the outside, where much is in the way, on $name", (kind) => {
  let world: NotifyWorld;
  beforeEach(async () => {
    world = await openNotifyWorld(kind);
  });
  afterEach(() => world.close());

  const system = async () => ({
    workspaceId: world.workspaceId,
    actor: await systemActor(world.database.read, world.workspaceId),
  });
  const at = (url: string) => world.delivered.filter((told) => told.url === url);

  /** That many deliveries of the ledger's first event, each of a ticket of its own, due long ago. */
  async function due(count: number, channel: "WEBHOOK" | "CALLBACK", target: string, url?: string) {
    const { database, workspaceId } = world;
    const rows = Array.from({ length: count }, (_, index) => ({
      ...waiting(
        workspaceId,
        { sequence: index + 1_000_000, ticket_id: typeid("ticket").toString() },
        { channel, target, ...(url === undefined ? {} : { url }) },
        index,
      ),
    }));
    await database.transaction((sql) => insertDeliveries(sql, database.dialect, rows));
  }

  it("an agent's dead host, or an endpoint's, hides nothing that would be taken", async () => {
    const dead = await world.endpoint(DEAD, { types: ["RELEASED"] });
    await world.endpoint(HEALTHY, { types: ["SUBMITTED"] });
    await rotateCallbackSecret(world.ledger, {
      actor: world.agent,
      credential: undefined,
      overlapMinutes: 0,
    });
    const callback = await findCallbackEndpoint(world.database.read, world.workspaceId, world.agent.id);
    await due(7_000, "CALLBACK", callback?.id ?? "", "https://hangs.example/");
    await due(7_000, "WEBHOOK", dead);
    // Whatever is made of rows whose event is not there is a failed attempt: nothing of it is taken.
    world.start({ schedule: Array.from({ length: 50 }, () => 200) });
    await world.submit("Among the others");
    await until(() => at(HEALTHY).length === 1, { timeoutMs: 8_000 });
  });

  it("tells each event once as long as nothing breaks", async () => {
    await world.endpoint(HEALTHY);
    world.start();
    for (let round = 0; round < 3; round += 1) {
      const tickets = await Promise.all(
        Array.from({ length: 40 }, (_, index) => world.submit(`${round} ${index}`)),
      );
      await Promise.all(tickets.map((ticket) => world.decide(ticket)));
    }
    await until(() => world.delivered.length >= 360, { timeoutMs: 15_000 });
    await world.settled();
    expect(world.tried).toHaveLength(360);
    expect(await world.events("NOTIFIED")).toHaveLength(360);
  });

  it("plans a backlog in parts, and goes on with it", async () => {
    for (let index = 0; index < 60; index += 1) await world.endpoint(`https://e${index}.example/`);
    for (let index = 0; index < 50; index += 1) await world.submit(`Backlog ${index}`);
    let most = 0;
    const { database } = world;
    const counting = {
      ...database,
      transaction: <Result>(work: Parameters<typeof database.transaction<Result>>[0]) =>
        database.transaction<Result>(async (sql) =>
          work({
            query: (text, values) => {
              if (text.includes("INTO delivery")) most = Math.max(most, (text.match(/\(\?/g) ?? []).length);
              return sql.query(text, values);
            },
          }),
        ),
    };
    world.start({ database: counting });
    await until(() => world.delivered.length === 3_000, { timeoutMs: 20_000 });
    expect(most).toBeLessThanOrEqual(500);
  });

  it("calls nobody back who is removed", async () => {
    await rotateCallbackSecret(world.ledger, {
      actor: world.agent,
      credential: undefined,
      overlapMinutes: 0,
    });
    const callbackUrl = "https://agent.example/done?token=secret";
    const { ticket } = await world.ledger.execute({
      actor: world.agent,
      command: { ...submission("Of somebody who leaves"), callbackUrl },
    });
    const record = JSON.stringify(await world.events("SUBMITTED"));
    expect(record).toContain("https://agent.example");
    expect(record).not.toContain("token=secret");
    await removeMember(world.ledger, { ...(await system()), principalId: world.agent.id });
    world.start();
    await world.decide(ticket.state.id);
    await until(async () => (await world.events("DELIVERY_FAILED")).length === 1);
    expect((await world.events("DELIVERY_FAILED"))[0]?.data).toMatchObject({
      channel: "CALLBACK",
      dropped: true,
    });
    expect(world.tried).toEqual([]);
  });

  it("gives a chat nothing that no message tells of", async () => {
    const wanted = {
      ...(await system()),
      channel: "SLACK",
      name: "Chat",
      url: HEALTHY,
      queues: null,
    } as const;
    await expect(
      createEndpoint(world.ledger, (url) => url, { ...wanted, types: ["COMMENTED"] }),
    ).rejects.toMatchObject({ code: "BAD_USER_INPUT", details: { field: "types" } });
  });

  it("keeps a digest one mail, however often it has to be tried", async () => {
    const { database, workspaceId, reviewer } = world;
    const mails: number[] = [];
    let failures = 3;
    for (let index = 0; index < 30; index += 1) await world.submit(`For the digest ${index}`);
    await database.transaction(async (sql) => {
      await sql.query("UPDATE principal SET email = 'ada@example.org' WHERE id = ?", [reviewer.id]);
      const events = await sql.query<{ sequence: number; ticket_id: string }>(
        "SELECT sequence, ticket_id FROM audit_event WHERE workspace_id = ? AND type = 'SUBMITTED' ORDER BY sequence",
        [workspaceId],
      );
      const target = { channel: "MAIL", target: reviewer.id, reason: "DIGEST" } as const;
      const rows = events.map((event) => waiting(workspaceId, event, target, Date.now()));
      await insertDeliveries(sql, database.dialect, rows);
    });
    const mail = async (_: unknown, news: readonly unknown[]): Promise<Attempt> => {
      failures -= 1;
      if (failures >= 0) return { outcome: "RETRY", problem: "the mail server is away" };
      mails.push(news.length);
      return { outcome: "DELIVERED" };
    };
    world.start({ channels: { ...world.channels, mail }, schedule: Array.from({ length: 9 }, () => 300) });
    await until(async () => (await world.deliveries()).length === 0);
    expect(mails).toEqual([30]);
  });

  it("goes on at once when what failed is back", async () => {
    await world.endpoint(HEALTHY, { types: ["SUBMITTED"] });
    let failures = 0;
    world.script = (): Attempt | undefined => {
      failures += 1;
      return failures <= 5 ? { outcome: "RETRY", problem: "not yet" } : undefined;
    };
    world.start({ schedule: Array.from({ length: 20 }, () => 20) });
    const tickets = await Promise.all(
      Array.from({ length: 30 }, (_, index) => world.submit(`Number ${index}`)),
    );
    // Once the place takes something, what was put off because of it does not wait for its patience to end.
    await until(() => new Set(at(HEALTHY).map(({ ticketId }) => ticketId)).size === tickets.length, {
      timeoutMs: 6_000,
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { replayDeadLetters } from "../../src/notify/dead-letters.js";
import { changeEndpoint, removeEndpoint, rotateEndpointSecret } from "../../src/notify/endpoints.js";
import { databases } from "../support/databases.js";
import { until } from "../support/until.js";
import { CORE, type NotifyWorld, openNotifyWorld } from "./notify-world.js";

const A = "https://a.example/hook";
const B = "https://b.example/hook";

describe.each(databases)("what tells the outside, on $name", (kind) => {
  let world: NotifyWorld;
  beforeEach(async () => {
    world = await openNotifyWorld(kind);
  });
  afterEach(() => world.close());

  const system = async () => ({
    workspaceId: world.workspaceId,
    actor: await systemActor(world.database.read, world.workspaceId),
  });
  const typesAt = (url: string, ticketId?: string) =>
    world.delivered
      .filter((told) => told.url === url && (ticketId === undefined || told.ticketId === ticketId))
      .map(({ type }) => type);

  it("tells every endpoint every step of the work, in order, once, and puts that on record", async () => {
    await world.endpoint(A);
    await world.endpoint(B);
    const before = await world.submit("Before anybody listens for it");
    world.start();
    const ticket = await world.submit("One");
    await world.decide(ticket, "NEEDS_CHANGES");
    await world.settled();
    for (const url of [A, B]) expect(typesAt(url, ticket)).toEqual(["SUBMITTED", "REVIEWED", "DECIDED"]);
    expect(typesAt(A, before)).toEqual(["SUBMITTED"]);
    const notified = await world.events("NOTIFIED");
    expect(notified).toHaveLength(8);
    expect(notified.filter(({ ticketId }) => ticketId === ticket)).toHaveLength(6);
    expect(notified[0]?.data).toMatchObject({
      channel: "WEBHOOK",
      attempts: 1,
      status: 200,
      reason: "EVENT",
    });
    expect(await world.deliveries()).toEqual([]);
    // Records of having told are told to nobody.
    expect(world.tried).toHaveLength(8);
  });

  it("gives a channel the event, the ticket as of now, the proposal and the decision", async () => {
    await world.endpoint(A, { types: ["DECIDED"] });
    world.start();
    const ticket = await world.submit("Expand loan term");
    await world.decide(ticket);
    await world.settled();
    const [told] = world.delivered;
    expect(told?.news).toMatchObject({
      reason: "EVENT",
      ticket: { id: ticket, queue: "default", status: "APPROVED", submittedBy: { name: "Agent" } },
      proposal: { revision: 1, title: "Expand loan term" },
      previous: null,
      decision: { status: "APPROVED", decidedBy: { name: "Reviewer", kind: "HUMAN" } },
    });
    expect(told?.news.cursor).toMatch(/^[\w-]+$/);
  });

  it("passes over what happens while nobody listens, and tells who begins to what comes then", async () => {
    world.start();
    await world.submit("Before");
    await until(async () => (await world.position()) > 0, { timeoutMs: 8_000 });
    await world.endpoint(A);
    const after = await world.submit("After");
    await until(() => world.delivered.length === 1);
    expect(typesAt(A, after)).toEqual(["SUBMITTED"]);
  });

  it("tells an endpoint only of its queues and types, and of nobody's list or reading", async () => {
    await createQueue(world.ledger, { ...(await system()), name: "loans", minimumApprovals: 1 });
    await world.endpoint(A, { queues: ["loans"] });
    await world.endpoint(B, { types: ["SETTINGS_CHANGED", "SUBMITTED"] });
    world.start();
    const elsewhere = await world.submit("Elsewhere");
    const loan = await world.submit("Loan", "loans");
    const command = { kind: "snooze", until: Date.now() + 60_000, revision: 1 } as const;
    await world.ledger.execute({ actor: world.reviewer, ticketId: loan, command });
    const read = { kind: "recordRead", revision: 1, status: "PENDING", via: "QUERY" } as const;
    await world.ledger.execute({ actor: world.agent, ticketId: loan, command: read });
    await createQueue(world.ledger, { ...(await system()), name: "other", minimumApprovals: 1 });
    await until(() => typesAt(B).includes("SETTINGS_CHANGED") && typesAt(B).length >= 3);
    await world.settled();
    expect(world.delivered.filter(({ url }) => url === A).map(({ ticketId }) => ticketId)).toEqual([loan]);
    expect(typesAt(B, elsewhere)).toEqual(["SUBMITTED"]);
    expect(world.tried.some(({ type }) => type === "SNOOZED" || type === "DECISION_READ")).toBe(false);
  });

  it("tells a Core's log every step, and who checks a ticket, in order", async () => {
    world.start({ planner: { mails: undefined, core: true } });
    const ticket = await world.submit("Logged");
    const read = { kind: "recordRead", revision: 1, status: "PENDING", via: "QUERY" } as const;
    await world.ledger.execute({ actor: world.agent, ticketId: ticket, command: read });
    await world.decide(ticket);
    await until(() => world.delivered.length === 4);
    await world.settled();
    expect(typesAt(CORE, ticket)).toEqual(["SUBMITTED", "DECISION_READ", "REVIEWED", "DECIDED"]);
    expect((await world.events("NOTIFIED")).map(({ data }) => data.channel)).toEqual(Array(4).fill("CORE"));
  });

  it("keeps a ticket's order while an attempt waits to be repeated, and lets other tickets pass", async () => {
    await world.endpoint(A);
    let failing = true;
    world.script = ({ news }) =>
      failing && news.proposal?.title === "Stuck" && news.event.type === "SUBMITTED"
        ? { outcome: "RETRY", problem: "it answered 503", status: 503 }
        : undefined;
    world.start({
      schedule: [30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
    });
    const stuck = await world.submit("Stuck");
    await world.decide(stuck);
    const free = await world.submit("Free");
    await world.decide(free);
    await until(() => typesAt(A, free).length === 3 && world.tried.length > 5);
    expect(typesAt(A, stuck)).toEqual([]);
    failing = false;
    await world.settled();
    expect(typesAt(A, stuck)).toEqual(["SUBMITTED", "REVIEWED", "DECIDED"]);
    const [first] = (await world.events("NOTIFIED")).filter(({ ticketId }) => ticketId === stuck);
    expect(first?.data.attempts).toBeGreaterThan(1);
  });

  it("makes a dead letter after the last attempt, on record, and delivers it when it is replayed", async () => {
    const endpoint = await world.endpoint(A);
    let down = true;
    world.script = () => (down ? { outcome: "RETRY", problem: "nobody answers" } : undefined);
    world.start({ schedule: [5, 5] });
    const ticket = await world.submit("Lost for a while");
    await world.decide(ticket);
    await until(async () => (await world.events("DELIVERY_FAILED")).length === 3);
    const [failed] = await world.events("DELIVERY_FAILED");
    expect(failed).toMatchObject({
      ticketId: ticket,
      data: { endpointId: endpoint, attempts: 3, problem: "nobody answers" },
    });
    const dead = await world.deliveries();
    expect(dead.map(({ state }) => state)).toEqual(["DEAD", "DEAD", "DEAD"]);
    await until(() => world.givenUp.length === 3);
    expect(dead.map(({ id }) => id).sort()).toEqual([...world.givenUp].sort());
    down = false;
    const [first] = dead;
    expect(await replayDeadLetters(world.ledger, { ...(await system()), ids: [first?.id ?? ""] })).toBe(1);
    await until(() => world.delivered.length === 1);
    expect(
      await replayDeadLetters(world.ledger, { ...(await system()), target: endpoint, from: 1, to: 10_000 }),
    ).toBe(2);
    await world.settled();
    expect(typesAt(A, ticket)).toEqual(["SUBMITTED", "REVIEWED", "DECIDED"]);
    expect(await replayDeadLetters(world.ledger, { ...(await system()), target: endpoint })).toBe(0);
    expect(
      (await world.events("SETTINGS_CHANGED")).filter(({ data }) => data.setting === "replay"),
    ).toHaveLength(2);
  });

  it("replays nothing of another workspace, and refuses to replay what nobody chose", async () => {
    await expect(replayDeadLetters(world.ledger, await system())).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
    });
    await expect(replayDeadLetters(world.ledger, { ...(await system()), ids: [] })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
    });
    await expect(
      replayDeadLetters(world.ledger, { ...(await system()), from: 5, to: 4 }),
    ).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
    });
    await expect(
      replayDeadLetters(world.ledger, { ...(await system()), target: "endpoint_foreign" }),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("switches an endpoint off that is gone; switched on again, a replay delivers what was missed", async () => {
    const endpoint = await world.endpoint(A);
    let gone = true;
    world.script = () => (gone ? { outcome: "GONE", problem: "it answered 410", status: 410 } : undefined);
    world.start();
    const ticket = await world.submit("Gone");
    await until(async () => (await world.events("DELIVERY_FAILED")).length === 1);
    await world.decide(ticket);
    await until(async () => (await world.deliveries()).every(({ state }) => state === "DEAD"));
    expect(world.tried).toHaveLength(1);
    const settings = (await world.events("SETTINGS_CHANGED")).filter(
      ({ data }) => data.endpointId === endpoint,
    );
    expect(settings.at(-1)?.data).toMatchObject({ disabled: true });
    gone = false;
    await changeEndpoint(world.ledger, (url) => url, {
      ...(await system()),
      endpointId: endpoint,
      disabled: false,
    });
    await replayDeadLetters(world.ledger, { ...(await system()), target: endpoint });
    await until(() => world.delivered.length === 1);
    const second = await world.submit("After");
    await until(() => typesAt(A, second).length === 1);
  });

  it("drops what waits for an endpoint that is removed, and says so", async () => {
    const endpoint = await world.endpoint(A);
    world.script = () => ({ outcome: "RETRY", problem: "no" });
    world.start({ schedule: [400] });
    await world.submit("Removed");
    await until(async () => (await world.deliveries())[0]?.attempts === 1);
    await removeEndpoint(world.ledger, { ...(await system()), endpointId: endpoint });
    await until(async () => (await world.deliveries()).length === 0);
    expect((await world.events("DELIVERY_FAILED")).at(-1)?.data).toMatchObject({ dropped: true });
  });

  it("signs with both secrets while a rotation overlaps, and with the new one alone afterwards", async () => {
    const endpoint = await world.endpoint(A);
    world.start();
    await world.submit("First");
    await until(() => world.delivered.length === 1);
    const rotate = async (overlapMinutes: number) =>
      rotateEndpointSecret(world.ledger, { ...(await system()), endpointId: endpoint, overlapMinutes });
    const second = await rotate(60);
    await world.submit("Second");
    await until(() => world.delivered.length === 2);
    const third = await rotate(0);
    await world.submit("Third");
    await until(() => world.delivered.length === 3);
    const [a, b, c] = world.delivered.map(({ secrets }) => secrets);
    expect(b).toEqual([second.secret, a?.[0]]);
    expect(c).toEqual([third.secret]);
  });

  it("holds nobody up for an endpoint that hangs", async () => {
    await world.endpoint(A);
    await world.endpoint(B);
    world.script = ({ url }, signal) =>
      url === A
        ? new Promise((resolve) => {
            signal.addEventListener("abort", () => resolve({ outcome: "RETRY", problem: "cut off" }));
          })
        : undefined;
    world.start();
    const tickets: string[] = [];
    for (let at = 0; at < 20; at += 1) tickets.push(await world.submit(`Number ${at}`));
    await until(() => typesAt(B).length === 20);
    expect(world.tried.filter(({ url }) => url === A).length).toBeLessThanOrEqual(4);
  });

  it("goes on where another left off: nothing is lost, and nothing planned twice", async () => {
    await world.endpoint(A);
    const first = world.start();
    await world.submit("While the first works");
    await until(() => world.delivered.length === 1);
    await first.close();
    await world.submit("While nobody does");
    await world.submit("Neither");
    world.start();
    await until(() => world.delivered.length === 3);
    await world.settled();
    expect(new Set(world.delivered.map(({ sequence }) => sequence)).size).toBe(3);
  });

  it("is worked by one server at a time", async () => {
    await world.endpoint(A);
    world.script = async () => {
      await new Promise((resume) => setTimeout(resume, 5));
      return undefined as never;
    };
    const servers = [world.start(), world.start(), world.start()];
    for (let at = 0; at < 30; at += 1) await world.submit(`Number ${at}`);
    for (const server of servers) server.wake();
    await world.settled();
    expect(world.tried).toHaveLength(30);
  });

  it("is taken over when the server that worked it is gone", async () => {
    await world.endpoint(A);
    // A server that died: it holds the lease, and never gives it back.
    const { createLease } = await import("../../src/ledger/lease.js");
    expect(await createLease(world.database, "notify", 1_500).hold()).toBe(true);
    world.start({ leaseMs: 1_500 });
    const ticket = await world.submit("Taken over");
    await until(() => typesAt(A, ticket).length === 1, { timeoutMs: 5_000 });
  });

  it("delivers at least once where it is stopped in the middle of everything", async () => {
    await world.endpoint(A);
    await world.endpoint(B);
    world.script = async () => {
      await new Promise((resume) => setTimeout(resume, Math.random() * 8));
      return Math.random() < 0.3 ? { outcome: "RETRY", problem: "unlucky" } : (undefined as never);
    };
    const tickets: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const notifier = world.start({ schedule: Array.from({ length: 40 }, () => 5) });
      for (let at = 0; at < 4; at += 1) {
        const ticket = await world.submit(`Round ${round}, ${at}`);
        tickets.push(ticket);
        await world.decide(ticket);
      }
      await notifier.close();
    }
    world.start({ schedule: Array.from({ length: 40 }, () => 5) });
    await world.settled();
    for (const url of [A, B]) {
      for (const ticket of tickets) {
        const first = [...new Set(typesAt(url, ticket))];
        expect(first, `${url} ${ticket}`).toEqual(["SUBMITTED", "REVIEWED", "DECIDED"]);
      }
    }
    expect(await world.deliveries()).toEqual([]);
  });
});

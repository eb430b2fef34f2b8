import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../src/domain/principal.js";
import type { ReviewOutcome } from "../../src/domain/ticket-state.js";
import { encodeCursor } from "../../src/ledger/cursor.js";
import { genesisHash } from "../../src/ledger/event-body.js";
import { readHead } from "../../src/ledger/ledger-tail.js";
import type { PushedDecision } from "../../src/ledger/push.js";
import { PushHub } from "../../src/ledger/push-hub.js";
import { createReadRecorder } from "../../src/ledger/read-recorder.js";
import { databases } from "../support/databases.js";
import { openTestLedger, submission, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

describe.each(databases)("the push hub, on $name", (kind) => {
  let test: TestLedger;
  let agent: Actor;
  let otherAgent: Actor;
  let reviewer: Actor;
  let hub: PushHub;
  const hubs: PushHub[] = [];

  const newHub = ({ woken = true, pollMs = 25 } = {}): PushHub => {
    const made = new PushHub({
      database: test.database,
      reads: createReadRecorder(test.ledger, test.database),
      pollMs,
      onError: () => undefined,
    });
    if (woken) test.ledger.onCommit((workspaceId, sequence) => made.wake(workspaceId, sequence));
    hubs.push(made);
    return made;
  };

  beforeAll(async () => {
    test = await openTestLedger(kind);
    agent = await test.actor("agent", "AGENT", ["AGENT"]);
    otherAgent = await test.actor("other agent", "AGENT", ["AGENT"]);
    reviewer = await test.actor("reviewer", "HUMAN", ["REVIEWER"]);
    hub = newHub();
  });
  afterEach(() => {
    for (const extra of hubs.splice(1)) extra.close();
  });
  afterAll(async () => {
    hub.close();
    await test.close();
  });

  const submit = async (title: string, actor = agent): Promise<string> =>
    (await test.ledger.execute({ actor, command: submission(title) })).ticket.state.id;
  const decide = (ticketId: string, outcome: ReviewOutcome = "APPROVED", revision = 1) =>
    test.ledger.execute({
      actor: reviewer,
      ticketId,
      command: { kind: "decide", revision, outcome, comments: "because", amendment: null },
    });
  const all = { ticketId: null, queue: null, after: null };
  const head = async (): Promise<string> => {
    const { sequence, hash } = await readHead(test.database.read, test.workspaceId);
    return encodeCursor(sequence, hash);
  };
  const next = async (iterator: AsyncIterator<PushedDecision>) =>
    (await iterator.next()).value as PushedDecision;

  it("pushes the decision to who waits for it, and ends after a final one", async () => {
    const ticketId = await submit("waited for");
    const stream = await hub.decided({ ...all, actor: agent, ticketId });
    const pushed = stream.next();
    await decide(ticketId);
    expect((await pushed).value).toMatchObject({ ticketId, decision: { status: "APPROVED", revision: 1 } });
    expect((await stream.next()).done).toBe(true);
    expect(hub.size).toBe(0);
  });

  it("delivers at once what is settled already", async () => {
    const ticketId = await submit("settled before");
    await decide(ticketId, "REJECTED");
    const stream = await hub.decided({ ...all, actor: agent, ticketId });
    expect(await next(stream)).toMatchObject({ decision: { status: "REJECTED" } });
  });

  it("goes on after NEEDS_CHANGES to the decision on the next revision", async () => {
    const ticketId = await submit("revised");
    const stream = await hub.decided({ ...all, actor: agent, ticketId });
    await decide(ticketId, "NEEDS_CHANGES");
    expect(await next(stream)).toMatchObject({ decision: { status: "NEEDS_CHANGES", revision: 1 } });
    await test.ledger.execute({
      actor: agent,
      ticketId,
      command: { kind: "resubmit", proposal: submission("revised again").proposal, answers: 1 },
    });
    await decide(ticketId, "APPROVED", 2);
    expect(await next(stream)).toMatchObject({ decision: { status: "APPROVED", revision: 2 } });
  });

  it("loses nothing where subscribing races the decision", async () => {
    for (let round = 0; round < 40; round += 1) {
      const ticketId = await submit(`race ${round}`);
      const [stream] = await Promise.all([hub.decided({ ...all, actor: agent, ticketId }), decide(ticketId)]);
      expect(await next(stream)).toMatchObject({ ticketId, decision: { status: "APPROVED" } });
      expect((await stream.next()).done).toBe(true);
    }
  });

  it("replays everything after a cursor in order and then goes on live, also to one who reads slowly", async () => {
    const after = await head();
    const early: string[] = [];
    for (let index = 0; index < 120; index += 1) early.push(await submit(`early ${index}`));
    await Promise.all(early.map((ticketId) => decide(ticketId)));
    const stream = await hub.decided({ ...all, actor: agent, after });
    const seen: string[] = [];
    for (let index = 0; index < 10; index += 1) seen.push((await next(stream)).ticketId);
    const late = await Promise.all(Array.from({ length: 150 }, (_, index) => submit(`late ${index}`)));
    await Promise.all(late.map((ticketId) => decide(ticketId)));
    while (seen.length < 270) seen.push((await next(stream)).ticketId);
    expect(new Set(seen)).toEqual(new Set([...early, ...late]));
    expect(seen).toHaveLength(270);
    expect(new Set(seen.slice(0, 120))).toEqual(new Set(early));
    await stream.return?.();
  });

  it("resumes from each delivered cursor without loss or doubling", async () => {
    let after = await head();
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => submit(`resumed ${index}`)));
    for (const ticketId of ids) await decide(ticketId);
    const seen: string[] = [];
    while (seen.length < ids.length) {
      const stream = await hub.decided({ ...all, actor: agent, after });
      for (let count = 0; count < 7 && seen.length < ids.length; count += 1) {
        const pushed = await next(stream);
        seen.push(pushed.ticketId);
        after = encodeCursor(pushed.decision.sequence, pushed.decision.hash);
      }
      await stream.return?.();
    }
    expect(seen).toEqual(ids);
  });

  it("pushes what another process commits, which no signal tells it of", async () => {
    const deaf = newHub({ woken: false });
    const ticketId = await submit("decided elsewhere");
    const stream = await deaf.decided({ ...all, actor: agent, ticketId });
    await decide(ticketId);
    expect(await next(stream)).toMatchObject({ ticketId });
  });

  it("tells an agent of its own tickets only, and of another's says NOT_FOUND", async () => {
    const ticketId = await submit("mine");
    await expect(hub.decided({ ...all, actor: otherAgent, ticketId })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(
      hub.changed({ ...all, actor: otherAgent, ticketId: "ticket_nothing" }),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    const stream = await hub.decided({ ...all, actor: otherAgent });
    await decide(ticketId);
    const own = await submit("own", otherAgent);
    await decide(own);
    expect((await next(stream)).ticketId).toBe(own);
    await stream.return?.();
  });

  it("refuses cursors that it cannot honour", async () => {
    const { sequence, hash } = await readHead(test.database.read, test.workspaceId);
    const refused = [
      "",
      "nonsense",
      "x".repeat(100_000),
      encodeCursor(sequence, "f".repeat(64)),
      encodeCursor(sequence + 1_000, hash),
      encodeCursor(0, hash),
      `${encodeCursor(sequence, hash)} `,
    ];
    for (const after of refused) {
      await expect(hub.decided({ ...all, actor: agent, after }), after.slice(0, 40)).rejects.toMatchObject({
        code: "CURSOR_INVALID",
      });
    }
    const beginning = await hub.decided({
      ...all,
      actor: agent,
      after: encodeCursor(0, genesisHash(test.workspaceId)),
    });
    expect((await next(beginning)).decision.sequence).toBeGreaterThan(0);
    await beginning.return?.();
    expect(hub.size).toBe(0);
  });

  it("refuses an unknown queue", async () => {
    await expect(hub.changed({ ...all, actor: reviewer, queue: "nowhere" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { field: "queue" },
    });
  });

  it("pushes what a read that lagged behind the signal did not show at first", async () => {
    let lag = 0;
    const read: typeof test.database.read = {
      query: async (text, values) => {
        const asksForEvents = /FROM audit_event/.test(text) && !/s\.updated_at/.test(text);
        if (asksForEvents && lag > 0) {
          lag -= 1;
          return [];
        }
        return test.database.read.query(text, values);
      },
    };
    const lagging = new PushHub({
      database: { ...test.database, read },
      reads: createReadRecorder(test.ledger, test.database),
      pollMs: 25,
      onError: () => undefined,
    });
    hubs.push(lagging);
    const ticketId = await submit("lagging");
    const stream = await lagging.decided({ ...all, actor: agent, ticketId });
    lag = 4;
    await decide(ticketId);
    expect(await next(stream)).toMatchObject({ ticketId });
    expect(lag).toBe(0);
  });

  it("puts what it pushed on record, once for each reader and state", async () => {
    const ticketId = await submit("recorded");
    await decide(ticketId);
    for (let time = 0; time < 2; time += 1) {
      const stream = await hub.decided({ ...all, actor: agent, ticketId });
      await next(stream);
      await stream.return?.();
    }
    const reads = await test.database.read.query<{ body: string }>(
      "SELECT body FROM audit_event WHERE ticket_id = ? AND type = 'DECISION_READ'",
      [ticketId],
    );
    expect(reads).toHaveLength(1);
    expect(JSON.parse(reads[0]?.body ?? "")).toMatchObject({
      actor: { id: agent.id },
      data: { status: "APPROVED", via: "SUBSCRIPTION" },
    });
  });

  it("tells of every change of a ticket, in order, but not of its being watched", async () => {
    const stream = await hub.changed({ ...all, actor: reviewer, queue: "default" });
    const ticketId = await submit("watched");
    const execute = (command: Parameters<typeof test.ledger.execute>[0]["command"]) =>
      test.ledger.execute({ actor: reviewer, ticketId, command });
    await execute({ kind: "claim" });
    await execute({ kind: "recordRead", revision: 1, status: "PENDING", via: "QUERY" });
    await execute({ kind: "comment", body: "hm" });
    await decide(ticketId);
    const types: string[] = [];
    while (types.at(-1) !== "DECIDED")
      types.push(((await stream.next()).value as { event: { type: string } }).event.type);
    expect(types).toEqual(["SUBMITTED", "CLAIMED", "COMMENTED", "REVIEWED", "DECIDED"]);
    await stream.return?.();
  });

  it("lets go of a subscriber that leaves while it waits, and of the workspace with the last one", async () => {
    const ticketId = await submit("left");
    const stream = await hub.decided({ ...all, actor: agent, ticketId });
    const waiting = stream.next();
    await stream.return?.();
    expect((await waiting).done).toBe(true);
    await until(() => hub.size === 0);
    const again = await hub.decided({ ...all, actor: agent, ticketId });
    await decide(ticketId);
    expect(await next(again)).toMatchObject({ ticketId });
  });
});

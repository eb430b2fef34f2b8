import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import type { Actor } from "../../src/domain/principal.js";
import { startDenialRecorder } from "../../src/ledger/denial-recorder.js";
import type { Ledger } from "../../src/ledger/ledger.js";
import { databases } from "../support/databases.js";
import { openTestLedger, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

const MINUTE = 60_000;

describe.each(databases)("denials on record, on $name", (kind) => {
  let test: TestLedger;
  let people = 0;
  beforeAll(async () => {
    test = await openTestLedger(kind);
  });
  afterAll(() => test.close());

  const someone = (): Promise<Actor> => {
    people += 1;
    return test.actor(`somebody ${people}`, "HUMAN", ["REVIEWER"]);
  };
  const eventsOf = async ({ id }: Actor): Promise<Record<string, unknown>[]> => {
    const rows = await test.database.read.query<{ body: string }>(
      "SELECT body FROM audit_event WHERE type = 'ACCESS_DENIED' AND actor_id = ? ORDER BY sequence",
      [id],
    );
    return rows.map(({ body }) => JSON.parse(body).data);
  };
  const fails = (error: unknown): void => {
    throw error;
  };

  it("come within moments, repetitions gathered in one event a minute with their number and first and last time", async () => {
    const actor = await someone();
    let clock = Date.parse("2026-01-01T00:00:00.000Z");
    const recorder = startDenialRecorder(test.ledger, fails, () => clock);
    const denial = { code: "FORBIDDEN", operation: "Mutation.inviteMember" } as const;
    recorder.note(actor, denial);
    await until(async () => (await eventsOf(actor)).length === 1);
    for (let second = 1; second <= 50; second += 1) {
      clock += 1_000;
      recorder.note(actor, denial);
    }
    recorder.note(actor, { ...denial, code: "NOT_FOUND" });
    await until(async () => (await eventsOf(actor)).length === 2);
    expect((await eventsOf(actor)).map(({ code, count }) => [code, count])).toEqual([
      ["FORBIDDEN", 1],
      ["NOT_FOUND", 1],
    ]);
    clock += MINUTE;
    await until(async () => (await eventsOf(actor)).length === 3);
    expect((await eventsOf(actor))[2]).toEqual({
      code: "FORBIDDEN",
      operation: "Mutation.inviteMember",
      count: 50,
      firstAt: "2026-01-01T00:00:01.000Z",
      lastAt: "2026-01-01T00:00:50.000Z",
    });
    clock += 10 * MINUTE;
    await recorder.close();
    expect(await eventsOf(actor)).toHaveLength(3);
  });

  it("are written when the server stops, with the tickets that they were about, ten at most", async () => {
    const actor = await someone();
    const recorder = startDenialRecorder(test.ledger, fails, () => 0);
    const operation = "Mutation.decideTicket";
    for (let index = 0; index < 25; index += 1)
      recorder.note(actor, { code: "OWN_SUBMISSION", operation, ticketId: `ticket_${index % 12}` });
    await recorder.close();
    const [event, ...more] = await eventsOf(actor);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ code: "OWN_SUBMISSION", operation, count: 25 });
    expect(event?.["ticketIds"]).toEqual(Array.from({ length: 10 }, (_, index) => `ticket_${index}`));
  });

  it("are tried again after a failed write, and none is lost or counted twice", async () => {
    const actor = await someone();
    let failures = 2;
    const failed: unknown[] = [];
    const ledger: Ledger = {
      execute: (request) => test.ledger.execute(request),
      onCommit: (listener) => test.ledger.onCommit(listener),
      close: async () => undefined,
      change: async (change) => {
        failures -= 1;
        if (failures >= 0) throw new DomainError("UNAVAILABLE", "The database is away.");
        return test.ledger.change(change);
      },
    };
    const recorder = startDenialRecorder(ledger, (error) => failed.push(error));
    for (let index = 0; index < 3; index += 1)
      recorder.note(actor, { code: "NOT_FOUND", operation: "Query.ticket" });
    await until(async () => (await eventsOf(actor)).length === 1);
    await recorder.close();
    expect(failed).toHaveLength(2);
    expect((await eventsOf(actor)).map(({ count }) => count)).toEqual([3]);
  });

  it("of one principal do not hold up another's where one of them cannot be written", async () => {
    const [stuck, fine] = [await someone(), await someone()];
    const failed: unknown[] = [];
    const ledger: Ledger = {
      execute: (request) => test.ledger.execute(request),
      onCommit: (listener) => test.ledger.onCommit(listener),
      close: async () => undefined,
      change: async (change) => {
        if (change.actor.id === stuck.id) throw new Error("never");
        return test.ledger.change(change);
      },
    };
    const recorder = startDenialRecorder(ledger, (error) => failed.push(error));
    for (const actor of [stuck, fine])
      recorder.note(actor, { code: "FORBIDDEN", operation: "Query.members" });
    await recorder.close();
    expect(failed).not.toEqual([]);
    expect(await eventsOf(fine)).toHaveLength(1);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalText } from "../../src/domain/proposal.js";
import type { EventRow } from "../../src/persistence/rows.js";
import { databases } from "../support/databases.js";
import { Tampering } from "./audit-tampering.js";

type Body = Record<string, Record<string, unknown>> & { revision: number };

/** What somebody might write into the record themselves, and what is wrong with it. */
const FORGED: readonly (readonly [string, (body: Body) => void, string])[] = [
  ["by an agent", ({ actor }) => Object.assign(actor!, { kind: "AGENT" }), "human"],
  ["until no time", ({ data }) => Object.assign(data!, { until: "later" }), "data"],
  ["until a number", ({ data }) => Object.assign(data!, { until: 4_000_000_000_000 }), "data"],
  ["for years", ({ data }) => Object.assign(data!, { until: "2999-01-01T00:00:00.000Z" }), "limit"],
  ["of a revision that is not the current one", (body) => Object.assign(body, { revision: 2 }), "revision 2"],
];

describe.each(databases)("audit verify finds, of what was put aside, on $name,", (kind) => {
  let its: Tampering;
  beforeAll(async () => {
    its = await Tampering.open(kind);
  });
  afterAll(() => its.close());

  /** What somebody writes who also makes the columns and the chain fit. */
  const forge = (target: EventRow, change: (body: Body) => void) => {
    const body = JSON.parse(target.body);
    change(body);
    return its.verdictAfter(async () => {
      await its.rewrite(target.sequence, canonicalText(body));
      await its.set("audit_event", "actor_id", body.actor.id, "sequence = ?", target.sequence);
      await its.set("audit_event", "revision", body.revision, "sequence = ?", target.sequence);
    });
  };
  const actorOf = (ticket: "approved" | "pending", type: string): Record<string, unknown> =>
    JSON.parse(its.event(ticket, type).body).actor;

  it("nothing where all is as it was", async () => {
    expect(await its.verify()).toMatchObject({ ok: true });
  });

  it.each(FORGED)("a SNOOZED %s", async (_, change, reason) => {
    const target = its.event("pending", "SNOOZED");
    const verdict = await forge(target, change);
    expect(verdict).toMatchObject({
      ok: false,
      sequence: target.sequence,
      reason: expect.stringContaining(reason),
    });
  });

  it("a SNOOZED of who submitted or reviewed it", async () => {
    const target = its.event("pending", "SNOOZED");
    for (const type of ["SUBMITTED", "REVIEWED"]) {
      const { id } = actorOf("pending", type);
      const verdict = await forge(target, ({ actor }: Body) => {
        Object.assign(actor!, { id });
      });
      expect(verdict).toMatchObject({
        ok: false,
        sequence: target.sequence,
        reason: expect.stringMatching(/human|nothing to put aside/),
      });
    }
  });

  it("an UNSNOOZED of what nobody had put aside", async () => {
    const target = its.event("byNamedAgent", "UNSNOOZED");
    const verdict = await forge(target, ({ data }: Body) => {
      Object.assign(data!, { principalId: actorOf("approved", "REVIEWED").id });
    });
    expect(verdict).toMatchObject({
      ok: false,
      sequence: target.sequence,
      reason: expect.stringContaining("put the ticket aside"),
    });
  });

  it("an UNSNOOZED by a machine", async () => {
    const target = its.event("byNamedAgent", "UNSNOOZED");
    const verdict = await forge(target, ({ actor }: Body) => {
      Object.assign(actor!, { kind: "AGENT" });
    });
    expect(verdict).toMatchObject({
      ok: false,
      sequence: target.sequence,
      reason: expect.stringContaining("human"),
    });
  });
});

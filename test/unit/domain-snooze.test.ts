import { beforeEach, describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import { sleepsUntil } from "../../src/domain/snooze.js";
import { CLAIM_MS, machine, NOW, person, text, timer, World } from "../support/domain-world.js";

const ann = person("ann");
const bob = person("bob");
const agent = machine("agent");
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

let world: World;
beforeEach(() => {
  world = new World();
  for (const one of [ann, bob]) world.principals.set(one.id, one);
  world.submit(agent, { approvalsRequired: 2, expiresAt: NOW + 10 * HOUR });
});

const putAside = (actor = ann, { until = NOW + HOUR, revision = null as number | null } = {}) =>
  world.run(actor, { kind: "snooze", until, revision });
const wake = (actor = ann) => world.run(actor, { kind: "unsnooze" });
const sleep = (id = "ann") => {
  if (world.state === undefined) throw new Error("there is no ticket");
  return sleepsUntil(world.snoozes.get(id), world.state, world.now);
};
const resubmit = () => world.run(agent, { kind: "resubmit", proposal: text("second"), answers: null });
const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

describe("putting a ticket aside", () => {
  it("leaves the ticket as it was, to the last member, and is nobody else's", () => {
    const before = world.state;
    expect(putAside()).toMatchObject([
      {
        type: "SNOOZED",
        revision: 1,
        actor: { id: "ann" },
        data: { until: new Date(NOW + HOUR).toISOString() },
      },
    ]);
    expect(world.state).toBe(before);
    expect(sleep()).toBe(NOW + HOUR);
    expect(sleep("bob")).toBeNull();
    expect(world.code(() => world.decide(bob, "APPROVED"))).toBe("done");
  });

  it("lapses at its time, to the millisecond", () => {
    putAside();
    world.now = NOW + HOUR - 1;
    expect(sleep()).toBe(NOW + HOUR);
    world.now += 1;
    expect(sleep()).toBeNull();
    expect(wake()).toEqual([]);
  });

  it("may be done again, for longer or for shorter", () => {
    putAside();
    putAside(ann, { until: NOW + 2 * HOUR });
    expect(sleep()).toBe(NOW + 2 * HOUR);
    putAside(ann, { until: NOW + 1 });
    expect(sleep()).toBe(NOW + 1);
  });

  it("ends with the revision: a new one is another thing to look at", () => {
    putAside();
    resubmit();
    expect(sleep()).toBeNull();
    expect(wake()).toEqual([]);
  });

  it.each(["REJECTED", "NEEDS_CHANGES"] as const)("ends when the ticket becomes %s", (outcome) => {
    putAside();
    world.decide(bob, outcome);
    expect(sleep()).toBeNull();
    expect(wake()).toEqual([]);
  });

  it("is ended by waking it, once", () => {
    putAside();
    const before = world.state;
    expect(wake()).toMatchObject([{ type: "UNSNOOZED", data: { principalId: "ann" } }]);
    expect(world.state).toBe(before);
    expect(sleep()).toBeNull();
    expect(wake()).toEqual([]);
  });

  it("does not keep its reviewer from deciding", () => {
    putAside();
    expect(types(world.decide(ann, "APPROVED"))).toEqual(["REVIEWED"]);
  });
});

describe("putting aside what somebody holds", () => {
  it("gives back what is one's own, by claim or by assignment", () => {
    world.run(ann, { kind: "claim" });
    expect(putAside()).toMatchObject([
      { type: "RELEASED", data: { assigneeId: "ann" } },
      { type: "SNOOZED" },
    ]);
    expect(world.state).toMatchObject({ assigneeId: null, claimedUntil: null });
    world.run(bob, { kind: "assign", assigneeId: "ann" });
    expect(types(putAside())).toEqual(["RELEASED", "SNOOZED"]);
  });

  it("releases nothing where the claim has lapsed, or is another's", () => {
    world.run(ann, { kind: "claim" });
    world.now += CLAIM_MS;
    expect(types(putAside(ann, { until: world.now + HOUR }))).toEqual(["SNOOZED"]);
    world.run(bob, { kind: "claim" });
    expect(types(putAside(ann, { until: world.now + HOUR }))).toEqual(["SNOOZED"]);
    expect(world.state?.assigneeId).toBe("bob");
  });

  it("is over for who claims it, or is given it", () => {
    putAside();
    expect(types(world.run(ann, { kind: "claim" }))).toEqual(["CLAIMED", "UNSNOOZED"]);
    world.run(ann, { kind: "release" });
    putAside();
    expect(world.run(bob, { kind: "assign", assigneeId: "ann" })).toMatchObject([
      { type: "ASSIGNED" },
      { type: "UNSNOOZED", actor: { id: "bob" }, data: { principalId: "ann" } },
    ]);
    expect(sleep()).toBeNull();
  });

  it("goes on while others claim it", () => {
    putAside();
    expect(types(world.run(bob, { kind: "claim" }))).toEqual(["CLAIMED"]);
    expect(sleep()).toBe(NOW + HOUR);
  });
});

describe("a refusal to put aside", () => {
  const refusal = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      if (error instanceof DomainError) return [error.code, error.details.field];
      throw error;
    }
    return ["done"];
  };

  it.each([
    ["in the past", NOW - 1],
    ["now", NOW],
    ["beyond a year", NOW + YEAR + 1],
  ])("answers a time %s, naming the field", (_, until) => {
    expect(refusal(() => putAside(ann, { until }))).toEqual(["BAD_USER_INPUT", "until"]);
    expect(sleep()).toBeNull();
  });

  it("does not answer a time that is the nearest or the farthest", () => {
    expect(refusal(() => putAside(ann, { until: NOW + 1 }))).toEqual(["done"]);
    expect(refusal(() => putAside(ann, { until: NOW + YEAR }))).toEqual(["done"]);
  });

  it.each([
    ["an agent", agent],
    ["an auditor", person("eve", ["AUDITOR"])],
    ["an admin", person("eve", ["ADMIN"])],
    ["Countersign itself", timer],
  ])("answers %s, who cannot wake it either", (_, actor) => {
    expect(refusal(() => putAside(actor))[0]).toBe("FORBIDDEN");
    expect(refusal(() => wake(actor))[0]).toBe("FORBIDDEN");
  });

  it("answers who cannot see the ticket as if there were none", () => {
    expect(refusal(() => putAside(person("eve", ["REVIEWER"], ["loans"])))[0]).toBe("NOT_FOUND");
  });

  it("answers who has nothing to decide: who submitted or reviewed it", () => {
    world.decide(ann, "APPROVED");
    expect(refusal(() => putAside())[0]).toBe("ALREADY_REVIEWED");
    const own = new World();
    own.submit({ ...agent, onBehalfOf: "ann" });
    expect(refusal(() => own.run(ann, { kind: "snooze", until: NOW + HOUR, revision: 1 }))[0]).toBe(
      "OWN_SUBMISSION",
    );
  });

  it("says first that the ticket is settled, then that there is another revision, and only then what is wrong with the time", () => {
    const bad = { until: NOW - 1, revision: 7 };
    expect(refusal(() => putAside(ann, bad))[0]).toBe("STALE_REVISION");
    expect(refusal(() => putAside(ann, { ...bad, revision: 1 }))[0]).toBe("BAD_USER_INPUT");
    world.now = NOW + 10 * HOUR;
    expect(refusal(() => putAside(ann, bad))[0]).toBe("NOT_PENDING");
    world.now = NOW;
    world.decide(bob, "REJECTED");
    expect(refusal(() => putAside(ann, bad))[0]).toBe("ALREADY_DECIDED");
  });
});

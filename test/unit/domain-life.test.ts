import { beforeEach, describe, expect, it } from "vitest";
import { cannotDecideReasons } from "../../src/domain/eligibility.js";
import { CLAIM_MS, machine, NOW, person, text, timer, World } from "../support/domain-world.js";

const agent = machine("agent");
const ann = person("ann");
const bob = person("bob");
const cyd = person("cyd");

describe("a ticket's life", () => {
  let world: World;
  const types = () => world.events.map((event) => event.type);

  beforeEach(() => {
    world = new World();
  });

  it("goes from a submission to one reviewer's approval", () => {
    world.submit(agent);
    world.decide(ann, "APPROVED");
    expect(types()).toEqual(["SUBMITTED", "REVIEWED", "DECIDED"]);
    expect(world.state).toMatchObject({
      status: "APPROVED",
      decision: { decidedBy: { id: "ann" }, revision: 1, sequence: 3 },
    });
  });

  it("is never signed off by the human who submitted it, not even after somebody else's edits", () => {
    const author = { ...person("author"), roles: ["AGENT", "REVIEWER"] as const };
    world.submit(author, { approvalsRequired: 2 });
    world.decide(ann, "APPROVED", { amendment: "edited" });
    expect(world.state).toMatchObject({ revision: 2, revisionBy: "ann", status: "PENDING" });
    expect(world.code(() => world.decide(author, "APPROVED"))).toBe("OWN_SUBMISSION");
    world.decide(bob, "APPROVED");
    expect(world.state?.status).toBe("APPROVED");
  });

  it.each(["REJECTED", "NEEDS_CHANGES"] as const)(
    "is settled by one %s, however many approvals are required",
    (outcome) => {
      world.submit(agent, { approvalsRequired: 3 });
      world.decide(ann, "APPROVED");
      world.decide(bob, outcome);
      expect(world.state?.status).toBe(outcome);
      const decided = world.events.at(-1);
      expect(decided?.data).toMatchObject({
        reviews: [{ reviewer: { id: "ann" } }, { reviewer: { id: "bob" }, outcome }],
      });
    },
  );

  it("needs the larger of the queue's minimum and the submission's approvals, of different people", () => {
    world.submit(agent, { queue: "loans", approvalsRequired: 1 });
    expect(world.state?.approvalsRequired).toBe(2);
    world.decide(ann, "APPROVED");
    expect(world.state?.status).toBe("PENDING");
    expect(world.code(() => world.decide(ann, "APPROVED"))).toBe("ALREADY_REVIEWED");
    expect(world.code(() => world.decide(ann, "REJECTED"))).toBe("ALREADY_REVIEWED");
    world.decide(bob, "APPROVED");
    expect(world.state?.status).toBe("APPROVED");
  });

  it("voids earlier approvals with a new revision", () => {
    world.submit(agent, { approvalsRequired: 2 });
    world.decide(ann, "APPROVED");
    world.run(agent, { kind: "resubmit", proposal: text("second"), answers: 1 });
    expect(world.state).toMatchObject({ revision: 2, counted: [], status: "PENDING" });
    world.decide(bob, "APPROVED");
    expect(world.state?.status).toBe("PENDING");
    world.decide(ann, "APPROVED");
    expect(world.state?.status).toBe("APPROVED");
  });

  it("takes a resubmission only while pending or after NEEDS_CHANGES", () => {
    const again = () => world.run(agent, { kind: "resubmit", proposal: text("again"), answers: null });
    world.submit(agent);
    expect(world.code(again)).toBe("done");
    world.decide(ann, "NEEDS_CHANGES");
    expect(world.code(again)).toBe("done");
    expect(world.state).toMatchObject({ revision: 3, status: "PENDING", decision: null });
    world.decide(ann, "APPROVED");
    expect(world.code(again)).toBe("ALREADY_DECIDED");
  });

  it("refuses a resubmission that answers another revision than the current one", () => {
    world.submit(agent);
    world.decide(ann, "NEEDS_CHANGES");
    world.run(agent, { kind: "resubmit", proposal: text("second"), answers: 1 });
    expect(
      world.code(() => world.run(agent, { kind: "resubmit", proposal: text("third"), answers: 1 })),
    ).toBe("STALE_REVISION");
  });

  it("makes an amendment the next revision, on which the reviewer's approval counts and earlier ones do not", () => {
    world.submit(agent, { approvalsRequired: 2 });
    world.decide(ann, "APPROVED");
    world.decide(bob, "APPROVED", { amendment: "edited" });
    expect(world.state).toMatchObject({
      revision: 2,
      revisionBy: "bob",
      status: "PENDING",
      counted: [{ reviewer: { id: "bob" } }],
    });
    expect(world.code(() => world.decide(bob, "APPROVED"))).toBe("ALREADY_REVIEWED");
    world.decide(ann, "APPROVED");
    expect(world.state?.status).toBe("APPROVED");
    expect(world.state?.digest).toBe(text("edited").digest);
    expect(world.events.at(-1)?.data).toMatchObject({
      digest: text("edited").digest,
      reviews: [
        { reviewer: { id: "bob" }, sequence: 4 },
        { reviewer: { id: "ann" }, sequence: 5 },
      ],
    });
  });

  it("does not let who amended approve again after taking the approval back", () => {
    world.submit(agent, { approvalsRequired: 2 });
    world.decide(bob, "APPROVED", { amendment: "edited" });
    world.run(bob, { kind: "retract", revision: 2 });
    expect(world.code(() => world.decide(bob, "APPROVED"))).toBe("OWN_SUBMISSION");
    expect(world.code(() => world.decide(bob, "APPROVED", { amendment: "edited once more" }))).toBe(
      "OWN_SUBMISSION",
    );
  });

  it("refuses an amendment with anything but APPROVED, and one that changes nothing", () => {
    world.submit(agent);
    for (const outcome of ["REJECTED", "NEEDS_CHANGES"] as const) {
      expect(world.code(() => world.decide(ann, outcome, { amendment: "edited" }))).toBe("BAD_USER_INPUT");
    }
    expect(world.code(() => world.decide(ann, "APPROVED", { amendment: "first" }))).toBe("BAD_USER_INPUT");
  });

  it("lets a reviewer take an approval back while it is pending, and review again", () => {
    world.submit(agent, { approvalsRequired: 2 });
    world.decide(ann, "APPROVED");
    world.run(ann, { kind: "retract", revision: 1 });
    expect(world.state?.counted).toEqual([]);
    expect(world.code(() => world.run(ann, { kind: "retract", revision: 1 }))).toBe("BAD_USER_INPUT");
    world.decide(ann, "REJECTED");
    expect(world.code(() => world.run(ann, { kind: "retract", revision: 1 }))).toBe("ALREADY_DECIDED");
  });

  it("wants comments with NEEDS_CHANGES", () => {
    world.submit(agent);
    expect(world.code(() => world.decide(ann, "NEEDS_CHANGES", { comments: "  \n" }))).toBe("BAD_USER_INPUT");
    expect(world.code(() => world.decide(ann, "REJECTED", { comments: "" }))).toBe("done");
  });

  it("is withdrawn by its submitter alone, while pending", () => {
    world.submit(agent);
    expect(world.code(() => world.run(ann, { kind: "withdraw", reason: null }))).toBe("FORBIDDEN");
    world.run(agent, { kind: "withdraw", reason: "obsolete" });
    expect(world.state).toMatchObject({ status: "WITHDRAWN", decision: { comments: "obsolete" } });
    expect(world.code(() => world.decide(ann, "APPROVED"))).toBe("NOT_PENDING");
  });

  it("expires at its deadline, once, and takes no decision from that instant on", () => {
    world.submit(agent, { expiresAt: NOW + 1_000 });
    expect(world.run(timer, { kind: "expire" })).toEqual([]);
    world.now = NOW + 999;
    expect(world.code(() => world.run(ann, { kind: "claim" }))).toBe("done");
    world.now = NOW + 1_000;
    expect(world.code(() => world.decide(ann, "APPROVED"))).toBe("NOT_PENDING");
    expect(
      world.code(() => world.run(agent, { kind: "resubmit", proposal: text("late"), answers: null })),
    ).toBe("NOT_PENDING");
    expect(world.run(timer, { kind: "expire" })).toHaveLength(1);
    expect(world.run(timer, { kind: "expire" })).toEqual([]);
    expect(world.state).toMatchObject({ status: "EXPIRED", assigneeId: null });
    expect(world.code(() => world.run(ann, { kind: "expire" }))).toBe("FORBIDDEN");
  });

  it("does not expire while changes are awaited, and cannot be resubmitted after the deadline", () => {
    world.submit(agent, { expiresAt: NOW + 1_000 });
    world.decide(ann, "NEEDS_CHANGES");
    world.now = NOW + 2_000;
    expect(world.run(timer, { kind: "expire" })).toEqual([]);
    expect(world.code(() => world.run(agent, { kind: "resubmit", proposal: text("late"), answers: 1 }))).toBe(
      "NOT_PENDING",
    );
  });

  it("is held by whoever claimed it until the claim lapses or its holder reviews", () => {
    world.submit(agent, { approvalsRequired: 2 });
    world.run(ann, { kind: "claim" });
    expect(world.code(() => world.decide(bob, "APPROVED"))).toBe("CLAIMED_BY_ANOTHER");
    expect(world.code(() => world.run(bob, { kind: "claim" }))).toBe("CLAIMED_BY_ANOTHER");
    expect(world.code(() => world.run(bob, { kind: "release" }))).toBe("CLAIMED_BY_ANOTHER");
    world.now += CLAIM_MS;
    world.run(bob, { kind: "claim" });
    world.decide(bob, "APPROVED");
    expect(world.state?.assigneeId).toBeNull();
    world.run(ann, { kind: "claim" });
    world.run(ann, { kind: "release" });
    expect(world.run(ann, { kind: "release" })).toEqual([]);
    world.decide(cyd, "APPROVED");
    expect(world.state?.status).toBe("APPROVED");
  });

  it("is assigned only to somebody who can decide, and an assignment does not lapse", () => {
    for (const one of [
      ann,
      bob,
      machine("robot", ["REVIEWER"]),
      person("elsewhere", ["REVIEWER"], ["loans"]),
      agent,
    ]) {
      world.principals.set(one.id, one);
    }
    world.submit(agent);
    const assign = (assigneeId: string) => world.code(() => world.run(ann, { kind: "assign", assigneeId }));
    expect(assign("nobody")).toBe("BAD_USER_INPUT");
    expect(assign("robot")).toBe("BAD_USER_INPUT");
    expect(assign("elsewhere")).toBe("BAD_USER_INPUT");
    expect(assign("agent")).toBe("BAD_USER_INPUT");
    expect(assign("bob")).toBe("done");
    world.now += 100 * CLAIM_MS;
    expect(world.code(() => world.decide(ann, "APPROVED"))).toBe("CLAIMED_BY_ANOTHER");
    expect(world.code(() => world.run(person("boss", ["ADMIN"]), { kind: "release" }))).toBe("done");
    expect(world.code(() => world.decide(ann, "APPROVED"))).toBe("done");
  });

  it("is never decided by a machine, a submitter, an auditor or a reviewer of another queue", () => {
    const both = person("both", ["AGENT", "REVIEWER"]);
    world.submit(both);
    expect(world.code(() => world.decide(both, "APPROVED"))).toBe("OWN_SUBMISSION");
    expect(world.code(() => world.decide(both, "APPROVED", { amendment: "own edit" }))).toBe(
      "OWN_SUBMISSION",
    );
    expect(world.code(() => world.decide(machine("robot", ["REVIEWER"]), "APPROVED"))).toBe("NOT_FOUND");
    expect(world.code(() => world.decide(machine("robot", ["REVIEWER", "AUDITOR"]), "APPROVED"))).toBe(
      "FORBIDDEN",
    );
    expect(world.code(() => world.decide(person("auditor", ["AUDITOR"]), "APPROVED"))).toBe("FORBIDDEN");
    expect(world.code(() => world.decide(person("admin", ["ADMIN"]), "APPROVED"))).toBe("FORBIDDEN");
    expect(world.code(() => world.decide(timer, "APPROVED"))).toBe("FORBIDDEN");
    expect(world.code(() => world.decide(person("far", ["REVIEWER"], ["loans"]), "APPROVED"))).toBe(
      "NOT_FOUND",
    );
    expect(world.state?.status).toBe("PENDING");
  });

  it("refuses in the agreed order: who, then whether it is open, then which revision, then the rest", () => {
    world.submit(agent);
    world.run(ann, { kind: "claim" });
    world.run(agent, { kind: "resubmit", proposal: text("second"), answers: null });
    const stale = { revision: 1, comments: "" };
    expect(world.code(() => world.decide(machine("stranger"), "NEEDS_CHANGES", stale))).toBe("NOT_FOUND");
    expect(world.code(() => world.decide(agent, "NEEDS_CHANGES", stale))).toBe("FORBIDDEN");
    expect(world.code(() => world.decide(bob, "NEEDS_CHANGES", stale))).toBe("STALE_REVISION");
    expect(world.code(() => world.decide(bob, "NEEDS_CHANGES", { comments: "" }))).toBe("CLAIMED_BY_ANOTHER");
    expect(world.code(() => world.decide(ann, "NEEDS_CHANGES", { comments: "" }))).toBe("BAD_USER_INPUT");
    world.decide(ann, "APPROVED");
    expect(world.code(() => world.decide(bob, "NEEDS_CHANGES", stale))).toBe("ALREADY_DECIDED");
  });

  it("takes comments from its submitter and its reviewers, also when it is settled", () => {
    world.submit(agent);
    const comment = (actor = agent) => world.code(() => world.run(actor, { kind: "comment", body: "hm" }));
    expect(comment()).toBe("done");
    expect(comment(ann)).toBe("done");
    expect(comment(machine("stranger"))).toBe("NOT_FOUND");
    expect(comment(person("auditor", ["AUDITOR"]))).toBe("FORBIDDEN");
    world.decide(ann, "APPROVED");
    expect(comment()).toBe("done");
  });

  it("is submitted by agents, into queues that exist, with a deadline ahead", () => {
    expect(world.code(() => world.submit(ann))).toBe("FORBIDDEN");
    expect(world.code(() => world.submit(agent, { queue: "nowhere" }))).toBe("BAD_USER_INPUT");
    expect(world.code(() => world.submit(agent, { expiresAt: NOW }))).toBe("BAD_USER_INPUT");
    expect(world.code(() => world.submit(agent, { expiresAt: NOW + 1 }))).toBe("done");
  });

  it("says everything that keeps somebody from deciding", () => {
    world.submit(agent);
    world.run(ann, { kind: "claim" });
    const reasons = (actor = bob) => cannotDecideReasons(actor, world.state as never, world.now);
    expect(reasons(ann)).toEqual([]);
    expect(reasons(bob)).toEqual(["CLAIMED_BY_ANOTHER"]);
    expect(reasons(agent)).toEqual(["NOT_A_REVIEWER", "OWN_SUBMISSION", "CLAIMED_BY_ANOTHER"]);
    expect(reasons(person("far", ["REVIEWER"], ["loans"]))).toEqual(["NOT_IN_QUEUE", "CLAIMED_BY_ANOTHER"]);
    world.decide(ann, "APPROVED");
    expect(reasons(ann)).toEqual(["ALREADY_REVIEWED", "NOT_PENDING"]);
  });
});

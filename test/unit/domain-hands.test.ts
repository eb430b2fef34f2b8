import { beforeEach, describe, expect, it } from "vitest";
import { cannotDecideReasons } from "../../src/domain/eligibility.js";
import type { Actor } from "../../src/domain/principal.js";
import { machine, person, text, timer, World } from "../support/domain-world.js";

const ann = person("ann");
const bob = person("bob");
const agent = machine("agent");

let world: World;
beforeEach(() => {
  world = new World();
  for (const one of [ann, bob]) world.principals.set(one.id, one);
});

describe("a release by Countersign itself", () => {
  const release = () => world.run(timer, { kind: "release" });
  const become = (changed: Actor | undefined) => {
    if (changed === undefined) world.principals.delete("ann");
    else world.principals.set("ann", changed);
  };

  it.each([
    ["was removed", undefined],
    ["is no reviewer any more", person("ann", ["AUDITOR"])],
    ["works in other queues", person("ann", ["REVIEWER"], ["loans"])],
  ])("takes a ticket out of the hands of who %s", (_, changed) => {
    world.submit(agent);
    world.run(bob, { kind: "assign", assigneeId: "ann" });
    become(changed);
    expect(release()).toMatchObject([
      { type: "RELEASED", data: { assigneeId: "ann" }, actor: { kind: "SYSTEM" } },
    ]);
    expect(world.state).toMatchObject({ assigneeId: null, claimedUntil: null, status: "PENDING" });
    expect(release()).toEqual([]);
    expect(world.code(() => world.decide(bob, "APPROVED"))).toBe("done");
  });

  it("leaves it to who may review it, also where it was given to them meanwhile", () => {
    world.submit(agent);
    world.run(bob, { kind: "assign", assigneeId: "ann" });
    expect(release()).toEqual([]);
    become(undefined);
    world.run(bob, { kind: "assign", assigneeId: "bob" });
    expect(release()).toEqual([]);
    expect(world.state?.assigneeId).toBe("bob");
  });

  it("is nobody else's right: an agent may not, and another reviewer only what is theirs", () => {
    world.submit(agent);
    world.run(bob, { kind: "assign", assigneeId: "ann" });
    become(undefined);
    expect(world.code(() => world.run(agent, { kind: "release" }))).toBe("FORBIDDEN");
    expect(world.code(() => world.run(bob, { kind: "release" }))).toBe("CLAIMED_BY_ANOTHER");
  });
});

describe("the human behind an agent's key", () => {
  const annsAgent: Actor = { ...agent, onBehalfOf: "ann" };
  const reasons = (actor: Actor) => cannotDecideReasons(actor, world.state as never, world.now);

  it("is on record with the submission, and cannot review it", () => {
    const [submitted] = world.submit(annsAgent);
    expect(submitted?.data).toMatchObject({ onBehalfOf: "ann" });
    expect(reasons(ann)).toEqual(["OWN_SUBMISSION"]);
    expect(world.code(() => world.run(ann, { kind: "claim" }))).toBe("OWN_SUBMISSION");
    expect(world.code(() => world.run(bob, { kind: "assign", assigneeId: "ann" }))).toBe("BAD_USER_INPUT");
    expect(world.code(() => world.decide(ann, "REJECTED"))).toBe("OWN_SUBMISSION");
    expect(world.code(() => world.decide(ann, "APPROVED", { amendment: "mine" }))).toBe("OWN_SUBMISSION");
    expect(world.code(() => world.decide(bob, "APPROVED"))).toBe("done");
  });

  it("is not there where the key names nobody, and the event does not mention it", () => {
    const [submitted] = world.submit(agent);
    expect(submitted?.data).not.toHaveProperty("onBehalfOf");
    expect(reasons(ann)).toEqual([]);
  });

  it("stays, whatever key the next revision comes with, until that names another", () => {
    world.submit(annsAgent);
    world.run(agent, { kind: "resubmit", proposal: text("second"), answers: null });
    expect(reasons(ann)).toEqual(["OWN_SUBMISSION"]);
    world.run({ ...agent, onBehalfOf: "bob" }, { kind: "resubmit", proposal: text("third"), answers: null });
    expect(reasons(bob)).toEqual(["OWN_SUBMISSION"]);
  });

  it("stays after another's amendment, and may not give the second approval", () => {
    world.submit(annsAgent, { approvalsRequired: 2 });
    world.decide(bob, "APPROVED", { amendment: "amended" });
    expect(world.state).toMatchObject({ revision: 2, status: "PENDING" });
    expect(world.code(() => world.decide(ann, "APPROVED"))).toBe("OWN_SUBMISSION");
    expect(world.code(() => world.decide(person("third"), "APPROVED"))).toBe("done");
    expect(world.state?.status).toBe("APPROVED");
  });

  it("loses an approval that they gave before a resubmission named them", () => {
    world.submit(agent, { approvalsRequired: 2 });
    world.decide(ann, "APPROVED");
    world.run(annsAgent, { kind: "resubmit", proposal: text("second"), answers: null });
    expect(world.state?.counted).toEqual([]);
    expect(world.code(() => world.run(ann, { kind: "retract", revision: 2 }))).not.toBe("done");
    expect(world.code(() => world.decide(ann, "APPROVED"))).toBe("OWN_SUBMISSION");
  });
});

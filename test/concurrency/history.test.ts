import { beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { linearize } from "../support/history-checker.js";
import { forgeries } from "../support/history-forgeries.js";
import { ticketModel } from "../support/history-model.js";
import { planTicket } from "../support/history-plan.js";
import { TicketRun } from "../support/history-run.js";
import { judge } from "../support/history-verdict.js";
import { eachOf } from "../support/load-contest.js";
import { useContest } from "../support/load-contest-fixture.js";

const TICKETS = 1_000;
/** Tickets that are worked on at the same time, by five or six clients each. */
const WIDTH = 16;
/** Histories that a failure shows. */
const SHOWN = 3;

/** Ends that every run comes to many times over: a check of a load without them would say little. */
const ENDS = [
  ...["done", "ALREADY_DECIDED", "NOT_PENDING", "STALE_REVISION", "CLAIMED_BY_ANOTHER", "OWN_SUBMISSION"],
  ...["ALREADY_REVIEWED", "BAD_USER_INPUT", "IDEMPOTENCY_CONFLICT", "unknown, done", "unknown, not needed"],
].map((end) => `decide ${end}`);
const MORE_ENDS = [
  ...["done", "ALREADY_DECIDED", "NOT_PENDING", "STALE_REVISION", "unknown, done"].map(
    (end) => `resubmit ${end}`,
  ),
  ...["done", "ALREADY_DECIDED"].map((end) => `withdraw ${end}`),
  ...["done", "ALREADY_DECIDED", "CLAIMED_BY_ANOTHER"].map((end) => `claim ${end}`),
  ...["done", "CLAIMED_BY_ANOTHER"].map((end) => `release ${end}`),
  ...["done", "BAD_USER_INPUT", "STALE_REVISION"].map((end) => `retract ${end}`),
  ...["PENDING", "NEEDS_CHANGES", "APPROVED", "REJECTED", "WITHDRAWN"].map((status) => `last ${status}`),
];

// A failure is looked at again with TEST_SEED, which the output names: it makes the same plans.
describe.each(databases)("each of 1,000 tickets that many work on through two servers, on $name", (kind) => {
  const fixture = useContest(kind);
  let runs: readonly TicketRun[] = [];

  beforeAll(async () => {
    const contest = fixture.through(2);
    const scene = { contest, auditor: fixture.world.auditor, pace: { answerMs: 20 } };
    runs = Array.from({ length: TICKETS }, (_, index) => {
      return new TicketRun(scene, planTicket(fixture.seed, index, contest.reviewers.length));
    });
    await eachOf(runs, WIDTH, (run) => run.play());
    await eachOf(runs, WIDTH, (run) => run.look());
  }, 240_000);

  it("answers as if everybody had done one thing after the other", { timeout: 60_000 }, () => {
    const { unexplained, contested, ends, operations, unknown, configurations } = judge(runs);
    const seed = `TEST_SEED=${fixture.seed}`;
    const tally = [...ends].sort().map(([end, times]) => `${end} × ${times}`);
    console.log(
      `history on ${kind.name}: ${operations} operations (${unknown} unknown), ${configurations} configurations, ` +
        `${contested} tickets contested between servers, ${seed}\n${tally.join(", ")}`,
    );
    const problems = unexplained.slice(0, SHOWN).join("\n\n");
    expect(
      unexplained.length,
      `with ${seed}, no order explains ${unexplained.length} of them:\n${problems}`,
    ).toBe(0);
    const missing = [...ENDS, ...MORE_ENDS].filter((end) => !ends.has(end));
    expect(missing, `with ${seed}, what never happened`).toEqual([]);
    expect(contested).toBeGreaterThan(TICKETS / 2);
    expect(unknown).toBeLessThan(operations / 4);
  });

  it("would be found out if it told one client what cannot be", { timeout: 60_000 }, () => {
    const caught = new Map<string, number>();
    for (const { facts, operations } of runs) {
      for (const { what, history } of forgeries(facts, operations)) {
        const { ok } = linearize(ticketModel(facts), history);
        expect(ok, `${facts.title}: ${what}, with TEST_SEED=${fixture.seed}`).toBe(false);
        caught.set(what, (caught.get(what) ?? 0) + 1);
      }
    }
    console.log(`forgeries caught on ${kind.name}: ${[...caught].map((one) => one.join(" × ")).join(", ")}`);
    expect([...caught.keys()].sort()).toEqual([
      "a decision that nobody made",
      "a loser shown as the winner",
      "a stale last look",
      "two winners",
    ]);
  });

  it("leaves a ledger and tables in which the audit finds all well", { timeout: 60_000 }, async () => {
    await fixture.inspect();
    expect(JSON.parse(await fixture.world.auditCommand())).toMatchObject({ ok: true });
  });
});

import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import {
  type Attempt,
  atOnce,
  attempt,
  type Contest,
  type ContestedTicket,
  decisionOf,
  eachOf,
  submitted,
} from "../support/load-contest.js";
import { useContest } from "../support/load-contest-fixture.js";
import type { Inspector } from "../support/load-inspection.js";
import type { ChainEvent } from "../support/load-ledger.js";
import type { LoadPrincipal } from "../support/load-world.js";
import { until } from "../support/until.js";

const BOTH = 2;
const TIMEOUT = { timeout: 120_000 };

describe.each(databases)("races between two servers over one database, on $name", (kind) => {
  const fixture = useContest(kind);

  const reviewer = ({ reviewers }: Contest, index: number) =>
    reviewers[index % reviewers.length] as LoadPrincipal;
  const eventsOf = ({ chain }: Inspector, ticketId: string): readonly ChainEvent[] =>
    chain.events.filter((event) => event.ticket === ticketId);
  const ofType = (events: readonly ChainEvent[], ...types: string[]) =>
    events.filter(({ type }) => types.includes(type));
  const done = (attempts: readonly Attempt[]) => attempts.filter(({ payload }) => payload !== undefined);
  const codes = (attempts: readonly Attempt[]) =>
    attempts.flatMap(({ code }) => (code === undefined ? [] : [code]));

  it("never approve a revision that the approving reviewer did not see", TIMEOUT, async () => {
    const contest = fixture.through(BOTH);
    const rounds = Array.from({ length: 20 }, (_, index) => index);
    const tickets: { id: string; attempts: Attempt[]; resubmission: Attempt }[] = [];
    await eachOf(rounds, 2, async (round) => {
      const { id } = await submitted(contest, { title: `Seen ${round}` });
      // Whoever comes first varies: the resubmission is sent in the midst of the decisions.
      const place = contest.random.below(8);
      let resubmission: Attempt | undefined;
      const attempts = await atOnce(9, async (index) => {
        if (index === place) {
          const input = { ticketId: id, revision: 1, title: `Seen ${round}, revised` };
          resubmission = await attempt(
            contest,
            contest.agent,
            "resubmitReview",
            input,
            contest.random.below(2),
          );
          return resubmission;
        }
        const status = contest.random.pick(["APPROVED", "APPROVED", "NEEDS_CHANGES"]);
        const input = { ticketId: id, revision: 1, status, comments: `of ${round}/${index}` };
        return attempt(contest, reviewer(contest, index), "decideTicket", input, index);
      });
      if (resubmission === undefined) throw new Error("nobody resubmitted");
      tickets.push({ id, attempts: attempts.filter((one) => one !== resubmission), resubmission });
    });

    const inspector = await fixture.inspect();
    for (const { id, attempts, resubmission } of tickets) {
      const events = eventsOf(inspector, id);
      const [first] = ofType(events, "SUBMITTED");
      const decided = ofType(events, "DECIDED");
      expect(done(attempts).length).toBe(decided.length);
      expect(decided.length).toBeLessThanOrEqual(1);
      const outcome = decided[0]?.data.status;
      for (const { revision, data } of decided)
        expect([revision, data.digest]).toEqual([1, first?.data.digest]);
      // Resubmitted before any decision, or in answer to NEEDS_CHANGES; never over an approval.
      expect(resubmission.code).toBe(outcome === "APPROVED" ? "ALREADY_DECIDED" : undefined);
      const late = new Set(codes(attempts));
      if (outcome === undefined) expect(late).toEqual(new Set(["STALE_REVISION"]));
      else if (outcome === "APPROVED") expect(late).toEqual(new Set(["ALREADY_DECIDED"]));
      else
        expect([...late].every((code) => code === "ALREADY_DECIDED" || code === "STALE_REVISION")).toBe(true);
      for (const { code, details } of attempts)
        if (code === "STALE_REVISION") expect(details.currentRevision).toBe(2);
      expect(await decisionOf(contest, id)).toMatchObject(
        outcome === "APPROVED" ? { status: "APPROVED", revision: 1 } : { status: "PENDING", revision: 2 },
      );
    }
  });

  it("make one ticket of the same submission from 50 connections", TIMEOUT, async () => {
    const contest = fixture.through(BOTH);
    const input = { title: "Once", payload: { a: [1, 2] }, idempotencyKey: "the one submission" };
    const attempts = await atOnce(50, (index) =>
      attempt(contest, contest.agent, "submitReview", input, index),
    );
    const [first] = done(attempts);
    const seen = attempts.map(({ payload }) => [payload?.ticket.id, payload?.ledgerCursor]);
    expect(seen).toEqual(
      Array.from({ length: 50 }, () => [first?.payload?.ticket.id, first?.payload?.ledgerCursor]),
    );

    const changed = await atOnce(20, (index) =>
      attempt(
        contest,
        contest.agent,
        "submitReview",
        { title: `${index % 2}`, idempotencyKey: "two contents" },
        index,
      ),
    );
    const titles = new Set(done(changed).map(({ input: { title } }) => title));
    expect(titles.size).toBe(1);
    expect(new Set(codes(changed))).toEqual(new Set(["IDEMPOTENCY_CONFLICT"]));
    expect(done(changed)).toHaveLength(10);

    const { chain } = await fixture.inspect();
    const id = first?.payload?.ticket.id;
    expect(ofType(chain.events, "SUBMITTED").filter(({ ticket }) => ticket === id)).toHaveLength(1);
  });

  it("record one decision for the same one from 50 connections", TIMEOUT, async () => {
    const contest = fixture.through(BOTH);
    const { id } = await submitted(contest, { title: "Decided once" });
    const input = {
      ticketId: id,
      revision: 1,
      status: "APPROVED",
      comments: "yes",
      idempotencyKey: "the one word",
    };
    const attempts = await atOnce(50, (index) =>
      attempt(contest, reviewer(contest, 0), "decideTicket", input, index),
    );
    const decision = await decisionOf(contest, id);
    expect(decision).toMatchObject({ status: "APPROVED", revision: 1, comments: "yes" });
    for (const { payload, answer } of attempts) {
      expect(payload?.decision, JSON.stringify(answer)).toEqual(decision);
    }
    const events = eventsOf(await fixture.inspect(), id);
    expect(ofType(events, "REVIEWED", "DECIDED").map(({ type }) => type)).toEqual(["REVIEWED", "DECIDED"]);
  });

  it("leave a ticket that many claim to one of them", TIMEOUT, async () => {
    const contest = fixture.through(BOTH);
    const ids: string[] = [];
    for (const round of [1, 2, 3, 4, 5]) {
      const { id } = await submitted(contest, { title: `Claimed ${round}` });
      ids.push(id);
      const attempts = await atOnce(20, (index) =>
        attempt(
          contest,
          reviewer(contest, index),
          "claimTicket",
          { ticketId: id },
          index + Math.trunc(index / 10),
        ),
      );
      const holders = new Set(done(attempts).map(({ by }) => by));
      const [holder] = holders;
      expect(holders.size).toBe(1);
      // Each reviewer tried twice, once on each server; to claim again what one holds is no conflict.
      expect(done(attempts)).toHaveLength(2);
      for (const { code, details } of attempts) {
        if (code === undefined) continue;
        expect(code).toBe("CLAIMED_BY_ANOTHER");
        expect(details.assignee).toEqual({ id: holder?.id, name: holder?.name });
        expect(Date.parse(String(details.until))).toBeGreaterThan(Date.now());
      }
    }
    const inspector = await fixture.inspect();
    for (const id of ids) {
      const claims = ofType(eventsOf(inspector, id), "CLAIMED");
      expect(new Set(claims.map(({ actor }) => actor.id)).size).toBe(1);
    }
  });

  it("count three approvals of ten, and settle once", TIMEOUT, async () => {
    const contest = fixture.through(BOTH);
    const rounds = Array.from({ length: 10 }, (_, index) => index);
    const tickets: ContestedTicket[] = [];
    await eachOf(rounds, 2, async (round) => {
      const ticket = await submitted(contest, { title: `Three of ten, ${round}`, approvalsRequired: 3 });
      tickets.push(ticket);
      const attempts = await atOnce(10, (index) => {
        const input = { ticketId: ticket.id, revision: 1, status: "APPROVED", comments: `${round}/${index}` };
        return attempt(contest, reviewer(contest, index), "decideTicket", input, index);
      });
      const statuses = done(attempts).map(({ payload }) => payload?.decision?.status);
      expect(statuses.sort()).toEqual(["APPROVED", "PENDING", "PENDING"]);
      expect(codes(attempts)).toEqual(Array.from({ length: 7 }, () => "ALREADY_DECIDED"));
      const decision = await decisionOf(contest, ticket.id);
      for (const { code, details } of attempts)
        if (code !== undefined) expect(details.decision).toEqual(decision);
    });
    const inspector = await fixture.inspect();
    for (const { id } of tickets) {
      const events = eventsOf(inspector, id);
      const reviews = ofType(events, "REVIEWED");
      expect(ofType(events, "DECIDED")).toHaveLength(1);
      const [decided] = ofType(events, "DECIDED") as [ChainEvent];
      expect(new Set(reviews.map(({ actor }) => actor.id)).size).toBe(3);
      expect((decided.data.reviews as { sequence: number }[]).map(({ sequence }) => sequence)).toEqual(
        reviews.map(({ sequence }) => sequence),
      );
    }
  });

  it("count no approval that was retracted or amended away", TIMEOUT, async () => {
    const contest = fixture.through(BOTH);
    const rounds = Array.from({ length: 12 }, (_, index) => index);
    const tickets: ContestedTicket[] = [];
    await eachOf(rounds, 2, async (round) => {
      const ticket = await submitted(contest, { title: `Wavering ${round}`, approvalsRequired: 3 });
      tickets.push(ticket);
      await atOnce(12, async (index) => {
        const by = reviewer(contest, index);
        const word = { ticketId: ticket.id, revision: 1, status: "APPROVED", comments: `${round}/${index}` };
        const amendment = index % 6 === 5 ? { amendment: { title: `Better ${round}/${index}` } } : {};
        const approval = await attempt(contest, by, "decideTicket", { ...word, ...amendment }, index);
        if (index % 3 !== 0 || approval.payload === undefined) return approval;
        return attempt(contest, by, "retractReview", { ticketId: ticket.id, revision: 1 }, index + 1);
      });
    });
    // The audit derives anew which reviews counted when each ticket was settled; here it is done once more, in short.
    const inspector = await fixture.inspect();
    for (const { id } of tickets) {
      let counted: number[] = [];
      for (const { type, sequence, data } of eventsOf(inspector, id)) {
        if (type === "RESUBMITTED") counted = [];
        else if (type === "REVIEWED") counted.push(sequence);
        else if (type === "RETRACTED") counted = counted.filter((review) => review !== data.reviewSequence);
        else if (type === "DECIDED") {
          expect(counted).toHaveLength(3);
          expect((data.reviews as { sequence: number }[]).map((review) => review.sequence)).toEqual(counted);
        }
      }
    }
  });

  it(
    "settle a ticket once where its deadline races decisions and both servers' timers",
    TIMEOUT,
    async () => {
      const contest = fixture.through(BOTH);
      const contested: string[] = [];
      const decisions: Promise<Attempt[]>[] = [];
      const quiet: string[] = [];
      for (let index = 0; index < 20; index += 1) {
        const expiresAt = new Date(Date.now() + 3_000).toISOString();
        quiet.push((await submitted(contest, { title: `Left alone ${index}`, expiresAt })).id);
        const { id } = await submitted(contest, { title: `Contested ${index}`, expiresAt });
        contested.push(id);
        decisions.push(
          atOnce(6, async (turn) => {
            // Not to wait for anything: these instants, before, around and after the deadline, are what is tested.
            const at = Date.parse(expiresAt) + (index - 10) * 8 + turn * 10;
            await new Promise((resume) => setTimeout(resume, at - Date.now()));
            const input = { ticketId: id, revision: 1, status: "APPROVED", comments: `${index}/${turn}` };
            return attempt(contest, reviewer(contest, turn), "decideTicket", input, turn);
          }),
        );
      }
      const answers = await Promise.all(decisions);
      for (const [turn, id] of [...contested, ...quiet].entries()) {
        const settled = async () => (await decisionOf(contest, id, turn)).status !== "PENDING";
        await until(settled, { what: "the deadline to be noticed", timeoutMs: 30_000 });
      }

      const inspector = await fixture.inspect();
      for (const id of quiet)
        expect(ofType(eventsOf(inspector, id), "EXPIRED", "DECIDED")).toMatchObject([{ type: "EXPIRED" }]);
      for (const [index, id] of contested.entries()) {
        const events = eventsOf(inspector, id);
        const settling = ofType(events, "EXPIRED", "DECIDED");
        expect(settling).toHaveLength(1);
        const [{ type, at }] = settling as [ChainEvent];
        const deadline = Date.parse(String(ofType(events, "SUBMITTED")[0]?.data.expiresAt));
        const attempts = answers[index] ?? [];
        expect(done(attempts)).toHaveLength(type === "DECIDED" ? 1 : 0);
        if (type === "DECIDED") expect(Date.parse(at)).toBeLessThan(deadline);
        else expect(Date.parse(at)).toBeGreaterThanOrEqual(deadline);
        for (const code of codes(attempts))
          expect(code).toBe(type === "DECIDED" ? "ALREADY_DECIDED" : "NOT_PENDING");
      }
    },
  );
});

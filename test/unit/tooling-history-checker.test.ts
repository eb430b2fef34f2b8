import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HistoryEntry, linearize, type SequentialModel } from "../support/history-checker.js";
import {
  type SignedView,
  type TicketInput,
  type TicketOutput,
  type TicketView,
  ticketModel,
} from "../support/history-model.js";
import { planTicket } from "../support/history-plan.js";

/** One thing in one pair of hands: to take it where somebody has it is refused, to give it back always goes. */
type HandsInput = { readonly kind: "take" | "give" | "look"; readonly by: string };
type HandsOutput = string | null | boolean;

const hands: SequentialModel<string | null, HandsInput, HandsOutput> = {
  initial: null,
  step: (holder, { kind, by }) => {
    if (kind === "look") return { state: holder, output: holder };
    if (kind === "take")
      return holder === null ? { state: by, output: true } : { state: holder, output: false };
    return { state: holder === by ? null : holder, output: true };
  },
  stateKey: String,
  isInert: ({ kind }, output) => kind === "look" || output === false,
};

type HandsEntry = HistoryEntry<HandsInput, HandsOutput>;

/** From when to when, who, what, and the answer; without one it is unknown. */
function hand(
  invoked: number,
  at: number,
  by: string,
  kind: HandsInput["kind"],
  output?: HandsOutput,
): HandsEntry {
  return { input: { kind, by }, invoked, answered: output === undefined ? undefined : { at, output } };
}

const NEVER = 0;

describe("the check of histories", () => {
  const accepts = (...history: HandsEntry[]) => expect(linearize(hands, history)).toMatchObject({ ok: true });
  const refuses = (...history: HandsEntry[]) =>
    expect(linearize(hands, history)).toMatchObject({ ok: false });

  it("accepts what happened one after the other, and gives that order", () => {
    const history = [
      hand(4, 5, "b", "look", "a"),
      hand(0, 1, "a", "take", true),
      hand(2, 3, "b", "take", false),
    ];
    expect(linearize(hands, history)).toMatchObject({ ok: true, order: [1, 2, 0], state: "a" });
    expect(linearize(hands, [])).toMatchObject({ ok: true, order: [], state: null });
  });

  it("accepts either order of what overlapped", () => {
    for (const seen of ["a", null]) accepts(hand(0, 3, "a", "take", true), hand(1, 2, "b", "look", seen));
  });

  it("refuses two winners", () => {
    refuses(hand(0, 3, "a", "take", true), hand(1, 2, "b", "take", true));
  });

  it("refuses a stale reading after the change was answered", () => {
    refuses(hand(0, 1, "a", "take", true), hand(2, 3, "b", "look", null));
  });

  it("refuses what two readings saw in the wrong order", () => {
    const change = hand(0, 9, "a", "take", true);
    accepts(change, hand(1, 2, "b", "look", null), hand(3, 4, "b", "look", "a"));
    refuses(change, hand(1, 2, "b", "look", "a"), hand(3, 4, "b", "look", null));
  });

  it("refuses an acknowledged change that vanished", () => {
    refuses(hand(0, 1, "a", "take", true), hand(2, 3, "b", "take", true));
  });

  it("takes instants that touch for an overlap", () => {
    accepts(hand(0, 1, "a", "take", true), hand(1, 2, "b", "look", null));
  });

  it("lets what changed nothing at once be what a later place needs", () => {
    // Giving back is allowed first, too; but then nobody would have given back what b took.
    accepts(hand(0, 9, "b", "give", true), hand(1, 8, "b", "take", true), hand(10, 11, "c", "look", null));
  });

  describe("where an outcome is unknown", () => {
    it("lets it have taken effect, and counts it then", () => {
      const history = [hand(0, NEVER, "a", "take"), hand(8, 9, "b", "look", "a")];
      expect(linearize(hands, history)).toMatchObject({ ok: true, order: [0, 1] });
    });

    it("lets it never have taken effect", () => {
      const history = [hand(0, NEVER, "a", "take"), hand(8, 9, "b", "take", true)];
      expect(linearize(hands, history)).toMatchObject({ ok: true, order: [1], state: "b" });
    });

    it("lets it take effect long after it was given up, but never twice, and not before it was sent", () => {
      const [unseen, seen] = [hand(2, 3, "b", "look", null), hand(4, 5, "b", "look", "a")];
      accepts(hand(0, NEVER, "a", "take"), unseen, seen);
      refuses(hand(0, NEVER, "a", "take"), seen, hand(6, 7, "b", "look", null));
      refuses(hand(4.5, NEVER, "a", "take"), hand(2, 3, "b", "look", "a"));
    });
  });

  it("shows how far the best attempt came", () => {
    const history = [
      hand(0, 1, "a", "take", true),
      hand(2, 3, "b", "look", "a"),
      hand(4, 5, "b", "look", "c"),
    ];
    expect(linearize(hands, history)).toMatchObject({ ok: false, order: [0, 1], state: "a" });
  });

  it("agrees with trying out every order, whatever the history", () => {
    const verdicts = { true: 0, false: 0 };
    const output = fc.option(fc.constantFrom<HandsOutput>(true, true, false, null, "a", "b"), {
      nil: undefined,
    });
    const entry = fc
      .record({
        by: fc.constantFrom("a", "b"),
        kind: fc.constantFrom<HandsInput["kind"]>("take", "give", "look"),
        invoked: fc.integer({ min: 0, max: 8 }),
        length: fc.integer({ min: 1, max: 6 }),
        output,
      })
      .filter(
        ({ kind, output: said }) => said === undefined || (typeof said === "boolean") === (kind !== "look"),
      )
      .map(({ by, kind, invoked, length, output: said }) => hand(invoked, invoked + length, by, kind, said));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (history) => {
        const { ok } = linearize(hands, history);
        verdicts[`${ok}`] += 1;
        expect(ok).toBe(someOrderExplains(history, null));
      }),
      { numRuns: 3_000 },
    );
    // Or it would have been agreement about one kind only.
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(200);
  });
});

/** Tries out everything, by the definition. */
function someOrderExplains(left: readonly HandsEntry[], holder: string | null): boolean {
  if (left.every(({ answered }) => answered === undefined)) return true;
  return left.some((entry) => {
    const others = left.filter((one) => one !== entry);
    if (others.some(({ answered }) => answered !== undefined && answered.at < entry.invoked)) return false;
    const { state, output } = hands.step(holder, entry.input);
    if (entry.answered !== undefined && entry.answered.output !== output) return false;
    return someOrderExplains(others, state);
  });
}

describe("the plan of a ticket", () => {
  it("is the same for the same seed and number, and another one otherwise", () => {
    expect(planTicket(7, 3, 10)).toEqual(planTicket(7, 3, 10));
    const others = [planTicket(8, 3, 10), planTicket(7, 4, 10)].map(({ clients }) => JSON.stringify(clients));
    for (const other of others) expect(other).not.toBe(JSON.stringify(planTicket(7, 3, 10).clients));
  });
});

describe("the model of a ticket", () => {
  const facts = { submitter: "agent", reviewers: new Set(["ann", "bob"]), title: "One" };
  const approve = (by: string, key: string | null = null): TicketInput => {
    const word = { revision: 1, outcome: "APPROVED", comments: `of ${by}`, amendment: null } as const;
    return { kind: "decide", by, key, word };
  };
  const look: TicketInput = { kind: "readDecision", by: "agent" };
  const pending: SignedView = { status: "PENDING", revision: 1, comments: null, by: null, title: "One" };
  const by = (name: string): SignedView => ({
    ...pending,
    status: "APPROVED",
    comments: `of ${name}`,
    by: name,
  });
  const ticket = (decision: SignedView, obstacles: readonly string[]): TicketView => {
    const { status, revision, title } = decision;
    return { status, revision, title, assignee: null, obstacles, decision };
  };
  const won = (name: string): TicketOutput => ({
    ticket: ticket(by(name), ["ALREADY_REVIEWED", "NOT_PENDING"]),
    decision: by(name),
  });
  const lost = (winner: string): TicketOutput => {
    const { title: _, ...fact } = by(winner);
    return { refused: "ALREADY_DECIDED", fact };
  };
  const shown = (decision: SignedView): TicketOutput => ({ ticket: null, decision });
  const op = (invoked: number, at: number, input: TicketInput, output?: TicketOutput) => ({
    input,
    invoked,
    answered: output && { at, output },
  });
  const check = (required: number, ...history: HistoryEntry<TicketInput, TicketOutput>[]): boolean =>
    linearize(ticketModel({ ...facts, required }), history).ok;

  it("has one winner, of whom everybody else is told", () => {
    expect(check(1, op(0, 9, approve("ann"), won("ann")), op(1, 8, approve("bob"), lost("ann")))).toBe(true);
    expect(check(1, op(0, 9, approve("ann"), won("ann")), op(1, 8, approve("bob"), won("bob")))).toBe(false);
    expect(check(1, op(0, 9, approve("ann"), won("ann")), op(1, 8, approve("bob"), lost("bob")))).toBe(false);
  });

  it("keeps what was decided in view", () => {
    const decided = op(0, 1, approve("ann"), won("ann"));
    expect(check(1, decided, op(2, 3, look, shown(by("ann"))))).toBe(true);
    expect(check(1, decided, op(2, 3, look, shown(pending)))).toBe(false);
    expect(check(1, decided, op(2, 3, look, shown(by("bob"))))).toBe(false);
  });

  it("loses no approval that counts", () => {
    const first: TicketOutput = { ticket: ticket(pending, ["ALREADY_REVIEWED"]), decision: pending };
    const one = op(0, 9, approve("ann"), first);
    expect(check(2, one, op(1, 8, approve("bob"), won("bob")))).toBe(true);
    expect(check(2, one, op(1, 8, approve("bob"), first))).toBe(false);
  });

  it("answers a repeated key with the decision that was made under it", () => {
    const given = op(0, NEVER, approve("ann", "k"));
    expect(check(1, given, op(5, 6, approve("ann", "k"), won("ann")), op(7, 8, look, shown(by("ann"))))).toBe(
      true,
    );
    const twice = [op(0, 1, approve("ann", "k"), won("ann")), op(2, 3, approve("ann", "k"), won("ann"))];
    expect(check(1, ...twice)).toBe(true);
    // Without the key the second is another word, and too late.
    expect(check(1, op(0, 1, approve("ann"), won("ann")), op(2, 3, approve("ann"), won("ann")))).toBe(false);
    const other = {
      ...approve("ann", "k"),
      word: { revision: 1, outcome: "REJECTED", comments: null, amendment: null },
    };
    const conflict: TicketOutput = { refused: "IDEMPOTENCY_CONFLICT", fact: "idempotencyKey" };
    expect(
      check(1, op(0, 1, approve("ann", "k"), won("ann")), op(2, 3, other as TicketInput, conflict)),
    ).toBe(true);
  });

  it("refuses a stale revision, and a settled ticket before that", () => {
    const resubmit: TicketInput = { kind: "resubmit", by: "agent", key: null, title: "Two", answers: 1 };
    const second: SignedView = { ...pending, revision: 2, title: "Two" };
    const revised: TicketOutput = {
      ticket: ticket(second, ["NOT_A_REVIEWER", "OWN_SUBMISSION"]),
      decision: null,
    };
    const stale: TicketOutput = { refused: "STALE_REVISION", fact: 2 };
    expect(check(1, op(0, 1, resubmit, revised), op(2, 3, approve("ann"), stale))).toBe(true);
    expect(check(1, op(0, 1, resubmit, revised), op(2, 3, approve("ann"), won("ann")))).toBe(false);
    expect(check(1, op(0, 1, approve("ann"), won("ann")), op(2, 3, resubmit, lost("ann")))).toBe(true);
  });
});

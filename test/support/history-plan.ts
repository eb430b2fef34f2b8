import type { Word } from "./history-model.js";
import { type Random, seeded } from "./load-random.js";

/** What a client will do next. Which revision it names depends on what has been seen by then. */
export interface PlannedStep {
  readonly act:
    | "decide"
    | "retract"
    | "resubmit"
    | "withdraw"
    | "claim"
    | "release"
    | "readTicket"
    | "readDecision";
  /** Names what it says, so that every word, reason and title is said once in a ticket's life. */
  readonly mark: string;
  readonly sees: "latest" | "stale" | "nothing";
  readonly word: Omit<Word, "revision">;
  readonly key: KeyUse;
  /** Which of the servers is asked first; what follows goes to the other one. */
  readonly server: number;
  /** After such a part of the time that an answer usually takes, the client hangs up, where it does. */
  readonly hangsUpAfter: number | undefined;
}

/**
 * Under an idempotency key: sent once; sent again after an answer; sent to both servers at once; sent again with other words.
 * Whatever had a key and got no answer is sent again in any case.
 */
type KeyUse = "none" | "once" | "again" | "twice at once" | "changed";

/** What several clients will do to one ticket at the same time, each of them one thing after the other. */
export interface TicketPlan {
  readonly index: number;
  readonly required: number;
  readonly clients: readonly { readonly who: Who; readonly steps: readonly PlannedStep[] }[];
}

/** The agent that submits, one of the reviewers, or the auditor, who only looks. */
export type Who = "agent" | "auditor" | number;

/** The plan of one ticket: it depends on the seed and the ticket's number alone. */
export function planTicket(seed: number, index: number, reviewers: number): TicketPlan {
  const random = seeded(seed ^ Math.imul(index + 1, 0x9e3779b1));
  const first = random.below(reviewers);
  // Now and then one person in two windows.
  const people = [0, 1, random.chance(0.2) ? 1 : 2].map((offset) => (first + offset) % reviewers);
  const agents = random.chance(0.3) ? 2 : 1;
  const everybody: Who[] = [...Array.from({ length: agents }, () => "agent" as const), ...people, "auditor"];
  const clients = everybody.map((who, client) => {
    const length = who === "auditor" ? 1 : 2 + random.below(2);
    const steps: PlannedStep[] = [];
    while (steps.length < length) {
      const mark = `${index}.${client}.${steps.length}`;
      steps.push(planStep(random, planAct(random, who, steps.at(-1)), mark));
    }
    return { who, steps };
  });
  const wavers = random.chance(0.3);
  if (wavers) clients.push({ who: first, steps: changeOfMind(random, `${index}.${clients.length}`) });
  return { index, required: wavers || random.chance(0.5) ? 2 : 1, clients };
}

/** Who has amended a proposal is its author: having taken the approval back, one cannot give it again. */
function changeOfMind(random: Random, mark: string): PlannedStep[] {
  return ["decide" as const, "retract" as const, "decide" as const].map((act, place) => {
    const step = planStep(random, act, `${mark}.${place}`);
    const amendment = `Amended in ${step.mark}`;
    const word = { outcome: "APPROVED" as const, comments: null, amendment };
    return { ...step, sees: "latest", word, hangsUpAfter: undefined };
  });
}

/** One entry per share. */
const AGENT_ACTS = acts({ resubmit: 9, withdraw: 2, readTicket: 4, readDecision: 5 });
const REVIEWER_ACTS = acts({ decide: 12, retract: 1, claim: 3, release: 2, readTicket: 1, readDecision: 1 });
const AUDITOR_ACTS = acts({ readTicket: 1, readDecision: 1 });

function acts(shares: Partial<Record<PlannedStep["act"], number>>): PlannedStep["act"][] {
  return Object.entries(shares).flatMap(([act, share]) =>
    Array.from({ length: share }, () => act as PlannedStep["act"]),
  );
}

function planAct(random: Random, who: Who, before: PlannedStep | undefined): PlannedStep["act"] {
  const approved = before?.act === "decide" && before.word.outcome === "APPROVED";
  if (approved && random.chance(0.3)) return "retract";
  return random.pick(who === "agent" ? AGENT_ACTS : who === "auditor" ? AUDITOR_ACTS : REVIEWER_ACTS);
}

function planStep(random: Random, act: PlannedStep["act"], mark: string): PlannedStep {
  return {
    act,
    mark,
    sees: random.chance(0.15) ? "stale" : act === "resubmit" && random.chance(0.4) ? "nothing" : "latest",
    word: planWord(random, mark),
    key: random.pick(["none", "none", "none", "once", "once", "again", "twice at once", "changed"]),
    server: random.below(2),
    hangsUpAfter: random.chance(0.15) ? random.below(130) / 100 : undefined,
  };
}

function planWord(random: Random, mark: string): Omit<Word, "revision"> {
  const outcome = random.pick([
    ...Array.from({ length: 10 }, () => "APPROVED" as const),
    ...Array.from({ length: 7 }, () => "NEEDS_CHANGES" as const),
    ...Array.from({ length: 3 }, () => "REJECTED" as const),
  ]);
  const amends = random.chance(outcome === "APPROVED" ? 0.3 : 0.05);
  return {
    outcome,
    comments: random.chance(0.06) ? null : `said in ${mark}`,
    amendment: amends ? `Amended in ${mark}` : null,
  };
}

import { hasReviewed, isOwnSubmission } from "../domain/eligibility.js";
import { LIMITS } from "../domain/limits.js";
import { iso } from "../domain/refusals.js";
import type { PlacedEvent, ReviewOnRecord } from "../domain/ticket-event.js";
import { type CountedReview, PRIORITIES, type TicketState } from "../domain/ticket-state.js";

/**
 * Why an event cannot come here in the life of its ticket; undefined where it can. The commit pipeline lets no such event
 * pass, so a ledger that holds one was written by somebody else, however well its hashes fit.
 * @param event from the ledger: its members may be missing or of any type, and then this may throw
 */
export function ruleProblem(state: TicketState | undefined, event: PlacedEvent): string | undefined {
  if (state === undefined)
    return event.type === "SUBMITTED" ? submittedProblem(event) : "it comes before SUBMITTED";
  if (event.type === "SUBMITTED") return "the ticket is submitted twice";
  if (event.type === "DECISION_READ" || event.type === "COMMENTED") {
    return event.revision <= state.revision ? undefined : "it names a revision that there is not yet";
  }
  const settled = unsettledProblem(state);
  if (settled !== undefined && event.type !== "DECIDED") return settled;
  if (event.type === "RESUBMITTED") return resubmittedProblem(state, event);
  if (event.revision !== state.revision)
    return `it is about revision ${event.revision} instead of ${state.revision}`;
  if (state.status !== "PENDING") return `the ticket is ${state.status} by then`;
  return PENDING_RULES[event.type](state, event as never);
}

/** Where reviews have settled the revision, nothing but DECIDED may follow. */
export function unsettledProblem(state: TicketState): string | undefined {
  if (state.status !== "PENDING" || !isSettledBy(state, state.counted)) return undefined;
  return "the reviews before it settle the revision, and DECIDED is missing";
}

type Of<Type extends PlacedEvent["type"]> = Extract<PlacedEvent, { type: Type }>;
type PendingType = Exclude<PlacedEvent["type"], "SUBMITTED" | "RESUBMITTED" | "DECISION_READ" | "COMMENTED">;

const PENDING_RULES: { [T in PendingType]: (state: TicketState, event: Of<T>) => string | undefined } = {
  WITHDRAWN: (state, { actor }) =>
    actor.id === state.submittedBy ? undefined : "somebody else than the submitter withdrew the ticket",
  EXPIRED: (state, { actor, at, data }) => {
    if (actor.kind !== "SYSTEM") return "only the timer expires a ticket";
    const due = state.expiresAt !== null && at >= state.expiresAt && data.expiresAt === iso(state.expiresAt);
    return due ? undefined : "the ticket had no such deadline, or it had not passed";
  },
  CLAIMED: (_, { actor }) => (actor.kind === "HUMAN" ? undefined : "only a human claims a ticket"),
  ASSIGNED: () => undefined,
  SNOOZED: snoozedProblem,
  UNSNOOZED: (_, { actor }) => (actor.kind === "HUMAN" ? undefined : "only a human wakes a ticket"),
  RELEASED: (state, { data }) =>
    data.assigneeId === state.assigneeId ? undefined : "nobody of that id held the ticket",
  REVIEWED: reviewedProblem,
  RETRACTED: (state, { actor, data }) => {
    const own = state.counted.find((review) => review.sequence === data.reviewSequence);
    return own?.reviewer.id === actor.id
      ? undefined
      : "there is no such approval of this reviewer to retract";
  },
  DECIDED: decidedProblem,
};

function submittedProblem({ revision, actor, data }: Of<"SUBMITTED">): string | undefined {
  if (revision !== 1) return "a submission makes revision 1";
  if (actor.kind === "SYSTEM") return "the system submits nothing";
  const sound =
    typeof data.queue === "string" &&
    PRIORITIES.includes(data.priority) &&
    Number.isSafeInteger(data.approvalsRequired) &&
    data.approvalsRequired >= 1;
  return sound ? undefined : "its queue, priority or approvalsRequired is none";
}

function resubmittedProblem(state: TicketState, event: Of<"RESUBMITTED">): string | undefined {
  const { actor, data, revision } = event;
  if (revision !== state.revision + 1 || data.previousRevision !== state.revision) {
    return `it makes revision ${revision} where ${state.revision + 1} has to come`;
  }
  if (data.amendment) {
    if (state.status !== "PENDING") return `the ticket is ${state.status} by then`;
    if (actor.kind !== "HUMAN") return "only a human amends a proposal";
    return actor.id === state.revisionBy ? "nobody amends what they submitted" : undefined;
  }
  if (actor.id !== state.submittedBy) return "somebody else than the submitter resubmitted the ticket";
  return state.status === "PENDING" || state.status === "NEEDS_CHANGES"
    ? undefined
    : `the ticket is ${state.status} by then`;
}

function snoozedProblem(state: TicketState, { actor, at, data }: Of<"SNOOZED">): string | undefined {
  if (actor.kind !== "HUMAN") return "only a human puts a ticket aside";
  if (hasReviewed(actor, state) || isOwnSubmission(actor, state))
    return "who submitted or reviewed it has nothing to put aside";
  const until = Date.parse(data.until);
  const sound = iso(until) === data.until && until <= at + LIMITS.snoozeDays * 86_400_000;
  return sound ? undefined : "it names no time within the limit";
}

function reviewedProblem(state: TicketState, { actor, data }: Of<"REVIEWED">): string | undefined {
  if (actor.kind !== "HUMAN") return "only humans review";
  if (data.digest !== state.digest) return "the review is about another digest than the revision's";
  if (actor.id === state.submittedBy) return "who submitted a ticket cannot review it";
  if (actor.id === state.revisionFor) return "who stands behind a submission's key cannot review it";
  if (data.amendment !== (actor.id === state.revisionBy))
    return "who submitted a revision cannot review it, but by amending";
  return state.counted.some((review) => review.reviewer.id === actor.id)
    ? "they have reviewed it before"
    : undefined;
}

function decidedProblem(state: TicketState, { actor, data }: Of<"DECIDED">): string | undefined {
  const { counted } = state;
  const last = counted.at(-1);
  if (data.digest !== state.digest) return "the decision is about another digest than the revision's";
  if (last === undefined || !isSettledBy(state, counted))
    return "the reviews that count do not settle the revision";
  if (last.outcome !== data.status || last.reviewer.id !== actor.id)
    return "it is not what the last review says";
  return JSON.stringify(data.reviews.map(members)) === JSON.stringify(counted.map(onRecord))
    ? undefined
    : "it names other reviews than those that count";
}

function isSettledBy(state: TicketState, counted: readonly CountedReview[]): boolean {
  return counted.some(({ outcome }) => outcome !== "APPROVED") || counted.length >= state.approvalsRequired;
}

/** Members in one order: what comes out of the ledger has them in alphabetical order. */
function members({ reviewer, outcome, sequence, reviewedAt }: ReviewOnRecord): unknown[] {
  return [reviewer.id, reviewer.name, outcome, sequence, reviewedAt];
}

function onRecord({ reviewer, outcome, sequence, reviewedAt }: CountedReview): unknown[] {
  return [reviewer.id, reviewer.name, outcome, sequence, iso(reviewedAt)];
}

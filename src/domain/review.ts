import { badInput, DomainError } from "./domain-error.js";
import { iso, requireFreshReviewer, requirePending, requireRevision } from "./refusals.js";
import { nextRevision } from "./revision.js";
import type { Decide, DecideContext, Retract } from "./ticket-command.js";
import type { ReviewOnRecord, TicketEvent } from "./ticket-event.js";
import type { CountedReview, TicketState } from "./ticket-state.js";

/**
 * One reviewer's word on the current revision. REJECTED and NEEDS_CHANGES settle it at once, APPROVED when enough
 * approvals count. An amendment first becomes the next revision, and the approval is about that one.
 */
export function decideReview(state: TicketState, command: Decide, context: DecideContext): TicketEvent[] {
  const { actor, now } = context;
  requirePending(state, now);
  requireRevision(state, command.revision);
  requireFreshReviewer(actor, state, now);
  if (command.outcome === "NEEDS_CHANGES" && (command.comments ?? "").trim() === "") {
    throw badInput("comments", "NEEDS_CHANGES needs comments that say what to change.");
  }
  return command.amendment === null
    ? plainReview(state, command, context)
    : amendingReview(state, command, context);
}

function plainReview(state: TicketState, command: Decide, context: DecideContext): TicketEvent[] {
  const review = reviewed(command, state.revision, state.digest, false);
  const counted = [...state.counted, counts(command, context, context.nextSequence)];
  return [review, ...settlement(state, command, state.revision, state.digest, counted)];
}

function amendingReview(state: TicketState, command: Decide, context: DecideContext): TicketEvent[] {
  const { amendment } = command;
  if (amendment === null || command.outcome !== "APPROVED") {
    throw badInput("amendment", "An amendment goes only with APPROVED.");
  }
  if (amendment.digest === state.digest) {
    throw badInput("amendment", "The amendment changes nothing; approve without one.");
  }
  const amended = nextRevision(state, amendment, { amendment: true, actor: context.actor });
  // The review follows the RESUBMITTED event, so its place is the second.
  const counted = [counts(command, context, context.nextSequence + 1)];
  return [
    amended,
    reviewed(command, amended.revision, amendment.digest, true),
    ...settlement(state, command, amended.revision, amendment.digest, counted),
  ];
}

function reviewed(command: Decide, revision: number, digest: string, amendment: boolean): TicketEvent {
  return {
    type: "REVIEWED",
    revision,
    data: { outcome: command.outcome, comments: command.comments, digest, amendment },
  };
}

function counts(command: Decide, { actor, at }: DecideContext, sequence: number): CountedReview {
  const reviewer = { id: actor.id, name: actor.name, kind: actor.kind };
  return { reviewer, outcome: command.outcome, sequence, reviewedAt: at };
}

function settlement(
  state: TicketState,
  command: Decide,
  revision: number,
  digest: string,
  counted: readonly CountedReview[],
): TicketEvent[] {
  if (command.outcome === "APPROVED" && counted.length < state.approvalsRequired) return [];
  return [
    {
      type: "DECIDED",
      revision,
      data: { status: command.outcome, digest, comments: command.comments, reviews: counted.map(onRecord) },
    },
  ];
}

function onRecord(review: CountedReview): ReviewOnRecord {
  return {
    reviewer: { id: review.reviewer.id, name: review.reviewer.name },
    outcome: review.outcome,
    sequence: review.sequence,
    reviewedAt: iso(review.reviewedAt),
  };
}

/** Takes one's own approval of the current revision back, while the ticket is pending. */
export function retractReview(
  state: TicketState,
  command: Retract,
  { actor, now }: DecideContext,
): TicketEvent[] {
  requirePending(state, now);
  requireRevision(state, command.revision);
  const own = state.counted.find((review) => review.reviewer.id === actor.id);
  if (own === undefined) {
    throw new DomainError(
      "BAD_USER_INPUT",
      `You have no approval of revision ${state.revision} to retract.`,
      {
        field: "revision",
      },
    );
  }
  return [{ type: "RETRACTED", revision: state.revision, data: { reviewSequence: own.sequence } }];
}

import { createHash } from "node:crypto";
import { badInput, DomainError, notFound } from "./domain-error.js";
import { assign, claim, release } from "./hold.js";
import { maySee } from "./principal.js";
import {
  iso,
  requirePending,
  requireReviewer,
  requireReviewerOrAdmin,
  requireRevision,
  requireRole,
  requireSubmitter,
} from "./refusals.js";
import { decideReview, retractReview } from "./review.js";
import { behind, nextRevision } from "./revision.js";
import { snooze, wake } from "./snooze.js";
import type {
  DecideContext,
  RecordRead,
  Resubmit,
  Submit,
  TicketCommand,
  Withdraw,
} from "./ticket-command.js";
import type { TicketEvent } from "./ticket-event.js";
import type { TicketState } from "./ticket-state.js";

/**
 * The rules of a ticket's whole life: the events that a command leads to, or a refusal. Pure.
 *
 * Refusals take precedence as the design says: NOT_FOUND, FORBIDDEN, (idempotent replay, which the pipeline answers
 * between {@link authorise} and this), ALREADY_DECIDED or NOT_PENDING, STALE_REVISION, all others.
 * @throws DomainError
 */
export function decide(
  state: TicketState | undefined,
  command: TicketCommand,
  context: DecideContext,
): TicketEvent[] {
  if (command.kind === "submit") return submit(command, context);
  if (state === undefined) throw notFound("ticket");
  switch (command.kind) {
    case "resubmit":
      return resubmit(state, command, context);
    case "withdraw":
      return withdraw(state, command, context);
    case "claim":
      return claim(state, context);
    case "release":
      return release(state, context);
    case "snooze":
      return snooze(state, command, context);
    case "unsnooze":
      return wake(state, context.actor.id, context);
    case "assign":
      return assign(state, command, context);
    case "comment":
      return [{ type: "COMMENTED", revision: state.revision, data: { body: command.body } }];
    case "decide":
      return decideReview(state, command, context);
    case "retract":
      return retractReview(state, command, context);
    case "expire":
      return expire(state, context);
    case "recordRead":
      return recordRead(state, command);
  }
}

/**
 * Whether the actor may issue the command at all: the first two refusals.
 * @throws DomainError NOT_FOUND where the ticket is not visible to the actor, FORBIDDEN where it lacks the right
 */
export function authorise(
  state: TicketState | undefined,
  command: TicketCommand,
  context: DecideContext,
): void {
  const { actor } = context;
  if (command.kind === "submit") {
    requireRole(actor, "AGENT");
    return;
  }
  if (state === undefined || !maySee(actor, state)) {
    throw notFound("ticket");
  }
  AUTHORITY[command.kind](state, context);
}

const AUTHORITY: Record<
  Exclude<TicketCommand["kind"], "submit">,
  (state: TicketState, context: DecideContext) => void
> = {
  resubmit: (state, { actor }) => requireSubmitter(actor, state),
  withdraw: (state, { actor }) => requireSubmitter(actor, state),
  claim: (state, { actor }) => requireReviewer(actor, state),
  release: (state, { actor }) => {
    if (actor.kind !== "SYSTEM") requireReviewerOrAdmin(actor, state);
  },
  snooze: (state, { actor }) => requireReviewer(actor, state),
  unsnooze: (state, { actor }) => requireReviewer(actor, state),
  assign: (state, { actor }) => requireReviewerOrAdmin(actor, state),
  comment: (state, { actor }) => {
    if (state.submittedBy !== actor.id) requireReviewer(actor, state);
  },
  decide: (state, { actor }) => requireReviewer(actor, state),
  retract: (state, { actor }) => requireReviewer(actor, state),
  expire: (_, { actor }) => {
    if (actor.kind !== "SYSTEM") throw new DomainError("FORBIDDEN", "Only the timer expires a ticket.");
  },
  recordRead: () => undefined,
};

function submit(command: Submit, context: DecideContext): TicketEvent[] {
  const minimum = context.queueMinimum(command.queue);
  if (minimum === undefined) throw badInput("queue", `There is no queue "${command.queue}".`);
  if (command.expiresAt !== null && command.expiresAt <= context.now) {
    throw badInput("expiresAt", "expiresAt must lie in the future.");
  }
  return [
    {
      type: "SUBMITTED",
      revision: 1,
      proposal: command.proposal,
      data: {
        queue: command.queue,
        priority: command.priority,
        approvalsRequired: Math.max(minimum, command.approvalsRequired),
        dueAt: iso(command.dueAt),
        expiresAt: iso(command.expiresAt),
        digest: command.proposal.digest,
        ...behind(context.actor),
        ...(command.callbackUrl === undefined ? {} : { callback: shownCallback(command.callbackUrl) }),
      },
      ...(command.callbackUrl === undefined ? {} : { callbackUrl: command.callbackUrl }),
    },
  ];
}

/** Enough of a URL to know it again, and nothing that could be used. */
function shownCallback(url: string): { readonly origin: string; readonly urlFingerprint: string } {
  return {
    origin: new URL(url).origin,
    urlFingerprint: createHash("sha256").update(url, "utf8").digest("hex"),
  };
}

function resubmit(state: TicketState, command: Resubmit, { actor, now }: DecideContext): TicketEvent[] {
  if (state.status !== "NEEDS_CHANGES") requirePending(state, now);
  else if (state.expiresAt !== null && state.expiresAt <= now) {
    throw new DomainError("NOT_PENDING", "The deadline of this ticket has passed; submit a new one.", {
      expiresAt: iso(state.expiresAt),
    });
  }
  if (command.answers !== null) requireRevision(state, command.answers);
  return [nextRevision(state, command.proposal, { amendment: false, actor })];
}

function withdraw(state: TicketState, command: Withdraw, { now }: DecideContext): TicketEvent[] {
  requirePending(state, now);
  return [{ type: "WITHDRAWN", revision: state.revision, data: { reason: command.reason } }];
}

/** Nothing where the ticket is settled or not yet due: the timer works from a list that may be a moment old. */
function expire(state: TicketState, { now }: DecideContext): TicketEvent[] {
  if (state.status !== "PENDING" || state.expiresAt === null || now < state.expiresAt) return [];
  return [{ type: "EXPIRED", revision: state.revision, data: { expiresAt: iso(state.expiresAt) } }];
}

function recordRead(_: TicketState, command: RecordRead): TicketEvent[] {
  return [
    { type: "DECISION_READ", revision: command.revision, data: { status: command.status, via: command.via } },
  ];
}

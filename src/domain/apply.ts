import type { PlacedEvent } from "./ticket-event.js";
import type { DecisionStatus, SettledDecision, TicketState } from "./ticket-state.js";

/**
 * The state after an event. Folding a ticket's events from undefined gives its state: the ledger is the source of truth
 * and the ticket's row only a copy, which `audit verify` holds against this. What leaves the ticket as it was returns the same
 * object.
 * @throws Error where the event cannot follow: a ledger that says so has been tampered with.
 */
export function apply(state: TicketState | undefined, event: PlacedEvent): TicketState {
  if (event.type === "SUBMITTED") {
    if (state !== undefined) throw new Error(`ticket ${event.ticketId} is submitted twice`);
    return submitted(event);
  }
  if (state === undefined) throw new Error(`ticket ${event.ticketId} has ${event.type} before SUBMITTED`);
  if (event.type === "DECISION_READ" || event.type === "SNOOZED" || event.type === "UNSNOOZED") return state;
  return { ...state, updatedAt: event.at, ...change(state, event) };
}

function submitted(event: Extract<PlacedEvent, { type: "SUBMITTED" }>): TicketState {
  return {
    id: event.ticketId,
    queue: event.data.queue,
    status: "PENDING",
    priority: event.data.priority,
    approvalsRequired: event.data.approvalsRequired,
    submittedBy: event.actor.id,
    submittedAt: event.at,
    updatedAt: event.at,
    revision: event.revision,
    digest: event.data.digest,
    revisionBy: event.actor.id,
    revisionFor: event.data.onBehalfOf ?? null,
    counted: [],
    assigneeId: null,
    claimedUntil: null,
    dueAt: instant(event.data.dueAt),
    expiresAt: instant(event.data.expiresAt),
    decision: null,
  };
}

type Change = Exclude<PlacedEvent, { type: "SUBMITTED" | "DECISION_READ" | "SNOOZED" | "UNSNOOZED" }>;

const UNHELD = { assigneeId: null, claimedUntil: null } as const;

function change(state: TicketState, event: Change): Partial<TicketState> {
  switch (event.type) {
    case "RESUBMITTED":
      return {
        status: "PENDING",
        revision: event.revision,
        digest: event.data.digest,
        revisionBy: event.actor.id,
        // An amendment, or a key that names nobody, does not make the human behind the earlier text a stranger to it.
        revisionFor: event.data.onBehalfOf ?? state.revisionFor,
        counted: [],
        decision: null,
      };
    case "WITHDRAWN":
      return { ...UNHELD, ...settled(event, "WITHDRAWN", event.data.reason) };
    case "EXPIRED":
      return { ...UNHELD, ...settled(event, "EXPIRED", null) };
    case "DECIDED":
      return { ...UNHELD, ...settled(event, event.data.status, event.data.comments) };
    case "CLAIMED":
      return { assigneeId: event.actor.id, claimedUntil: Date.parse(event.data.until) };
    case "ASSIGNED":
      return { assigneeId: event.data.assigneeId, claimedUntil: null };
    case "RELEASED":
      return UNHELD;
    case "COMMENTED":
      return {};
    case "REVIEWED":
      return {
        counted: [
          ...state.counted,
          {
            reviewer: event.actor,
            outcome: event.data.outcome,
            sequence: event.sequence,
            reviewedAt: event.at,
          },
        ],
        ...(state.assigneeId === event.actor.id ? UNHELD : {}),
      };
    case "RETRACTED":
      return { counted: state.counted.filter((review) => review.sequence !== event.data.reviewSequence) };
  }
}

function settled(
  event: Change,
  status: Exclude<DecisionStatus, "PENDING">,
  comments: string | null,
): { status: DecisionStatus; decision: SettledDecision } {
  return {
    status,
    decision: {
      status,
      revision: event.revision,
      comments,
      decidedBy: event.actor,
      decidedAt: event.at,
      sequence: event.sequence,
    },
  };
}

function instant(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

import { type Actor, hasRole, isReviewer, worksInQueue } from "../../domain/principal.js";
import type { TicketState } from "../../domain/ticket-state.js";
import type { EventBody } from "../../ledger/event-body.js";
import { type MailPreference, mailPreference, type QueuePreference } from "./mail-preference.js";
import { type NotificationHours, whenToSend } from "./when-to-send.js";

/** A member as it is now, with what they want to hear. */
export interface MailMember {
  readonly member: Actor;
  /** Whether there is an address to write to, and they are a member still. */
  readonly reachable: boolean;
  readonly preferences: readonly QueuePreference[];
  readonly hours: NotificationHours;
}

/** What there is to write about. */
export type MailOccasion =
  /** A revision came in. */
  | { readonly kind: "CAME_IN"; readonly queue: string; readonly parties: readonly string[] }
  | { readonly kind: "ASSIGNED"; readonly queue: string; readonly assigneeId: string; readonly by: string }
  | {
      readonly kind: "REMINDER";
      readonly queue: string;
      readonly parties: readonly string[];
      /** Who holds the ticket; null where nobody does. */
      readonly assigneeId: string | null;
      /** Who has reviewed the revision already: there is nothing left for them to do. */
      readonly reviewedBy: readonly string[];
    }
  | { readonly kind: "ESCALATION"; readonly queue: string; readonly to: readonly string[] };

/** Somebody who is to be mailed. */
export interface MailRecipient {
  readonly principalId: string;
  /** `DIGEST`: to be gathered with what else is due for them then. */
  readonly how: Exclude<MailPreference, "OFF">;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
}

/**
 * What an event gives occasion to write about; undefined where it is nothing. A reviewer's amendment is none where
 * their approval of it is all that is required; where others must approve it too, they are told.
 * @param ticket the ticket as of now: who submitted it, and the human behind it, are parties to later revisions too
 */
export function occasionOf(
  event: Pick<EventBody, "type" | "actor" | "data">,
  ticket: Pick<TicketState, "queue" | "submittedBy" | "revisionFor" | "approvalsRequired">,
): MailOccasion | undefined {
  const { type, actor, data } = event;
  const { queue } = ticket;
  const isEdit = data.amendment === true && ticket.approvalsRequired === 1;
  if (type === "SUBMITTED" || (type === "RESUBMITTED" && !isEdit)) {
    const parties = [actor.id, ticket.submittedBy, ticket.revisionFor, data.onBehalfOf];
    return { kind: "CAME_IN", queue, parties: parties.filter((id) => typeof id === "string") };
  }
  if (type === "ASSIGNED" && typeof data.assigneeId === "string")
    return { kind: "ASSIGNED", queue, assigneeId: data.assigneeId, by: actor.id };
  return undefined;
}

/**
 * Who is mailed, how, and when. Nobody who switched mail about the queue off, whatever the occasion. Only what comes into a
 * queue is gathered in a digest: an assignment is addressed to one person, and a reminder or an escalation would be late.
 * @param now milliseconds since the epoch
 */
export function mailsOf(
  occasion: MailOccasion,
  members: readonly MailMember[],
  now: number,
): MailRecipient[] {
  const concerns = concernedBy(occasion);
  return members.flatMap((one) => {
    if (!one.reachable || one.member.kind !== "HUMAN" || !concerns(one.member)) return [];
    const wanted = mailPreference(one.preferences, occasion.queue);
    if (wanted === "OFF") return [];
    const how = occasion.kind === "CAME_IN" ? wanted : "SINGLE";
    return [{ principalId: one.member.id, how, dueAt: whenToSend(now, one.hours, how) }];
  });
}

/** Whether a human who may approve a ticket of the queue, or see to it that somebody does, is to hear of an escalation. */
export function mayBeEscalatedTo(member: Actor): boolean {
  return isReviewer(member) || (member.kind === "HUMAN" && hasRole(member, "ADMIN"));
}

function concernedBy(occasion: MailOccasion): (member: Actor) => boolean {
  const reviews = (member: Actor): boolean => isReviewer(member) && worksInQueue(member, occasion.queue);
  switch (occasion.kind) {
    case "CAME_IN":
      return (member) => reviews(member) && !occasion.parties.includes(member.id);
    case "ASSIGNED":
      return ({ id }) => id === occasion.assigneeId && id !== occasion.by;
    case "REMINDER":
      if (occasion.assigneeId !== null) return ({ id }) => id === occasion.assigneeId;
      return (member) =>
        reviews(member) && !occasion.parties.includes(member.id) && !occasion.reviewedBy.includes(member.id);
    case "ESCALATION":
      return (member) => mayBeEscalatedTo(member) && occasion.to.includes(member.id);
  }
}

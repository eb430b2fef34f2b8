import type { DecisionStatus, Priority } from "../../domain/ticket-state.js";
import type { News } from "../news.js";
import type { Tone } from "./letter.js";
import { say, type Words } from "./say.js";
import type { TicketNews } from "./ticket-news.js";

/** Where a ticket stands, in words. */
export const STATUS_WORDS: Readonly<Record<DecisionStatus, string>> = {
  PENDING: "Pending",
  APPROVED: "Approved",
  REJECTED: "Rejected",
  NEEDS_CHANGES: "Needs changes",
  EXPIRED: "Expired",
  WITHDRAWN: "Withdrawn",
};

export const PRIORITY_WORDS: Readonly<Record<Priority, string>> = {
  LOW: "Low",
  NORMAL: "Normal",
  HIGH: "High",
  URGENT: "Urgent",
};

const SINCE: Readonly<Record<Exclude<DecisionStatus, "PENDING">, string>> = {
  APPROVED: "Approved since then",
  REJECTED: "Rejected since then",
  NEEDS_CHANGES: "Changes have been asked for since then",
  EXPIRED: "Expired since then",
  WITHDRAWN: "Withdrawn since then",
};

/** What a mail is about, and the sentence that it begins with. */
export interface Told {
  readonly label: string;
  readonly tone: Tone;
  readonly lead: Words;
}

/** Says what happened, to the one who reads it. Nobody is mailed of what settles a ticket. */
export function told(news: TicketNews, readerId: string, due: (at: number) => string, now: number): Told {
  if (news.reason !== "EVENT") return overTime(news, due, now);
  const { event } = news;
  const actor = event.actor.name;
  switch (event.type) {
    case "SUBMITTED":
      return {
        label: "For review",
        tone: "plain",
        lead: say`${actor} has submitted this for review.`,
      };
    case "RESUBMITTED":
      return {
        label: `Revision ${event.revision ?? 1}, for review`,
        tone: "plain",
        lead:
          event.data["amendment"] === true
            ? say`${actor} has approved it with edits, which made revision ${event.revision ?? 1}. Others must approve it too.`
            : say`${actor} has submitted revision ${event.revision ?? 1}. Earlier approvals no longer count.`,
      };
    case "ASSIGNED":
      return event.data["assigneeId"] === readerId
        ? {
            label: "Assigned to you",
            tone: "plain",
            lead: say`${actor} has put this ticket into your hands.`,
          }
        : { label: "Assigned", tone: "plain", lead: say`${actor} has assigned this ticket.` };
    default:
      return {
        label: "News",
        tone: "plain",
        lead: say`${actor} has done something about it (${eventInWords(event)}).`,
      };
  }
}

function overTime({ reason, ticket }: TicketNews, due: (at: number) => string, now: number): Told {
  const isPast = ticket.dueAt !== null && ticket.dueAt <= now;
  const when = ticket.dueAt === null ? "soon" : due(ticket.dueAt);
  if (reason === "REMINDER" && !isPast)
    return { label: "Due soon", tone: "warn", lead: say`A decision is wanted by ${when}.` };
  return {
    label: "Overdue",
    tone: "bad",
    lead:
      ticket.dueAt === null
        ? say`A decision was wanted by now.`
        : say`A decision was wanted by ${when}. The ticket was still waiting for one when that time had passed.`,
  };
}

/** What happened, in a word or two: for a list of many. */
export function toldInShort({ event, reason }: News, readerId: string): string {
  if (reason === "REMINDER") return "reminder";
  if (reason === "ESCALATION") return "overdue";
  switch (event.type) {
    case "SUBMITTED":
      return "new";
    case "RESUBMITTED":
      return `revision ${event.revision ?? 1}`;
    case "ASSIGNED":
      return event.data["assigneeId"] === readerId ? "assigned to you" : "assigned";
    default:
      return eventInWords(event);
  }
}

function eventInWords({ type }: News["event"]): string {
  return type.toLowerCase().replaceAll("_", " ");
}

/** What has happened since, where the mail alone would mislead: the first thing to read. */
export function happenedSince(news: TicketNews, readerId: string): { heading: string; words: Words } | null {
  const { ticket, proposal, event } = news;
  const shown = proposal?.revision ?? event.revision ?? ticket.revision;
  if (ticket.revision > shown) {
    return {
      heading: `Revision ${ticket.revision} has come in since`,
      words: say`This mail is about revision ${shown}, which nobody can decide on any more. Where the ticket stands now: ${STATUS_WORDS[ticket.status].toLowerCase()}.`,
    };
  }
  if (ticket.status !== "PENDING") {
    return {
      heading: SINCE[ticket.status],
      words:
        ticket.status === "NEEDS_CHANGES"
          ? say`There is nothing to decide until a new revision comes in.`
          : say`There is nothing left to decide.`,
    };
  }
  const assignee = event.data["assigneeId"];
  if (news.reason === "EVENT" && event.type === "ASSIGNED" && ticket.assignee?.id !== assignee) {
    const holder =
      ticket.assignee === null ? say`Nobody holds it now.` : say`${ticket.assignee.name} holds it now.`;
    const heading = assignee === readerId ? "No longer assigned to you" : "Assigned anew";
    return { heading, words: holder };
  }
  return null;
}

import type { EventType } from "../../domain/ticket-event.js";
import type { News } from "../news.js";

/** What a Core's log takes as one message. */
const MESSAGE_LENGTH = 500;

/** Each step in the chapter's words, or words like them. */
const STEPS: Partial<Readonly<Record<EventType, string>>> = {
  SUBMITTED: "submitted for review",
  RESUBMITTED: "submitted for review again",
  WITHDRAWN: "withdrawn from review",
  EXPIRED: "review expired",
  CLAIMED: "claimed for review",
  RELEASED: "released",
  ASSIGNED: "assigned",
  COMMENTED: "commented on",
  REVIEWED: "reviewed",
  RETRACTED: "review retracted",
  DECIDED: "review completed",
  DECISION_READ: "checking ticket",
};

/**
 * An event as one line of a Core's log: the step, the ticket, where it then stood, the revision, who did it, the event's cursor, and of the
 * proposal the title alone. What is said in reviews and comments stays here.
 */
export function coreMessage(news: News): string {
  const { event, cursor, ticket, proposal } = news;
  const step = STEPS[event.type] ?? event.type.toLowerCase().replaceAll("_", " ");
  const facts = [
    ...(event.ticket === null ? [] : [`ticket ${event.ticket}`]),
    ...(ticket === null ? [] : [statusThen(news, ticket.status).toLowerCase().replaceAll("_", " ")]),
    ...(event.revision === null ? [] : [`revision ${event.revision}`]),
    `by ${oneLine(event.actor.name)}`,
    `cursor ${cursor}`,
  ];
  const line = `${step}: ${facts.join(", ")}`;
  return shortened(proposal === null ? line : `${line}: ${oneLine(proposal.title)}`);
}

/** Where the event left the ticket. The ticket itself is as of now, which may be much later. */
function statusThen({ event, decision }: News, now: string): string {
  if (decision !== null) return decision.status;
  if (event.type === "DECISION_READ") return String(event.data.status);
  // A comment may come at any time; all other steps are taken while it waits.
  return event.type === "COMMENTED" ? now : "PENDING";
}

/** Without line breaks and other characters that would make one line of a log look like something else. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u200b\u202a-\u202e\u2060-\u2069\ufeff]+/gu, " ").trim();
}

/** Cut between two characters, not through one. */
function shortened(text: string): string {
  if (text.length <= MESSAGE_LENGTH) return text;
  return `${text.slice(0, MESSAGE_LENGTH - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

import type { EventType } from "../domain/ticket-event.js";
import type { DecisionStatus } from "../domain/ticket-state.js";
import type { News, NewsTicket } from "./news.js";
import { inertText } from "./slack-text.js";

/** Where people find things. */
export interface TicketLinks {
  /** The page of a ticket: a URL of ours, in whole. */
  ticket(id: string): string;
}

/** A message for an incoming webhook: `blocks` for Slack; `text` says the same to who shows no blocks (Mattermost, Rocket.Chat). */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** Events that a channel is told of; its deadlines too. The rest would be noise. */
export const SLACK_EVENTS: ReadonlySet<EventType> = new Set([
  "SUBMITTED",
  "RESUBMITTED",
  "DECIDED",
  "EXPIRED",
  "WITHDRAWN",
]);

/** Characters that what people and agents write may take once it is inert; Slack takes 2,000 to 3,000 in each block, Rocket.Chat 5,000 in all. */
const TITLE = 1_500;
const NAME = 500;
const COMMENTS = 1_000;

const DECIDED: Readonly<Record<Exclude<DecisionStatus, "PENDING">, string>> = {
  APPROVED: "Approved",
  REJECTED: "Rejected",
  NEEDS_CHANGES: "Needs changes",
  EXPIRED: "Expired without a decision",
  WITHDRAWN: "Withdrawn",
};

/** What a queue's channel is told; null for what it is not told. The payload and the detail stay out: who opens the link, sees them. */
export function slackMessage(news: News, links: TicketLinks): SlackMessage | null {
  const { ticket, proposal } = news;
  const headline = headlineOf(news);
  if (headline === null || ticket === null) return null;
  const title = inertText(proposal?.title ?? ticket.id, TITLE);
  const who = whoOf(news);
  const comments = news.decision?.comments == null ? "" : inertText(news.decision.comments, COMMENTS);
  const facts = factsOf(ticket);
  const url = links.ticket(ticket.id);
  const lines = [
    `${headline}: ${title}`,
    who,
    comments,
    facts.map(({ name, plain }) => `${name}: ${plain}`).join(" · "),
    url,
  ];
  return {
    text: lines.filter((line) => line !== "").join("\n"),
    blocks: [
      { type: "header", text: plainText(headline) },
      { type: "section", text: plainText(title) },
      { type: "context", elements: [plainText(who)] },
      ...(comments === "" ? [] : [{ type: "section", text: plainText(comments) }]),
      { type: "section", fields: facts.map(({ name, shown }) => markup(`*${name}*\n${shown}`)) },
      { type: "section", text: markup(`<${url}|Open the ticket>`) },
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

function headlineOf({ reason, event, decision, proposal }: News): string | null {
  if (reason === "REMINDER") return "Due soon";
  if (reason === "ESCALATION") return "Overdue";
  if (event.type === "SUBMITTED") return "New ticket for review";
  if (event.type === "RESUBMITTED") return `Revision ${proposal?.revision ?? event.revision} for review`;
  return SLACK_EVENTS.has(event.type) && decision !== null ? DECIDED[decision.status] : null;
}

function whoOf({ reason, event, decision, ticket }: News): string {
  if (reason !== "EVENT") return `Submitted by ${inertText(ticket?.submittedBy.name ?? "", NAME)}`;
  const { name } = decision?.decidedBy ?? event.actor;
  return `By ${inertText(name, NAME)}`;
}

interface Fact {
  readonly name: string;
  /** For who shows text alone. */
  readonly plain: string;
  /** In Slack's markup. */
  readonly shown: string;
}

function factsOf({ queue, priority, dueAt }: NewsTicket): Fact[] {
  const same = (name: string, text: string) => ({ name, plain: text, shown: text });
  const word = priority.charAt(0) + priority.slice(1).toLowerCase();
  return [
    same("Queue", inertText(queue, NAME)),
    same("Priority", word),
    ...(dueAt === null ? [] : [{ name: "Due", ...instant(dueAt) }]),
  ];
}

/** Slack shows an instant in each reader's own time zone. */
function instant(at: number): Pick<Fact, "plain" | "shown"> {
  const plain = `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const shown = `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} at {time}|${plain}>`;
  return { plain, shown };
}

function plainText(text: string) {
  // Slack refuses an empty text.
  return { type: "plain_text", text: text === "" ? "–" : text, emoji: false };
}

function markup(text: string) {
  return { type: "mrkdwn", text, verbatim: true };
}

import { changesOf, prettyPayload } from "./changes.js";
import { excerpt } from "./excerpt.js";
import type { Fact, Letter, LetterContext, Section } from "./letter.js";
import { MAIL_LIMITS } from "./mail-limits.js";
import { plainWords, say, type Words } from "./say.js";
import type { TicketNews } from "./ticket-news.js";
import { happenedSince, PRIORITY_WORDS, told } from "./ticket-words.js";
import { instantInShort, instantInWords } from "./times.js";
import { isolated, oneLine, shortened } from "./visible-text.js";

/** Says that a mail is no credential. */
export const DECIDING =
  "You decide there, signed in as yourself. This mail gives nobody the right to decide: forwarding it, or answering it, approves nothing.";
const READING = "You read on there, signed in as yourself. This mail opens the ticket to nobody else.";

/** The mail about one thing that happened to a ticket. */
export function ticketLetter(given: TicketNews, context: LetterContext): Letter {
  const news = namesCut(given);
  const { ticket, proposal } = news;
  const { target, base, now, unsubscribeUrl } = context;
  const { label, tone, lead } = told(
    news,
    target.principalId,
    (at) => instantInWords(at, target.timeZone),
    now,
  );
  const title = excerpt(oneLine(proposal?.title ?? "A ticket"), MAIL_LIMITS.title).text;
  const since = happenedSince(news, target.principalId);
  return {
    subject: subjectOf(news, label, title, target.timeZone),
    preheader: shortened([since?.heading, plainWords(lead)].filter(Boolean).join(". "), 200),
    label,
    tone,
    title,
    titleIsTheirs: true,
    place: say`${ticket.queue} · ${news.workspace.name}`,
    sections: [
      ...(since === null ? [] : [{ kind: "notice" as const, ...since }]),
      { kind: "paragraph", words: lead },
      {
        kind: "action",
        label: "Open the ticket",
        url: ticketUrl(base, ticket.id),
        note: ticket.status === "PENDING" ? DECIDING : READING,
      },
      { kind: "facts", heading: "About this ticket", facts: facts(news, target.timeZone) },
      ...changes(news),
      ...proposed(news),
    ],
    why: why(news, target.principalId),
    preferencesUrl: `${base}/notifications`,
    unsubscribeUrl,
  };
}

/** Where the ticket is in the inbox. */
export function ticketUrl(base: string, id: string): string {
  return `${base}/tickets/${encodeURIComponent(id)}`;
}

function subjectOf(
  { ticket, reason }: TicketNews,
  label: string,
  title: string,
  timeZone: string | null,
): string {
  const due =
    reason === "REMINDER" && ticket.dueAt !== null && label !== "Overdue"
      ? `Due ${instantInShort(ticket.dueAt, timeZone)}`
      : label;
  const urgent = ticket.priority === "URGENT" ? "Urgent: " : "";
  return subjectLine(`[${shortened(oneLine(ticket.queue), 40)}] ${urgent}${due}: `, title);
}

/** A subject of one line, no longer than subjects may be. @param ours what must not be cut */
export function subjectLine(ours: string, theirs: string): string {
  // Isolates, where they are needed, take two characters.
  return ours + isolated(shortened(oneLine(theirs), MAIL_LIMITS.subject - ours.length - 2));
}

/** Names as long as a mail has room for. */
function namesCut(news: TicketNews): TicketNews {
  const cut = <Named extends { readonly name: string }>(named: Named): Named => ({
    ...named,
    name: shortened(oneLine(named.name), MAIL_LIMITS.name),
  });
  const { ticket, event } = news;
  return {
    ...news,
    workspace: cut(news.workspace),
    event: { ...event, actor: cut(event.actor) },
    ticket: {
      ...ticket,
      submittedBy: cut(ticket.submittedBy),
      assignee: ticket.assignee === null ? null : cut(ticket.assignee),
    },
  };
}

function facts({ ticket, proposal }: TicketNews, timeZone: string | null): readonly Fact[] {
  const at = (instant: number): Words => say`${instantInWords(instant, timeZone)}`;
  const rows: (Fact | false)[] = [
    { name: "Queue", value: say`${ticket.queue}` },
    { name: "Priority", value: say`${PRIORITY_WORDS[ticket.priority]}` },
    { name: "Submitted by", value: say`${ticket.submittedBy.name}` },
    ticket.assignee !== null && { name: "Assigned to", value: say`${ticket.assignee.name}` },
    ticket.dueAt !== null && { name: "Due", value: at(ticket.dueAt) },
    ticket.expiresAt !== null && { name: "Expires", value: at(ticket.expiresAt) },
    { name: "Approvals required", value: say`${ticket.approvalsRequired}` },
    proposal !== null && { name: "Revision", value: say`${proposal.revision}` },
    proposal !== null && { name: "Digest", value: say`${proposal.digest}`, mono: true },
  ];
  return rows.filter((row) => row !== false);
}

function changes({ previous, proposal }: TicketNews): readonly Section[] {
  if (previous === null || proposal === null) return [];
  const parts = changesOf(previous, proposal);
  const heading = `What changed since revision ${previous.revision}`;
  if (parts.length > 0) return [{ kind: "changes", heading, parts }];
  return [
    {
      kind: "paragraph",
      words: say`Nothing differs from revision ${previous.revision}: title, text and payload are the same.`,
    },
  ];
}

function proposed({ proposal }: TicketNews): readonly Section[] {
  if (proposal === null) return [];
  const room = MAIL_LIMITS.proposal;
  const sections: Section[] = [];
  const { detail, payload } = proposal;
  if (detail !== null && detail !== "")
    sections.push({
      kind: "quote",
      heading: say`Proposal: text`,
      excerpt: excerpt(detail, room),
      form: "prose",
    });
  if (payload !== null)
    sections.push({
      kind: "quote",
      heading: say`Proposal: payload`,
      excerpt: excerpt(prettyPayload(payload), room),
      form: "json",
    });
  return sections;
}

/** Why this one is told. */
function why({ reason, event, ticket }: TicketNews, readerId: string): Words {
  if (reason === "ESCALATION")
    return say`You get this because you are told when a ticket of the queue ${ticket.queue} is overdue.`;
  if (ticket.assignee?.id === readerId) return say`You get this because the ticket is assigned to you.`;
  if (event.type === "ASSIGNED" && event.data["assigneeId"] === readerId)
    return say`You get this because the ticket was assigned to you.`;
  return say`You get this because you review the queue ${ticket.queue}.`;
}

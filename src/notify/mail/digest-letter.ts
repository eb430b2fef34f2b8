import { PRIORITIES, type Priority } from "../../domain/ticket-state.js";
import type { Entry, Letter, LetterContext, Section } from "./letter.js";
import { MAIL_LIMITS } from "./mail-limits.js";
import { say, type Words } from "./say.js";
import { DECIDING, subjectLine, ticketUrl } from "./ticket-letter.js";
import type { TicketNews } from "./ticket-news.js";
import { PRIORITY_WORDS, STATUS_WORDS, toldInShort } from "./ticket-words.js";
import { instantInShort } from "./times.js";
import { oneLine, shortened } from "./visible-text.js";

/** A ticket, and all that is told of it, in the order of the ledger. */
interface Followed {
  readonly latest: TicketNews;
  readonly all: readonly TicketNews[];
}

/** One mail about many things: an entry for each ticket, by queue, what waits for review before what is settled. */
export function digestLetter(news: readonly TicketNews[], context: LetterContext): Letter {
  const tickets = followed(news);
  const waiting = tickets.filter(({ latest }) => latest.ticket.status === "PENDING").length;
  const queues = [...new Set(tickets.map(({ latest }) => latest.ticket.queue))].sort();
  const counted = counts(waiting, tickets.length - waiting);
  const workspace = shortened(oneLine(news[0]?.workspace.name ?? ""), MAIL_LIMITS.name);
  return {
    subject: subjectLine(`Countersign digest: ${counted}, in `, queues.join(", ")),
    preheader: shortened(tickets.map(({ latest }) => oneLine(latest.proposal?.title ?? "")).join(" · "), 200),
    label: "Digest",
    tone: "plain",
    title: upperFirst(counted),
    titleIsTheirs: false,
    place: say`${workspace}`,
    sections: [
      {
        kind: "paragraph",
        words: say`This is what was told since the last digest, as the tickets stand now.`,
      },
      {
        kind: "action",
        label: "Open the inbox",
        url: `${context.base}/`,
        note: DECIDING,
      },
      ...grouped(tickets, queues, context),
    ],
    why: say`You get this because you chose a digest instead of single mails.`,
    preferencesUrl: `${context.base}/notifications`,
    unsubscribeUrl: context.unsubscribeUrl,
  };
}

function followed(news: readonly TicketNews[]): readonly Followed[] {
  const byTicket = new Map<string, TicketNews[]>();
  for (const one of news) byTicket.set(one.ticket.id, [...(byTicket.get(one.ticket.id) ?? []), one]);
  return [...byTicket.values()].flatMap((all) => {
    const latest = all.at(-1);
    return latest === undefined ? [] : [{ latest, all }];
  });
}

function grouped(
  tickets: readonly Followed[],
  queues: readonly string[],
  context: LetterContext,
): readonly Section[] {
  const { entries: most, queues: mostQueues } = MAIL_LIMITS.digest;
  const shown = queues.slice(0, mostQueues);
  // Each queue has its share, so that a busy one does not crowd out the others.
  const share = Math.max(1, Math.floor(most / Math.max(1, shown.length)));
  const sections: Section[] = shown.map((queue) => {
    const own = tickets.filter(({ latest }) => latest.ticket.queue === queue).sort(byUrgency);
    return {
      kind: "entries",
      heading: say`${queue}`,
      entries: own.slice(0, share).map((ticket) => entry(ticket, context)),
      more: Math.max(0, own.length - share),
    };
  });
  const left = queues.length - shown.length;
  if (left === 0) return sections;
  const others = new Set(queues.slice(mostQueues));
  const count = tickets.filter(({ latest }) => others.has(latest.ticket.queue)).length;
  return [
    ...sections,
    {
      kind: "paragraph",
      words: say`And ${count} more ${count === 1 ? "ticket" : "tickets"} in ${left} other ${left === 1 ? "queue" : "queues"}, in the inbox.`,
    },
  ];
}

const rank = (priority: Priority): number => PRIORITIES.length - PRIORITIES.indexOf(priority);

/** What waits first; of that, the more urgent, then what is due sooner. */
function byUrgency({ latest: { ticket: one } }: Followed, { latest: { ticket: other } }: Followed): number {
  return (
    Number(one.status !== "PENDING") - Number(other.status !== "PENDING") ||
    rank(one.priority) - rank(other.priority) ||
    (one.dueAt ?? Number.MAX_SAFE_INTEGER) - (other.dueAt ?? Number.MAX_SAFE_INTEGER)
  );
}

function entry({ latest, all }: Followed, { base, target, now }: LetterContext): Entry {
  const { ticket, proposal } = latest;
  const told = all.map((one) => toldInShort(one, target.principalId));
  // What came to pass often is said once, and the last of many is what counts.
  const distinct = [...new Set(told.toReversed())].reverse().slice(-4);
  return {
    title: shortened(oneLine(proposal?.title ?? "A ticket"), MAIL_LIMITS.digest.title),
    url: ticketUrl(base, ticket.id),
    about:
      ticket.status === "PENDING"
        ? say`${waiting(ticket, target.timeZone, now)} · ${distinct.join(", ")}`
        : say`${STATUS_WORDS[ticket.status]}`,
  };
}

function waiting({ priority, dueAt }: TicketNews["ticket"], timeZone: string | null, now: number): Words {
  const urgency = priority === "NORMAL" ? say`Waiting` : say`${PRIORITY_WORDS[priority]}`;
  if (dueAt === null) return urgency;
  return say`${urgency} · ${dueAt <= now ? "was due" : "due"} ${instantInShort(dueAt, timeZone)}`;
}

function counts(waiting: number, settled: number): string {
  const some = (count: number) => `${count} ${count === 1 ? "ticket" : "tickets"}`;
  if (settled === 0) return `${some(waiting)} ${waiting === 1 ? "waits" : "wait"} for review`;
  if (waiting === 0) return `${some(settled)} settled`;
  return `${some(waiting)} ${waiting === 1 ? "waits" : "wait"} for review, ${settled} settled`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

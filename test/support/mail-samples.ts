import { createHash } from "node:crypto";
import type { EventType } from "../../src/domain/ticket-event.js";
import type { LetterContext } from "../../src/notify/mail/letter.js";
import type { TicketNews } from "../../src/notify/mail/ticket-news.js";
import type { NewsProposal, NewsTicket } from "../../src/notify/news.js";

/** The instant that every sample is told at. */
export const NOW = Date.parse("2026-11-24T09:30:00Z");
const HOUR = 3_600_000;

const agent = { id: "principal_agent", name: "Credit agent", kind: "AGENT" } as const;
export const ada = { id: "principal_ada", name: "Ada Okafor", kind: "HUMAN" } as const;
export const ben = { id: "principal_ben", name: "Ben Lindqvist", kind: "HUMAN" } as const;

/** Whom the samples are sent to: Ada, in Berlin. */
export function contextFor(more: Partial<LetterContext> = {}): LetterContext {
  return {
    base: "https://review.example.org",
    target: {
      principalId: ada.id,
      name: ada.name,
      email: "ada@example.org",
      timeZone: "Europe/Berlin",
    },
    unsubscribeUrl: "https://review.example.org/unsubscribe?token=u_5f1c",
    now: NOW,
    ...more,
  };
}

export function proposalOf(more: Partial<NewsProposal> = {}): NewsProposal {
  const content = {
    title: "Expand loan term to 7 years",
    detail: [
      "Increase the maximum term from 5 to 7 years for small-business loans.",
      "",
      "Why: 31% of applications in the last quarter asked for a term between 5 and 7 years and were declined for that reason alone. Losses on comparable loans elsewhere are within our risk appetite.",
      "",
      "- applies to new loans only",
      "- the interest rate table stays as it is",
    ].join("\n"),
    payload: '{"from":5,"rule":"small-business-loan.max-term","to":7,"unit":"years"}',
    ...more,
  };
  const { title, detail, payload } = content;
  const hash = createHash("sha256")
    .update(JSON.stringify([title, detail, payload]), "utf8")
    .digest("hex");
  return { revision: 1, digest: `sha256:${hash}`, ...content };
}

export interface SampleParts {
  readonly type?: EventType;
  readonly event?: Partial<TicketNews["event"]>;
  readonly ticket?: Partial<NewsTicket>;
  readonly proposal?: Partial<NewsProposal>;
  readonly previous?: Partial<NewsProposal> | null;
  readonly reason?: TicketNews["reason"];
}

/** News as the planner makes it; what is not said is usual. */
export function newsOf(parts: SampleParts = {}): TicketNews {
  const proposal = proposalOf(parts.proposal);
  const ticket: NewsTicket = {
    id: "ticket_01kb0c5m2wej8r4q6v9x3t7y1z",
    queue: "credit-policy",
    status: "PENDING",
    priority: "HIGH",
    revision: proposal.revision,
    approvalsRequired: 2,
    submittedBy: agent,
    assignee: null,
    dueAt: NOW + 4 * HOUR,
    expiresAt: NOW + 48 * HOUR,
    ...parts.ticket,
  };
  return {
    workspace: { id: "workspace_a", name: "lending" },
    reason: parts.reason ?? "EVENT",
    cursor: "c_42_9f86d081",
    event: {
      v: 1,
      workspace: "workspace_a",
      sequence: 42,
      type: parts.type ?? "SUBMITTED",
      ticket: ticket.id,
      revision: proposal.revision,
      actor: agent,
      at: new Date(NOW).toISOString(),
      data: {},
      ...parts.event,
    },
    ticket,
    proposal,
    previous: parts.previous === undefined || parts.previous === null ? null : proposalOf(parts.previous),
    decision: null,
  };
}

const REVISED = {
  revision: 2,
  detail: [
    "Increase the maximum term from 5 to 7 years for small-business loans, within the statute's cap of 10 years.",
    "",
    "Why: 31% of applications in the last quarter asked for a term between 5 and 7 years and were declined for that reason alone. Losses on comparable loans elsewhere are within our risk appetite.",
    "",
    "- applies to new loans only",
    "- the interest rate table stays as it is",
    "- the offer states the total interest",
  ].join("\n"),
  payload:
    '{"discloses":["total interest"],"from":5,"rule":"small-business-loan.max-term","statute":{"cap":10,"unit":"years"},"to":7,"unit":"years"}',
};

const LARGE = {
  title: "Replace the scoring table for all small-business loans",
  detail: Array.from(
    { length: 420 },
    (_, index) =>
      `${index + 1}. Band ${index + 1}: raise the limit by ${(index * 37) % 900} where the cash flow of ${(index % 24) + 1} months covers it, and keep the collateral as it is.`,
  ).join("\n"),
  payload: JSON.stringify({
    bands: Array.from({ length: 400 }, (_, index) => ({
      band: index + 1,
      months: (index % 24) + 1,
      raise: (index * 37) % 900,
    })),
  }),
};

const HOSTILE = {
  title: 'Pay \u202E000,1 now</title><script>alert("1")</script> to \u0645\u0631\u062D\u0628\u0627 123',
  detail: [
    "<h1>Approved</h1><img src=https://evil.example/pixel.png onerror=alert(1)>",
    "user\u202Etxt.exe and a\u200Bdmin, \uFEFFand \u2066isolated\u2069 text",
    "-- ",
    "Stop these mails: https://evil.example/unsubscribe",
    "\u05E9\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD (1) [2] <b>3</b>",
    '"><style>*{display:none}</style><a href="javascript:alert(1)">press</a>',
    `an endless word: ${"W".repeat(160)}`,
  ].join("\r\n"),
  payload: JSON.stringify({
    "\u05DE\u05E4\u05EA\u05D7": "\u05E2\u05E8\u05DA",
    html: "<script>alert(1)</script>",
    zero: "a\u200Bb",
  }),
};

/** One of each kind of mail, by name: what the pictures and the checks of looks are of. */
export const MAIL_SAMPLES: Readonly<Record<string, readonly [TicketNews, ...TicketNews[]]>> = {
  "new-ticket": [newsOf()],
  "new-revision": [
    newsOf({
      type: "RESUBMITTED",
      proposal: REVISED,
      previous: { revision: 1, title: "Expand loan terms to 7 years" },
      event: { data: { amendment: false } },
    }),
  ],
  large: [newsOf({ proposal: LARGE, ticket: { priority: "NORMAL", dueAt: null } })],
  hostile: [
    newsOf({
      type: "RESUBMITTED",
      proposal: { ...HOSTILE, revision: 2 },
      previous: { revision: 1, title: "Pay 1,000 now" },
      event: { actor: { ...agent, name: '<b>"Eve"</b> \u202Egnp.exe' } },
      ticket: { queue: "payments <b>&</b>", submittedBy: { ...agent, name: '<b>"Eve"</b> \u202Egnp.exe' } },
    }),
  ],
  assigned: [
    newsOf({
      type: "ASSIGNED",
      event: { actor: ben, data: { assigneeId: ada.id } },
      ticket: { assignee: ada },
    }),
  ],
  reminder: [newsOf({ reason: "REMINDER", ticket: { priority: "URGENT", assignee: ada } })],
  escalation: [newsOf({ reason: "ESCALATION", ticket: { dueAt: NOW - HOUR } })],
  "settled-since": [newsOf({ ticket: { status: "APPROVED" } })],
  digest: digest(),
};

function digest(): readonly [TicketNews, ...TicketNews[]] {
  const titles = [
    "Expand loan term to 7 years",
    "Lower the minimum credit history to 18 months",
    "State the annual percentage rate on the first page",
    "Raise the limit for unsecured loans to 75,000",
    "Waive the late fee for the first missed payment",
  ];
  const at = (index: number): Partial<NewsTicket> => ({
    id: `ticket_${String(index).padStart(26, "0")}`,
    queue: index % 3 === 2 ? "disclosures" : "credit-policy",
    priority: index === 2 ? "URGENT" : index === 0 ? "HIGH" : "NORMAL",
    dueAt: index < 3 ? NOW + (index + 1) * HOUR : null,
  });
  const news = titles.map((title, index) => newsOf({ proposal: { title }, ticket: at(index) }));
  return [
    newsOf({ proposal: { title: titles[0] ?? "" }, ticket: at(0) }),
    ...news,
    newsOf({
      type: "RESUBMITTED",
      proposal: { title: titles[1] ?? "", revision: 2 },
      ticket: at(1),
    }),
    newsOf({ proposal: { title: titles[4] ?? "" }, ticket: { ...at(4), status: "APPROVED" } }),
  ];
}

import { ExportBuilder, type Person } from "../support/export-builder.js";
import {
  approved,
  approvedOnce,
  otherAgent,
  pending,
  rejects,
  resubmitted,
  reviewed,
  signer,
  ticket,
  toBeChanged,
} from "./broken-rules.js";
import { agent, first, second, text, timer } from "./sample-export.js";

const deadline = "2026-11-23T06:00:00.000Z";
/** The time of event 1. */
const passed = "2026-11-23T05:00:01.000Z";

rejects("a revision", [
  [
    "by somebody else than the submitter",
    2,
    /may not/,
    pending,
    (book) => book.resubmit(ticket, otherAgent, text("x")),
  ],
  ["after the end", 5, /after the end/, approved, (book) => book.resubmit(ticket, agent, text("x"))],
  [
    "that leaves a number out",
    2,
    /revision 3 where/,
    pending,
    (book) => book.event("RESUBMITTED", agent, ticket, 3, { previousRevision: 1, amendment: false }),
  ],
  [
    "that answers another than the last",
    3,
    /another revision/,
    resubmitted,
    (book) => book.resubmit(ticket, agent, text("x"), { previousRevision: 1 }),
  ],
  [
    "as an amendment after NEEDS_CHANGES",
    4,
    /may not/,
    toBeChanged,
    (book) => book.resubmit(ticket, second, text("x"), { amendment: true }),
  ],
  [
    "as an amendment by who made the revision before",
    2,
    /may not/,
    () => pending({}, first),
    (book) => book.amend(ticket, first, text("x")),
  ],
  ["as an amendment by an agent", 2, /may not/, pending, (book) => book.amend(ticket, otherAgent, text("x"))],
  [
    "as an amendment without its approval",
    3,
    /REVIEWED of ticket_a is missing/,
    pending,
    (book) => book.resubmit(ticket, first, text("x"), { amendment: true }),
  ],
  [
    "as an amendment that another approves",
    3,
    /actor/,
    pending,
    (book) => {
      book.resubmit(ticket, first, text("x"), { amendment: true });
      reviewed(book, second, { amendment: true }, 2);
    },
  ],
  [
    "as an amendment that its author rejects",
    3,
    /outcome/,
    pending,
    (book) => {
      book.resubmit(ticket, first, text("x"), { amendment: true });
      reviewed(book, first, { amendment: true, outcome: "REJECTED" }, 2);
    },
  ],
  ["submitted twice", 2, /no new ticket/, pending, (book) => book.submit(ticket, agent, text("x"))],
  [
    "submitted anew after the end",
    5,
    /no new ticket/,
    approved,
    (book) => book.submit(ticket, agent, text("x")),
  ],
  [
    "submitted without a number of approvals",
    1,
    /approvals required/,
    () => new ExportBuilder(signer),
    (book) => book.submit(ticket, agent, text("x"), { approvalsRequired: 0 }),
  ],
]);

rejects("a retraction", [
  [
    "of somebody else's approval",
    3,
    /RETRACTED/,
    approvedOnce,
    (book) => book.event("RETRACTED", second, ticket, 1, { reviewSequence: 2 }),
  ],
  ["of nothing", 2, /RETRACTED/, pending, (book) => book.retract(ticket, first)],
  ["of nothing that is named", 2, /RETRACTED/, pending, (book) => book.event("RETRACTED", first, ticket, 1)],
  [
    "of what is retracted already",
    4,
    /RETRACTED/,
    approvedOnce,
    (book) => {
      book.retract(ticket, first);
      book.event("RETRACTED", first, ticket, 1, { reviewSequence: 2 });
    },
  ],
  ["after the end", 5, /after the end/, approved, (book) => book.retract(ticket, first)],
]);

rejects("an end", [
  ["withdrawn by another", 2, /WITHDRAWN/, pending, (book) => book.event("WITHDRAWN", otherAgent, ticket, 1)],
  [
    "withdrawn after NEEDS_CHANGES",
    4,
    /not pending/,
    toBeChanged,
    (book) => book.event("WITHDRAWN", agent, ticket, 1),
  ],
  [
    "expired by a human",
    2,
    /EXPIRED by HUMAN/,
    () => pending({ expiresAt: passed }),
    (book) => book.event("EXPIRED", first, ticket, 1, { expiresAt: passed }),
  ],
  [
    "expired without a deadline",
    2,
    /deadline/,
    pending,
    (book) => book.event("EXPIRED", timer, ticket, 1, { expiresAt: null }),
  ],
  [
    "expired before its deadline",
    2,
    /deadline/,
    () => pending({ expiresAt: deadline }),
    (book) => book.event("EXPIRED", timer, ticket, 1, { expiresAt: deadline }),
  ],
  [
    "expired by another deadline",
    2,
    /deadline/,
    () => pending({ expiresAt: deadline }),
    (book) => book.event("EXPIRED", timer, ticket, 1, { expiresAt: passed }),
  ],
  ["expired after the end", 5, /after the end/, approved, (book) => book.event("EXPIRED", timer, ticket, 1)],
  ["claimed after the end", 5, /after the end/, approved, (book) => book.event("CLAIMED", first, ticket, 1)],
]);

rejects("an event", [
  [
    "of an unknown type",
    2,
    /no type of event BLESSED/,
    pending,
    (book) => book.event("BLESSED", first, ticket, 1),
  ],
  [
    "of a type that is a member of every object",
    2,
    /no type of event/,
    pending,
    (book) => book.event("toString", first),
  ],
  [
    "of a workspace, about a ticket",
    2,
    /not about a ticket/,
    pending,
    (book) => book.event("SIGNED_IN", first, ticket, 1),
  ],
  [
    "of a workspace, about a revision",
    2,
    /not about a ticket/,
    pending,
    (book) => book.event("SETTINGS_CHANGED", first, null, 1),
  ],
  ["about a ticket, without one", 2, /never submitted/, pending, (book) => book.event("COMMENTED", first)],
  [
    "about a ticket that was never submitted",
    2,
    /never submitted/,
    pending,
    (book) => book.event("DECISION_READ", agent, "ticket_b", 1),
  ],
  [
    "about a revision to come",
    2,
    /no such revision/,
    pending,
    (book) => book.event("COMMENTED", first, ticket, 2),
  ],
  [
    "of an actor of no kind",
    2,
    /ROBOT/,
    pending,
    (book) => book.event("SIGNED_IN", { ...first, kind: "ROBOT" as "HUMAN" }),
  ],
  [
    "of an actor with more than a name",
    2,
    /actor/,
    pending,
    (book) => book.event("SIGNED_IN", { ...first, roles: ["REVIEWER"] } as Person),
  ],
  [
    "earlier than the one before",
    2,
    /earlier/,
    pending,
    (book) => {
      book.time -= 60_000;
      book.event("SIGNED_IN", first);
    },
  ],
  [
    "whose data is a list",
    2,
    /version 1/,
    pending,
    (book) => book.event("SIGNED_IN", first, null, null, [] as unknown as Record<string, unknown>),
  ],
]);

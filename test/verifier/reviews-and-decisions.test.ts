import { digestOf, ExportBuilder } from "../support/export-builder.js";
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
  twoReviews,
} from "./broken-rules.js";
import { agent, first, second, text, third, timer } from "./sample-export.js";

rejects("a review", [
  ["by an agent", 2, /only a human/, pending, (book) => reviewed(book, otherAgent)],
  ["by the timer", 2, /only a human/, pending, (book) => reviewed(book, timer)],
  [
    "by an agent that calls itself human",
    2,
    /before/,
    pending,
    (book) => reviewed(book, { ...agent, kind: "HUMAN" }),
  ],
  [
    "by who submitted the ticket",
    2,
    /submitted the revision/,
    () => pending({}, first),
    (book) => reviewed(book, first),
  ],
  [
    "by who submitted the ticket, after somebody else's edits",
    4,
    /submitted the revision/,
    () => {
      const book = pending({ approvalsRequired: 2 }, first);
      book.amend(ticket, second, text("amended"));
      return book;
    },
    (book) => reviewed(book, first, {}, 2),
  ],
  [
    "by who submitted the revision as an amendment",
    5,
    /submitted the revision/,
    () => {
      const book = pending();
      book.amend(ticket, first, text("amended"));
      return book;
    },
    (book) => {
      book.retract(ticket, first);
      reviewed(book, first, {}, 2);
    },
  ],
  [
    "by who stands behind the submission's key",
    2,
    /submitted the revision/,
    () => pending({ onBehalfOf: first.id }),
    (book) => reviewed(book, first),
  ],
  [
    "by who stood behind an earlier revision's key",
    3,
    /submitted the revision/,
    () => {
      const book = pending({ onBehalfOf: first.id });
      book.resubmit(ticket, agent, text("changed"));
      return book;
    },
    (book) => reviewed(book, first, {}, 2),
  ],
  [
    "by who stands behind the key of the resubmission",
    3,
    /submitted the revision/,
    () => {
      const book = pending();
      book.resubmit(ticket, agent, text("changed"), { onBehalfOf: second.id });
      return book;
    },
    (book) => reviewed(book, second, {}, 2),
  ],
  [
    "by who stands behind the key, as an amendment",
    3,
    /submitted the revision/,
    () => pending({ onBehalfOf: first.id }),
    (book) => {
      book.resubmit(ticket, first, text("amended"), { amendment: true });
      reviewed(book, first, { amendment: true }, 2);
    },
  ],
  ["of a revision that was replaced", 3, /revision 1 where/, resubmitted, (book) => reviewed(book, first)],
  ["of a revision to come", 2, /revision 2 where/, pending, (book) => reviewed(book, first, {}, 2)],
  [
    "with the digest of another text",
    2,
    /another digest/,
    pending,
    (book) => reviewed(book, first, { digest: digestOf(text("something else")) }),
  ],
  ["without a digest", 2, /another digest/, pending, (book) => reviewed(book, first, { digest: null })],
  ["twice by the same reviewer", 3, /twice/, approvedOnce, (book) => reviewed(book, first)],
  ["after the end", 5, /after the end/, approved, (book) => reviewed(book, third)],
  [
    "after NEEDS_CHANGES, before the next revision",
    4,
    /not pending/,
    toBeChanged,
    (book) => reviewed(book, second),
  ],
  [
    "with an outcome there is not",
    2,
    /EXPIRED/,
    pending,
    (book) => reviewed(book, first, { outcome: "EXPIRED" }),
  ],
  [
    "with an amendment that there is not",
    2,
    /amendment/,
    pending,
    (book) => reviewed(book, first, { amendment: true }),
  ],
  [
    "of a ticket that was never submitted",
    1,
    /never submitted/,
    () => new ExportBuilder(signer),
    (book) => book.event("REVIEWED", first, ticket, 1, { outcome: "APPROVED" }),
  ],
]);

rejects("a decision", [
  ["without any review", 2, /0 of 2/, pending, (book) => book.decide(ticket, first, "APPROVED")],
  ["with too few approvals", 3, /1 of 2/, approvedOnce, (book) => book.decide(ticket, first, "APPROVED")],
  [
    "with the approvals of an earlier revision",
    5,
    /1 of 2/,
    approvedOnce,
    (book) => {
      book.resubmit(ticket, agent, text("changed"));
      reviewed(book, second, {}, 2);
      book.decide(ticket, second, "APPROVED");
    },
  ],
  [
    "with an approval that was retracted",
    5,
    /1 of 2/,
    approvedOnce,
    (book) => {
      book.retract(ticket, first);
      reviewed(book, second);
      book.decide(ticket, second, "APPROVED");
    },
  ],
  ["REJECTED that nobody said", 3, /1 of 2/, approvedOnce, (book) => book.decide(ticket, first, "REJECTED")],
  [
    "of another status than the review's",
    4,
    /status/,
    twoReviews,
    (book) => book.decide(ticket, second, "REJECTED"),
  ],
  [
    "by another than the reviewer who settled it",
    4,
    /actor/,
    twoReviews,
    (book) => book.decide(ticket, first, "APPROVED"),
  ],
  [
    "with comments that the reviewer did not write",
    4,
    /comments/,
    twoReviews,
    (book) => book.decide(ticket, second, "APPROVED", { comments: "Never said." }),
  ],
  [
    "about another text",
    4,
    /digest/,
    twoReviews,
    (book) => book.decide(ticket, second, "APPROVED", { digest: digestOf(text("something else")) }),
  ],
  [
    "that names no reviews",
    4,
    /reviews/,
    twoReviews,
    (book) => book.decide(ticket, second, "APPROVED", { reviews: [] }),
  ],
  [
    "that leaves a review out",
    4,
    /reviews/,
    twoReviews,
    (book) => book.decide(ticket, second, "APPROVED", { reviews: book.ticket(ticket).standing.slice(1) }),
  ],
  [
    "that names a review under another's name",
    4,
    /reviews/,
    twoReviews,
    (book) => {
      const [one, two] = book.ticket(ticket).standing;
      const forged = { ...two, reviewer: { id: third.id, name: third.name } };
      book.decide(ticket, second, "APPROVED", { reviews: [one, forged] });
    },
  ],
  ["that comes twice", 5, /after the end/, approved, (book) => book.decide(ticket, second, "APPROVED")],
  [
    "that does not follow its review at once",
    4,
    /DECIDED of ticket_a has to be here/,
    twoReviews,
    (book) => book.event("SIGNED_IN", third),
  ],
  ["that never comes", 4, /DECIDED of ticket_a is missing/, twoReviews, () => undefined],
]);

import { describe, expect, test } from "vitest";
import { createSigner, ExportBuilder, type Person } from "../support/export-builder.js";
import { agent, first, second, text, verdictOn } from "./sample-export.js";

// Everything here is correctly chained and signed: this is what a server that breaks its own rules would write.
export const signer = createSigner();
export const ticket = "ticket_a";
export const otherAgent = {
  id: "principal_other",
  kind: "AGENT",
  name: "Other agent",
} as const satisfies Person;

/** A ledger with one pending ticket, event 1, which needs two approvals unless told otherwise. */
export function pending(data: Record<string, unknown> = {}, submitter: Person = agent): ExportBuilder {
  const book = new ExportBuilder(signer);
  book.submit(ticket, submitter, text("plain"), { approvalsRequired: 2, ...data });
  return book;
}

/** The same after the first approval, event 2. */
export function approvedOnce(): ExportBuilder {
  const book = pending();
  book.review(ticket, first, "APPROVED");
  return book;
}

/** The same after APPROVED, events 2 to 4. */
export function approved(): ExportBuilder {
  const book = approvedOnce();
  book.review(ticket, second, "APPROVED");
  return book;
}

/** After NEEDS_CHANGES, events 2 and 3. */
export function toBeChanged(): ExportBuilder {
  const book = pending();
  book.review(ticket, first, "NEEDS_CHANGES", "Shorter.");
  return book;
}

export function reviewed(
  book: ExportBuilder,
  actor: Person,
  data: Record<string, unknown> = {},
  revision = 1,
): void {
  const { digest } = book.ticket(ticket);
  book.event("REVIEWED", actor, ticket, revision, {
    outcome: "APPROVED",
    comments: null,
    digest,
    amendment: false,
    ...data,
  });
}

export function resubmitted(): ExportBuilder {
  const book = pending();
  book.resubmit(ticket, agent, text("changed"));
  return book;
}

/** Two approvals of two, events 2 and 3, but not yet the decision. */
export function twoReviews(): ExportBuilder {
  const book = approvedOnce();
  reviewed(book, second);
  const { standing } = book.ticket(ticket);
  const reviewer = { id: second.id, name: second.name };
  standing.push({ reviewer, outcome: "APPROVED", sequence: book.sequence, reviewedAt: book.at });
  return book;
}

/** What is done to a ledger that is right so far, the sequence at which that is found, and as what. */
export type Case = [
  title: string,
  sequence: number,
  reason: RegExp,
  start: () => ExportBuilder,
  then: (book: ExportBuilder) => void,
];

/** One test for each of the cases: the verifier rejects it at its sequence. */
export function rejects(what: string, cases: readonly Case[]): void {
  describe(`The verifier rejects ${what}`, () => {
    test.each(cases)("%s", async (_, sequence, reason, start, then) => {
      // Whatever is found is found in what follows. (After two reviews the decision is still due.)
      if (start !== twoReviews) expect(await verdictOn(start().close(), signer)).toMatchObject({ ok: true });
      const book = start();
      then(book);
      const verdict = await verdictOn(book.close(), signer);
      expect(verdict).toMatchObject({ ok: false, sequence, reason: expect.stringMatching(reason) });
    });
  });
}

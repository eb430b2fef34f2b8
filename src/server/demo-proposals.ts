import type { NewProposal, SubmitOptions } from "../client/hitl-client.js";

/** What the demo's agent proposes, and how it asks for it. */
export interface DemoProposal {
  readonly proposal: NewProposal;
  readonly ask?: Pick<SubmitOptions, "priority" | "approvalsRequired">;
  /** A decision is wanted within that time, minutes. */
  readonly dueInMinutes?: number;
}

/** A lender's policy, a rule at a time; the first one is the story that the demo tells. */
export const DEMO_PROPOSALS: readonly [DemoProposal, ...DemoProposal[]] = [
  {
    proposal: {
      title: "Expand loan term to 7 years",
      detail: "Increase maximum term from 5→7 years for small-business loans.",
      payload: { rule: "small-business-loan.max-term", unit: "years", from: 5, to: 7 },
    },
    ask: { priority: "HIGH" },
  },
  {
    proposal: {
      title: "Lower the minimum credit history to 18 months",
      detail: [
        "Applicants with 18 to 24 months of history are declined today **without a look at their cash flow**.",
        "",
        "| History | Today | Proposed |",
        "| --- | --- | --- |",
        "| under 18 months | declined | declined |",
        "| 18 to 24 months | declined | cash flow is looked at |",
        "| over 24 months | cash flow is looked at | unchanged |",
      ].join("\n"),
      payload: { rule: "small-business-loan.min-history", unit: "months", from: 24, to: 18 },
    },
    dueInMinutes: 90,
  },
  {
    proposal: {
      title: "State the annual percentage rate on the first page",
      detail: "Moves the disclosure of the rate from page 4 to page 1 of the offer letter.",
      payload: { rule: "offer-letter.apr-disclosure", from: "page 4", to: "page 1" },
    },
    ask: { priority: "URGENT" },
    dueInMinutes: 20,
  },
  {
    proposal: {
      title: "Raise the limit for unsecured loans to 75,000",
      detail: [
        "## Why",
        "",
        "Applications between 50,000 and 75,000 are sent back for collateral that most of them do not have.",
        "",
        "## What changes",
        "",
        "- the limit, for borrowers who have repaid **one loan in full**",
        "- nothing for first-time borrowers",
      ].join("\n"),
      payload: {
        rule: "unsecured-loan.limit",
        currency: "USD",
        from: 50_000,
        to: 75_000,
        conditions: { repaidLoans: { atLeast: 1 }, firstTimeBorrowers: "unchanged" },
      },
    },
    ask: { priority: "HIGH", approvalsRequired: 2 },
  },
  {
    proposal: {
      title: "Waive the late fee for the first missed payment",
      detail: "Applies once in twelve months; the borrower is told why.",
      payload: { rule: "late-fee.first-missed-payment", from: "charged", to: "waived" },
    },
    ask: { priority: "LOW" },
  },
  {
    proposal: {
      title: "Ask for two years of tax returns instead of three",
      detail: "The third year changed the outcome of few applications and delays all of them.",
      payload: { rule: "documents.tax-returns", unit: "years", from: 3, to: 2 },
    },
    dueInMinutes: 24 * 60,
  },
];

import type { CannotDecideReason, ReviewOutcome } from "../api/generated.js";

/** What a reviewer said, as something that they did. */
export const OUTCOME_WORDS: Readonly<Record<ReviewOutcome, string>> = {
  APPROVED: "approved",
  REJECTED: "rejected",
  NEEDS_CHANGES: "asked for changes to",
};

/** Why one cannot decide, and what would help. */
export const CANNOT_DECIDE_WORDS: Readonly<Record<CannotDecideReason, string>> = {
  ALREADY_REVIEWED: "You have approved this revision. Others must approve it too.",
  CLAIMED_BY_ANOTHER: "Another reviewer holds this ticket. Ask them to release it.",
  NOT_A_REVIEWER: "Only reviewers decide. You can read it.",
  NOT_IN_QUEUE: "You do not work in this queue. An admin can change that.",
  NOT_PENDING: "There is nothing to decide now.",
  OWN_SUBMISSION: "You submitted this revision, so somebody else must decide on it.",
};

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const SKEW_MS = 5_000;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

/** How long ago, or how soon, in plain words. */
export function timeInWords(at: string, now: number): string {
  const distance = Date.parse(at) - now;
  for (const [unit, length] of UNITS) {
    if (Math.abs(distance) >= length) return relative.format(Math.trunc(distance / length), unit);
  }
  // The server's clock may be ahead by a little.
  return distance > SKEW_MS ? "in less than a minute" : "just now";
}

/** The instant to the second, with its zone. */
export function exactTime(at: string): string {
  return exact.format(new Date(at));
}

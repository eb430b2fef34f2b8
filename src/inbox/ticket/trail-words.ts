import type { AuditEventType } from "../api/generated.js";
import type { TrailEvent } from "./use-trail.js";
import { exactTime, OUTCOME_WORDS } from "./words.js";

/** A line of the timeline: who did what, what they said, and how often in a row. */
export interface TrailLine {
  readonly key: number;
  readonly event: TrailEvent;
  readonly did: string;
  readonly said: string | null;
  readonly times: number;
}

type Says = (event: TrailEvent) => string;
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

const DID: Readonly<Partial<Record<AuditEventType, Says>>> = {
  SUBMITTED: () => "submitted it",
  RESUBMITTED: ({ revision, data }) =>
    data["amendment"] === true
      ? `edited it, which made revision ${revision}`
      : `submitted revision ${revision}`,
  WITHDRAWN: () => "withdrew it",
  EXPIRED: () => "ended it: the deadline had passed",
  CLAIMED: () => "claimed it",
  RELEASED: () => "released it",
  ASSIGNED: () => "assigned it",
  SNOOZED: ({ data }) =>
    `put it aside until ${text(data["until"]) === null ? "later" : exactTime(String(data["until"]))}`,
  UNSNOOZED: () => "took it up again",
  COMMENTED: () => "commented",
  REVIEWED: ({ revision, data }) =>
    `${OUTCOME_WORDS[data["outcome"] as keyof typeof OUTCOME_WORDS] ?? "reviewed"} revision ${revision}`,
  RETRACTED: () => "retracted their approval",
  DECIDED: ({ revision, data }) => `settled revision ${revision}: ${statusWord(data["status"])}`,
  DECISION_READ: ({ data }) => `read where it stands: ${statusWord(data["status"])}`,
  NOTIFIED: () => "told others about it",
  DELIVERY_FAILED: () => "could not tell others about it",
};

function statusWord(status: unknown): string {
  return String(status).toLowerCase().replaceAll("_", " ");
}

/** The timeline: reads in a row by one principal are one line. */
export function trailLines(events: readonly TrailEvent[]): readonly TrailLine[] {
  const lines: TrailLine[] = [];
  for (const event of events) {
    const did = DID[event.type]?.(event) ?? event.type.toLowerCase().replaceAll("_", " ");
    const last = lines.at(-1);
    const repeats =
      event.type === "DECISION_READ" && last?.event.actor.id === event.actor.id && last.did === did;
    if (repeats) lines.pop();
    lines.push({
      key: event.sequence,
      event,
      did,
      said: saidBy(event),
      times: repeats && last !== undefined ? last.times + 1 : 1,
    });
  }
  return lines;
}

function saidBy({ type, data }: TrailEvent): string | null {
  if (type === "COMMENTED") return text(data["body"]);
  if (type === "REVIEWED") return text(data["comments"]);
  return type === "WITHDRAWN" ? text(data["reason"]) : null;
}

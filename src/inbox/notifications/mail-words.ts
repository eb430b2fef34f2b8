import type { MailPreference } from "../api/generated.js";

/** What one wants to hear, as the form has it; times as `HH:MM`. */
export interface Wishes {
  readonly mail: MailPreference;
  /** By queue, where it is not as in general. */
  readonly queues: Readonly<Record<string, MailPreference>>;
  readonly timeZone: string;
  /** Undefined where no hour is quiet. */
  readonly quiet: { readonly from: string; readonly until: string } | undefined;
  readonly digestAt: string;
}

/** What each choice is called. */
export const CHOICES: readonly { readonly value: MailPreference; readonly says: string }[] = [
  { value: "SINGLE", says: "A mail for each" },
  { value: "DIGEST", says: "One mail a day" },
  { value: "OFF", says: "No mail" },
];

/** What the wishes come to, in sentences: in general first, then of each queue that is otherwise. */
export function inWords(wishes: Wishes): string[] {
  const { mail, queues } = wishes;
  const other = Object.entries(queues).filter(([, wanted]) => wanted !== mail);
  return [
    `${other.length === 0 ? "New tickets" : "New tickets of all other queues"}: ${howInWords(mail, wishes)}.`,
    ...other.map(([queue, wanted]) => `New tickets of queue ${queue}: ${howInWords(wanted, wishes)}.`),
  ];
}

function howInWords(mail: MailPreference, { quiet, digestAt, timeZone }: Wishes): string {
  if (mail === "OFF") return "no mail, and none when you are assigned or reminded";
  if (mail === "SINGLE") {
    return quiet === undefined
      ? "one mail at once"
      : `one mail at once, except ${quiet.from}–${quiet.until} (${timeZone}); then at ${quiet.until}`;
  }
  const at = quiet !== undefined && isWithin(digestAt, quiet) ? quiet.until : digestAt;
  return `one mail a day with all of them, at ${at} (${timeZone})`;
}

/** Whether a time is within a stretch of the day that may go over midnight; `HH:MM` sorts as the clock goes. */
function isWithin(time: string, { from, until }: { readonly from: string; readonly until: string }): boolean {
  return from <= until ? time >= from && time < until : time >= from || time < until;
}

/** `HH:MM` of a minute of the day. */
export function timeOf(minute: number): string {
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** The reverse of {@link timeOf}; NaN where nothing was chosen. */
export function minuteOf(time: string): number {
  const [hour = Number.NaN, minute = Number.NaN] = time.split(":").map((part) => Number.parseInt(part, 10));
  return hour * 60 + minute;
}

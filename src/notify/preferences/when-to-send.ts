import { DAY_MINUTES, firstInstantAt, firstMinuteThat, isTimeZone, wallClock } from "./zoned-clock.js";

/** When somebody wants no mail, and when they want what was gathered. */
export interface NotificationHours {
  /** IANA. */
  readonly timeZone: string;
  /** Minutes of the day by the clock on the wall; `until` may lie on the next day. Null where no hour is quiet. */
  readonly quiet: { readonly from: number; readonly until: number } | null;
  /** Minute of the day at which a digest is sent. */
  readonly digestAt: number;
}

/** What holds for whoever has said nothing. */
export const USUAL_HOURS: NotificationHours = { timeZone: "UTC", quiet: null, digestAt: 8 * 60 };

const DAY_MS = DAY_MINUTES * 60_000;

/**
 * When a mail of now is to be sent. What is quiet is what the clock on the wall says: where clocks are put back into quiet
 * hours they are quiet once more, and where clocks are put forward past their end they end there.
 * @param how at once, or with the next digest
 * @returns milliseconds since the epoch, `now` at the earliest
 */
export function whenToSend(now: number, hours: NotificationHours, how: "SINGLE" | "DIGEST"): number {
  const last = lastAsked.get(hours)?.[how];
  if (last?.now === now) return last.due;
  const due = workedOut(now, hours, how);
  lastAsked.set(hours, { ...lastAsked.get(hours), [how]: { now, due } });
  return due;
}

/** Many events that are planned together lead to the same question. */
const lastAsked = new WeakMap<
  NotificationHours,
  { readonly [How in "SINGLE" | "DIGEST"]?: { readonly now: number; readonly due: number } }
>();

function workedOut(now: number, hours: NotificationHours, how: "SINGLE" | "DIGEST"): number {
  // A server with older rules of time zones than the one that took the setting still sends its mail.
  const zone = isTimeZone(hours.timeZone) ? hours.timeZone : USUAL_HOURS.timeZone;
  return how === "SINGLE" ? endOfQuiet(zone, hours, now) : nextDigest(zone, hours, now);
}

function endOfQuiet(zone: string, { quiet }: NotificationHours, from: number): number {
  if (quiet === null) return from;
  const isLoud = (minute: number): boolean => !isQuiet(quiet, minute);
  return firstMinuteThat(zone, from, isLoud, quiet.until);
}

/** Whether that minute of the day is quiet. */
export function isQuiet({ from, until }: NonNullable<NotificationHours["quiet"]>, minute: number): boolean {
  return from <= until ? minute >= from && minute < until : minute >= from || minute < until;
}

/** One digest a day, put off to the end of quiet hours: that of yesterday may still be to come. */
function nextDigest(zone: string, hours: NotificationHours, now: number): number {
  const today = Math.floor(wallClock(zone, now) / DAY_MS);
  for (let day = today - 1; ; day += 1) {
    const digest = firstInstantAt(zone, day * DAY_MS + hours.digestAt * 60_000);
    const due = endOfQuiet(zone, hours, digest);
    if (due >= now) return due;
  }
}

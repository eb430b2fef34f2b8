/** A time zone that this machine knows; where it does not, or none is given, UTC. */
export function knownTimeZone(timeZone: string | null): string {
  if (timeZone === null) return "UTC";
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}

/**
 * An instant where the reader is, and in UTC: "Tue 24 Nov 2026, 14:30 Europe/Berlin (13:30 UTC)". Nothing in it depends on when the mail
 * is read.
 */
export function instantInWords(at: number, timeZone: string | null): string {
  const zone = knownTimeZone(timeZone);
  const there = partsOf(at, zone);
  const utc = partsOf(at, "UTC");
  if (zone === "UTC") return `${there.day}, ${there.time} UTC`;
  const otherDay = there.day === utc.day ? "" : `${utc.day}, `;
  return `${there.day}, ${there.time} ${zone.replaceAll("_", " ")} (${otherDay}${utc.time} UTC)`;
}

/** The instant in few words, for a subject or a row of a list: "24 Nov 14:30 Europe/Berlin". */
export function instantInShort(at: number, timeZone: string | null): string {
  const zone = knownTimeZone(timeZone);
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" });
  return `${format.format(at)} ${partsOf(at, zone).time} ${zone.replaceAll("_", " ")}`;
}

function partsOf(at: number, timeZone: string): { readonly day: string; readonly time: string } {
  const day = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return { day: day.format(at).replace(",", ""), time: time.format(at) };
}

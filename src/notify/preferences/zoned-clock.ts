/** Minutes of a day. */
export const DAY_MINUTES = 1_440;

const MINUTE_MS = 60_000;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** Longer than any zone is away from UTC, and shorter than from one change of its clocks to the next. */
const BEYOND_MS = DAY_MS;

/** Making one is slow, and there are a few hundred zones at most. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether this is a time zone's name (IANA) that this server knows. `+02:00` is none: it has no summer. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * What the clock on the wall shows: the milliseconds since the epoch at which a clock in UTC would show the same.
 * @param zone an IANA name
 */
export function wallClock(zone: string, instant: number): number {
  return instant + offsetAt(zone, instant);
}

/** Which minute of the day the clock on the wall shows. */
export function minuteOfDay(zone: string, instant: number): number {
  return Math.floor(modulo(wallClock(zone, instant), DAY_MS) / MINUTE_MS);
}

/**
 * The first instant at which the clock on the wall shows that, or more, where it is put forward past it.
 * @param wall as {@link wallClock} has it
 */
export function firstInstantAt(zone: string, wall: number): number {
  const before = offsetAt(zone, wall - BEYOND_MS);
  const after = offsetAt(zone, wall + BEYOND_MS);
  const shown = [wall - before, wall - after].filter((instant) => wallClock(zone, instant) === wall);
  if (shown.length > 0) return Math.min(...shown);
  return nextChange(zone, wall - Math.max(before, after), wall - Math.min(before, after)) ?? wall - after;
}

/**
 * The first instant, from `from` on, at which the minute of the day is as `wanted` says.
 * @param wanted of one stretch of the day
 * @param minute at which that stretch begins
 */
export function firstMinuteThat(
  zone: string,
  from: number,
  wanted: (minute: number) => boolean,
  minute: number,
): number {
  let at = from;
  // The clocks are changed twice at most on the way.
  for (let turn = 0; turn < 4; turn += 1) {
    if (wanted(minuteOfDay(zone, at))) return at;
    const left = modulo(minute * MINUTE_MS - wallClock(zone, at), DAY_MS);
    const change = nextChange(zone, at, at + left);
    if (change === undefined) return at + left;
    at = change;
  }
  return at;
}

/** When the clocks are changed next, after `from` and until `to`; undefined where they are not. */
function nextChange(zone: string, from: number, to: number): number | undefined {
  const offset = offsetAt(zone, from);
  if (offsetAt(zone, to) === offset) return undefined;
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

/** How far the clock on the wall is ahead of UTC, milliseconds. */
function offsetAt(zone: string, instant: number): number {
  const whole = Math.floor(instant / 1_000) * 1_000;
  const shown: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(whole)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, format);
  return format;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

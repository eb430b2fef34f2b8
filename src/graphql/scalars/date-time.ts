import { GraphQLScalarType, Kind } from "graphql";

/** Calendar date, `T`, time to the second or finer, and a zone: what ISO 8601 and RFC 3339 agree on. */
const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|[+-](\d{2}):(\d{2}))$/;

/**
 * An instant. Written in UTC with milliseconds, whatever it is given (a Date, or milliseconds since the epoch); read
 * into a Date, from strict ISO 8601 with a zone only. Finer parts of a second than milliseconds are cut off.
 */
export const GraphQLDateTime = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description:
    "ISO 8601 instant; output is always UTC with milliseconds. Input must name its zone (Z or +hh:mm).",
  serialize: (value) => {
    if (typeof value === "number") return new Date(value).toISOString();
    if (value instanceof Date) return value.toISOString();
    throw new TypeError("DateTime can only be written from a Date or milliseconds since the epoch");
  },
  parseValue: (value) => instant(value),
  parseLiteral: (node) => instant(node.kind === Kind.STRING ? node.value : undefined),
});

function instant(value: unknown): Date {
  const match = typeof value === "string" && value.length <= 64 ? INSTANT.exec(value) : null;
  if (typeof value !== "string" || match === null) throw refused();
  const [year, month, day, hour, minute, second, zoneHour, zoneMinute] = match
    .slice(1)
    .map((digits) => Number(digits ?? 0));
  // Date itself would roll the 31st of February over into March.
  const lastDay = new Date(Date.UTC(2000 + ((year ?? 0) % 400), month ?? 0, 0)).getUTCDate();
  const fits =
    within(month, 1, 12) &&
    within(day, 1, lastDay) &&
    within(hour, 0, 23) &&
    within(minute, 0, 59) &&
    within(second, 0, 59) &&
    within(zoneHour, 0, 23) &&
    within(zoneMinute, 0, 59);
  const date = new Date(value);
  if (!fits || Number.isNaN(date.getTime())) throw refused();
  return date;
}

function within(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

function refused(): TypeError {
  return new TypeError(
    "DateTime must be an ISO 8601 instant with a zone, for instance 2026-11-23T05:00:00Z or 2026-11-23T06:00:00.000+01:00.",
  );
}

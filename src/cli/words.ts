import { UsageError } from "./usage-error.js";

const ROLES = ["AGENT", "REVIEWER", "AUDITOR", "ADMIN"] as const;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * One of a few words, in any case.
 * @throws UsageError
 */
export function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text.trim().toUpperCase());
  if (found === undefined) {
    throw new UsageError(`${option} expects one of ${words.join(", ").toLowerCase()}, not "${text}".`);
  }
  return found;
}

/** Roles with commas between, as `--role` takes them. */
export function rolesOf(text: string): (typeof ROLES)[number][] {
  return text.split(",").map((one) => oneOf("--role", one, ROLES));
}

/** Milliseconds of a span such as `30d`, `12h` or `15m`; undefined where it is none. */
export function spanOf(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNITS[unit] ?? 0);
}

/** @throws UsageError where it is neither an instant nor a span, or lies in the past */
export function instantOf(text: string, now: number): number {
  const span = spanOf(text);
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const instant = span === undefined ? (isInstant ? Date.parse(text) : Number.NaN) : now + span;
  if (!(instant > now)) {
    throw new UsageError(
      `--expires expects an instant to come, such as 2030-01-31T12:00:00Z, or a span such as 30d; not "${text}".`,
    );
  }
  return instant;
}

/** ISO 8601 in UTC. */
export function iso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}

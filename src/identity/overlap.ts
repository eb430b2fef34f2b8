import { badInput } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";

/**
 * How long what is replaced (a key, a secret) goes on working beside what replaces it, milliseconds.
 * @throws DomainError BAD_USER_INPUT
 */
export function checkedOverlap(minutes: number): number {
  if (Number.isInteger(minutes) && minutes >= 0 && minutes <= LIMITS.overlapMinutes) return minutes * 60_000;
  const most = LIMITS.overlapMinutes;
  throw badInput("overlapMinutes", `overlapMinutes must be a whole number from 0 to ${most}.`);
}

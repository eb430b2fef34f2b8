import { badInput } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";

/** Entries of a page unless the caller says otherwise: the default of `first` in the schema. */
export const DEFAULT_PAGE_SIZE = 50;

/**
 * How many entries a page gets: what was asked for, but never more than LIMITS.pageSize.
 * @throws DomainError BAD_USER_INPUT where fewer than one is asked for
 */
export function pageSize(first: number | null | undefined): number {
  const wanted = first ?? DEFAULT_PAGE_SIZE;
  if (wanted < 1) throw badInput("first", "first must be at least 1.");
  return Math.min(wanted, LIMITS.pageSize);
}

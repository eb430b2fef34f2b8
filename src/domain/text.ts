import { badInput } from "./domain-error.js";

/**
 * A text that must be there.
 * @throws DomainError BAD_USER_INPUT where it is absent, blank, too long or not well-formed Unicode.
 */
export function requiredText(value: unknown, field: string, limit: number): string {
  const text = optionalText(value, field, limit);
  if (text === null || text.trim() === "") throw badInput(field, `${field} must not be empty.`);
  return text;
}

/**
 * A text that may be absent; absent is null, and an empty text stays what it is.
 * @throws DomainError BAD_USER_INPUT where it is too long or not well-formed Unicode.
 */
export function optionalText(value: unknown, field: string, limit: number): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "string") throw badInput(field, `${field} must be a text.`);
  if (value.length > limit) throw badInput(field, `${field} must be at most ${limit} characters long.`);
  wellFormed(value, field);
  return value;
}

/** Lone surrogates have no UTF-8 form, so no two programs would agree on the digest. */
export function wellFormed(value: string, field: string): void {
  // A surrogate that is not one half of a pair; the u flag makes a pair one character, which the class does not match.
  if (/\p{Surrogate}/u.test(value))
    throw badInput(field, `${field} is not well-formed Unicode (lone surrogate).`);
}

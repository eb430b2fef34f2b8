import { badInput } from "../domain/domain-error.js";
import { requiredText } from "../domain/text.js";

/**
 * A name that people give: something visible, without blanks around it (two names that look the same should be the same)
 * and without control characters, since it is printed to terminals.
 * @throws DomainError BAD_USER_INPUT
 */
export function requiredName(value: unknown, field: string, limit: number): string {
  const name = requiredText(value, field, limit);
  if (name !== name.trim()) throw badInput(field, `${field} must not begin or end with a blank.`);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name))
    throw badInput(field, `${field} must not contain control characters.`);
  return name;
}

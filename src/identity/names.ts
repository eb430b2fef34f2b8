import { badInput } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import { requiredText } from "../domain/text.js";

/**
 * Characters that nobody sees and that make two names look alike, or one look like another: bidirectional controls
 * (Unicode Standard Annex 9), zero-width ones, the byte order mark. The joiners and marks that scripts need stay allowed.
 */
const DECEIVING = /[\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/;

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
  if (DECEIVING.test(name))
    throw badInput(field, `${field} must not contain invisible characters, nor ones that turn text around.`);
  return name;
}

/**
 * An e-mail address in the form that it is stored and compared in: lower case, since hardly any mailbox minds and people do
 * not remember. Only the shape is looked at; whether somebody reads it, only mail can tell.
 * @throws DomainError BAD_USER_INPUT
 */
export function requiredEmail(value: unknown, field: string): string {
  const email = foldedEmail(requiredName(value, field, LIMITS.email));
  if (
    !/^[^\s@<>()[\]\\,;:"]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/.test(
      email,
    )
  ) {
    throw badInput(field, `${field} must be an e-mail address such as ada@example.org.`);
  }
  return email;
}

/**
 * An address as it is compared. Letters of ASCII only: elsewhere, characters that differ have one lower case (the Kelvin sign
 * has that of "K"), and whoever has the one mailbox must not pass for the owner of the other.
 */
export function foldedEmail(email: string): string {
  return email.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

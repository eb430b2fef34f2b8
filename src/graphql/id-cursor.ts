import { badInput } from "../domain/domain-error.js";
import { type IdPrefix, isTypeId } from "./type-ids.js";

/** Longer texts are no cursors of ours. */
const MAX_LENGTH = 128;

/** A place in a list that is in the order of its entries' ids, as opaque text. */
export function encodeIdCursor(id: string): string {
  return Buffer.from(id, "utf8").toString("base64url");
}

/**
 * The id at which a cursor stands; before every id where there is none.
 * @param prefix of the list's entries
 * @throws DomainError BAD_USER_INPUT for anything else
 */
export function decodeIdCursor(prefix: IdPrefix, text: string | null | undefined): string {
  if (text === null || text === undefined) return "";
  const id = text.length > MAX_LENGTH ? "" : Buffer.from(text, "base64url").toString("utf8");
  if (!isTypeId(prefix, id) || encodeIdCursor(id) !== text)
    throw badInput("after", "after must be a cursor from a page of this list.");
  return id;
}
